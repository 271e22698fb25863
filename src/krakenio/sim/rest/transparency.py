"""Answer the public endpoints about prices that are not books or candles. Source: rest-endpoints §1."""

import re
from zlib import crc32

from krakenio.sim.clock import SECOND, micros, nanos, parse
from krakenio.sim.core import Core
from krakenio.sim.markets.book import Side
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Trade
from krakenio.sim.markets.places import Spread
from krakenio.sim.rest.digits import price_text
from krakenio.sim.rest.market import count_of, key, pair, public_pair
from krakenio.sim.rest.params import Params, chosen, needed, refuse, whole
from krakenio.sim.wire import text

DEPTHS = ("10", "25", "100", "250", "1000")
GROUPS = ("1", "5", "10", "25", "50", "100", "250", "500", "1000")
TOP = 10
FIAT = frozenset({"USD", "EUR", "GBP", "AUD", "CAD", "CHF", "JPY"})
_NANOSECONDS = re.compile(r"[.,]\d{7}")


def spread(core: Core, params: Params) -> object:
    """Return the best prices each time that they changed, up to 200 times, those of the second `since` again."""
    place, since = public_pair(core, params), whole(params, "since", 0)
    place.note_best(core.clock())
    rows = [_spread(each) for each in place.spreads if each.time // SECOND >= since]
    return {key(place, params): rows, "last": place.spreads[-1].time // SECOND}


def grouped_book(core: Core, params: Params) -> object:
    """Return the book in groups of ticks: asks rounded up, bids down."""
    place = pair(core, params.get("pair"))
    depth, grouping = int(chosen(params, "depth", DEPTHS, "10")), int(chosen(params, "grouping", GROUPS, "1"))
    step = grouping * place.market.tick
    sides = {"bids": (place.book.bids, 0), "asks": (place.book.asks, step - 1)}
    rows = {name: _groups(place.market, side, step, up, depth) for name, (side, up) in sides.items()}
    return {"pair": needed(params, "pair")[0], "grouping": grouping, **rows}


def pre_trade(core: Core, params: Params) -> object:
    """Return the ten best prices with their orders counted."""
    place, now = pair(core, needed(params, "symbol")[0]), micros(core.clock())
    sides = {"bids": (place.book.bids, "BUY"), "asks": (place.book.asks, "SELL")}
    rows = {name: _counted(place.market, side, word, now) for name, (side, word) in sides.items()}
    return {**_described(place.market), "venue": "PGSL", "system": "CLOB", **rows}


def post_trade(core: Core, params: Params) -> object:
    """Return trades after `from_ts` up to `to_ts`, the oldest first; `last_ts` leads on behind the last of them.

    Trades of one taker share a microsecond: in less than nanoseconds a page would repeat its end, or lose some. A time
    in microseconds, as many clients keep them, names all that is in its one, and a page ends between two if it can.
    """
    places = [pair(core, params["symbol"])] if params.get("symbol") else list(core.engine.places.values())
    after, until = _moment(params, "from_ts", 0), _moment(params, "to_ts", core.clock())
    trades = sorted((t for place in places for t in place.history.trades if after < t.time <= until), key=_time)
    found = _cut(trades, count_of(params, 1000, 1000))
    last = {"last_ts": nanos(found[-1].time)} if found else {}
    return {**last, "count": len(found), "trades": [_reported(trade) for trade in found]}


def _spread(each: Spread) -> list[object]:
    return [each.time // SECOND, price_text(each.bid, each.places), price_text(each.ask, each.places)]


def _time(trade: Trade) -> int:
    return trade.time


def _cut(trades: list[Trade], count: int) -> list[Trade]:
    """Return the first trades, without those whose microsecond goes on behind them, unless it is all that there is."""
    found, more = trades[:count], trades[count : count + 1]
    whole = [trade for trade in found if not more or trade.time // 1000 != more[0].time // 1000]
    return whole or found


def _moment(params: Params, name: str, default: int) -> int:
    """Read a time; one without nanoseconds is the end of its microsecond."""
    if not params.get(name):
        return default
    found = parse(params[name])
    if found is None:
        raise refuse(name)
    return found if _NANOSECONDS.search(params[name]) else found + 999


def _groups(market: Market, side: Side, step: int, up: int, depth: int) -> list[dict[str, object]]:
    sums: dict[int, int] = {}
    for price in side.top(len(side)):
        group = (price + up) // step * step
        if group not in sums and len(sums) == depth:
            break
        sums[group] = sums.get(group, 0) + side.levels[price].qty
    places = market.price_precision
    return [{"price": text(price, places), "qty": text(qty, market.qty_precision)} for price, qty in sums.items()]


def _counted(market: Market, side: Side, word: str, now: str) -> list[dict[str, object]]:
    return [
        {
            "side": word,
            "price": text(price, market.price_precision),
            "qty": text(side.levels[price].qty, market.qty_precision),
            "count": len(side.levels[price].orders),
            "submission_ts": micros(max(order.queued for order in side.levels[price].orders.values())),
            "publication_ts": now,
        }
        for price in side.top(TOP)
    ]


def _described(market: Market) -> dict[str, object]:
    return {
        "symbol": market.symbol,
        "description": market.symbol,
        "base_asset": market.base.id,
        "base_notation": "UNIT",
        **_token("base", market.base.id),
        "quote_asset": market.quote.id,
        "quote_notation": "MONE" if market.quote.id in FIAT else "UNIT",
        **_token("quote", market.quote.id),
    }


def _token(place: str, asset: str) -> dict[str, object]:
    """Return how the registry of digital tokens names an asset, by a code that is made up; money is not in it."""
    if asset in FIAT:
        return {}
    return {f"{place}_dti_code": f"{crc32(asset.encode()):09X}", f"{place}_dti_short_name": asset}


def _reported(trade: Trade) -> dict[str, object]:
    market, at = trade.market, nanos(trade.time)
    return {
        "trade_id": f"{market.symbol}-{trade.trade_id}",
        "price": text(trade.price, market.price_precision),
        "quantity": text(trade.qty, market.qty_precision),
        **_described(market),
        "trade_venue": "PGSL",
        "trade_ts": at,
        "publication_venue": "PGSL",
        "publication_ts": at,
    }
