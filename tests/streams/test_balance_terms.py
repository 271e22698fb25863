"""Balances in tokens, or of all users of a master account: what is asked for, and what then is different."""

from typing import Any

import anyio
import pytest

from krakenio import Gap, InvalidRequest
from krakenio.sim import Exchange
from tests.opened import CROSSING, opened, seen

pytestmark = pytest.mark.virtual


def asked(exchange: Exchange, method: str = "subscribe") -> list[dict[str, Any]]:
    """Return what of interest was asked for."""
    found = [params for params in seen(exchange, method) if params["channel"] == "balances"]
    return [{name: params[name] for name in ("rebased", "users") if name in params} for params in found]


@pytest.mark.parametrize(
    "terms", [{}, {"rebased": True}, {"rebased": False}, {"users": "all"}, {"rebased": False, "users": "all"}]
)
async def test_what_is_not_kraken_s_default_is_sent_and_not_repeated_on_leaving(terms: dict[str, Any]) -> None:
    async with opened() as (exchange, session):
        async with session.balances(**terms):
            pass
        await anyio.sleep(1)
        assert asked(exchange) == [{name: value for name, value in terms.items() if value is not True}]
        assert asked(exchange, "unsubscribe") == [{}]


@pytest.mark.parametrize(
    "terms", [{"rebased": None}, {"rebased": 0}, {"rebased": "no"}, {"users": "mine"}, {"users": 1}]
)
async def test_anything_else_is_refused(terms: dict[str, Any]) -> None:
    async with opened() as (_, session):
        with pytest.raises(InvalidRequest, match=rf"balances\({next(iter(terms))}=.*Kraken offers"):
            session.balances(**terms)


async def test_of_all_users_the_entries_come_without_a_snapshot_and_none_is_waited_for() -> None:
    """G6: it was asked for once, over a silent minute, and once more on the next connection."""
    async with opened() as (exchange, session), session.balances(users="all") as entries:
        with anyio.move_on_after(60) as waiting:
            await entries.receive()
        assert waiting.cancelled_caught
        await session.orders.add(**CROSSING)
        with anyio.fail_after(1):
            row = await entries.receive()
        assert not isinstance(row, Gap)
        assert row.ledger_id
        async with session.balances(users="all") as late:
            with anyio.move_on_after(60) as waiting:
                await late.receive()
            assert waiting.cancelled_caught, "what is remembered is of no one user"
        exchange.drop("ws_auth")
        await anyio.sleep(60)
        assert asked(exchange) == [{"users": "all"}] * 2


async def test_a_hole_in_the_entries_of_all_users_is_told_and_no_new_snapshot_asked_for() -> None:
    """D3."""
    async with opened() as (exchange, session), session.balances(users="all") as entries:
        await session.orders.add(**CROSSING)
        exchange.skip_sequence("balances")
        await session.orders.add(**CROSSING)
        with anyio.fail_after(1):
            rows = [await entries.receive() for _ in range(5)]
        assert [isinstance(row, Gap) for row in rows] == [False, False, True, False, False]
        await anyio.sleep(60)
        assert asked(exchange) == [{"users": "all"}]


async def test_what_is_entered_again_on_one_connection_counts_anew() -> None:
    """D3: no gap stands where nothing is missing."""
    async with opened() as (exchange, session):
        for _ in range(2):
            async with session.balances(users="all") as entries:
                await session.orders.add(**CROSSING)
                with anyio.fail_after(1):
                    assert not [row for _ in range(2) if isinstance(row := await entries.receive(), Gap)]
                exchange.skip_sequence("balances")
                await session.orders.add(**CROSSING)
                with anyio.fail_after(1):
                    assert isinstance(await entries.receive(), Gap)
            await anyio.sleep(1)
        assert asked(exchange) == [{"users": "all"}] * 2
        assert session.health.links["ws_auth"].connects == 1


@pytest.mark.parametrize("terms", [{"rebased": False}, {"users": "all"}])
async def test_two_kinds_at_once_cannot_be_told_apart(terms: dict[str, Any]) -> None:
    async with opened() as (_, session), session.balances():
        with pytest.raises(InvalidRequest, match=r"do not tell it from .* use the same, or a second session"):
            async with session.balances(**terms):
                pass
