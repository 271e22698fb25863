"""Only reads are repeated, with a fresh nonce each, and what may have been executed is told as such (C3, C4)."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from krakenio import Endpoints, Rest, TransportError, open_rest
from krakenio.bytestream import ByteStream
from krakenio.errors import ApiError, CredentialsError, InvalidNonce, RateLimited, ServiceUnavailable, api_error
from krakenio.rest.retries import ATTEMPTS, LONGEST, seconds_until_retry
from krakenio.sim.connections.http import Answer, Request
from tests.rest.servers import KEYS, TIME, answering, open_server

VIRTUAL = pytest.mark.backends("trio-virtual", "asyncio-virtual")
BAD_GATEWAY = Answer(502, b"<html>502</html>", "text/html")
ORDER: dict[str, Any] = {"pair": "BTC/USD", "type": "buy", "ordertype": "market", "volume": 1}

Use = Callable[[Rest], Awaitable[object]]

READS: dict[str, Use] = {
    "Time": lambda rest: rest.market.time(),
    "SystemStatus": lambda rest: rest.market.system_status(),
    "AssetPairs": lambda rest: rest.market.asset_pairs(pair="BTC/USD"),
    "Balance": lambda rest: rest.account.balance(),
    "OpenOrders": lambda rest: rest.account.open_orders(),
    "ClosedOrders": lambda rest: rest.account.closed_orders(),
    "QueryOrders": lambda rest: rest.account.query_orders(txid="O"),
    "GetWebSocketsToken": lambda rest: rest.trading.get_websockets_token(),
    "DepositAddresses": lambda rest: rest.funding.deposit_addresses(asset="XBT", method="Bitcoin"),
    "Ticker": lambda rest: rest.call("Ticker"),
    "Ledgers": lambda rest: rest.call("/0/private/Ledgers"),
}
ADDRESSES: dict[str, Any] = {"asset": "XBT", "method": "Bitcoin"}
WRITES: dict[str, Use] = {
    "DepositAddresses, new": lambda rest: rest.funding.deposit_addresses(**ADDRESSES, new=True),
    "DepositAddresses, amount": lambda rest: rest.funding.deposit_addresses(**ADDRESSES, amount="0.1"),
    "AddOrder": lambda rest: rest.trading.add_order(**ORDER),
    "CancelOrder": lambda rest: rest.trading.cancel_order(txid="O"),
    "Withdraw": lambda rest: rest.call("Withdraw", {"asset": "XBT"}),
    "Unheard": lambda rest: rest.call("/0/private/Unheard"),
}


def failing(text: str) -> Answer:
    return Answer(200, b'{"error":["' + text.encode() + b'"]}')


def always(answer: Answer, seen: list[Request]) -> Callable[[Request], Answer]:
    def act(request: Request) -> Answer:
        seen.append(request)
        return answer

    return act


async def count_attempts(use: Use, answer: Answer) -> tuple[list[Request], Exception]:
    seen: list[Request] = []
    serve = answering(always(answer, seen))
    async with open_server(serve) as server, open_rest(KEYS, endpoints=server.endpoints) as rest:
        with pytest.raises((TransportError, ApiError)) as caught:
            await use(rest)
    return seen, caught.value


@VIRTUAL
@pytest.mark.parametrize("name", READS)
async def test_c3_a_read_is_tried_three_times_with_a_fresh_nonce_each(name: str) -> None:
    seen, error = await count_attempts(READS[name], BAD_GATEWAY)
    assert [request.path.rpartition("/")[2] for request in seen] == [name] * ATTEMPTS
    assert len({request.body for request in seen if request.method == "POST"}) in {0, ATTEMPTS}
    assert isinstance(error, TransportError)
    assert name in str(error)


@VIRTUAL
@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("answer", [BAD_GATEWAY, failing("EAPI:Invalid nonce"), failing("EService:Unavailable")])
async def test_c3_a_write_is_sent_once_whatever_comes_back(name: str, answer: Answer) -> None:
    seen, _ = await count_attempts(WRITES[name], answer)
    assert len(seen) == 1


AMBIGUOUS = [
    "EService:Timeout",
    "EGeneral:Internal error",
    "EService:Deadline elapsed",
    "EService:Unavailable",
    "EService:Busy",
]


@VIRTUAL
@pytest.mark.parametrize("text", AMBIGUOUS)
async def test_c4_an_answer_that_leaves_an_order_open_says_so(text: str) -> None:
    _, error = await count_attempts(WRITES["AddOrder"], failing(text))
    assert isinstance(error, ServiceUnavailable)
    assert error.ambiguous


@VIRTUAL
@pytest.mark.parametrize("body", [b'{"error":[],"result":{"txid":7}}', b'{"error":[],"resu', b"", b"<html>"])
async def test_c4_an_order_whose_answer_does_not_parse_is_ambiguous(body: bytes) -> None:
    _, error = await count_attempts(WRITES["AddOrder"], Answer(200, body))
    assert isinstance(error, TransportError)
    assert error.ambiguous
    assert error.endpoint == "/0/private/AddOrder"


@VIRTUAL
@pytest.mark.parametrize(
    ("status", "ambiguous"), [(303, True), (408, True), (499, True), (502, True), (413, False), (429, False)]
)
async def test_c4_a_page_of_the_proxy_is_ambiguous_unless_it_refused(status: int, ambiguous: bool) -> None:  # noqa: FBT001
    _, error = await count_attempts(WRITES["AddOrder"], Answer(status, b"<html>"))
    assert isinstance(error, TransportError)
    assert error.ambiguous == ambiguous
    assert any("look before" in note for note in getattr(error, "__notes__", ())) == ambiguous


@VIRTUAL
async def test_a_read_whose_answer_was_lost_warns_of_nothing() -> None:
    _, error = await count_attempts(READS["Balance"], BAD_GATEWAY)
    assert isinstance(error, TransportError)
    assert not hasattr(error, "__notes__")


@VIRTUAL
async def test_c4_an_order_that_found_no_connection_is_not_ambiguous() -> None:
    async def refuse(_host: str, _port: int) -> ByteStream:
        await anyio.lowlevel.checkpoint()
        raise ConnectionRefusedError("nobody listens")

    async with open_rest(KEYS, endpoints=Endpoints(rest="http://127.0.0.1:1", dial=refuse)) as rest:
        with pytest.raises(TransportError, match="cannot be reached: nobody listens") as caught:
            await WRITES["AddOrder"](rest)
        assert not caught.value.ambiguous
        cause = caught.value.__cause__
        assert isinstance(cause, ConnectionRefusedError)
        assert cause.__traceback__ is None


@VIRTUAL
async def test_c4_an_order_that_could_not_connect_in_time_is_not_ambiguous() -> None:
    async def hang(_host: str, _port: int) -> ByteStream:
        await anyio.sleep_forever()
        raise AssertionError

    async with open_rest(KEYS, endpoints=Endpoints(rest="http://127.0.0.1:1", dial=hang)) as rest:
        with pytest.raises(TransportError, match="could not be reached within 10 s") as caught:
            await WRITES["AddOrder"](rest)
        assert not caught.value.ambiguous


@VIRTUAL
@pytest.mark.parametrize(
    ("text", "attempts"),
    [
        ("EAPI:Invalid nonce", 2),
        ("EService:Unavailable", 3),
        ("EAPI:Rate limit exceeded", 3),
        ("EAPI:Invalid key", 1),
        ("EAPI:Invalid signature", 1),
        ("EGeneral:Permission denied", 1),
        ("EGeneral:Temporary lockout", 1),
        ("EQuery:Unknown asset pair", 1),
        ("ENew:Never heard of", 1),
    ],
)
async def test_g2_a_read_is_repeated_for_what_may_pass(text: str, attempts: int) -> None:
    seen, error = await count_attempts(READS["Balance"], failing(text))
    assert len(seen) == attempts
    assert str(error) == text


@VIRTUAL
async def test_a_read_recovers_and_waits_for_the_limit_to_decay() -> None:
    answers = [failing("EAPI:Rate limit exceeded"), BAD_GATEWAY, Answer(200, TIME)]
    serve = answering(lambda _request: answers.pop(0))
    async with open_server(serve) as server, open_rest(endpoints=server.endpoints) as rest:
        began = anyio.current_time()
        assert (await rest.market.time()).unixtime == 1795424400
        assert 5 <= anyio.current_time() - began <= 7


@VIRTUAL
async def test_other_calls_are_served_while_one_waits_to_be_repeated() -> None:
    throttled = failing(f"EService:Throttled:{int(time.time()) + 5}")
    answers = [throttled, Answer(200, b'{"error":[],"result":{}}')]
    serve = answering(lambda _request: answers[0] if len(answers) == 1 else answers.pop(0))
    async with (
        open_server(serve) as server,
        open_rest(KEYS, endpoints=server.endpoints) as rest,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(rest.account.balance)
        await anyio.sleep(1)
        with anyio.fail_after(0.1):
            assert await rest.account.balance() == {}


async def test_a_private_call_without_keys_says_how_to_pass_them_and_sends_nothing() -> None:
    serve = answering(lambda _request: Answer(200, TIME))
    async with open_server(serve) as server, open_rest(endpoints=server.endpoints) as rest:
        for use in (READS["Balance"], WRITES["AddOrder"], READS["Ledgers"]):
            with pytest.raises(CredentialsError, match=r"needs an API key.*Keys\.from_env\(\).*KRAKEN_API_SECRET"):
                await use(rest)
        assert server.connections == 0


def test_how_long_to_wait_is_pure() -> None:
    fault = TransportError("x", endpoint="x", ambiguous=True)
    assert [seconds_until_retry(fault, attempt, 1.0, 0) for attempt in (1, 2, 3)] == [0.5, 1.0, None]
    assert seconds_until_retry(fault, 1, 0.0, 0) == 0
    assert seconds_until_retry(InvalidNonce("x"), 2, 0.0, 0) is None
    throttled = api_error("EService: Throttled: 1741500000")
    assert isinstance(throttled, RateLimited)
    assert seconds_until_retry(throttled, 1, 0.0, 1741499990.0) == 10
    assert seconds_until_retry(throttled, 1, 0.0, 1741500005.0) == 0
    assert seconds_until_retry(throttled, 1, 0.0, 1741500000.0 - LONGEST - 1) is None
    assert seconds_until_retry(api_error("EGeneral:Temporary lockout"), 1, 0.0, 0) is None
