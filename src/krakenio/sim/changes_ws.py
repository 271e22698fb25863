"""Answer the WebSocket methods that change orders, or many at once: a client and its call go in, replies come out.

Source: ws-v2-trading §2, §3, §7, §8.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from krakenio.sim import changing, trading
from krakenio.sim.accounts import Account
from krakenio.sim.calls import Call, Params, check_order
from krakenio.sim.changing import Change
from krakenio.sim.private import Row
from krakenio.sim.refusal import Refused

if TYPE_CHECKING:
    from krakenio.sim.client import Client


def amend_order(client: "Client", call: Call, account: Account) -> None:
    """Amend in place; the reply repeats the name that the order was called by."""
    name = one_of(call.params, "order_id", "cl_ord_id")
    (order,) = trading.find(account, name, call.params[name])
    change = Change(
        _number(call.params, "order_qty"),
        _number(call.params, "limit_price"),
        call.params.get("post_only", False),
        call.time_in,
        trading.moment(call.params.get("deadline"), "deadline"),
    )
    client.reply(call, {"amend_id": changing.amend(client.core, order, change), name: call.params[name]})


def edit_order(client: "Client", call: Call, account: Account) -> None:
    """Replace an order by a new one."""
    params = call.params
    for name in ("order_id", "symbol"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    (order,) = trading.find(account, "order_id", params["order_id"])
    request = changing.edited(
        order,
        symbol=params["symbol"],
        qty=_number(params, "order_qty"),
        price=_number(params, "limit_price"),
        post_only=params.get("post_only", False),
        userref=params.get("order_userref"),
        received=call.time_in,
        deadline=trading.moment(params.get("deadline"), "deadline"),
        validate=params.get("validate", False),
    )
    made, checked = changing.edit(client.core, account, order, request)
    client.reply(call, {"order_id": (made or checked).order_id, "original_order_id": order.order_id})


def batch_add(client: "Client", call: Call, account: Account) -> None:
    """Place several orders of one symbol; a row for each, in their order."""
    params = call.params
    for name in ("symbol", "orders"):
        if name not in params:
            raise Refused(f"{name.capitalize()} not found")
    shared = {name: params[name] for name in ("symbol", "deadline", "validate") if name in params}
    rows = [check_order(row) for row in params["orders"]]
    requests = [trading.from_websocket({**row, **shared}, call.time_in) for row in rows]
    placed = changing.batch(client.core, account, requests)
    shown = [_row(made, row) for made, row in zip(placed, rows, strict=True)]
    client.answer_rows(call, shown, success=not any("error" in row for row in shown))


def batch_cancel(client: "Client", call: Call, account: Account) -> None:
    """Cancel several orders; the reply counts them at its top level [C 2024-05], and names none."""
    names = [_name(text) for text in call.params.get("orders", ())]
    names += [("cl_ord_id", text) for text in call.params.get("cl_ord_id", ())]
    client.reply(call, None, orders_cancelled=changing.batch_cancel(client.core, account, names, 2))


def one_of(params: Params, *names: str) -> str:
    """Return which one of several names is given."""
    given = [name for name in names if params.get(name)]
    if len(given) != 1:
        raise Refused("EGeneral:Invalid arguments")
    return given[0]


def _name(text: object) -> changing.Name:
    """Tell an order's id from a userref, which comes as digits."""
    digits = str(text)
    return ("order_userref", int(digits)) if digits.removeprefix("-").isdecimal() else ("order_id", digits)


def _row(made: changing.Row, asked: Params) -> Row:
    names: Row = {name: asked[name] for name in ("cl_ord_id", "order_userref") if name in asked}
    if isinstance(made, str):
        return {"error": made, **names}
    return {"order_id": made.order_id, **names}


def _number(params: Params, name: str) -> Decimal | None:
    value: Any = params.get(name)
    return None if value is None else Decimal(value)
