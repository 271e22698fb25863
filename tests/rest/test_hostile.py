"""A hostile or broken server never hangs a call beyond its bound, never leaks, and is named by a clear error."""

import gzip
import tracemalloc
import zlib

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krakenio import TransportError, open_rest
from krakenio.rest.bodies import MAX_BODY
from krakenio.rest.client import CALL_LIMIT
from krakenio.sim.connections.http import Answer, Request
from krakenio.sim.connections.memory import MemoryStream
from tests.backends import BACKENDS
from tests.rest.servers import KEYS, TIME, Serve, answering, http, open_server, saying, silent

pytestmark = pytest.mark.once

VIRTUAL = pytest.mark.backends("trio-virtual", "asyncio-virtual")
JSON = "Content-Type: application/json"
HTML = http(b"<html>502 Bad Gateway</html>", "Content-Type: text/html", status="502 Bad Gateway")


async def drips(stream: MemoryStream) -> None:
    await stream.receive()
    await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await stream.send(b"{")
        await anyio.sleep(1)


async def endless_headers(stream: MemoryStream) -> None:
    await stream.receive()
    await stream.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await stream.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")


async def endless_interim(stream: MemoryStream) -> None:
    await stream.receive()
    while True:
        await stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await anyio.sleep(0.5)


async def endless_chunks(stream: MemoryStream) -> None:
    await stream.receive()
    await stream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await stream.send(b"100000\r\n" + b" " * 0x100000 + b"\r\n")


async def breaks_off(stream: MemoryStream) -> None:
    await stream.receive()
    stream.abort()


async def breaks_off_in_the_body(stream: MemoryStream) -> None:
    await stream.receive()
    await stream.send(http(TIME[:9], JSON, length=len(TIME)))
    await anyio.sleep(1)
    stream.abort()


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(b" " * 0x100000) for _ in range(size >> 20)) + packer.flush()


GZIP = "Content-Encoding: gzip"
HOSTILE: dict[str, tuple[Serve, str]] = {
    "silent": (silent, "gave no complete answer|in time"),
    "slow": (drips, "gave no complete answer|in time"),
    "ends at once": (saying(), "without a whole answer"),
    "breaks off": (breaks_off, "broke the connection"),
    "breaks off in the body": (breaks_off_in_the_body, "broke the connection"),
    "not HTTP": (saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "does not speak HTTP"),
    "cut head": (saying(b"HTTP/1.1 200 O"), "without a whole answer"),
    "cut body": (saying(http(TIME[:20], JSON, length=len(TIME))), "without a whole answer"),
    "claims less": (saying(http(TIME, JSON, length=len(TIME) - 5)), "may be cut off"),
    "two lengths": (saying(http(TIME, JSON, "Content-Length: 7")), "does not speak HTTP"),
    "length and chunks": (saying(http(b"5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked")), "HTTP"),
    "negative length": (saying(http(TIME, JSON, length=-1)), "does not speak HTTP"),
    "endless headers": (endless_headers, "does not speak HTTP"),
    "endless 100": (endless_interim, "gave no complete answer|in time"),
    "endless chunks": (endless_chunks, "is too long"),
    "gzip bomb": (saying(http(bomb(256 << 20), JSON, GZIP)), "is too long"),
    "cut gzip": (saying(http(gzip.compress(TIME)[:-9], JSON, GZIP)), "was cut off"),
    "bad gzip": (saying(http(TIME, JSON, GZIP)), "compressed and damaged"),
    "brotli": (saying(http(TIME, JSON, "Content-Encoding: br")), "was not asked for"),
    "HTML": (saying(http(b"<html>hello</html>", "Content-Type: text/html")), "looks like HTML"),
    "HTML 502": (saying(HTML), "HTTP 502"),
    "empty": (saying(http(b"", JSON)), "is empty"),
    "no JSON": (saying(http(b'{"error":[],"result":', JSON)), "may be cut off"),
    "wrong JSON": (saying(http(b'[{"error":[]}]', JSON)), "no JSON object"),
    "wrong shape": (saying(http(b'{"error":[],"result":[7]}', JSON)), "does not decode"),
    "deep JSON": (saying(http(b'{"error":[],"result":' + b"[" * 100_000, JSON)), "answered HTTP 200"),
    "no result": (saying(http(b'{"error":[]}', JSON)), "neither errors nor a result"),
    "redirect": (saying(http(b"", "Location: http://127.0.0.1:1/", status="302 Found")), "redirects are not followed"),
    "mad redirect": (saying(http(b"", "Location: http://[::::", status="301 Moved")), "redirects are not followed"),
    "rate limit page": (saying(http(b"<html>1015</html>", status="429 Too Many Requests")), "too many requests"),
    "blocked": (saying(http(b"<html>1020</html>", status="403 Forbidden")), "refuses this address"),
    "an error without a text": (saying(http(b'{"error":[],"result":{}}', status="500 No")), "HTTP 500"),
    "odd status": (saying(http(b"", status="999 What")), "HTTP 999"),
    "latin-1 in a header": (saying(http(b"", "Content-Type: t\xe9xt\x1b[31m")), "HTTP"),
}


@VIRTUAL
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_server_gets_a_bounded_call_a_named_error_and_no_socket(name: str) -> None:
    serve, told = HOSTILE[name]
    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        began = anyio.current_time()
        with pytest.raises(TransportError, match=told) as caught:
            await rest.market.time()
        assert caught.value.endpoint == "/0/public/Time"
        assert "/0/public/Time" in str(caught.value)
        assert anyio.current_time() - began <= CALL_LIMIT + 0.01
        with pytest.raises(TransportError, match=told) as caught:
            await rest.trading.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
        assert caught.value.ambiguous == (name not in {"redirect", "mad redirect", "rate limit page", "blocked"})
        assert rest.pending == 0
        assert rest.sockets <= 2
    with anyio.fail_after(1):
        while server.open:  # noqa: ASYNC110 - the server tells nobody when a socket closes
            await anyio.lowlevel.checkpoint()


@VIRTUAL
async def test_a_gzip_bomb_takes_no_more_memory_than_the_bound() -> None:
    packed = bomb(1 << 30)
    async with open_server(saying(http(packed, JSON, GZIP))) as server, open_rest(endpoints=server.endpoints) as rest:
        tracemalloc.start()
        try:
            with pytest.raises(TransportError, match="is too long"):
                await rest.market.time()
            assert tracemalloc.get_traced_memory()[1] < 3 * MAX_BODY
        finally:
            tracemalloc.stop()


@VIRTUAL
async def test_what_a_server_sends_unasked_is_never_taken_for_the_next_answer() -> None:
    wrong = http(b'{"error":[],"result":{"unixtime":666}}', JSON)
    serve = saying(http(TIME, JSON) + wrong, then_end=False)
    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        assert (await rest.market.time()).unixtime == 1795424400
        with anyio.fail_after(1):
            assert (await rest.market.time()).unixtime == 1795424400  # the first attempt failed; this is the second
        assert server.connections == 2
    serve = saying(http(b'{"error":[],"result":{}}', JSON) + wrong, then_end=False)
    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        assert await rest.account.balance() == {}
        with pytest.raises(TransportError, match="more than it had announced") as caught:
            await rest.trading.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
        assert not caught.value.ambiguous


@VIRTUAL
async def test_an_error_of_kraken_counts_whatever_the_status() -> None:
    def act(_request: Request) -> Answer:
        return Answer(404, b'{"error":["EGeneral:Unknown method"]}')

    async with open_server(answering(act)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises(Exception, match="EGeneral:Unknown method") as caught:
            await rest.call("/0/private/Nonsense")
        assert caught.value.__notes__ == ["Kraken's answer to /0/private/Nonsense"]


@VIRTUAL
@pytest.mark.parametrize(
    "packed", [gzip.compress(TIME), gzip.compress(TIME[:20]) + gzip.compress(TIME[20:])], ids=range(2)
)
async def test_gzip_is_understood_of_several_members_too(packed: bytes) -> None:
    serve = saying(http(packed, JSON, GZIP))
    async with open_server(serve) as server, open_rest(endpoints=server.endpoints) as rest:
        assert (await rest.market.time()).unixtime == 1795424400


OK = b"HTTP/1.1 200 OK\r\n"
HEADS = [b"", OK, OK + b"\r\n", http(TIME, JSON), HTML, http(b"", JSON, GZIP, length=9)]


@settings(max_examples=100)
@given(head=st.sampled_from(HEADS), noise=st.binary())
def test_whatever_a_server_says_only_our_own_errors_come_out(head: bytes, noise: bytes) -> None:
    async def check() -> None:
        async with open_server(saying(head + noise)) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
            with pytest.raises(TransportError) as caught:
                await rest.trading.cancel_order(txid="OAAAAA-BBBBB-CCCCCC")
            assert caught.value.endpoint == "/0/private/CancelOrder"
            assert rest.pending == 0

    for name in VIRTUAL.args:
        backend, options = BACKENDS[name]()
        anyio.run(check, backend=backend, backend_options=options)
