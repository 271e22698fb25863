"""Measure the latency of orders; out, medians and 99th percentiles, beside a bare send and receive in the same run.

`out` is the time from the call to the request's bytes at the other side, `back` from the reply's bytes there to the
caller's return: both pass the kernel and a loopback socket once. The bare client sends a frame that was made before and
reads what comes, as trio and asyncio offer it: no encoding, no decoding, no other task. The desk answers after
some milliseconds, when a client waits for nothing else, or at once: faster than a client has noted down what it sent.
Each over plain TCP, and over TLS, as Kraken has it; then the bare client's is the loops' own.
"""

import asyncio
import base64
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from statistics import quantiles
from typing import Any

import anyio
import trio

import krakenio
from benchmarks.build import BUILD, certify
from benchmarks.report import Row, Table

ORDERS, WARM_UP = 2_000, 200
PAUSE = 0.0005  # seconds between two orders, so that each is alone
ORDER: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "order_type": "limit",
    "order_qty": "0.00100000",
    "limit_price": "50000.0",
}
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
Legs = tuple[float, float]
Tls = ssl.SSLContext | None
Send = Callable[[bytes], Awaitable[None]]
Receive = Callable[[], Awaitable[bytes]]


def legs(began: int, ended: int, order_id: str) -> Legs:
    """Return the way out and the way back, in seconds."""
    arrived, left = map(int, order_id.split("-"))
    return (arrived - began) / 1e9, (ended - left) / 1e9


def bare_frame() -> bytes:
    """Return a masked frame of the size that an order has."""
    params = {**ORDER, "cl_ord_id": "c" * 36, "deadline": "2026-11-02T10:00:03.250Z", "token": "benchmark"}
    text = json.dumps({"method": "add_order", "params": params, "req_id": 1}).encode()
    return bytes([129, 254]) + len(text).to_bytes(2) + bytes(4) + text  # a mask of zeros


async def bare(send: Send, receive: Receive, sleep: Callable[[float], Awaitable[None]]) -> list[Legs]:
    """Send and receive with nothing in between."""
    await send(UPGRADE)
    await receive()
    frame, found = bare_frame(), list[Legs]()
    for _ in range(ORDERS + WARM_UP):
        await sleep(PAUSE)
        began = time.monotonic_ns()
        await send(frame)
        reply = await receive()
        ended = time.monotonic_ns()
        found.append(legs(began, ended, json.loads(reply[4:])["result"]["order_id"]))
    return found[WARM_UP:]


async def bare_trio(port: int, tls: Tls) -> list[Legs]:
    """Use trio's streams."""
    tcp = await trio.open_tcp_stream("127.0.0.1", port)
    stream = tcp if tls is None else trio.SSLStream(tcp, tls, server_hostname="127.0.0.1", https_compatible=True)
    async with stream:

        async def receive() -> bytes:
            return bytes(await stream.receive_some(65_536))

        return await bare(stream.send_all, receive, trio.sleep)


async def bare_asyncio(port: int, tls: Tls) -> list[Legs]:
    """Use asyncio's streams."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)

    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def receive() -> bytes:
        return await reader.read(65_536)

    found = await bare(send, receive, asyncio.sleep)
    writer.close()
    await writer.wait_closed()
    return found


async def session(port: int, tls: Tls) -> list[Legs]:
    """Place orders through a session."""
    at, secure = f"127.0.0.1:{port}", "s" if tls else ""
    endpoints = krakenio.Endpoints(
        rest=f"http{secure}://{at}", ws=f"ws{secure}://{at}", ws_auth=f"ws{secure}://{at}", ssl_context=tls
    )
    keys = krakenio.Keys("benchmark", base64.b64encode(bytes(64)).decode())
    found: list[Legs] = []
    async with krakenio.open_session(keys, endpoints=endpoints, on_limit="ignore") as s:
        for _ in range(ORDERS + WARM_UP):
            await anyio.sleep(PAUSE)
            began = time.monotonic_ns()
            acknowledged = await s.orders.add(**ORDER)
            found.append(legs(began, time.monotonic_ns(), acknowledged.order_id))
    return found[WARM_UP:]


@dataclass(frozen=True)
class Exchange:
    """What the clients meet: `seconds` from a request's arrival to its reply, plain TCP or TLS."""

    seconds: float
    secure: bool = False


DESKS = {
    "": Exchange(0.003),
    ", answered at once": Exchange(0.0),
    ", TLS": Exchange(0.003, secure=True),
    ", TLS, answered at once": Exchange(0.0, secure=True),
}
"""The seconds are our choice: how long Kraken takes is not known here."""

CASES: dict[str, Callable[[int, Tls], list[Legs]]] = {
    "bare trio": lambda port, tls: trio.run(bare_trio, port, tls),
    "krakenio, trio": lambda port, tls: anyio.run(session, port, tls, backend="trio"),
    "bare asyncio": lambda port, tls: asyncio.run(bare_asyncio(port, tls)),
    "krakenio, asyncio": lambda port, tls: anyio.run(session, port, tls, backend="asyncio"),
}


def run(rounds: int) -> Table:
    """Measure all cases in turn, round after round, against each desk."""
    found: dict[str, list[list[Legs]]] = {f"{name}{how}": [] for how in DESKS for name in CASES}
    for how, exchange in DESKS.items():
        with opened(exchange) as (port, tls):
            for name, case in list(CASES.items()) * rounds:
                found[f"{name}{how}"].append(case(port, tls))
    heads = ["out p50", "out p99", "back p50", "back p99", "both p50", "of bare"]
    measured = {name: [{"both": both(legs)} for legs in all_] for name, all_ in found.items()}
    return Table("orders", "Latency of an order, loopback", heads, rows(found), measured)


@contextmanager
def opened(exchange: Exchange) -> Generator[tuple[int, Tls]]:
    """Run a desk for the block; return its port, and how to trust it."""
    command, tls = [sys.executable, "-m", "benchmarks.desk", str(exchange.seconds)], None
    if exchange.secure:
        certify()
        command += [str(BUILD / "cert.pem"), str(BUILD / "key.pem")]
        tls = ssl.create_default_context(cafile=BUILD / "ca.pem")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None
        try:
            yield int(desk.stdout.readline()), tls
        finally:
            desk.kill()


def both(found: list[Legs]) -> float:
    """Return the median of both ways together."""
    return centile([out + back for out, back in found], 50)


def rows(found: dict[str, list[list[Legs]]]) -> list[Row]:
    """Return one line for each case, over all its rounds; the ratio is to the bare client of its loop and desk."""
    pooled = {name: list(chain.from_iterable(all_)) for name, all_ in found.items()}
    sums = {name: both(all_) for name, all_ in pooled.items()}
    table: list[Row] = []
    for name, all_ in pooled.items():
        ways = ([out for out, _ in all_], [back for _, back in all_])
        cells = [micros(centile(way, percent)) for way in ways for percent in (50, 99)]
        ratio = sums[name] / sums[name.replace("krakenio,", "bare")]
        seen = sorted(map(both, found[name]))
        spread = f"{micros(seen[0])} .. {micros(seen[-1])}"
        table.append(Row(name, [*cells, micros(sums[name]), f"{ratio:.2f}"], sums[name], spread))
    return table


def centile(values: list[float], percent: int) -> float:
    """Return a percentile."""
    return quantiles(values, n=100)[percent - 1]


def micros(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1e6:.0f} µs"
