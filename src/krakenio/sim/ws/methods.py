"""Answer the WebSocket methods: a client and its call go in, replies and effects come out. One table names them all."""

from collections.abc import Callable

from krakenio.sim.accounts.account import Account
from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.feeds import private
from krakenio.sim.feeds.feeds import HOST_OF
from krakenio.sim.gateway import placing, timers
from krakenio.sim.refusal import Refused
from krakenio.sim.ws import following, subscribing, trading
from krakenio.sim.ws.calls import Call, check_keys
from krakenio.sim.ws.client import Client


def ping(client: Client, call: Call) -> None:
    """Answer; a ping with params is refused under its own name [C 2024-05]."""
    check_keys(call, ("method", "req_id"))
    client.pong(call)


def _subscribe(client: Client, call: Call) -> None:
    channel = call.params["channel"]
    if channel == "status":  # no subscription, but Kraken's SDK saw it told once more (ws-v2-overview §4.3)
        client.greet()
        raise Refused("Symbol(s) not found")
    if HOST_OF.get(channel, "ws") != client.host:
        raise Refused("Unsupported event")  # what the wrong host answers is (unverified)
    if channel in private.CHANNELS:
        following.subscribe(client, call, channel)
    elif channel == "instrument":
        subscribing.subscribe_instrument(client, call)
    else:
        subscribing.subscribe_symbols(client, call)


def _unsubscribe(client: Client, call: Call) -> None:
    channel = call.params["channel"]
    if channel in private.CHANNELS:
        following.unsubscribe(client, call, channel)
    elif channel == "instrument":
        subscribing.unsubscribe_instrument(client, call)
    else:
        subscribing.unsubscribe_symbols(client, call)


def _account(client: Client, call: Call, *permissions: str) -> Account:
    """Return whose orders these are; order methods live on the private host only."""
    if client.host != "ws_auth":
        raise Refused("Unsupported event")
    token = client.core.access.identify(call.params.get("token"))
    token.key.require(*permissions)
    return token.key.account


def _cancel_all(client: Client, call: Call, account: Account) -> None:
    client.reply(call, {"count": placing.cancel_all(client.core, account)})


def _cancel_all_orders_after(client: Client, call: Call, account: Account) -> None:
    """Arm, extend or, with 0, disarm the switch; the reply is in camel case and whole seconds (ws-v2-trading §6)."""
    timeout = call.params.get("timeout", -1)
    timers.set_switch(client.core, account, timeout)
    now = client.core.clock()
    trigger = seconds(now + timeout * SECOND) if timeout else "0"
    client.reply(call, {"currentTime": seconds(now), "triggerTime": trigger})


def _owned(
    act: Callable[[Client, Call, Account], None], *permissions: tuple[str, ...]
) -> Callable[[Client, Call], None]:
    """Make a method that needs one permission of each group."""

    def method(client: Client, call: Call) -> None:
        account = _account(client, call, *permissions[0])
        for group in permissions[1:]:
            _account(client, call, *group)
        act(client, call, account)

    return method


_MODIFY, _CLOSE = ("modify-trades",), ("close-trades",)
METHODS: dict[str, Callable[[Client, Call], None]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "add_order": _owned(trading.add_order, _MODIFY),
    "amend_order": _owned(trading.amend_order, _MODIFY + _CLOSE),
    "edit_order": _owned(trading.edit_order, _MODIFY, _CLOSE),
    "batch_add": _owned(trading.batch_add, _MODIFY, _CLOSE),
    "batch_cancel": _owned(trading.batch_cancel, _MODIFY + _CLOSE),
    "cancel_order": _owned(trading.cancel_order, _MODIFY + _CLOSE),
    "cancel_all": _owned(_cancel_all, _MODIFY + _CLOSE),
    "cancel_all_orders_after": _owned(_cancel_all_orders_after, _MODIFY + _CLOSE),
}
