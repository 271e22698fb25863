"""Answer the public endpoints: the engine's state goes in, REST's own spellings come out.

Source: rest-endpoints §1. Names: rest-conventions §4 (four spellings are taken, the internal one is given).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Raw

from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.core import Core
from krakenio.sim.engine import Place
from krakenio.sim.history import Candle
from krakenio.sim.markets import Asset, Market
from krakenio.sim.orders import Trade
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import integer, text

Params = Mapping[str, str]
DISPLAY = "1"
SECONDS_DIGITS = 12
"""A longer `since` is in nanoseconds."""


def time(core: Core, _params: Params) -> object:
    """Return Kraken's time, its RFC 1123 form with a two-digit year."""
    now = core.clock() // SECOND
    return {"unixtime": now, "rfc1123": datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %y %H:%M:%S +0000")}


def system_status(core: Core, _params: Params) -> object:
    """Return the state of the exchange."""
    return {"status": core.status, "timestamp": seconds(core.clock()), "upcoming_maintenance": [], "emergency": []}


def assets(core: Core, params: Params) -> object:
    """Return the assets asked for, or all."""
    markets = [place.market for place in core.engine.places.values()]
    known = {asset.id: asset for market in markets for asset in (market.base, market.quote)}
    wanted = _list(params, "asset")
    found = [asset for asset in known.values() if not wanted or _names(asset) & set(wanted)]
    if wanted and not found:
        raise Refused("EQuery:Unknown asset")
    return {_asset_key(asset, params): _asset(asset) for asset in found}


def asset_pairs(core: Core, params: Params) -> object:
    """Return the pairs asked for, or all; fees are no longer filled."""
    return {_key(place, params): _pair(place, params) for place in _places(core, params)}


def ticker(core: Core, params: Params) -> object:
    """Return best prices and the day's figures; what is kept is the last 24 hours, given for today as well."""
    return {_key(place, params): _ticker(place, core.clock()) for place in _places(core, params)}


def depth(core: Core, params: Params) -> object:
    """Return the book, asks ascending, bids descending."""
    place = pair(core, params.get("pair"))
    count = _count(params, 100, 500)
    market, now = place.market, core.clock() // SECOND
    return {
        _key(place, params): {
            name: [[_price(market, price), _qty(market, side.levels[price].qty), now] for price in side.top(count)]
            for name, side in (("asks", place.book.asks), ("bids", place.book.bids))
        }
    }


def trades(core: Core, params: Params) -> object:
    """Return recent trades after `since` (nanoseconds), oldest first; `last` is the cursor, as text."""
    place = pair(core, params.get("pair"))
    since = integer(digits := params.get("since", "0"))
    if since is None:
        raise Refused("EGeneral:Invalid arguments:since")
    after = since if len(digits) > SECONDS_DIGITS else since * SECOND
    found = [trade for trade in place.history.trades if trade.time > after][: _count(params, 1000, 1000)]
    return {_key(place, params): [_trade(trade) for trade in found], "last": str(found[-1].time if found else after)}


def pair(core: Core, name: str | None) -> Place:
    """Return the market of a name: `XXBTZUSD`, `XBTUSD`, `XBT/USD` or `BTC/USD`."""
    for place in core.engine.places.values():
        market = place.market
        if name in {market.rest, market.altname, market.wsname, market.symbol}:
            return place
    raise Refused("EQuery:Unknown asset pair")


def _places(core: Core, params: Params) -> list[Place]:
    wanted = _list(params, "pair")
    return [pair(core, name) for name in wanted] if wanted else list(core.engine.places.values())


def _list(params: Params, name: str) -> list[str]:
    return [part for part in params.get(name, "").split(",") if part]


def _count(params: Params, default: int, most: int) -> int:
    count = integer(params.get("count", str(default)))
    if count is None or not 1 <= count <= most:
        raise Refused("EGeneral:Invalid arguments:count")
    return count


def _key(place: Place, params: Params) -> str:
    return place.market.symbol if params.get("assetVersion") == DISPLAY else place.market.rest


def _asset_key(asset: Asset, params: Params) -> str:
    return asset.id if params.get("assetVersion") == DISPLAY else asset.rest


def _names(asset: Asset) -> set[str]:
    return {asset.id, asset.rest, asset.altname}


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "aclass": "currency",
        "altname": asset.altname,
        "decimals": asset.decimals,
        "display_decimals": asset.display,
        "collateral_value": Raw(b"1.0"),
        "status": "enabled",
    }


def _pair(place: Place, params: Params) -> dict[str, object]:
    market = place.market
    return {
        "altname": market.altname,
        "wsname": market.wsname,
        "aclass_base": "currency",
        "base": _asset_key(market.base, params),
        "aclass_quote": "currency",
        "quote": _asset_key(market.quote, params),
        "execution_venue": "international",
        "lot": "unit",
        "cost_decimals": market.cost_precision,
        "pair_decimals": market.price_precision,
        "lot_decimals": market.qty_precision,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [],
        "fees_maker": [],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": format(market.qty_min, "f"),
        "costmin": format(market.cost_min, "f"),
        "tick_size": _price(market, market.tick),
        "status": place.status,
    }


def _ticker(place: Place, now: int) -> dict[str, object]:
    market, book, day = place.market, place.book, place.history.day(now)
    figures = _figures(market, day) if day else {}
    return {
        "a": [_price(market, book.asks.best or 0), *_lots(market, book.asks.best_qty)],
        "b": [_price(market, book.bids.best or 0), *_lots(market, book.bids.best_qty)],
        **figures,
    }


def _figures(market: Market, day: Candle) -> dict[str, object]:
    return {
        "c": [_price(market, day.close), _qty(market, day.volume)],
        "v": [_qty(market, day.volume)] * 2,
        "p": [_price(market, day.vwap)] * 2,
        "t": [day.trades] * 2,
        "l": [_price(market, day.low)] * 2,
        "h": [_price(market, day.high)] * 2,
        "o": _price(market, day.open),
    }


def _lots(market: Market, qty: int) -> list[str]:
    return [str(qty // 10**market.qty_precision), _qty(market, qty)]


def _trade(trade: Trade) -> list[object]:
    market = trade.market
    kind = trade.order_type[0]
    time = Raw(text(trade.time // 100, 7).encode())
    return [_price(market, trade.price), _qty(market, trade.qty), time, trade.side[0], kind, "", trade.trade_id]


def _price(market: Market, price: int) -> str:
    return text(price, market.price_precision)


def _qty(market: Market, qty: int) -> str:
    return text(qty, market.qty_precision)
