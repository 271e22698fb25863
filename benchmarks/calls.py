"""Measure REST calls, one after the other: the lane beside bare httpx on the same server; out, calls a second.

The server is a process of its own that answers whatever comes with one body; both sides keep their connection.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from statistics import linear_regression, median
from subprocess import PIPE, Popen

import anyio
import httpx

import krakenio
from benchmarks.memory import resident
from benchmarks.report import Row, Table
from benchmarks.source import first_core

CALLS = 2_000  # of one measurement
MANY = 100_000  # of the memory's measurement
STEP = 1_000
WARM = 0.2
KEYS = krakenio.Keys("k" * 56, "c2VjcmV0" * 11)
BODY = b'{"error":[],"result":{"ZUSD":"1024.5000","XXBT":"0.4000000000"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
END = b"\r\n\r\n"


class Server(asyncio.Protocol):
    """Answer each request; a body is as long as its head says."""

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._data += data
        while END in self._data:
            head, _, rest = self._data.partition(END)
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            if len(rest) < length:
                return
            self._data = rest[length:]
            self._transport.write(ANSWER)


async def serve() -> None:
    """Serve until the process is killed."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running() -> Generator[str]:
    """Run the server beside the block; yield its address."""
    with Popen([sys.executable, "-m", "benchmarks.calls"], stdout=PIPE, text=True, preexec_fn=first_core) as server:  # noqa: PLW1509 -- no threads here
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


async def bare(url: str, count: int, each: Callable[[int], None]) -> None:
    """Call with httpx alone, unsigned."""
    async with httpx.AsyncClient() as client:
        for number in range(count):
            answer = await client.post(f"{url}/0/private/Balance", data={"nonce": str(number)})
            assert answer.json()["result"]
            each(number)


async def lane(url: str, count: int, each: Callable[[int], None]) -> None:
    """Call through krakenio, signed and typed."""
    endpoints = krakenio.Endpoints(rest=url)
    async with krakenio.open_rest(KEYS, endpoints=endpoints, on_limit="ignore") as rest:
        for number in range(count):
            assert await rest.account.balance()
            each(number)


Case = tuple[Callable[[str, int, Callable[[int], None]], Awaitable[None]], str]
CASES: dict[str, Case] = {
    "httpx, trio": (bare, "trio"),
    "krakenio, trio": (lane, "trio"),
    "httpx, asyncio": (bare, "asyncio"),
    "krakenio, asyncio": (lane, "asyncio"),
}


def _ignored(_number: int) -> None:
    """Take the number of a call, and do nothing with it."""


def rate(case: Case, url: str) -> float:
    """Return calls a second."""
    act, backend = case
    begun = time.perf_counter()
    anyio.run(act, url, CALLS, _ignored, backend=backend)
    return CALLS / (time.perf_counter() - begun)


def slope(url: str, backend: str) -> float:
    """Return the bytes of resident memory that a call adds over many."""
    seen: list[tuple[int, int]] = []

    def look(number: int) -> None:
        if number % STEP == 0:
            seen.append((number, resident()))

    anyio.run(lane, url, MANY, look, backend=backend)
    settled = [point for point in seen if point[0] > WARM * MANY]
    return linear_regression(*zip(*settled, strict=True)).slope


def run(rounds: int) -> Table:
    """Measure all in turn, round after round."""
    found: dict[str, list[float]] = {name: [] for name in CASES}
    with running() as url:
        for _ in range(rounds):
            for name, case in CASES.items():
                found[name].append(rate(case, url))
        memory = {backend: slope(url, backend) for backend in ("trio", "asyncio")}
    rows = [row(name, sorted(all_), median(found[name.replace("krakenio", "httpx")])) for name, all_ in found.items()]
    measured = {name: [{"rate": value} for value in all_] for name, all_ in found.items()}
    rows += [Row(f"memory, {backend}", [f"{grown:+.2f} bytes", ""], 0) for backend, grown in memory.items()]
    title = "REST calls one after the other; limit: httpx alone"
    return Table("calls", title, ["a second", "of httpx"], rows, measured)


def row(name: str, seen: list[float], limit: float) -> Row:
    """Write one case."""
    middle = median(seen)
    return Row(name, [f"{middle:,.0f} /s", f"{middle / limit:.2f}"], middle, f"{seen[0]:,.0f} .. {seen[-1]:,.0f}")


if __name__ == "__main__":
    asyncio.run(serve())
