"""Answer the WebSocket methods that place and change orders: a client and its call go in, replies come out.

Source: ws-v2-trading §1-3, §7, §8.
"""


from krakenio.sim.accounts.account import Account
from krakenio.sim.feeds.executions import Row
from krakenio.sim.gateway import changing, placing
from krakenio.sim.gateway.times import moment
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import signed
from krakenio.sim.ws import reading
from krakenio.sim.ws.calls import Call, Params, check_items, check_order
from krakenio.sim.ws.client import Client


def add_order(client: Client, call: Call, account: Account) -> None:
    """Place or check an order; what was only checked has an empty id, as Kraken's SDK saw it (ws-v2-trading §0)."""
    made, _ = placing.add(client.core, account, reading.order(call.params, call.time_in))
    names = _names(call.params) | {"order_id": made.order_id if made else ""}
    client.reply(call, names | reading.warnings(call.params))


def amend_order(client: Client, call: Call, account: Account) -> None:
    """Amend in place; the reply repeats the name that the order was called by."""
    name = one_of(call.params, "order_id", "cl_ord_id")
    (order,) = placing.find(account, name, call.params[name])
    changing.check_market(order, call.params.get("symbol"), "Symbol not found")
    change = reading.change(call.params, order.order_type, call.time_in)
    client.reply(call, {"amend_id": changing.amend(client.core, account, order, change), name: call.params[name]})


def edit_order(client: Client, call: Call, account: Account) -> None:
    """Replace an order by a new one; what was only checked has no id."""
    params = call.params
    for name in ("order_id", "symbol"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    (order,) = placing.find(account, "order_id", params["order_id"])
    request = changing.edited(
        order,
        symbol=params["symbol"],
        qty=reading.number(params, "order_qty"),
        price=reading.limit(params, order.order_type),
        display=reading.number(params, "display_qty"),
        trigger=reading.trigger(params),
        fee_preference=reading.fees(params),
        post_only=params.get("post_only", False),
        reduce_only=params.get("reduce_only", False),
        userref=params.get("order_userref"),
        received=call.time_in,
        deadline=moment(params.get("deadline"), "deadline"),
        validate=params.get("validate", False),
    )
    made, _ = changing.edit(client.core, account, order, request)
    ids: Row = {"order_id": made.order_id} if made else {}
    client.reply(call, ids | {"original_order_id": order.order_id} | reading.warnings(params))


def batch_add(client: Client, call: Call, account: Account) -> None:
    """Place several orders of one symbol; a row for each, in their order."""
    params = call.params
    for name in ("symbol", "orders"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    shared = {name: params[name] for name in ("symbol", "deadline", "validate") if name in params}
    rows = [check_order(row) for row in params["orders"]]
    requests = [reading.order({**row, **shared}, call.time_in) for row in rows]
    placed = changing.batch(client.core, account, requests)
    checked = bool(params.get("validate"))
    shown = [_row(made, row, checked=checked) for made, row in zip(placed, rows, strict=True)]
    client.answer_rows(call, shown, success=not any("error" in row for row in shown))


def batch_cancel(client: Client, call: Call, account: Account) -> None:
    """Cancel several orders; the reply counts them at its top level [C 2024-05], and names none."""
    names = [_name(text) for text in check_items(call.params, "orders", "string")]
    names += [("cl_ord_id", text) for text in check_items(call.params, "cl_ord_id", "string")]
    client.reply(call, None, orders_cancelled=changing.batch_cancel(client.core, account, names, 2))


def cancel_order(client: Client, call: Call, account: Account) -> None:
    """Answer once for each order; a failure does not say for which (ws-v2-trading §4)."""
    name = one_of(call.params, "order_id", "cl_ord_id", "order_userref")
    kind = "number_integer" if name == "order_userref" else "string"
    for value in check_items(call.params, name, kind):
        try:
            for order in placing.find(account, name, value):
                placing.cancel(client.core, account, order)
                shown = ("order_id", order.order_id) if name == "order_userref" else (name, value)
                client.reply(call, dict([shown]))
        except Refused as refused:
            client.refuse(call, refused)


def one_of(params: Params, *names: str) -> str:
    """Return which one of several names is given."""
    given = [name for name in names if params.get(name)]
    if len(given) != 1:
        raise Refused("EGeneral:Invalid arguments")
    return given[0]


def _name(digits: str) -> changing.Name:
    """Tell an order's id from a userref, which comes as digits."""
    tag = signed(digits)
    return ("order_id", digits) if tag is None else ("order_userref", tag)


def _names(asked: Params) -> Row:
    """Return the names that an answer repeats."""
    return {name: asked[name] for name in ("cl_ord_id", "order_userref") if name in asked}


def _row(made: changing.Row, asked: Params, *, checked: bool) -> Row:
    if isinstance(made, str):
        return {"error": made, **_names(asked)}
    ids: Row = {} if checked else {"order_id": made.order_id}
    return ids | _names(asked) | reading.warnings(asked)
