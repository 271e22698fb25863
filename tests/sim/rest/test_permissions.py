"""A key may do what its permissions say: each of them alone, all but one, none, on every endpoint and channel."""

import pytest

from krakenio.rest.permissions import NEEDS
from krakenio.sim import Exchange
from krakenio.sim.accounts.access import PERMISSIONS
from krakenio.sim.rest.endpoints import ENDPOINTS
from tests.sim.clients import raw_rest, raw_socket, still

DENIED = "EGeneral:Permission denied"
SETS = [
    frozenset[str](),
    *(frozenset({each}) for each in PERMISSIONS),
    *(frozenset(PERMISSIONS) - {each} for each in PERMISSIONS),
]
CHANNELS = {
    "executions": {"query-open-trades", "query-closed-trades"},
    "balances": {"query-funds", "query-ledger"},
}
"""The permissions of which one opens a channel (unverified, ws-v2-private §1.1)."""


async def denied(exchange: Exchange, held: frozenset[str]) -> set[str]:
    """Return the endpoints that refuse a key with these permissions for them."""
    async with raw_rest(exchange, exchange.add_keys(sorted(held))) as rest:
        errors = {name: (await rest.call(name, asset="NOPE"))["error"] for name in ENDPOINTS}
    return {name for name, told in errors.items() if told == [DENIED]}


@pytest.mark.virtual
async def test_an_endpoint_refuses_a_key_that_lacks_what_it_needs_and_no_other() -> None:
    """By the client's table, which was read from Kraken's reference on its own."""
    assert set(ENDPOINTS) == set(NEEDS)
    async with still(limits=False) as exchange:
        for held in SETS:
            lacking = {name for name, ways in NEEDS.items() if not any(way <= held for way in ways)}
            assert await denied(exchange, held) == lacking, held


@pytest.mark.virtual
async def test_a_channel_refuses_a_key_that_may_not_ask_for_what_it_tells() -> None:
    async with still(limits=False) as exchange:
        for held in SETS:
            async with raw_rest(exchange, exchange.add_keys(sorted(held | {"create-ws-token"}))) as rest:
                token = await rest.token()
            async with raw_socket(exchange, "ws_auth") as socket:
                for channel, enough in CHANNELS.items():
                    reply = await socket.ask("subscribe", channel=channel, token=token)
                    assert reply.get("error") == (None if enough & held else DENIED), (held, channel)
