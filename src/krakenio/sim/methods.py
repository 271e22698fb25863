"""Answer the WebSocket methods: a client and its call go in, replies and effects come out. One table names them all."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from krakenio.sim import market_data, private, trading
from krakenio.sim.accounts import Account
from krakenio.sim.calls import Call, Params, check_keys
from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.engine import Place
from krakenio.sim.feeds import Feed
from krakenio.sim.market_data import DEPTHS, INTERVALS
from krakenio.sim.private import Row, Terms
from krakenio.sim.refusal import Refused

if TYPE_CHECKING:
    from krakenio.sim.client import Client

_HOSTS = {"executions": "ws_auth", "balances": "ws_auth"}
"""The host of each channel; all others are at `ws` (ws-v2-overview §1)."""
_OHLC_WARNING = ["timestamp is deprecated, use interval_begin"]
_INSTRUMENT_WARNING = ["tick_size is deprecated, use price_increment"]


def ping(client: "Client", call: Call) -> None:
    """Answer; a ping with params is refused under its own name [C 2024-05]."""
    check_keys(call, ("method", "req_id"))
    client.pong(call)


def _subscribe(client: "Client", call: Call) -> None:
    channel = call.params["channel"]
    if _HOSTS.get(channel, "ws") != client.host:
        raise Refused("Unsupported event")  # what the wrong host answers is (unverified)
    if channel in private.CHANNELS:
        _subscribe_private(client, call, channel)
    elif channel == "instrument":
        _subscribe_instrument(client, call)
    else:
        _each_symbol(client, call, _subscribe_symbol)


def _unsubscribe(client: "Client", call: Call) -> None:
    channel = call.params["channel"]
    if channel in private.CHANNELS:
        _unsubscribe_private(client, call, channel)
    elif channel == "instrument":
        _drop(client, ("instrument", "", ""))
        client.reply(call, {"channel": channel})
    else:
        _each_symbol(client, call, _unsubscribe_symbol)


def _each_symbol(client: "Client", call: Call, act: "Callable[[Client, Call, str], None]") -> None:
    """Do and answer for each symbol on its own: each may fail alone (ws-v2-overview §2.2)."""
    symbols = call.params.get("symbol")
    if not symbols or not all(isinstance(symbol, str) for symbol in symbols):
        raise Refused("Symbol(s) not found")
    _detail(call.params)
    for symbol in symbols:
        try:
            act(client, call, symbol)
        except Refused as refused:
            client.refuse(call, Refused(refused.error, symbol))


def _subscribe_symbol(client: "Client", call: Call, symbol: str) -> None:
    feed, place = _feed(client, call.params, symbol)
    if feed in client.feeds:
        raise Refused("Already subscribed")
    client.feeds[feed] = None
    client.beating = True
    client.core.feeds.join(feed, client, place)
    snapshot = call.params.get("snapshot", feed[0] != "trade")
    client.reply(call, {**_identity(feed), "snapshot": snapshot, **_warnings(feed)})
    if snapshot:
        client.push(client.core.feeds.snapshot(feed, place))


def _unsubscribe_symbol(client: "Client", call: Call, symbol: str) -> None:
    feed, _ = _feed(client, call.params, symbol)
    _drop(client, feed)
    client.reply(call, _identity(feed))


def _drop(client: "Client", feed: Feed) -> None:
    if feed not in client.feeds:
        raise Refused("Subscription Not Found")
    del client.feeds[feed]
    client.core.feeds.leave(feed, client)


def _feed(client: "Client", params: Params, symbol: str) -> tuple[Feed, Place]:
    place = client.core.engine.places.get(symbol)
    if place is None:
        raise Refused(f"Currency pair not supported {symbol}")
    return (params["channel"], symbol, _detail(params)), place


def _detail(params: Params) -> int | str:
    """Return what makes the subscription its own; refuses values that are not on Kraken's lists (texts unverified)."""
    match params["channel"]:
        case "book":
            return _among(params.get("depth", 10), DEPTHS, "Subscription depth not supported")
        case "ohlc":
            return _among(params.get("interval", 1), INTERVALS, "Subscription ohlc interval not supported")
        case "ticker":
            return _among(params.get("event_trigger", "trades"), ("trades", "bbo"), "Unsupported event")
        case _:
            return ""


def _among(value: int | str, known: tuple[int | str, ...], error: str) -> int | str:
    if value not in known:
        raise Refused(error)
    return value


def _identity(feed: Feed) -> Row:
    channel, symbol, detail = feed
    names = {"book": "depth", "ohlc": "interval", "ticker": "event_trigger"}
    row: Row = {"channel": channel, "symbol": symbol}
    return row | ({names[channel]: detail} if channel in names else {})


def _warnings(feed: Feed) -> Row:
    return {"warnings": _OHLC_WARNING} if feed[0] == "ohlc" else {}


def _subscribe_instrument(client: "Client", call: Call) -> None:
    feed: Feed = ("instrument", "", "")
    if feed in client.feeds:
        raise Refused("Already subscribed")
    client.feeds[feed] = None
    client.beating = True
    client.core.feeds.join(feed, client, None)
    snapshot = call.params.get("snapshot", True)
    client.reply(call, {"channel": "instrument", "snapshot": snapshot, "warnings": _INSTRUMENT_WARNING})
    if snapshot:
        client.push(market_data.instrument("snapshot", client.core.engine.places.values()))


def _subscribe_private(client: "Client", call: Call, channel: str) -> None:
    params, feeds = call.params, client.core.feeds
    token = client.core.access.identify(params.get("token"))
    token.key.require(*private.CHANNELS[channel])
    if feeds.terms(channel, client):
        raise Refused("Already subscribed")
    token.uses += 1
    terms = Terms(token, params.get("order_status", True), params.get("ratecounter", False))
    feeds.join_private(channel, client, terms)
    client.beating = True
    client.sequences[channel] = 0
    _welcome(client, call, token.key.account, channel)


def _welcome(client: "Client", call: Call, account: Account, channel: str) -> None:
    params = call.params
    others = params.get("users") == "all"  # then no snapshot is sent (ws-v2-private §2.1)
    if channel == "balances":
        snapshot = params.get("snapshot", True)
        client.reply(call, {"channel": channel, "snapshot": snapshot})
        if snapshot and not others:
            client.push_private(channel, "snapshot", private.balances(account))
        return
    orders = params.get("snap_orders", params.get("snapshot", True))
    fills = params.get("snap_trades", params.get("snapshot_trades", False))
    limit = {"maxratecount": account.tier.engine_limit, "snapshot": orders, "warnings": private.WARNINGS}
    client.reply(call, {"channel": channel, "snap_orders": orders, "snap_trades": fills, **limit})
    rows = (private.open_orders(account) if orders else []) + (private.recent_fills(account.fills) if fills else [])
    if not others:
        client.push_private(channel, "snapshot", rows)


def _unsubscribe_private(client: "Client", call: Call, channel: str) -> None:
    client.core.access.identify(call.params.get("token"))
    token = client.core.feeds.leave_private(channel, client)
    if token is None:
        raise Refused("Subscription Not Found")
    client.release(token)
    del client.sequences[channel]
    client.reply(call, {"channel": channel})


def _account(client: "Client", call: Call, *permissions: str) -> Account:
    """Return whose orders these are; order methods live on the private host only."""
    if client.host != "ws_auth":
        raise Refused("Unsupported event")
    token = client.core.access.identify(call.params.get("token"))
    token.key.require(*permissions)
    return token.key.account


def _add_order(client: "Client", call: Call) -> None:
    account = _account(client, call, "modify-trades")
    request = trading.from_websocket(call.params, call.time_in)
    order, _ = trading.add(client.core, account, request)
    names: Row = {"order_id": order.order_id} if order else {}
    if request.cl_ord_id is not None:
        names["cl_ord_id"] = request.cl_ord_id
    if request.userref is not None:
        names["order_userref"] = request.userref
    client.reply(call, names)


def _cancel_order(client: "Client", call: Call) -> None:
    """Answer once for each order; a failure does not say for which (ws-v2-trading §4)."""
    account = _account(client, call, "modify-trades", "close-trades")
    named = [name for name in ("order_id", "cl_ord_id", "order_userref") if call.params.get(name)]
    if len(named) != 1:
        raise Refused("EGeneral:Invalid arguments")
    for value in call.params[named[0]]:
        try:
            for order in trading.find(account, named[0], value):
                trading.cancel(client.core, order)
                client.reply(call, {named[0]: value if named[0] != "order_userref" else order.order_id})
        except Refused as refused:
            client.refuse(call, refused)


def _cancel_all(client: "Client", call: Call) -> None:
    account = _account(client, call, "modify-trades", "close-trades")
    client.reply(call, {"count": trading.cancel_all(client.core, account)})


def _cancel_all_orders_after(client: "Client", call: Call) -> None:
    """Arm, extend or, with 0, disarm the switch; the reply is in camel case and whole seconds (ws-v2-trading §6)."""
    account = _account(client, call, "modify-trades", "close-trades")
    timeout = call.params.get("timeout", -1)
    trading.set_switch(client.core, account, timeout)
    now = client.core.clock()
    trigger = seconds(now + timeout * SECOND) if timeout else "0"
    client.reply(call, {"currentTime": seconds(now), "triggerTime": trigger})


METHODS: "dict[str, Callable[[Client, Call], None]]" = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "add_order": _add_order,
    "cancel_order": _cancel_order,
    "cancel_all": _cancel_all,
    "cancel_all_orders_after": _cancel_all_orders_after,
}
