"""Answer the public endpoints: the engine's state goes in, REST's own spellings come out.

Source: rest-endpoints §1. Names: rest-conventions §4 (four spellings are taken and more, the internal one is given).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Raw

from krakenio.sim.clock import SECOND, seconds
from krakenio.sim.core import Core
from krakenio.sim.markets.history import DAY, MINUTE, Candle
from krakenio.sim.markets.listing import ASSETS, TOKENIZED, Asset, Market
from krakenio.sim.markets.places import Place
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.digits import price_text
from krakenio.sim.wire import integer, text

Params = Mapping[str, str]
DISPLAY = "1"
CURRENCY = "currency"
PARTS: Mapping[str, tuple[str, ...]] = {
    "info": (),
    "leverage": ("leverage_buy", "leverage_sell"),
    "fees": ("fees", "fees_maker", "fee_volume_currency"),
    "margin": ("margin_call", "margin_level"),
}
"""What `info` of AssetPairs asks for; no names are all but `margin_level`, which is `margin_stop` once more."""


def time(core: Core, _params: Params) -> object:
    """Return Kraken's time, its RFC 1123 form with a two-digit year."""
    now = core.clock() // SECOND
    return {"unixtime": now, "rfc1123": datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %y %H:%M:%S +0000")}


def system_status(core: Core, _params: Params) -> object:
    """Return the state of the exchange."""
    now = core.clock()
    return {"status": core.status, "timestamp": seconds(now), **core.notices.arrays(now)}


def maintenance_schedule(core: Core, _params: Params) -> object:
    """Return all planned maintenance, the soonest first."""
    return {"events": core.notices.schedule(core.clock())}


def assets(core: Core, params: Params) -> object:
    """Return the assets asked for, or all."""
    markets = [place.market for place in core.engine.places.values()]
    wanted = set(_list(params, "asset"))
    listed = [asset for market in markets for asset in (market.base, market.quote)]
    listed += ASSETS.values() if wanted else ()  # some can be held but not traded
    known = {asset.id: asset for asset in listed if asset.aclass == params.get("aclass", CURRENCY)}
    found = [asset for asset in known.values() if not wanted or _names(asset) & wanted]
    if not wanted.issubset(name for asset in found for name in _names(asset)):
        raise Refused("EQuery:Unknown asset")
    return {_asset_key(asset, params): _asset(asset) for asset in found}


def asset_pairs(core: Core, params: Params) -> object:
    """Return the pairs asked for, or all; fees are no longer filled. `info` asks for a part of each row."""
    part = params.get("info", "info")
    if part not in PARTS:
        raise Refused("EGeneral:Invalid arguments:info")
    venues = params.get("execution_venue", "international").replace("_", "-").split(",")
    found = [place for place in _places(core, params, "aclass_base") if place.market.venue in venues]
    return {name: _part(_pair(place, params), PARTS[part]) for place in found for name in _keys(place, params)}


def ticker(core: Core, params: Params) -> object:
    """Return best prices, and the figures of today (since 00:00 UTC) and of the last 24 hours."""
    found = _places(core, params, "asset_class")
    return {name: _ticker(place, core.clock()) for place in found for name in _keys(place, params)}


def pair(core: Core, name: str | None) -> Place:
    """Return the market of a name: `XXBTZUSD`, `XBTUSD`, `XBT/USD` or `BTC/USD`; one must be named (errors.md §4)."""
    if not name:
        raise Refused("EGeneral:Invalid arguments:pair")
    place = core.engine.find(name)
    if place is None:
        raise Refused("EQuery:Unknown asset pair")
    return place


def public_pair(core: Core, params: Params) -> Place:
    """Return the one market that a call names; tokenized assets want their class beside it, also for new orders."""
    place = pair(core, params.get("pair"))
    if not _is_of(place, params, "asset_class"):
        raise Refused("EQuery:Unknown asset pair")
    return place


def _places(core: Core, params: Params, class_name: str) -> list[Place]:
    wanted = _list(params, "pair")
    found = [pair(core, name) for name in wanted] if wanted else list(core.engine.places.values())
    found = [place for place in found if _is_of(place, params, class_name)]
    if wanted and not found:
        raise Refused("EQuery:Unknown asset pair")
    return found


def _is_of(place: Place, params: Params, class_name: str) -> bool:
    """Tell whether a market is of the class asked for; currencies are called `forex` in places."""
    return (place.market.aclass == TOKENIZED) == (params.get(class_name) == TOKENIZED)


def _list(params: Params, name: str) -> list[str]:
    return [part for part in params.get(name, "").split(",") if part]


def count_of(params: Params, default: int, most: int) -> int:
    """Return how many rows a call asks for."""
    count = integer(params.get("count", str(default)))
    if count is None or not 1 <= count <= most:
        raise Refused("EGeneral:Invalid arguments:count")
    return count


def key(place: Place, params: Params) -> str:
    """Return the name that a result has for a market; one asked for with a slash keeps its spelling (unverified)."""
    asked, market = _list(params, "pair"), place.market
    if market.twin and market.twin in asked:
        return _twin(market, params)
    if params.get("assetVersion") == DISPLAY:
        return market.symbol
    return next((name for name in (market.symbol, market.wsname) if name in asked), market.rest)


def _keys(place: Place, params: Params) -> list[str]:
    """Return the names that a list has for a market: two of a tokenized share, unless pairs were asked for."""
    twins = [_twin(place.market, params)] if place.market.twin and not params.get("pair") else []
    return [*twins, key(place, params)]


def _twin(market: Market, params: Params) -> str:
    return market.twin.replace("SPV", "SPV/") if params.get("assetVersion") == DISPLAY else market.twin


def _asset_key(asset: Asset, params: Params) -> str:
    return asset.id if params.get("assetVersion") == DISPLAY else asset.rest


def _names(asset: Asset) -> set[str]:
    return {asset.id, asset.rest, asset.altname}


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "aclass": asset.aclass,
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
        "aclass_base": market.aclass,
        "base": _asset_key(market.base, params),
        "aclass_quote": "currency",
        "quote": _asset_key(market.quote, params),
        "execution_venue": market.venue.replace("-", "_"),
        "lot": "unit",
        "cost_decimals": market.cost_precision,
        "pair_decimals": market.price_precision,
        "lot_decimals": market.qty_precision,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [],
        "fees_maker": [],
        "fee_volume_currency": "USD" if params.get("assetVersion") == DISPLAY else "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": format(market.qty_min, "f"),
        "costmin": format(market.cost_min, "f"),
        "tick_size": text(market.tick, market.price_precision),
        "status": place.status,
    }


def _part(row: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    found = {**row, "margin_level": row["margin_stop"]}
    return {name: found[name] for name in names} if names else row


def _ticker(place: Place, now: int) -> dict[str, object]:
    market, book, trades = place.market, place.book, place.history.trades
    still = Candle(now, place.last, place.last, place.last, place.last)
    return {
        "a": [_price(market, book.asks.best or 0), *_lots(market, book.asks.best_qty)],
        "b": [_price(market, book.bids.best or 0), *_lots(market, book.bids.best_qty)],
        "c": [_price(market, place.last), _qty(market, trades[-1].qty if trades else 0)],
        **_figures(market, _today(place, now) or still, place.history.day(now) or still),
    }


def _today(place: Place, now: int) -> Candle | None:
    """Return the day that runs as one candle, None if nothing has traded on it."""
    days = place.history.candles(DAY // MINUTE)
    return days[-1] if days and days[-1].begin == now // DAY * DAY else None


def _figures(market: Market, today: Candle, day: Candle) -> dict[str, object]:
    both = (today, day)
    return {
        "v": [_qty(market, each.volume) for each in both],
        "p": [_price(market, each.vwap) for each in both],
        "t": [each.trades for each in both],
        "l": [_price(market, each.low) for each in both],
        "h": [_price(market, each.high) for each in both],
        "o": _price(market, today.open),
    }


def _lots(market: Market, qty: int) -> list[str]:
    """Return a quantity in whole lots, twice, as captures have it: one of 0.021 is `1` and `1.000`."""
    lots = -(-qty // 10**market.qty_precision)
    return [str(lots), f"{lots}.000"]


def _price(market: Market, price: int) -> str:
    return price_text(price, market.price_precision)


def _qty(market: Market, qty: int) -> str:
    return text(qty, market.qty_precision)
