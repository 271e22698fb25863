"""Play the scenes of trouble: every connection dropped, and a token that has expired. The session lives on in both."""

import anyio

from krakenio import Outcome, Stream
from krakenio.cli.stage import Stage, until
from krakenio.cli.trading import rest_an_order, submit
from krakenio.events import Connected, ConnectionLost, Event

BACK_WITHIN = 20.0
"""Seconds: the waits between attempts are drawn at random and get longer."""


async def drop_connections(stage: Stage) -> None:
    """Reset every connection, try an order while there is none, and wait until every stream is back."""
    before = _connects(stage)
    async with stage.session.events() as events:
        stage.screen.tell("fault", f"the exchange resets {stage.exchange.drop()} connections")
        with anyio.move_on_after(BACK_WITHIN) as patience:
            await _until(events, ConnectionLost, "ws_auth")
            await _order_into_the_void(stage)
            await _until_back(stage, events)
            await until(lambda: not stage.tally.blind, BACK_WITHIN)
    stage.tally.promise(not patience.cancelled_caught, f"the session did not recover within {BACK_WITHIN:g} s")
    for link, connects in _connects(stage).items():
        stage.tally.promise(connects > before[link], f"{link} was not connected again")


async def expire_the_token(stage: Stage) -> None:
    """Let the token expire: the next order is refused for it, the one after that has a new token."""
    before = stage.exchange.tokens_issued
    stage.exchange.expire_token()
    stage.screen.tell("fault", "the exchange lets the token expire")
    intent = stage.prepare("buy with the expired token", "buy")
    await submit(stage, intent, Outcome.REJECTED)
    await rest_an_order(stage)
    stage.tally.promise(stage.exchange.tokens_issued > before, "no new token was fetched after the old one expired")


def _connects(stage: Stage) -> dict[str, int]:
    return {name: link.connects for name, link in stage.session.health.links.items()}


async def _order_into_the_void(stage: Stage) -> None:
    intent = stage.prepare("buy without a connection", "buy")
    await submit(stage, intent, Outcome.NOT_SENT)


async def _until(events: Stream[Event], kind: type[ConnectionLost | Connected], link: str) -> None:
    async for event in events:
        if isinstance(event, kind) and event.link == link:
            return


async def _until_back(stage: Stage, events: Stream[Event]) -> None:
    while not stage.session.health.ok:
        await events.receive()
