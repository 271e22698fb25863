"""The TLS pump against Python's own server side, over memory: records cut anywhere, every end, bad certificates."""

# a block that is not entered fails the test, and trustme's annotations name a library that is not installed:
# pyright: reportPossiblyUnboundVariable=false, reportUnknownMemberType=false

import random
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import pytest
import trustme

from krakenio.bytestream import ByteStream, Prompt
from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.sim.connections.certificate import contexts
from krakenio.sim.connections.memory import MemoryStream, memory_pair
from krakenio.transport import open_websocket, start_tls
from tests.injection import Injection, sweep
from tests.transport.peers import TlsPeer

pytestmark = pytest.mark.virtual
SERVER, CLIENT = contexts()
MIB = 1 << 20


@asynccontextmanager
async def joined(slices: random.Random | None = None) -> AsyncGenerator[tuple[ByteStream, TlsPeer[MemoryStream]]]:
    """Shake hands on both sides."""
    ours, theirs = memory_pair(slices)
    server = TlsPeer(theirs, SERVER)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.handshake)
        client = await start_tls(ours, CLIENT, "localhost")
    yield client, server


async def read(client: ByteStream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += await client.receive()
    return data


async def test_all_records_of_one_read_come_out_together() -> None:
    async with joined() as (client, server):
        await server.send(*[b"%03d" % number for number in range(100)])
        assert await client.receive() == b"".join(b"%03d" % number for number in range(100))


async def test_sending_nothing_sends_what_the_stream_below_has_kept() -> None:
    async with joined() as (client, _):
        below = Recorder()
        client._raw = below  # type: ignore[attr-defined]  # noqa: SLF001
        await client.send(b"")
        assert below.sent == [b""]


class Recorder:
    """Remember what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, data: bytes) -> None:
        self.sent.append(data)


@pytest.mark.parametrize("seed", range(3))
async def test_records_may_be_cut_anywhere(seed: int) -> None:
    chance = random.Random(seed)
    async with joined(random.Random(seed)) as (client, server):
        sent = [chance.randbytes(chance.choice([1, 5, 100, 20_000])) for _ in range(30)]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.send, *sent)
            assert await read(client, sum(map(len, sent))) == b"".join(sent)


async def test_a_megabyte_goes_each_way_at_the_same_time() -> None:
    """Back-pressure on both sides at once: neither reading nor writing may wait for the other."""
    async with joined() as (client, server), anyio.create_task_group() as tasks:
        tasks.start_soon(client.send, b"up" * MIB)
        tasks.start_soon(server.send, b"down" * MIB)
        got: list[bytes] = []

        async def serve() -> None:
            got.append(await server.receive(2 * MIB))

        tasks.start_soon(serve)
        assert await read(client, 4 * MIB) == b"down" * MIB
    assert got == [b"up" * MIB]


async def test_what_is_sent_at_once_is_encrypted_in_its_turn() -> None:
    async with joined() as (client, server):
        assert isinstance(client, Prompt)
        assert client.is_writable()
        client.send_nowait(b"at once, ")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.send, b"in a while" * 20_000)
            await anyio.wait_all_tasks_blocked()
            assert not client.is_writable()
            assert await server.receive(200_009) == b"at once, " + b"in a while" * 20_000
        assert client.is_writable()


async def test_a_farewell_is_an_end_and_a_cut_is_an_error_after_what_came_before() -> None:
    async with joined() as (client, server):
        server.tls.write(b"last")
        with pytest.raises(ssl.SSLWantReadError):
            server.tls.unwrap()
        await server.flush()
        assert [await client.receive() for _ in range(3)] == [b"last", b"", b""]
    async with joined() as (client, server):
        await server.send(b"last")
        await server.stream.finish()
        assert await client.receive() == b"last"
        for _ in range(2):
            with pytest.raises(ssl.SSLError, match="the peer ended it without TLS's farewell"):
                await client.receive()


async def test_half_a_record_at_the_end_is_an_error() -> None:
    async with joined() as (client, server):
        server.tls.write(b"whole")
        whole = server.outgoing.read()
        server.tls.write(b"half")
        await server.stream.send(whole + server.outgoing.read()[:9])
        await server.stream.finish()
        assert await client.receive() == b"whole"
        with pytest.raises(ssl.SSLError):
            await client.receive()


async def test_a_spoilt_record_is_an_error_after_what_came_before() -> None:
    async with joined() as (client, server):
        server.tls.write(b"good")
        data = bytearray(server.outgoing.read())
        server.tls.write(b"spoilt")
        spoilt = bytearray(server.outgoing.read())
        spoilt[-1] ^= 1
        await server.stream.send(bytes(data + spoilt))
        assert await client.receive() == b"good"
        with pytest.raises(ssl.SSLError):
            await client.receive()


async def test_an_abort_wakes_the_reader() -> None:
    async with joined() as (client, _server), anyio.create_task_group() as tasks:

        async def waiting() -> None:
            with pytest.raises(OSError, match="broken off"):
                await client.receive()

        tasks.start_soon(waiting)
        await anyio.wait_all_tasks_blocked()
        client.abort()


@pytest.mark.parametrize("case", ["unknown authority", "wrong name", "expired"])
async def test_a_certificate_that_is_not_valid_is_a_fatal_end(case: str) -> None:
    """G1, and the peer is told why by an alert."""
    context = SERVER
    if case == "expired":
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
        client = ssl.create_default_context()
        authority.configure_trust(client)
    else:
        client = ssl.create_default_context() if case == "unknown authority" else CLIENT
    alerts: list[str] = []
    async with anyio.create_task_group() as tasks:

        async def serve(server: TlsPeer[MemoryStream]) -> None:
            try:
                await server.handshake()
                await server.receive(1)
            except (ssl.SSLError, EOFError, OSError) as error:
                alerts.append(str(error))

        async def dial(_host: str, _port: int) -> ByteStream:
            await anyio.lowlevel.checkpoint()
            ours, theirs = memory_pair()
            tasks.start_soon(serve, TlsPeer(theirs, context))
            return ours

        host = "127.0.0.9" if case == "wrong name" else "localhost"
        endpoints = Endpoints(ws=f"wss://{host}/v2", dial=dial, ssl_context=client)
        with pytest.raises(Disconnected, match=f"the TLS certificate of {host} is not valid") as caught:
            async with open_websocket(endpoints.ws, endpoints):
                raise AssertionError
    assert caught.value.fatal
    assert len(alerts) == 1


async def test_what_is_no_tls_is_a_passing_end() -> None:
    """G2: TLS's own troubles but the certificate may pass."""
    async with anyio.create_task_group() as tasks:

        async def dial(_host: str, _port: int) -> ByteStream:
            ours, theirs = memory_pair()
            tasks.start_soon(theirs.send, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await anyio.lowlevel.checkpoint()
            return ours

        endpoints = Endpoints(ws="wss://localhost/v2", dial=dial)
        with pytest.raises(Disconnected) as caught:
            async with open_websocket(endpoints.ws, endpoints):
                raise AssertionError
    assert not caught.value.fatal


async def test_a_handshake_that_hangs_is_given_up_after_ten_seconds() -> None:
    """E3."""

    async def dial(_host: str, _port: int) -> ByteStream:
        await anyio.sleep(4)
        return memory_pair()[0]

    begun = anyio.current_time()
    endpoints = Endpoints(ws="wss://localhost/v2", dial=dial)
    with pytest.raises(Disconnected, match="took more than 10 s"):
        async with open_websocket(endpoints.ws, endpoints):
            raise AssertionError
    assert anyio.current_time() - begun == pytest.approx(10)


async def test_a_handshake_that_is_cancelled_anywhere_aborts_its_stream() -> None:
    """E2."""

    async def universe(inject: Injection) -> None:
        ours, theirs = memory_pair()
        server = TlsPeer(theirs, SERVER)
        async with anyio.create_task_group() as tasks:

            async def serve() -> None:
                try:
                    await server.handshake()
                except (EOFError, OSError):
                    return

            tasks.start_soon(serve)
            report = await inject(lambda: start_tls(ours, CLIENT, "localhost"))
            assert report.error is None
            if report.cancelled:
                with pytest.raises(OSError, match="broken off"):
                    await ours.receive()
            tasks.cancel_scope.cancel()

    assert await sweep(universe) >= 2
