"""Play the scenes of trading: orders that rest, fill, are refused, or are cancelled before or after they left."""

import anyio

from krakenio import ApiError, Intent, OrderError, Outcome, UnknownOrder
from krakenio.cli.stage import Stage, until

HELD_UP = 0.5
"""Seconds, at least, that an order is on its way whose caller is cancelled meanwhile."""

PATIENCE = 1.0
"""Seconds that a caller waits; Kraken takes no deadline of less than half a second."""

TOO_LONG = 1.5
"""Seconds that its order is on its way."""


async def rest_an_order(stage: Stage) -> None:
    """Place an order far from the market."""
    price = stage.below(5)
    intent = stage.prepare(f"buy at {price:,}, to rest", "buy", price)
    await submit(stage, intent, Outcome.ACKED)


async def buy_at_market(stage: Stage) -> None:
    """Buy whatever it costs."""
    intent = stage.prepare("buy at market, to fill", "buy")
    await submit(stage, intent, Outcome.ACKED)


async def sell_at_limit(stage: Stage) -> None:
    """Sell to the buyers that are there."""
    price = stage.below(1)
    intent = stage.prepare(f"sell at {price:,}, to fill", "sell", price)
    await submit(stage, intent, Outcome.ACKED)


async def be_refused(stage: Stage) -> None:
    """Ask for less than the market's minimum."""
    intent = stage.prepare("buy too little, to be refused", "buy", qty="0.00000001")
    await submit(stage, intent, Outcome.REJECTED)


async def cancel_before_writing(stage: Stage) -> None:
    """Submit inside a scope that is cancelled already: nothing may leave."""
    intent = stage.prepare("buy, cancelled before it is written", "buy")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await intent.submit()
    stage.ended(intent, Outcome.NOT_SENT)


async def cancel_in_flight(stage: Stage) -> None:
    """Cancel the caller while the request is on its way, ask what is known, then find out what became of it."""
    stage.exchange.hold(max(stage.beat, HELD_UP), "ws_auth", "add_order", times=1)
    intent = stage.prepare("buy, cancelled in flight", "buy", stage.below(6))
    async with anyio.create_task_group() as callers:
        callers.start_soon(attempt, stage, intent)
        await until(lambda: intent.written_at is not None, within=5)
        callers.cancel_scope.cancel()
    stage.ended(intent, Outcome.UNKNOWN)
    await resolve(stage, intent, Outcome.ACKED)


async def wait_too_short(stage: Stage) -> None:
    """Let the caller's deadline, which is the order's too, pass while the request is on its way."""
    stage.exchange.hold(TOO_LONG, "ws_auth", "add_order", times=1)
    intent = stage.prepare(f"buy within {PATIENCE:g} s, which is too short", "buy", stage.below(7))
    with anyio.move_on_after(PATIENCE):
        await attempt(stage, intent)
    stage.ended(intent, Outcome.UNKNOWN)


async def resolve_what_came_too_late(stage: Stage) -> None:
    """Find out what is still unknown: only the order whose deadline passed on its way."""
    for intent in stage.tally.intents:
        if intent.outcome is Outcome.UNKNOWN:
            await resolve(stage, intent, Outcome.NOT_ACCEPTED)


async def resolve(stage: Stage, intent: Intent, expected: Outcome) -> None:
    """Wait until an outcome is certain."""
    stage.tell(intent, "resolving: may it still be accepted, is it open, is it closed?")
    await intent.resolve()
    stage.ended(intent, expected)


async def cancel_everything(stage: Stage) -> None:
    """Cancel what may still rest."""
    for intent in stage.tally.intents:
        if intent.outcome is Outcome.ACKED:
            await cancel(stage, intent)


async def cancel(stage: Stage, intent: Intent) -> None:
    """Cancel one order; one that is gone already is as good."""
    try:
        await stage.session.orders.cancel(cl_ord_id=intent.cl_ord_id)
        stage.tell(intent, "cancelled")
    except UnknownOrder:
        return
    except (ApiError, OrderError) as error:
        stage.tally.promise(holds=False, otherwise=f"{stage.tally.name(intent.cl_ord_id)} was not cancelled: {error!r}")


async def submit(stage: Stage, intent: Intent, expected: Outcome) -> None:
    """Submit an order and compare what comes of it."""
    await attempt(stage, intent)
    stage.ended(intent, expected)


async def attempt(stage: Stage, intent: Intent) -> None:
    """Submit an order; say why if Kraken refuses it or nobody knows."""
    try:
        await intent.submit()
    except (ApiError, OrderError) as error:
        stage.tell(intent, f"{type(error).__name__}: {error}")
