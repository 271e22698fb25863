"""A server that asks to be left alone is: its pages in seconds or by a time, for reads that are tried again."""

import anyio
import pytest

from krakenio import Rest, TransportError, open_rest
from krakenio.backoff import BAN
from krakenio.errors import RateLimited
from krakenio.rest.retryafter import asked_for
from krakenio.sim.connections.memory import MemoryStream
from tests.rest.servers import KEYS, TIME, Serve, http, open_server

pytestmark = pytest.mark.backends("trio-virtual", "asyncio-virtual")

TEN = "Fri, 31 Dec 2027 23:59:50 GMT"
MIDNIGHT = "Sat, 01 Jan 2028 00:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("7", "", 7),
        ("0", TEN, 0),
        ("999999999", "", BAN),
        (MIDNIGHT, TEN, 10),
        (TEN, MIDNIGHT, 0),
        ("Sat, 01 Jan 2028 10:00:00 GMT", TEN, BAN),
        (MIDNIGHT, "", 0),
        *[(odd, TEN, 0) for odd in ("", "-5", "1.5", "soon", "9" * 5000, "7, 8", "Sat, 32 Jan 2028 00:00:00 GMT")],
        (MIDNIGHT, "Fri, 31 Dec 2027 25:59:50 GMT", 0),
    ],
)
def test_it_is_read_in_seconds_or_by_the_time_of_the_server_itself(said: str, date: str, seconds: float) -> None:
    assert asked_for(said, date) == seconds


def answers(*pages: bytes) -> Serve:
    """Answer each request with the next page, then with Kraken's time."""
    left = list(pages)

    async def serve(stream: MemoryStream) -> None:
        while await stream.receive():
            await stream.send(left.pop(0) if left else http(TIME))

    return serve


def page(status: str, *headers: str, body: bytes = b"<html>") -> bytes:
    return http(body, "Content-Type: text/html", *headers, status=status)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy", "403 Forbidden"])
@pytest.mark.parametrize("headers", [["Retry-After: 10"], [f"Retry-After: {MIDNIGHT}", f"Date: {TEN}"]])
async def test_c3_a_read_is_not_repeated_before_its_time(status: str, headers: list[str]) -> None:
    async with open_server(answers(page(status, *headers))) as server, open_rest(endpoints=server.endpoints) as rest:
        began = anyio.current_time()
        assert (await rest.market.time()).unixtime == 1795424400
        assert 10 <= anyio.current_time() - began <= 10.5


async def refused(rest: Rest) -> TransportError | RateLimited:
    """Ask once, and tell how it was refused at once."""
    began = anyio.current_time()
    with pytest.raises((TransportError, RateLimited)) as caught:
        await rest.account.balance()
    assert anyio.current_time() == began
    assert isinstance(caught.value, TransportError | RateLimited)
    return caught.value


async def test_c3_a_server_that_asks_for_longer_than_a_call_waits_is_asked_once() -> None:
    served = answers(page("429 Too Many Requests", "Retry-After: 30"))
    async with open_server(served) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        error = await refused(rest)
        assert error.wait == 30
        assert "too many requests come from this address; it asks to be left alone for 30 s" in str(error)


async def test_an_answer_of_kraken_itself_is_as_patient_as_its_page_asks() -> None:
    body = b'{"error":["EGeneral:Too many requests"]}'
    served = answers(page("429 Too Many Requests", "Retry-After: 30", body=body))
    async with open_server(served) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        error = await refused(rest)
        assert (type(error), error.wait) == (RateLimited, 30)


async def test_c3_a_write_that_was_refused_is_not_repeated_and_tells_when_it_may_be() -> None:
    served = answers(page("503 Busy", "Retry-After: 2"))
    async with open_server(served) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises(TransportError) as caught:
            await rest.trading.cancel_order(txid="O")
        assert (caught.value.wait, caught.value.ambiguous) == (2, True)
        await rest.market.time()


async def test_a_success_asks_for_nothing() -> None:
    served = answers(page("200 OK", "Retry-After: 600"))
    async with open_server(served) as server, open_rest(endpoints=server.endpoints) as rest:
        began = anyio.current_time()
        await rest.market.time()
        assert anyio.current_time() - began <= 1
