"""Both engines against a WebSocket server that others wrote, over real sockets; the exchange's own is wsproto's."""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.transport import open_websocket

sync_server = pytest.importorskip("websockets.sync.server", reason="a server of the group `bench`")


@contextmanager
def serving() -> Generator[Endpoints]:
    """Echo in a thread: a text as it is, "many" as fragments and pings between messages, "bye" as a close."""

    def echo(connection: object) -> None:
        for message in connection:  # type: ignore[attr-defined]
            if message == "bye":
                connection.close(1012, "restart")  # type: ignore[attr-defined]
                return
            if message == "many":
                connection.send(["frag", "men", "ted"])  # type: ignore[attr-defined]
                connection.ping().wait(5)  # type: ignore[attr-defined]
                connection.send("x" * 200_000)  # type: ignore[attr-defined]
            else:
                connection.send(message)  # type: ignore[attr-defined]

    with sync_server.serve(echo, "127.0.0.1", 0, compression="deflate") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Endpoints(ws=f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v2")
        finally:
            server.shutdown()
            thread.join()
    del server, thread
    gc.collect()  # that library leaves its selector to the collector


async def test_the_websockets_library_is_understood_and_understands() -> None:
    messages: list[bytes] = []
    with serving() as endpoints:
        async with open_websocket(endpoints.ws, endpoints) as socket:
            for text in (b"one", "zwei Grüße".encode(), b"many"):
                await socket.send(text)
            while len(messages) < 4:
                messages += await socket.receive()
            await socket.send(b"bye")
            with pytest.raises(Disconnected, match="restart") as caught:
                await socket.receive()
    assert messages == [b"one", "zwei Grüße".encode(), b"fragmented", b"x" * 200_000]
    assert (caught.value.code, caught.value.fatal) == (1012, False)
