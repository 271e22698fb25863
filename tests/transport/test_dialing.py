"""Reaching a host over real TCP: dead addresses, dead hosts, and a cancel at every checkpoint."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from krakenio.sim.connections.tcp import RESET
from krakenio.transport import open_stream
from tests.injection import Injection, sweep
from tests.leaks import descriptors, living

HOST = "kraken.example"


@contextmanager
def listening() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield int(server.getsockname()[1])


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Let every name have these addresses."""

    async def getaddrinfo(_host: str, _port: int, **_options: Any) -> list[Any]:
        await anyio.lowlevel.checkpoint()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr("krakenio.transport.dialing.anyio.getaddrinfo", getaddrinfo)


def dead_port() -> int:
    """Return a port on which nobody listens."""
    with listening() as port:
        return port


def sockets() -> int:
    return sum(target.startswith("socket:") for target in descriptors().values())


async def test_the_next_address_is_tried_at_once_when_the_first_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as port:
        resolving_to(monkeypatch, ("127.0.0.1", dead_port()), ("127.0.0.1", dead_port()), ("127.0.0.1", port))
        begun = anyio.current_time()
        stream = await open_stream(HOST, port, tls=None)
        assert anyio.current_time() - begun < 0.2  # no address waits for its turn behind one that has refused
        stream.abort()
        stream.abort()
        await anyio.wait_all_tasks_blocked()


async def test_if_all_are_dead_each_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, ("127.0.0.1", dead_port()), ("127.0.0.2", dead_port()))
    with pytest.raises(OSError, match=rf"no address of {HOST}:1 answered: .*111.*; .*111"):
        await open_stream(HOST, 1, tls=None)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "kraken..example"])
async def test_a_name_that_cannot_be_is_an_error_of_the_network(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 -- each resolver has its own words
        await open_stream(host, 1, tls=None)


async def test_a_cancel_at_any_checkpoint_leaves_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """E2: among them the one in which an address has just won."""
    with listening() as port:
        resolving_to(monkeypatch, ("127.0.0.1", dead_port()), ("127.0.0.1", port))
        tasks, open_sockets = living(), sockets()

        async def universe(inject: Injection) -> None:
            report = await inject(lambda: open_stream(HOST, port, tls=None))
            assert report.error is None
            if report.value is not None:
                report.value.abort()
            await anyio.wait_all_tasks_blocked()
            assert (living() - tasks, sockets()) == (set(), open_sockets)

        assert await sweep(universe) >= 3


async def test_a_peer_that_half_closes_is_an_end_and_can_still_be_told_something() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = await open_stream("127.0.0.1", server.getsockname()[1], tls=None)
        with server.accept()[0] as peer:
            peer.sendall(b"last")
            peer.shutdown(socket.SHUT_WR)
            received = [await stream.receive()]
            while received[-1]:
                received.append(await stream.receive())
            assert received == [b"last", b""]
            await stream.send(b"reply")
            assert peer.recv(10) == b"reply"
        stream.abort()
        await anyio.wait_all_tasks_blocked()


async def test_an_abort_wakes_who_waits_and_ends_the_stream_for_good() -> None:
    woken: list[str] = []
    with listening() as port:
        stream = await open_stream("127.0.0.1", port, tls=None)

        async def waiting() -> None:
            with pytest.raises(OSError, match="aborted"):
                await stream.receive()
            woken.append("reader")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(waiting)
            await anyio.wait_all_tasks_blocked()
            stream.abort()
        assert woken == ["reader"]
        with pytest.raises(OSError, match=r"aborted|closed|Bad file"):
            await stream.send(b"late")
        await anyio.wait_all_tasks_blocked()


async def test_a_reset_is_an_error_for_both_ways() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = await open_stream("127.0.0.1", server.getsockname()[1], tls=None)
        peer, _ = server.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        with pytest.raises(OSError):  # noqa: PT011 -- each loop has its own words
            await stream.receive()
        with pytest.raises(OSError):  # noqa: PT011 -- each loop has its own words
            await stream.send(b"late")
        stream.abort()
        await anyio.wait_all_tasks_blocked()
