"""Reach a host and port over TCP: names go in, a connected non-blocking socket comes out.

Several addresses are tried a quarter of a second apart (RFC 8305), and whatever is not handed out is closed, at
whichever point a cancel strikes.
"""

import socket
from collections.abc import Awaitable, Callable
from itertools import chain, zip_longest
from typing import Any

import anyio

ConnectSocket = Callable[[socket.socket, Any], Awaitable[None]]

_STAGGER = 0.25  # seconds between two attempts: the connection attempt delay of RFC 8305 section 5

_Candidate = tuple[int, Any]  # address family and socket address


async def connect_tcp(host: str, port: int, connect_socket: ConnectSocket) -> socket.socket:
    """Connect to the first address of `host` that answers; raises `OSError` when none does."""
    candidates = await _resolve(host, port)
    winner: list[socket.socket] = []
    errors: list[OSError] = []
    try:
        async with anyio.create_task_group() as attempts:
            for candidate in candidates:
                failed = anyio.Event()
                attempts.start_soon(_attempt, candidate, connect_socket, winner, errors, failed, attempts.cancel_scope)
                with anyio.move_on_after(_STAGGER):
                    await failed.wait()
    except BaseException:
        for leftover in winner:
            leftover.close()
        raise
    if not winner:
        raise _nobody_answered(host, port, errors)
    return winner[0]


async def _resolve(host: str, port: int) -> list[_Candidate]:
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys((int(family), address) for family, _, _, _, address in found)
    first = next(iter(addresses))[0]
    preferred = [address for address in addresses if address[0] == first]
    others = [address for address in addresses if address[0] != first]
    return [each for each in chain.from_iterable(zip_longest(preferred, others)) if each is not None]


async def _attempt(
    candidate: _Candidate,
    connect_socket: ConnectSocket,
    winner: list[socket.socket],
    errors: list[OSError],
    failed: anyio.Event,
    others: anyio.CancelScope,
) -> None:
    family, address = candidate
    try:
        connected = await _connect(family, address, connect_socket)
    except OSError as error:
        errors.append(error)
        failed.set()
        return
    if winner:
        connected.close()
        return
    winner.append(connected)
    others.cancel()


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
