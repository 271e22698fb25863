"""What Kraken refuses is raised with its own words, in a class that says what one can do (B2)."""

from typing import Any

import pytest

import krakenio
from krakenio import ApiError, Outcome
from krakenio.errors.advice import advice
from tests.opened import RESTING, ids, opened, pending, resting

pytestmark = pytest.mark.virtual


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"order_qty": "1000"}, krakenio.InsufficientFunds, "EOrder:Insufficient funds"),
        ({"order_qty": "0.0000001"}, krakenio.OrderMinimumNotMet, "volume minimum not met"),
        ({"order_qty": "0.0000000000001"}, krakenio.InvalidArguments, "EGeneral:Invalid arguments:volume"),
        ({"limit_price": "50000.12345"}, krakenio.InvalidPrice, "EOrder:Tick size check failed"),
        ({"limit_price": "95000", "post_only": True}, krakenio.PostOnlyWouldMatch, "EOrder:Post only order"),
        ({"symbol": "NOT/HERE"}, krakenio.UnknownSymbol, "Currency pair not supported NOT/HERE"),
        (
            {"time_in_force": "gtd", "expire_time": "2020-01-01T00:00:00Z"},
            krakenio.InvalidArguments,
            "EGeneral:Invalid arguments:expire_time",
        ),
    ],
)
async def test_the_exchanges_own_refusals_have_their_classes(
    change: dict[str, Any], kind: type[ApiError], text: str
) -> None:
    """B2."""
    async with opened() as (exchange, session):
        intent = session.orders.prepare(**resting(**change))
        with pytest.raises(ApiError) as caught:
            await intent.submit()
        assert (isinstance(caught.value, kind), text in str(caught.value)) == (True, True), repr(caught.value)
        assert intent.outcome is Outcome.REJECTED
        assert intent.error is caught.value
        symbol = change.get("symbol", "BTC/USD")
        asked, *advised = caught.value.__notes__
        assert asked == f"Kraken's answer to add_order {intent.cl_ord_id} of {symbol}"
        assert advised == [text for text in (advice(caught.value),) if text]
        assert ids(exchange) == []
        assert pending(session) == (0, 0, 0)
        await session.orders.add(**RESTING)


async def test_a_refusal_for_a_lack_of_permission_names_what_the_key_needs() -> None:
    async with opened() as (exchange, _):
        reading = exchange.add_keys(["query-open-trades", "query-closed-trades", "create-ws-token"])
        async with krakenio.open_session(reading, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            for call in (session.orders.add(**RESTING), session.orders.cancel(order_id="OAAAAA-BBBBB-CCCCCC")):
                with pytest.raises(krakenio.PermissionDenied) as caught:
                    await call
                assert ", for which the key needs " in caught.value.__notes__[0]
                assert "modify-trades" in caught.value.__notes__[0]


async def test_a_refusal_of_an_order_in_a_batch_names_that_order() -> None:
    rows = [{key: value for key, value in resting(order_qty=qty).items() if key != "symbol"} for qty in ("1", "99")]
    async with opened() as (_, session):
        refused = (await session.orders.batch_add("BTC/USD", rows)).legs[1]  # type: ignore[arg-type]
        assert refused.error is not None
        assert str(refused.cl_ord_id) in refused.error.__notes__[0]


async def test_limits_are_asked_by_symbols_of_websocket_v2() -> None:
    async with opened() as (_, session):
        for ask in (session.orders.limits.rate_count, session.orders.limits.open_orders):
            with pytest.raises(krakenio.InvalidRequest, match="did you mean 'BTC/USD'"):
                ask("XBT/USD")


@pytest.mark.parametrize(
    ("text", "kind", "outcome"),
    [
        ("EOrder:Unknown order", krakenio.UnknownOrder, Outcome.REJECTED),
        ("EOrder:Orders limit exceeded", krakenio.OrderLimitExceeded, Outcome.REJECTED),
        ("EOrder:Rate limit exceeded", krakenio.RateLimited, Outcome.REJECTED),
        ("EService:Market in cancel_only mode", krakenio.MarketRestricted, Outcome.REJECTED),
        ("EGeneral:Permission denied", krakenio.PermissionDenied, Outcome.REJECTED),
        ("EOrder:Something new", krakenio.OrderRejected, Outcome.REJECTED),
        ("EService:Timeout", krakenio.OrderOutcomeUnknown, Outcome.UNKNOWN),
        ("EService:Deadline elapsed", krakenio.OrderOutcomeUnknown, Outcome.UNKNOWN),
        ("EGeneral:Internal error", krakenio.OrderOutcomeUnknown, Outcome.UNKNOWN),
    ],
)
async def test_a_refusal_keeps_krakens_text(text: str, kind: type[Exception], outcome: Outcome) -> None:
    """B2, B4: what the engine may have executed all the same is unknown, with Kraken's error as its cause."""
    async with opened() as (exchange, session):
        exchange.reject("add_order", text)
        intent = session.orders.prepare(**RESTING)
        with pytest.raises(kind) as caught:
            await intent.submit()
        assert intent.outcome is outcome
        assert str(caught.value if outcome is Outcome.REJECTED else caught.value.__cause__) == text
        await session.orders.add(**RESTING)


async def test_a_refused_token_is_fetched_anew_once_and_the_next_order_goes_through() -> None:
    """G2; the refused one was not executed and is not repeated by itself (B4)."""
    async with opened() as (exchange, session):
        exchange.expire_token()
        intent = session.orders.prepare(**RESTING)
        with pytest.raises(krakenio.InvalidSession):
            await intent.submit()
        assert intent.outcome is Outcome.REJECTED
        assert ids(exchange) == []
        await session.orders.add(**RESTING)
        assert exchange.tokens_issued == 2


async def test_an_unknown_order_cannot_be_cancelled() -> None:
    async with opened() as (_, session):
        with pytest.raises(krakenio.UnknownOrder, match="EOrder:Unknown order"):
            await session.orders.cancel(order_id="OAAAAA-AAAAA-AAAAAA")
