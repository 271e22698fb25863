"""No secret speaks: not in an error, its chain, its frames or attributes, and not in any log, whatever went wrong."""

import base64
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from krakenio import KrakenError, open_rest
from krakenio.sim.connections.http import HttpConnection, Request
from krakenio.sim.connections.memory import MemoryStream
from tests.rest.servers import KEYS, Serve, http, open_server, silent

VIRTUAL = pytest.mark.backends("trio-virtual", "asyncio-virtual")
TOKEN = "TheTokenOfTheSocketTheTokenOfTheSocket"

SENT: list[Request] = []


def answered(answer: bytes) -> Serve:
    async def serve(stream: MemoryStream) -> None:
        connection = HttpConnection(stream)
        while (request := await connection.request()) is not None:
            SENT.append(request)
            await stream.send(answer)

    return serve


async def reset(stream: MemoryStream) -> None:
    await stream.receive()
    stream.abort()


FAULTS: dict[str, Serve] = {
    "silent": silent,
    "reset": reset,
    "invalid key": answered(http(b'{"error":["EAPI:Invalid key"]}')),
    "token beside an error": answered(http(b'{"error":["ENew:x"],"result":{"token":"' + TOKEN.encode() + b'"}}')),
    "unknown error": answered(http(b'{"error":["ENew:What is this"]}')),
    "token of a wrong type": answered(http(b'{"error":[],"result":{"token":["' + TOKEN.encode() + b'"],"expires":9}}')),
    "token without its end": answered(http(b'{"error":[],"result":{"token":"' + TOKEN.encode())),
    "token for a time": answered(http(b'{"error":[],"result":{"token":"","expires":"' + TOKEN.encode() + b'"}}')),
    "token instead of HTTP": answered(b'{"token":"' + TOKEN.encode() + b'"}\r\n\r\n'),
    "token in a header": answered(b"HTTP/1.1 200 OK\r\n" + TOKEN.encode() + b"\r\n\r\n"),
    "bad gateway": answered(http(TOKEN.encode(), status="502 Bad Gateway")),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def everything_about(error: BaseException) -> str:
    """Return all that a reporter of errors could collect: text, notes, attributes, and the locals of each frame."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True, compact=False)
    parts: list[Any] = ["".join(shown.format(chain=True))]
    for each in chain(error):
        parts += [repr(each), each.args, vars(each)]
    return "\n".join(map(str, parts))


def secrets() -> list[str]:
    signatures = [request.headers["api-sign"] for request in SENT]
    bodies = [request.body.decode() for request in SENT]
    encoded = base64.b64encode(KEYS.secret).decode()
    return [KEYS.api_key, encoded, str(KEYS.secret), str(KEYS.otp), TOKEN, *signatures, *bodies]


@VIRTUAL
@pytest.mark.parametrize("name", FAULTS)
async def test_no_secret_speaks_in_an_error_or_a_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    SENT.clear()
    caplog.set_level(logging.DEBUG)
    async with open_server(FAULTS[name]) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        for use in (rest.trading.get_websockets_token, lambda: rest.trading.cancel_order(txid="O")):
            with pytest.raises(KrakenError) as caught:
                await use()
            told = everything_about(caught.value)
            assert [secret for secret in secrets() if secret in told] == []
            assert "httpx" not in "".join(type(each).__module__ for each in chain(caught.value))
    assert caplog.text
    assert [secret for secret in secrets() if secret in caplog.text] == []


@VIRTUAL
async def test_a_token_is_given_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    SENT.clear()
    body = b'{"error":["WGeneral:Be careful"],"result":{"token":"' + TOKEN.encode() + b'","expires":900}}'
    async with open_server(answered(http(body))) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        token = await rest.trading.get_websockets_token()
    assert (token.token, token.expires) == (TOKEN, 900)
    assert TOKEN not in repr(token)
    assert [secret for secret in secrets() if secret in caplog.text] == []
    assert "WGeneral:Be careful" in caplog.text


@VIRTUAL
async def test_we_name_ourselves_and_use_no_cookie_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    SENT.clear()
    served = answered(http(b'{"error":[],"result":{}}', "Set-Cookie: a=b"))
    async with open_server(served) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        await rest.account.balance()
        await rest.account.balance()
    names = {name for request in SENT for name in request.headers}
    assert names == {"host", "user-agent", "accept-encoding", "api-key", "api-sign", "content-type", "content-length"}
    assert SENT[1].headers["user-agent"].startswith("krakenio/")
    assert SENT[1].headers["host"] == "127.0.0.1:8080"


def test_the_search_finds_what_it_looks_for() -> None:
    def fail(secret: str) -> None:
        raise ValueError(f"about {len(secret)}")

    with pytest.raises(ValueError, match="about") as caught:
        fail(TOKEN)
    assert TOKEN in everything_about(caught.value)
