"""Keep quantities and prices to a market's increments: steps and minima go in, rounded numbers or refusals come out.

Rounding goes the safe way: a quantity down, a buy's price down, a sell's price up. Source: `instrument` (WebSocket v2),
AssetPairs (REST).
"""

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, NamedTuple

from krakenio.errors import InvalidRequest
from krakenio.messages import Pair
from krakenio.models import AssetPair
from krakenio.numbers import exact, plain
from krakenio.orders.checks.fields import Side
from krakenio.orders.checks.fitting import SHARES, Prices, prices_in
from krakenio.ordertypes import is_trailing

_EXACT = Context(prec=200)  # more digits than any two sane numbers have together
_SIDES = ("buy", "sell")

Found = tuple[str, Decimal, str | None]
"""A price to check: what the request calls it, its value, and whose it is."""


class Increments(NamedTuple):
    """The steps and minima of one market; `None` is not known, and nothing is rounded or refused by it.

    `price_increment` and `cost_min` are in quote currency, `qty_increment` and `qty_min` in base currency.
    """

    symbol: str
    price_increment: Decimal | None = None
    qty_increment: Decimal | None = None
    qty_min: Decimal | None = None
    cost_min: Decimal | None = None

    def round_qty(self, qty: Decimal | int | str) -> Decimal:
        """Return a quantity rounded down to the increment."""
        return _multiple(exact(qty, "qty"), self.qty_increment, up=False)

    def round_price(self, price: Decimal | int | str, side: Side) -> Decimal:
        """Return a price rounded to the increment, never for the worse: that of a buy down, that of a sell up."""
        if side not in _SIDES:
            message = f"side: pass 'buy' or 'sell', not {side!r}"
            raise InvalidRequest(message)
        return _multiple(exact(price, "price"), self.price_increment, up=side == "sell")

    def check_order(self, params: Mapping[str, Any]) -> None:
        """Refuse an add that Kraken would refuse for its digits or its size, and say what to write instead."""
        self._check_quantities(params)
        for name, value, side in _prices(params):
            self._check_price(name, value, side)
        if not params.get("reduce_only") and params["order_type"] != "settle-position":
            self._check_minima(params)

    def check_change(self, params: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        """Do the same for an amend or an edit; `order` is what is known of the order.

        A price that may be an offset is let through. So is a small quantity: it may cancel what is left.
        """
        self._check_quantities(params)
        for name, value, side in _absolute(order.get("order_type"), prices_in(params), order.get("side")):
            self._check_price(name, value, side)

    def check_edit(self, params: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        """Do the same for an edit, whose quantity is a new order's: if the old one is known, a small one is refused."""
        self.check_change(params, order)
        reduces = params.get("reduce_only") or order.get("reduce_only") or order.get("order_type") == "settle-position"
        if order and not reduces:
            self._check_least(params)

    def _check_quantities(self, params: Mapping[str, Any]) -> None:
        for name in ("order_qty", "display_qty"):
            if name in params and (below := self.round_qty(params[name])) != params[name]:
                least = self._least(params if name == "display_qty" else {})
                above = _multiple(params[name], self.qty_increment, up=True)
                told = _to_write(max(below, least), max(above, least))
                self._refuse(name, params[name], "is not a multiple of", "qty_increment", told)

    def _least(self, iceberg: Mapping[str, Any]) -> Decimal:
        """Return the smallest quantity that there is; of an iceberg the smallest part that it may show."""
        part = _EXACT.divide(iceberg.get("order_qty", Decimal(0)), SHARES)
        return max(self.qty_min or self.qty_increment or part, _multiple(part, self.qty_increment, up=True))

    def _check_price(self, name: str, value: Decimal, side: str | None) -> None:
        """Refuse a price off the tick: the nearest ones are named, the safe one first."""
        sides: list[Side] = ["sell", "buy"] if side == "sell" else ["buy", "sell"]
        if self.round_price(value, sides[0]) != value:
            right = [rounded for each in sides if (rounded := self.round_price(value, each)) > 0]
            told = _to_write(*right or [self.price_increment or value])
            self._refuse(name, value, "is not a multiple of", "price_increment", told)

    def _check_minima(self, params: Mapping[str, Any]) -> None:
        self._check_least(params)
        qty, cash = params.get("order_qty"), params.get("cash_order_qty")
        if self.cost_min is None:
            return
        if cash is not None and cash < self.cost_min:
            self._refuse("cash_order_qty", cash, "is below", "cost_min", f"write at least {plain(self.cost_min)}")
        price: Decimal = params.get("limit_price", Decimal(0))
        if qty is not None and params["order_type"] in {"limit", "iceberg"} and qty * price < self.cost_min:
            least = _multiple(_EXACT.divide(self.cost_min, price), self.qty_increment, up=True)
            told = f"write an order_qty of at least {plain(least)}"
            self._refuse("order_qty times limit_price", qty * price, "is below", "cost_min", told)

    def _check_least(self, params: Mapping[str, Any]) -> None:
        qty = params.get("order_qty")
        if qty is not None and self.qty_min is not None and qty < self.qty_min:
            self._refuse("order_qty", qty, "is below", "qty_min", f"write at least {plain(self.qty_min)}")

    def _refuse(self, name: str, value: Decimal, why: str, limit: str, told: str) -> None:
        bound: Decimal = getattr(self, limit)
        message = f"{name}: {plain(value)} {why} {limit} {plain(bound)} of {self.symbol}: {told}"
        raise InvalidRequest(message)


def of_pair(pair: Pair) -> Increments:
    """Read a row of the `instrument` channel."""
    return Increments(pair.symbol, pair.price_increment, pair.qty_increment, pair.qty_min, pair.cost_min)


def of_asset_pair(symbol: str, pair: AssetPair) -> Increments:
    """Read an entry of AssetPairs; a market without a tick has steps of its last decimal."""
    tick = pair.tick_size or _last_decimal(pair.pair_decimals)
    return Increments(symbol, tick, _last_decimal(pair.lot_decimals), pair.ordermin, pair.costmin)


def _last_decimal(places: int | None) -> Decimal | None:
    return None if places is None else Decimal(1).scaleb(-places)


def _to_write(*values: Decimal) -> str:
    return f"write {' or '.join(dict.fromkeys(map(plain, values)))}"


def _multiple(value: Decimal, step: Decimal | None, *, up: bool) -> Decimal:
    if not step or step < 0:
        return value
    over = _EXACT.remainder(value, step)  # it has the sign of the value
    found = _EXACT.subtract(value, over)
    if over and up == (over > 0):
        found = _EXACT.add(found, step.copy_sign(over))
    return _EXACT.quantize(found, step)


def _prices(params: Mapping[str, Any]) -> Iterator[Found]:
    """Return what of an add is a price, and neither an offset nor in percent."""
    side = params["side"]
    yield from _absolute(params["order_type"], prices_in(params), side)
    if "conditional" in params:
        close, other = params["conditional"], "sell" if side == "buy" else "buy"
        yield from _absolute(close["order_type"], prices_in(close, "conditional."), other)


def _absolute(kind: str | None, prices: Prices, side: str | None) -> Iterator[Found]:
    """Return the prices that are neither offsets nor in percent for sure: what is not said depends on the type."""
    usual = None if kind is None or is_trailing(kind) else "static"
    if prices.limit is not None and (prices.limit_type or usual) == "static":
        yield prices.limit_name, prices.limit, side
    if prices.trigger is not None and (prices.trigger_type or usual) == "static":
        yield prices.trigger_name, prices.trigger, side
