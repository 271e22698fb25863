"""Build what is compiled or generated: in, this folder's sources; out, `build/`, remade when a source is newer."""

import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import trustme

from benchmarks import frames
from native.hook import SOURCES, compile_native

HERE = Path(__file__).parent
BUILD = HERE / "build"
SOURCE = BUILD / "source"
LIMIT = BUILD / f"limit{sysconfig.get_config_var('EXT_SUFFIX')}"
NATIVE = BUILD / "_native.abi3.so"


def older(target: Path, source: Path) -> bool:
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def build_all() -> None:
    """Build the frame source, the compiled limit, the traffic and a certificate for localhost."""
    BUILD.mkdir(exist_ok=True)
    if older(SOURCE, HERE / "source.c"):
        run("gcc", "-O2", str(HERE / "source.c"), "-o", str(SOURCE), "-lssl", "-lcrypto")
    if older(LIMIT, HERE / "limit.pyx"):
        build_limit()
    if any(older(NATIVE, Path(source)) for source in SOURCES):
        compile_native(NATIVE)
    if any(older(BUILD / "snapshots.txt", HERE / name) for name in ("frames.py", "ladders.py")):
        frames.write(BUILD)
    certify()


def build_limit() -> None:
    """Translate by Cython, compile by gcc."""
    translated = BUILD / "limit.c"
    run(sys.executable, "-m", "cython", "-3", str(HERE / "limit.pyx"), "-o", str(translated))
    flags = shlex.split("-O2 -shared -fPIC -fwrapv -fno-strict-aliasing")
    run("gcc", *flags, f"-I{sysconfig.get_path('include')}", str(translated), "-o", str(LIMIT))


def certify() -> None:
    """Make an authority and a certificate for localhost by it, once."""
    if (BUILD / "key.pem").exists():
        return
    BUILD.mkdir(exist_ok=True)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(BUILD / "ca.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(BUILD / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(BUILD / "key.pem"))


def run(*command: str) -> None:
    """Run a compiler and show what it says if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
        raise SystemExit(f"{said}\nNeeded: gcc, OpenSSL's headers (libssl-dev) and this Python's.")
