"""Every public async method of the orders, by introspection: one that is cancelled before it begins does nothing."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import anyio
import pytest

import krakenio
from krakenio import (
    BalanceTable,
    Batch,
    CancelList,
    DeadManSwitch,
    Intent,
    InvalidRequest,
    LiveOrder,
    OrderGroup,
    Orders,
    Rest,
)
from krakenio.orders.groups.group import GroupDesk
from krakenio.orders.intents.needs import Desk
from krakenio.session import Session
from krakenio.sim import Exchange
from tests.calls.test_calls import Call, yields_of
from tests.opened import BTC, RESTING, opened, row

pytestmark = pytest.mark.virtual

Made = Callable[[Session[Any], str], Awaitable[Call]]
TWO: Any = {"order_qty": "0.002"}
EDITED: Any = {"symbol": BTC, **TWO}


async def in_group(session: Session[Any]) -> OrderGroup:
    group = session.orders.open_group()
    return await group.__aenter__()


def of_orders(call: Callable[[Orders, str], Call]) -> Made:
    async def made(session: Session[Any], order_id: str) -> Call:
        return call(session.orders, order_id)

    return made


async def group_add(session: Session[Any], _order_id: str) -> Call:
    return partial((await in_group(session)).add, **RESTING)


async def group_batch(session: Session[Any], _order_id: str) -> Call:
    return partial((await in_group(session)).batch_add, BTC, [row(), row()])


async def enter_table(session: Session[Any], _order_id: str) -> Call:
    return session.balances_table().__aenter__


async def synced(session: Session[Any], _order_id: str) -> Call:
    return (await session.balances_table().__aenter__()).synced


async def sent(session: Session[Any], _order_id: str) -> Intent:
    intent = session.orders.prepare(**RESTING)
    await intent.submit()
    return intent


async def resolve(session: Session[Any], order_id: str) -> Call:
    return (await sent(session, order_id)).resolve


async def settle(session: Session[Any], order_id: str) -> Call:
    return (await sent(session, order_id)).settled


async def ended(session: Session[Any], order_id: str) -> LiveOrder:
    await session.orders.cancel(order_id=order_id)
    return await session.orders.open[order_id].closed()


async def filled(session: Session[Any], order_id: str) -> Call:
    return (await ended(session, order_id)).filled


async def closed(session: Session[Any], order_id: str) -> Call:
    return (await ended(session, order_id)).closed


MADE: dict[str, Made] = {
    "Orders.add": of_orders(lambda orders, _: partial(orders.add, **RESTING)),
    "Orders.amend": of_orders(lambda orders, name: partial(orders.amend, order_id=name, **TWO)),
    "Orders.batch_add": of_orders(lambda orders, _: partial(orders.batch_add, BTC, [row(), row()])),
    "Orders.batch_cancel": of_orders(lambda orders, name: partial(orders.batch_cancel, order_id=[name, "O"])),
    "Orders.cancel": of_orders(lambda orders, name: partial(orders.cancel, order_id=[name])),
    "Orders.cancel_all": of_orders(lambda orders, _: orders.cancel_all),
    "Orders.cancel_all_after": of_orders(lambda orders, _: partial(orders.cancel_all_after, 60)),
    "Orders.edit": of_orders(lambda orders, name: partial(orders.edit, order_id=name, **EDITED)),
    "Orders.increments": of_orders(lambda orders, _: partial(orders.increments, BTC)),
    "Intent.submit": of_orders(lambda orders, name: orders.prepare_cancel(order_id=name, via="rest").submit),
    "Intent.resolve": resolve,
    "Intent.settled": settle,
    "Batch.place": of_orders(lambda orders, _: orders.prepare_batch(BTC, [row(), row()]).place),
    "CancelList.place": of_orders(lambda orders, name: orders.prepare_cancel(order_id=[name, "O"]).place),
    "LiveOrder.filled": filled,
    "LiveOrder.closed": closed,
    "OrderGroup.__aenter__": of_orders(lambda orders, _: orders.open_group().__aenter__),
    "OrderGroup.add": group_add,
    "OrderGroup.batch_add": group_batch,
    "DeadManSwitch.__aenter__": of_orders(lambda orders, _: orders.dead_man_switch(60).__aenter__),
    "BalanceTable.__aenter__": enter_table,
    "BalanceTable.synced": synced,
}
STOPS_AT_ONCE = {"Orders.halt"}
"""Also where its caller is cancelled already: `tests/orders/switches/test_halting.py`."""

OF_OURS = {*dir(Desk), *dir(GroupDesk)} - {"__aenter__"}
"""What parts of the session ask of each other."""


def asyncs(kind: type) -> Iterator[str]:
    """Yield the public async methods of a class; what it has as an intent is that one's."""
    for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction):
        public = name == "__aenter__" or not name.startswith("_")
        if public and name not in OF_OURS and (kind is Intent or not hasattr(Intent, name)):
            yield f"{kind.__name__}.{name}"


def test_every_async_method_of_the_orders_is_here() -> None:
    kinds = (Orders, Intent, Batch, CancelList, LiveOrder, OrderGroup, DeadManSwitch, BalanceTable)
    assert {name for kind in kinds for name in asyncs(kind)} == {*MADE} | STOPS_AT_ONCE


@pytest.mark.parametrize("method", MADE)
async def test_a_method_of_the_orders_that_is_cancelled_on_entry_has_no_effect(method: str) -> None:
    """A5."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        call = await MADE[method](session, order.order_id)
        await without_effect(exchange, call)


@pytest.mark.parametrize("method", MADE)
async def test_a_method_of_the_orders_passes_a_checkpoint_whatever_there_is_to_wait_for(method: str) -> None:
    """A1."""
    async with opened() as (_exchange, session):
        order = await session.orders.add(**RESTING)
        checkpoints, _ = await yields_of(await MADE[method](session, order.order_id))
        assert checkpoints >= 1


def in_another_thread(call: Call) -> None:
    """Make a call in a thread with an event loop of its own, within two seconds; meanwhile nothing happens here."""

    async def bounded() -> None:
        with anyio.fail_after(2):
            await call()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, bounded()).result()


@pytest.mark.parametrize("method", [*MADE, *STOPS_AT_ONCE])
async def test_a_method_of_the_orders_refuses_to_work_in_another_threads_loop(method: str) -> None:
    """E4: it would hang there, or take the session down here; nothing is sent."""
    async with opened() as (exchange, session):
        order = await session.orders.add(**RESTING)
        call = session.orders.halt if method == "Orders.halt" else await MADE[method](session, order.order_id)
        before = len(exchange.requests)
        with pytest.raises(RuntimeError, match="belongs to another thread or event loop"):
            in_another_thread(call)
        assert len(exchange.requests) == before
        assert not session.orders.halted
        await session.orders.add(**RESTING)


async def test_streams_calls_and_the_token_refuse_to_work_in_another_threads_loop() -> None:
    """E4."""
    async with (
        opened(activity=50.0) as (_, session),
        session.trades(BTC) as trades,
        krakenio.merge(session.trades(BTC)) as merged,
        AsyncExitStack() as entered,
    ):
        streams: list[Any] = [session.ticker(BTC), session.executions(), session.events(), session.book(BTC)]
        refused: list[Callable[[], Awaitable[object]]] = [
            *[partial(entered.enter_async_context, stream) for stream in streams],
            trades.receive,
            trades.batches().__anext__,
            merged.receive,
            session.rest.market.time,
            session.rest.account.balance,
            session.token,
        ]
        for call in refused:
            with pytest.raises(RuntimeError, match="belongs to another thread"):
                in_another_thread(call)
        for call in refused:
            await call()


async def without_effect(exchange: Exchange, call: Call) -> None:
    """Make a call under a cancel: nothing more arrives at the exchange for it."""
    before = len(exchange.requests)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await call()
    assert scope.cancelled_caught
    await anyio.sleep(0.5)
    assert [request.method for request in exchange.requests[before:] if request.method != "ping"] == []


def chapters(rest: Rest) -> list[Any]:
    return [rest.market, rest.account, rest.trading, rest.funding, rest.funding.beta, rest.earn, rest.subaccounts]


async def test_a_method_of_rest_passes_a_checkpoint_before_it_refuses_what_it_is_given() -> None:
    """A1, A5: each, with something that cannot be right where it asks for anything."""
    async with opened() as (exchange, session):
        named = [(each, name) for each in chapters(session.rest) for name in dir(each) if name[0] != "_"]
        methods = [method for each, name in named if callable(method := getattr(each, name))]
        for method in methods:
            await without_effect(exchange, partial(given, method))
        assert len(methods) > 50


async def given(method: Callable[..., Any]) -> object:
    """Call with an odd thing for each argument that must be there."""
    needed = [each for each in inspect.signature(method).parameters.values() if each.default is each.empty]
    positional = [7 for each in needed if each.kind is each.POSITIONAL_OR_KEYWORD]
    named = {each.name: 7 for each in needed if each.kind is each.KEYWORD_ONLY}
    try:
        call = method(*positional, **named)
    except InvalidRequest:
        await anyio.lowlevel.checkpoint()  # of what is no call but a block
        return None
    return await call
