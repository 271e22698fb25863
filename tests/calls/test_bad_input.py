"""Bad input is refused at once, by a message that says what to do; nothing reaches the exchange, no secret is shown."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import KrakenError
from krakenio.session import Session
from krakenio.sim import Exchange, open_exchange
from tests.opened import BTC, ETH, RESTING, opened, resting, row

pytestmark = pytest.mark.virtual

UUID = "6d1b345e-2821-40e2-ad83-4ecb18a06876"

Use = Callable[[Any], Awaitable[object] | object]


def order(**change: Any) -> Use:
    return lambda session: session.orders.prepare(**resting(**change))


CASES: dict[str, tuple[Use, list[str]]] = {
    "v1 symbol": (lambda s: s.ticker("XBT/USD"), ["'XBT/USD'", "'BTC/USD'"]),
    "rest symbol": (lambda s: s.trades("XXBTZUSD"), ["'XXBTZUSD'", "'BTC/USD'"]),
    "joined symbol": (lambda s: s.book_updates("XBTUSD"), ["'XBTUSD'", "'BTC/USD'"]),
    "lower case": (lambda s: s.ticker("btc/usd"), ["'btc/usd'", "'BTC/USD'"]),
    "dogecoin": (lambda s: s.ticker("XDG/USD"), ["'XDG/USD'", "'DOGE/USD'"]),
    "list of symbols": (lambda s: s.ticker([BTC, ETH]), ["text such as 'BTC/USD'", "list"]),
    "no symbol": (lambda s: s.ticker(), ["at least one symbol", '"BTC/USD"']),
    "empty symbol": (lambda s: s.ticker(""), ["BASE/QUOTE"]),
    "depth": (lambda s: s.book_updates(BTC, depth=20), ["book_updates(depth=20)", "10, 25, 100, 500, 1000"]),
    "trigger": (lambda s: s.ticker(BTC, event_trigger="bob"), ["event_trigger='bob'", "'trades', 'bbo'"]),
    "policy": (lambda s: s.trades(BTC, on_full="drop"), ["trades(on_full='drop')", "'gap', 'fail'"]),
    "venue": (lambda s: s.instruments(execution_venue="mars"), ["instruments(execution_venue='mars')"]),
    "no symbol of trades": (lambda s: s.trades(), ["trades: name at least one symbol"]),
    "conflated executions": (lambda s: s.executions(on_full="conflate"), ["'conflate'", "'gap', 'fail'"]),
    "buffer of none": (lambda s: s.trades(BTC, buffer=0), ["buffer", "at least 1", "0"]),
    "buffer as text": (lambda s: s.trades(BTC, buffer="9"), ["buffer", "integer", "'9'"]),
    "buffer below the symbols": (lambda s: s.ticker(BTC, ETH, buffer=2), ["buffer", "at least 3"]),
    "endless buffer": (lambda s: s.events(buffer=float("inf")), ["buffer", "integer", "inf"]),
    "gaps": (lambda s: s.trades(BTC, gaps="ignore"), ['"yield" or "raise"', "'ignore'"]),
    "unhashable gaps": (lambda s: s.trades(BTC, gaps=[]), ['"yield" or "raise"', "[]"]),
    "negative quantity": (order(order_qty="-1"), ["order_qty", "above zero"]),
    "infinite quantity": (order(order_qty=Decimal("Infinity")), ["order_qty", "finite"]),
    "not a number": (order(limit_price="nan"), ["limit_price"]),
    "float quantity": (order(order_qty=0.1), ["order_qty=0.1 is a float", 'order_qty="0.1"']),
    "float price": (order(limit_price=5e4), ["float", 'limit_price="50000.0"']),
    "unknown keyword": (order(prize="1"), ["'prize'"]),
    "misspelt keyword": (order(order_quantity="1"), ["'order_quantity'", "did you mean order_qty?"]),
    "neither id": (lambda s: s.orders.cancel(), ["exactly one of order_id, cl_ord_id and order_userref"]),
    "both ids": (lambda s: s.orders.cancel(order_id="O", cl_ord_id="c"), ["exactly one"]),
    "empty list": (lambda s: s.orders.cancel(order_id=[]), ["cancel", "1 to 50 ids"]),
    "empty id": (lambda s: s.orders.cancel(order_id=""), ["order_id", "one id as text"]),
    "list in a list": (lambda s: s.orders.cancel(order_id=[["O"]]), ["order_id", "one id as text", "['O']"]),
    "joined ids": (lambda s: s.orders.cancel(order_id="OA,OB", via="rest"), ["order_id", "one id as text", "'OA,OB'"]),
    "id with a line end": (lambda s: s.orders.cancel(order_id="OA\n"), ["order_id", "one id as text"]),
    "tag as an id": (lambda s: s.orders.cancel(order_id="7"), ["'7'", "any number of orders", "order_userref=7"]),
    "tag as an id over rest": (lambda s: s.orders.cancel(order_id="-7", via="rest"), ["'-7'", "order_userref=-7"]),
    "tags as ids": (lambda s: s.orders.batch_cancel(order_id=["7", "8"]), ["'7'", "order_userref=7"]),
    "tag as an id of an amend": (lambda s: s.orders.amend(order_id="7", limit_price=1), ["'7'", "Kraken's id"]),
    "batch as a generator": (lambda s: s.orders.batch_add(BTC, iter([row()] * 3)), ["2 to 15 orders", "list_iterator"]),
    "batch of one": (lambda s: s.orders.batch_add(BTC, [row()]), ["2 to 15 orders, not 1"]),
    "batch to check, as text": (
        lambda s: s.orders.batch_add(BTC, [row(), row()], validate="no"),
        ["validate", "True or False", "'no'"],
    ),
    "batch to check, as nothing": (
        lambda s: s.orders.batch_add(BTC, [row(), row()], validate="", via="rest"),
        ["validate", "True or False", "''"],
    ),
    "twins in a batch": (
        lambda s: s.orders.prepare_batch(BTC, [row(cl_ord_id="b"), row(cl_ord_id="a"), row(cl_ord_id="b")]),
        ["orders[2]", "orders[0] has the cl_ord_id 'b' already"],
    ),
    "twins in two forms": (
        lambda s: s.orders.batch_add(BTC, [row(cl_ord_id=UUID), row(cl_ord_id=UUID.replace("-", "").upper())]),
        ["orders[1]", "already"],
    ),
    "bad client id": (lambda s: s.orders.cancel(cl_ord_id="x" * 40), ["cl_ord_id", "UUID"]),
}


async def use(session: Session[Any], how: Use) -> None:
    """Do it, awaited if it has to be."""
    result = how(session)
    if isinstance(result, Awaitable):
        await result


def secrets(exchange: Exchange) -> list[str]:
    keys = exchange.keys
    tokens = exchange._core.access._tokens  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return [keys.api_key, keys.secret.hex(), *tokens]


@pytest.mark.parametrize("case", CASES)
async def test_bad_input_is_refused_before_anything_is_sent(case: str) -> None:
    how, says = CASES[case]
    async with opened() as (exchange, session):
        before = len(exchange.requests)
        with pytest.raises((KrakenError, TypeError)) as caught:
            await use(session, how)
        text = str(caught.value)
        assert [part for part in says if part not in text] == [], text
        assert not any(secret in text for secret in secrets(exchange))
        assert len(exchange.requests) == before
        await session.orders.add(**RESTING)  # and nothing is lost
        assert session.failure is None


@pytest.mark.parametrize("method", ["executions", "balances"])
async def test_a_private_stream_without_keys_says_what_to_pass(method: str) -> None:
    async with (
        open_exchange(transport="memory", activity=0) as exchange,
        krakenio.open_session(endpoints=exchange.endpoints, clock=exchange.clock) as session,
    ):
        with pytest.raises(krakenio.CredentialsError, match=r"private channel.*keys.*Keys\.from_env"):
            getattr(session, method)()
        with pytest.raises(krakenio.CredentialsError, match=r"s\.orders needs keys"):
            _ = session.orders
        await anyio.sleep(1)
        assert exchange.requests == []
        assert exchange.attempts == []


AFTER: dict[str, Use] = {
    "ticker": lambda s: s.ticker(BTC),
    "executions": lambda s: s.executions(),
    "orders": lambda s: s.orders,
    "token": lambda s: s.token(),
    "rest": lambda s: s.rest.call("Time"),
    "private rest": lambda s: s.rest.account.balance(),
}


@pytest.mark.parametrize("case", AFTER)
async def test_a_session_used_after_its_end_says_so(case: str) -> None:
    """E4."""
    async with open_exchange(transport="memory", activity=0) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            pass
        before = len(exchange.requests)
        with pytest.raises(krakenio.SessionClosed, match="inside"):
            await use(session, AFTER[case])
        assert len(exchange.requests) == before


async def test_what_was_made_inside_says_so_outside() -> None:
    """E4: an intent and a stream that outlive their session."""
    async with open_exchange(transport="memory", activity=0) as exchange:
        async with krakenio.open_session(exchange.keys, endpoints=exchange.endpoints, clock=exchange.clock) as session:
            intent, stream, events = session.orders.prepare(**RESTING), session.trades(BTC), session.events()
            orders = session.orders
        for call in (intent.submit, stream.__aenter__, events.__aenter__, lambda: orders.add(**RESTING)):
            with pytest.raises(krakenio.SessionClosed, match="inside"):
                await call()
        assert intent.outcome is krakenio.Outcome.NOT_SENT
