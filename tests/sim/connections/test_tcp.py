"""The exchange's end of a real connection: whatever a client does to it is told as an `OSError`, which ends it only."""

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from krakenio.sim.connections.certificate import contexts
from krakenio.sim.connections.tcp import TcpStream, open_listener


@pytest.mark.parametrize("heard", [False, True])
async def test_a_client_that_leaves_without_tls_farewell_is_gone_for_the_writer_too(heard: bool) -> None:  # noqa: FBT001
    ours, theirs = contexts()
    ended: list[str] = []

    async def serve(sock: SocketStream) -> None:
        stream = TcpStream(sock, ours)
        try:
            await stream.begin()
            if heard:
                assert await stream.receive() == b""
            while True:
                await stream.send(b"\0" * 10_000)
        except OSError as error:
            ended.append(str(error))
        finally:
            await anyio.aclose_forcefully(sock)
            tasks.cancel_scope.cancel()

    async with await open_listener() as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - AnyIO's, not Django's
        client = await anyio.connect_tcp("127.0.0.1", port, ssl_context=theirs, tls_standard_compatible=False)
        await anyio.aclose_forcefully(client.transport_stream)
    assert ended == ["the client broke off"]
