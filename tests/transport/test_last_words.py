"""What a peer said before it broke the connection off is heard, though what we send fails first; over real sockets."""

# pyright: reportPossiblyUnboundVariable=false

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import pytest

from krakenio.bytestream import Prompt
from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.sim.connections.tcp import RESET
from krakenio.transport import WebSocket, open_websocket
from tests.transport.peers import accepting, frame

CLOSE = frame((1008).to_bytes(2) + b"go away", 8)
WORDS = {
    "a close": (CLOSE, 1008, "go away"),
    "no frame": (b"\xc1\x01a", 1002, "reserved bits"),
    "no end": (b"", 1006, ""),
}


class Rude:
    """Accept one client, wait until it has said something, say the last words and reset the connection."""

    def __init__(self, words: bytes) -> None:
        self._words = words
        self._server = socket.create_server(("127.0.0.1", 0))
        self.endpoints = Endpoints(ws=f"ws://127.0.0.1:{self._server.getsockname()[1]}/v2")
        self.gone = threading.Event()

    def serve(self) -> None:
        peer, _ = self._server.accept()
        with peer, self._server:
            request = b""
            while b"\r\n\r\n" not in request:
                request += peer.recv(4096)
            peer.sendall(accepting(request))
            peer.recv(1)
            peer.sendall(self._words)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.gone.set()


@contextmanager
def rude(words: bytes) -> Generator[Rude]:
    server = Rude(words)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        thread.join()


async def heard(client: WebSocket) -> tuple[list[bytes], Disconnected]:
    """Receive to the end."""
    messages: list[bytes] = []
    try:
        while True:
            messages += await client.receive()
    except Disconnected as error:
        return messages, error


@pytest.mark.parametrize("words", WORDS)
async def test_what_is_sent_at_once_and_fails_hides_nothing_that_came_before(words: str) -> None:
    """G1: else 1008 would pass, and the reply to an order be lost that is there."""
    last, code, why = WORDS[words]
    with rude(frame(b"reply") + last) as server:
        async with open_websocket(server.endpoints.ws, server.endpoints) as client:
            assert isinstance(client, Prompt)
            client.send_nowait(b"heard")
            server.gone.wait()  # and nothing is read meanwhile
            for _ in range(3):
                if client.is_writable():
                    client.send_nowait(b"too late")
            with anyio.fail_after(5):
                messages, error = await heard(client)
    assert messages == [b"reply"]
    assert (error.code, why in str(error)) == (code, True)


@pytest.mark.parametrize("words", WORDS)
async def test_a_sender_that_fails_first_lets_the_reader_hear_it(words: str) -> None:
    last, code, why = WORDS[words]
    ends: list[Disconnected] = []

    with rude(frame(b"reply") + last) as server:
        async with open_websocket(server.endpoints.ws, server.endpoints) as client:

            async def send() -> None:
                try:
                    for _ in range(100):
                        await client.send(b"more")
                        await anyio.lowlevel.checkpoint()  # asyncio learns in the next turn that a write failed
                except Disconnected as error:
                    ends.append(error)

            await client.send(b"heard")
            server.gone.wait()
            with anyio.fail_after(5):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(send)
                    messages, error = await heard(client)
            assert messages == [b"reply"]
            assert [(each.code, why in str(each)) for each in (error, *ends)] == [(code, True)] * 2
