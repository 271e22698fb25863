"""Answer with what was traded over REST: pages of trades with their cursor, candles without holes.

Source: rest-endpoints §1 (Trades, OHLC).
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import islice

from msgspec import Raw

from krakenio.sim.clock import MINUTE_SPAN, SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets.history import CANDLES, INTERVALS, Candle, filled
from krakenio.sim.markets.listing import Market
from krakenio.sim.markets.orders import Trade
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.digits import price_text
from krakenio.sim.rest.market import count_of, key, public_pair
from krakenio.sim.wire import integer, text

Params = Mapping[str, str]
SECONDS_DIGITS = 12
"""A longer `since` is in nanoseconds."""
PAGE = 1000


def trades(core: Core, params: Params) -> object:
    """Return the trades after `since`, the earliest first; without it the latest ones. `last` is the next cursor.

    No two trades of a market have the same nanosecond, so a page that ends between them loses none.
    """
    place, count = public_pair(core, params), count_of(params, PAGE, PAGE)
    listed = place.history.trades
    if params.get("since"):
        after = _since(params["since"])
        begin = bisect_right(listed, after, key=lambda trade: trade.time)
    else:
        after, begin = core.clock(), max(0, len(listed) - count)
    found = list(islice(listed, begin, begin + count))
    return {key(place, params): [_trade(trade) for trade in found], "last": str(found[-1].time if found else after)}


def ohlc(core: Core, params: Params) -> object:
    """Return candles after `since` (seconds), the running one last; `last` is the newest that is complete."""
    place = public_pair(core, params)
    interval, since = integer(params.get("interval", "1")), integer(params.get("since", "0"))
    if interval not in INTERVALS or since is None:
        raise Refused(f"EGeneral:Invalid arguments:{'interval' if interval not in INTERVALS else 'since'}")
    span = interval * MINUTE_SPAN
    candles = list(filled(place.history.candles(interval), span, core.clock()))[-CANDLES:]
    rows = [_candle(place.market, candle) for candle in candles if candle.begin > since * SECOND]
    last = candles[-1].begin - span if candles else 0
    return {key(place, params): rows, "last": last // SECOND}


def _since(digits: str) -> int:
    since = integer(digits)
    if since is None:
        raise Refused("EGeneral:Invalid arguments:since")
    return since if len(digits) > SECONDS_DIGITS else since * SECOND


def _trade(trade: Trade) -> list[object]:
    """Return a row; its time is in seconds with all nine decimals, a number."""
    time, kind = Raw(text(trade.time, 9).encode()), trade.order_type[0]
    price, qty = price_text(trade.price, trade.market.price_precision), _qty(trade.market, trade.qty)
    return [price, qty, time, trade.side[0], kind, "", trade.trade_id]


def _candle(market: Market, candle: Candle) -> list[object]:
    prices = [_price(market, each) for each in (candle.open, candle.high, candle.low, candle.close)]
    vwap = _price(market, candle.vwap if candle.trades else 0)
    return [candle.begin // SECOND, *prices, vwap, _qty(market, candle.volume), candle.trades]


def _price(market: Market, price: int) -> str:
    return text(price, market.price_precision)


def _qty(market: Market, qty: int) -> str:
    return text(qty, market.qty_precision)
