"""Everything goes through the proxy that was named, TLS inside its tunnel, and its password shows nowhere."""

from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener

import krakenio
from krakenio import Endpoints, InvalidRequest, TransportError
from krakenio.errors import Disconnected, SessionRefused
from krakenio.sim import open_exchange
from krakenio.sim.connections.certificate import contexts
from krakenio.transport import open_websocket
from tests.transport.peers import URL, Peer, frame, serving

PASSWORD = "s3cret%2Fpass"
SERVER, CLIENT = contexts()


class Proxy:
    """An HTTP proxy on loopback that tunnels for whoever knows the password; `status` makes it refuse."""

    def __init__(self, status: str = "200 Connection established") -> None:
        self.status = status
        self.targets: list[str] = []
        self.users: list[str] = []

    async def serve(self, client: ByteStream) -> None:
        """Answer one CONNECT, then carry bytes both ways."""
        async with client:
            head = (await client.receive()).decode()
            target = head.split(" ")[1]
            self.targets.append(target)
            self.users.append(b64decode(head.partition("Basic ")[2].partition("\r\n")[0]).decode())
            if not self.status.startswith("200"):
                await client.send(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
                return
            host, _, port = target.rpartition(":")
            async with await anyio.connect_tcp(host, int(port)) as server:
                await client.send(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(carry, client, server, tasks.cancel_scope)
                    await carry(server, client, tasks.cancel_scope)


async def carry(source: ByteStream, target: ByteStream, scope: anyio.CancelScope) -> None:
    try:
        async for data in source:
            await target.send(data)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass
    scope.cancel()


@asynccontextmanager
async def running(proxy: Proxy, *, secure: bool = False, user: str = f"me:{PASSWORD}@") -> AsyncGenerator[str]:
    """Run it beside the block; yield its address."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        front = TLSListener(listener, SERVER, standard_compatible=False) if secure else listener
        tasks.start_soon(front.serve, proxy.serve)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - AnyIO's attributes, no SQL
        yield f"{'https' if secure else 'http'}://{user}127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


async def test_a_session_and_rest_go_through_the_proxy_with_tls_inside() -> None:
    proxy = Proxy()
    async with open_exchange(limits=False) as exchange, running(proxy) as address:
        endpoints = replace(exchange.endpoints, proxy=address)
        async with krakenio.open_session(exchange.keys, endpoints=endpoints) as s:
            await s.orders.add(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.01", limit_price="50000")
            assert await s.rest.account.balance()
        assert len(exchange.orders) == 1
    assert len(proxy.targets) == 2  # the private socket and REST
    assert set(proxy.users) == {"me:s3cret/pass"}


@pytest.mark.parametrize(
    ("status", "user", "hint"),
    [
        (
            "407 Proxy Authentication Required",
            f"me:{PASSWORD}@",
            "; it does not take the user and password of Endpoints",
        ),
        ("407 Proxy Authentication Required", "", r"; .*Endpoints\(proxy='http://user:password@proxy.example:3128'\)"),
        ("401 Unauthorized", "", "; it wants a user and a password"),
        ("403 Forbidden", f"me:{PASSWORD}@", r"; it must be told to let us through to 127\.0\.0\.1:\d+$"),
        ("502 Bad Gateway", f"me:{PASSWORD}@", "$"),
    ],
)
async def test_a_proxy_that_refuses_is_named_with_what_to_do_and_nothing_of_the_call_was_sent(
    status: str, user: str, hint: str
) -> None:
    proxy = Proxy(status)
    async with open_exchange(limits=False) as exchange, running(proxy, user=user) as address:
        endpoints = replace(exchange.endpoints, proxy=address)
        async with krakenio.open_rest(exchange.keys, endpoints=endpoints) as rest:
            with pytest.raises(TransportError, match=f"proxy refused the tunnel: {status[:3]}{hint}") as caught:
                await rest.trading.cancel_all()
        assert not caught.value.ambiguous
        assert PASSWORD not in repr(caught.value)
        assert PASSWORD not in repr(endpoints)


async def test_a_proxy_of_a_private_authority_is_trusted_by_a_context_of_its_own() -> None:
    """Kraken's own certificate is checked by the other: neither stands for both."""
    proxy = Proxy()
    async with open_exchange(limits=False) as exchange, running(proxy, secure=True) as address:
        endpoints = replace(exchange.endpoints, proxy=address, proxy_ssl_context=CLIENT)
        async with krakenio.open_session(exchange.keys, endpoints=endpoints) as s:
            assert await s.rest.account.balance()
    assert len(proxy.targets) == 2


async def test_a_proxys_certificate_that_is_not_valid_is_told_as_the_proxys() -> None:
    """G1."""
    proxy = Proxy()
    async with open_exchange(limits=False) as exchange, running(proxy, secure=True) as address:
        endpoints = replace(exchange.endpoints, proxy=address.replace("127.0.0.1", "localhost"))
        with pytest.raises(SessionRefused) as refused:
            async with krakenio.open_session(exchange.keys, endpoints=endpoints):
                raise AssertionError
        assert "the TLS certificate of localhost is not valid" in str(refused.value.__cause__)
        async with krakenio.open_rest(exchange.keys, endpoints=endpoints) as rest:
            with pytest.raises(TransportError, match="the TLS certificate of localhost is not valid") as caught:
                await rest.trading.cancel_all()
            assert caught.value.fatal
            assert not caught.value.ambiguous
    assert proxy.targets == []


@pytest.mark.virtual
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 Connection established\r\n\r\n",
        b"HTTP/1.1 200 OK\nVia: x\n\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_a_tunnel_begins_behind_the_proxys_answer_however_that_is_written(answer: bytes) -> None:
    async def tunnel(peer: Peer) -> None:
        await peer.read_request()
        for place in range(len(answer)):
            await peer.stream.send(answer[place : place + 1])
        peer.request = b""
        await peer.open(frame(b"through"))
        await anyio.sleep_forever()

    async with serving(tunnel) as direct:
        endpoints = replace(direct, proxy="http://127.0.0.1:3128")
        async with open_websocket(URL, endpoints) as socket:
            assert await socket.receive() == [b"through"]


@pytest.mark.virtual
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"SSH-2.0", "no HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "refused the tunnel: 101"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "endless"),
    ],
)
async def test_a_proxy_that_answers_otherwise_is_told_at_once(answer: bytes, why: str) -> None:
    async def babble(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(answer)
        await anyio.sleep_forever()

    begun = anyio.current_time()
    async with serving(babble) as direct:
        with pytest.raises(Disconnected, match=f"proxy.*{why}") as caught:
            await entered(replace(direct, proxy="http://127.0.0.1:3128"))
    assert not caught.value.fatal
    assert anyio.current_time() == begun


async def entered(endpoints: Endpoints) -> None:
    async with open_websocket(URL, endpoints):
        raise AssertionError


@pytest.mark.parametrize(
    "url",
    [
        "socks5://127.0.0.1:1080",
        "proxy.example:3128",
        "http://",
        f"ftp://me:{PASSWORD}@host",
        f"http://me:12#{PASSWORD}@host",
        f"http://me:12?{PASSWORD}@host",
        f"http://me:12/{PASSWORD}@host",
    ],
)
def test_what_is_no_http_proxy_says_what_is_and_shows_no_password(url: str) -> None:
    with pytest.raises(InvalidRequest, match="expected an address like http://user:password@") as caught:
        Endpoints(proxy=url)
    assert PASSWORD not in str(caught.value)
