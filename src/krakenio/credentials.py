"""Find credentials: an environment or a file goes in, what was found there comes out; nothing is checked or shown."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from krakenio.errors import CredentialsError


class Source(NamedTuple):
    """What the three parts are called where they came from, for error messages."""

    api_key: str
    api_secret: str
    otp: str


ARGUMENTS = Source("api_key", "api_secret", "otp")
ENVIRONMENT = Source("KRAKEN_API_KEY", "KRAKEN_API_SECRET", "KRAKEN_API_OTP")

_NAMES = {
    name.casefold(): part for source in (ARGUMENTS, ENVIRONMENT) for name, part in zip(source, ARGUMENTS, strict=True)
}
_FORM = "lines `api_key = ...`, `api_secret = ...` and, if needed, `otp = ...`, or one JSON object with these names"


class Found(NamedTuple):
    """The three parts, unchecked, and what to call them."""

    api_key: object
    api_secret: object
    otp: object
    source: Source

    def __repr__(self) -> str:
        """Show where the parts came from, not what they are."""
        return f"Found(source={self.source!r})"


def from_env(environ: Mapping[str, str] | None = None) -> Found:
    """Take the three variables; an empty one counts as not set."""
    values = os.environ if environ is None else environ
    missing = [name for name in (ENVIRONMENT.api_key, ENVIRONMENT.api_secret) if not values.get(name)]
    if missing:
        message = f"{' and '.join(missing)} {'are' if missing[1:] else 'is'} not set in the environment"
        raise CredentialsError(message)
    key, secret, otp = (values.get(name) or None for name in ENVIRONMENT)
    return Found(key, secret, otp, ENVIRONMENT)


def from_file(path: str | os.PathLike[str]) -> Found:
    """Take the parts from lines or JSON; see `Keys.from_file` for the form."""
    text = _read(path)
    parts = _from_json(path, text) if text.lstrip().startswith("{") else _from_lines(path, text)
    source = Source(*(f"{name} in {os.fspath(path)}" for name in ARGUMENTS))
    missing = [source[place] for place in (0, 1) if not parts.get(ARGUMENTS[place])]
    if missing:
        message = f"missing: {' and '.join(missing)}; the file must hold {_FORM}"
        raise CredentialsError(message)
    return Found(parts["api_key"], parts["api_secret"], parts.get("otp") or None, source)


def _read(path: str | os.PathLike[str]) -> str:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        message = f"cannot read the credentials in {os.fspath(path)}: {error.strerror}"
        raise CredentialsError(message) from error
    # Replaced, because UnicodeDecodeError would hold the content; what was replaced fails the checks that follow.
    return content.decode("utf-8-sig", errors="replace")


def _from_lines(path: str | os.PathLike[str], text: str) -> dict[str, object]:
    parts: dict[str, object] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        part = _NAMES.get(name.strip().casefold())
        if not equals or part is None or part in parts:
            # The line is not shown: where it has another form it may be the secret itself.
            message = f"line {number} of {os.fspath(path)} is not understood; the file must hold {_FORM}, each once"
            raise CredentialsError(message)
        parts[part] = _unquoted(value.strip())
    return parts


def _unquoted(value: str) -> str:
    quoted = value[:1] in {'"', "'"} and value[-1:] == value[:1] and len(value) > 1
    return value[1:-1] if quoted else value


def _from_json(path: str | os.PathLike[str], text: str) -> dict[str, object]:
    content = _json_object(text)
    if content is None:
        message = f"{os.fspath(path)} begins like JSON but is not one JSON object; the file must hold {_FORM}"
        raise CredentialsError(message)
    return {part: value for name, value in content.items() if (part := _NAMES.get(name.casefold())) is not None}


def _json_object(text: str) -> dict[str, object] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        return None
