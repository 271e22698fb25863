"""Say an order request in the words of REST: a method and parameters of WebSocket v2 go in, a call of REST comes out.

And back: what REST answers becomes the reply that the WebSocket would have given. What edits need more is in
`editing`. Source: rest-api, Trading.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Never

from krakenio.errors import InvalidRequest
from krakenio.messages import Reply, Result
from krakenio.models import AddedBatch, AddedOrder, AmendedOrder, CancelledOrders, EditedOrder, SwitchSet
from krakenio.numbers import plain
from krakenio.orders.intents.identity import tag_in
from krakenio.ordertypes import usual_limit_type
from krakenio.rest import trading
from krakenio.rest.methods import Call, Method
from krakenio.symbols import is_tokenized

Params = Mapping[str, Any]

_SAME = ("cl_ord_id", "deadline", "validate", "reduce_only")
RENAMED = {"order_qty": "volume", "display_qty": "displayvol", "order_userref": "userref", "side": "type"}
"""What orders and edits call otherwise."""

_AMENDED = ("cl_ord_id", "order_qty", "display_qty", "post_only", "deadline")
_NOT_HERE = {
    "margin": "REST wants a leverage in numbers: call s.rest.trading.add_order(leverage=...)",
    "sender_sub_id": "REST has no such field",
}


def refuse(what: str, hint: str) -> Never:
    """Say that REST cannot do it, and what can."""
    message = f'{what} cannot go via="rest": {hint}'
    raise InvalidRequest(message)


def call_of(method: str, params: Params) -> Call[Any]:
    """Return the call that does the same; raises `InvalidRequest` for what REST cannot do."""
    theirs, say = _THEIRS[method]
    return theirs.call(say(params))


def reply_of(method: str, params: Params, result: Any) -> Reply:  # noqa: ANN401 - each method has its own
    """Return the reply that the WebSocket would have given."""
    if method == "edit_order" and (result.status or "").lower() == "err":  # a refusal in an answer that is no error
        return Reply(method, success=False, error=result.error_message or "EditOrder answered with status err")
    if method in {"batch_cancel", "cancel_all"} or (method == "cancel_order" and "order_userref" in params):
        return Reply(method, success=True, orders_cancelled=result.count)
    return Reply(method, success=True, result=_RESULTS[method](params, result))


def _placed(params: Params, result: AddedOrder) -> Result:
    return _named(params, order_id=result.order_id)


def _rows(params: Params, result: AddedBatch) -> list[Result]:
    """Name each row by its place, if none is missing: REST gives them no names."""
    whole = len(result.orders) == len(params["orders"])
    orders: list[Params] = params["orders"] if whole else [{}] * len(result.orders)
    return [_named(row, order_id=told.txid, error=told.error) for row, told in zip(orders, result.orders, strict=True)]


def _amended(params: Params, result: AmendedOrder) -> Result:
    return _named(params, order_id=params.get("order_id"), amend_id=result.amend_id)


def _edited(params: Params, result: EditedOrder) -> Result:
    return _named(params, order_id=result.txid, original_order_id=result.originaltxid)


def _cancelled(params: Params, _result: CancelledOrders) -> Result:
    (field, (name,)), *_ = params.items()
    return Result(**{field: name})


def _switched(_params: Params, result: SwitchSet) -> Result:
    return Result(current_time=result.current_time, trigger_time=result.trigger_time)


def _named(params: Params, **told: str | None) -> Result:
    return Result(cl_ord_id=params.get("cl_ord_id"), order_userref=params.get("order_userref"), **told)  # type: ignore[arg-type]


def _add(params: Params) -> dict[str, Any]:
    return {**_order(params), **market(params["symbol"])}


def _batch(params: Params) -> dict[str, Any]:
    shared = {name: params[name] for name in ("deadline", "validate") if name in params}
    return {"orders": [_order(row) for row in params["orders"]], **market(params["symbol"]), **shared}


def _order(params: Params) -> dict[str, Any]:
    """Say the fields of one order."""
    for name, hint in _NOT_HERE.items():
        if params.get(name):
            refuse(name, hint)
    if "cash_order_qty" in params and "order_qty" in params:
        refuse("order_qty beside cash_order_qty", "REST has one volume for either: leave order_qty out")
    said = {name: params[name] for name in _SAME if name in params}
    said |= {theirs: params[ours] for ours, theirs in RENAMED.items() if ours in params}
    said |= {"ordertype": params["order_type"], **prices(params, params["order_type"]), **_times(params)}
    if "stp_type" in params:
        said["stptype"] = params["stp_type"].replace("_", "-")
    if "cash_order_qty" in params:
        said["volume"] = params["cash_order_qty"]
    if flags := _flags(params):
        said["oflags"] = flags
    if "conditional" in params:
        said["close"] = _close(params["conditional"])
    return said


def prices(params: Params, kind: str) -> dict[str, Any]:
    """Say trigger and limit of an order of a type: the limit is `price`, and `price2` where there is a trigger."""
    triggers: Params = params.get("triggers", {})
    said = {"price": _price(triggers["price"], triggers.get("price_type", "static"))} if "price" in triggers else {}
    said |= {"trigger": triggers["reference"]} if "reference" in triggers else {}
    return said | _limit(params, kind)


def _close(close: Params) -> dict[str, Any]:
    kind = str(close.get("order_type", ""))
    said = {"ordertype": kind, **_limit(close, kind)}
    if "trigger_price" in close:
        said["price"] = _price(close["trigger_price"], close.get("trigger_price_type", "static"))
    return said


def _limit(params: Params, kind: str) -> dict[str, Any]:
    if "limit_price" not in params:
        return {}
    limit = _price(params["limit_price"], params.get("limit_price_type", usual_limit_type(kind)))
    return {"price2" if kind.endswith("-limit") else "price": limit}


def _price(value: Decimal, kind: str) -> Decimal | str:
    """Say a price, or an offset: with its sign, in percent or in the quote currency."""
    if kind == "static":
        return value
    return f"{'-' if value < 0 else '+'}{plain(abs(value))}{'%' if kind == 'pct' else ''}"


def _times(params: Params) -> dict[str, Any]:
    said = {"timeinforce": params["time_in_force"].upper()} if "time_in_force" in params else {}
    for ours, theirs in (("effective_time", "starttm"), ("expire_time", "expiretm")):
        if ours in params:
            said[theirs] = int(datetime.fromisoformat(params[ours]).timestamp())
    return said


def _flags(params: Params) -> list[str]:
    fees = {"base": ["fcib"], "quote": ["fciq"]}.get(params.get("fee_preference", ""), [])
    post, cash = ["post"] if params.get("post_only") else [], ["viqc"] if "cash_order_qty" in params else []
    return [*fees, *post, *cash]


def market(symbol: str) -> dict[str, Any]:
    """Say a symbol."""
    return {"pair": symbol} | ({"asset_class": "tokenized_asset"} if is_tokenized(symbol) else {})


def _amend(params: Params) -> dict[str, Any]:
    said = {name: params[name] for name in _AMENDED if name in params}
    said |= {theirs: params[ours] for ours, theirs in (("order_id", "txid"), ("symbol", "pair")) if ours in params}
    for name in ("limit_price", "trigger_price"):
        if name in params:
            said[name] = _price(params[name], params.get(f"{name}_type", "static"))
    return said


def _cancel(params: Params) -> dict[str, Any]:
    (field, names), *_ = params.items()
    return {field if field == "cl_ord_id" else "txid": names[0]}


def _cancel_batch(params: Params) -> dict[str, Any]:
    names = [name if (tag := tag_in(name)) is None else tag for name in params["orders"]]
    said: dict[str, Any] = {"orders": names} if names else {}
    return said | ({"cl_ord_ids": params["cl_ord_id"]} if "cl_ord_id" in params else {})


_THEIRS: Mapping[str, tuple[Method[Any], Callable[[Params], dict[str, Any]]]] = {
    "add_order": (trading.ADD_ORDER, _add),
    "amend_order": (trading.AMEND_ORDER, _amend),
    "cancel_order": (trading.CANCEL_ORDER, _cancel),
    "cancel_all": (trading.CANCEL_ALL, dict),
    "cancel_all_orders_after": (trading.CANCEL_ALL_ORDERS_AFTER, dict),
    "batch_add": (trading.ADD_ORDER_BATCH, _batch),
    "batch_cancel": (trading.CANCEL_ORDER_BATCH, _cancel_batch),
}
"""REST's method for one of the WebSocket, and what turns the parameters into its."""

_RESULTS: Mapping[str, Callable[[Params, Any], Result | list[Result]]] = {
    "add_order": _placed,
    "amend_order": _amended,
    "edit_order": _edited,
    "cancel_order": _cancelled,
    "cancel_all_orders_after": _switched,
    "batch_add": _rows,
}
"""What turns REST's answer into the `result` of the WebSocket."""
