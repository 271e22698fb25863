"""Reach a host and port over TCP: names go in, a connected non-blocking socket comes out.

Several addresses are tried a quarter of a second apart (RFC 8305), and whatever is not handed out is closed, at
whichever point a cancel strikes.
"""

import socket
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, zip_longest
from typing import Any

import anyio

from krakenio.tasks import run_reported

ConnectSocket = Callable[[socket.socket, Any], Awaitable[None]]

_STAGGER = 0.25  # seconds between two attempts: the connection attempt delay of RFC 8305 section 5

_Candidate = tuple[int, Any]  # address family and socket address


async def connect_tcp(host: str, port: int, connect_socket: ConnectSocket) -> socket.socket:
    """Connect to the first address of `host` that answers; raises `OSError` when none does."""
    race = _Race(connect_socket)
    try:
        await race.run(await _resolve(host, port))
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise race.broken[0] if race.broken else _nobody_answered(host, port, race.errors)
    return race.winner


class _Race:
    """Let addresses compete: the first connected socket wins, whatever else connects is closed."""

    def __init__(self, connect_socket: ConnectSocket) -> None:
        self.winner: socket.socket | None = None
        self.errors: list[OSError] = []
        self.broken: list[BaseException] = []
        self._connect_socket = connect_socket

    async def run(self, candidates: list[_Candidate]) -> None:
        """Try the addresses one after the other, each a quarter of a second after the last unless that has failed."""
        async with anyio.create_task_group() as attempts:
            for candidate in candidates:
                failed = anyio.Event()
                attempt = partial(self._attempt, candidate, failed, attempts.cancel_scope)
                attempts.start_soon(run_reported, attempt, "connecting", self.broken.append)
                with anyio.move_on_after(_STAGGER):
                    await failed.wait()

    async def _attempt(self, candidate: _Candidate, failed: anyio.Event, others: anyio.CancelScope) -> None:
        family, address = candidate
        try:
            connected = await _connect(family, address, self._connect_socket)
        except OSError as error:
            self.errors.append(error)
            failed.set()
            return
        if self.winner is None:
            self.winner = connected
            others.cancel()
        else:
            connected.close()


async def _resolve(host: str, port: int) -> list[_Candidate]:
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys((int(family), address) for family, _, _, _, address in found)
    first = next(iter(addresses))[0]
    preferred = [address for address in addresses if address[0] == first]
    others = [address for address in addresses if address[0] != first]
    return [each for each in chain.from_iterable(zip_longest(preferred, others)) if each is not None]


async def _connect(family: int, address: object, connect_socket: ConnectSocket) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await connect_socket(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _nobody_answered(host: str, port: int, errors: list[OSError]) -> OSError:
    reasons = "; ".join(str(error) for error in errors)
    return OSError(f"no address of {host}:{port} answered: {reasons}")
