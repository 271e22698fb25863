"""Subscribe and unsubscribe an account's channels: a client's call goes in, acknowledgement and snapshot come out.

Source: ws-v2-private §2.1 (executions), §3 (balances).
"""

from krakenio.sim.accounts.account import Account
from krakenio.sim.feeds import private
from krakenio.sim.refusal import NOT_SUBSCRIBED, Refused
from krakenio.sim.ws.calls import Call, Params
from krakenio.sim.ws.client import Client


def subscribe(client: Client, call: Call, channel: str) -> None:
    """Answer, and send the snapshot; the token lives as long as the subscription."""
    params, feeds = call.params, client.core.feeds
    token = client.core.access.identify(params.get("token"))
    token.key.require(*private.CHANNELS[channel])
    if feeds.terms(channel, client):
        raise Refused("Already subscribed")
    token.uses += 1
    terms = private.Terms(token, params.get("order_status", True), params.get("ratecounter", False))
    feeds.join_private(channel, client, terms)
    client.beating = True
    client.sequences[channel] = 0
    welcome = _welcome_balances if channel == "balances" else _welcome_executions
    welcome(client, call, token.key.account)


def unsubscribe(client: Client, call: Call, channel: str) -> None:
    """Answer; the token is wanted here too."""
    client.core.access.identify(call.params.get("token"))
    token = client.core.feeds.leave_private(channel, client)
    if token is None:
        raise Refused(NOT_SUBSCRIBED)
    client.release(token)
    del client.sequences[channel]
    client.reply(call, {"channel": channel})


def _welcome_balances(client: Client, call: Call, account: Account) -> None:
    snapshot = call.params.get("snapshot", True)
    client.reply(call, {"channel": "balances", "snapshot": snapshot})
    if snapshot and not _of_others(call.params):
        client.push_private("balances", "snapshot", private.balances(account))


def _welcome_executions(client: Client, call: Call, account: Account) -> None:
    params = call.params
    orders = params.get("snap_orders", params.get("snapshot", True))
    fills = params.get("snap_trades", params.get("snapshot_trades", False))
    limit = {"maxratecount": account.tier.engine_limit, "snapshot": orders, "warnings": private.WARNINGS}
    client.reply(call, {"channel": "executions", "snap_orders": orders, "snap_trades": fills, **limit})
    rows = (private.open_orders(account) if orders else []) + (private.recent_fills(account.fills) if fills else [])
    if not _of_others(params):
        client.push_private("executions", "snapshot", rows)


def _of_others(params: Params) -> bool:
    """Tell whether subaccounts are asked for too: then no snapshot is sent (ws-v2-private §2.1)."""
    return params.get("users") == "all"
