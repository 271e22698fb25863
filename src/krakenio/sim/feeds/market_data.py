"""Write the public channels' messages: a market's state goes in, frames with Kraken's digits come out.

Source: ws-v2-market-data §1-§5 for every field.
"""

from collections.abc import Iterable

from msgspec import Raw

from krakenio.sim.clock import MINUTE_SPAN, micros, nanos
from krakenio.sim.markets.history import Candle
from krakenio.sim.markets.listing import TOKENIZED, Asset, Market
from krakenio.sim.markets.orders import Trade
from krakenio.sim.markets.places import Place
from krakenio.sim.wire import encode, exact, scaled, text

DEPTHS = (10, 25, 100, 500, 1000)
SNAPSHOT_TRADES = 50
VENUES = ("international", "bitnomial-exchange")
Rows = list[tuple[int, int]]


def message(channel: str, kind: str, data: object, **more: object) -> bytes:
    """Return a channel's frame."""
    return encode({"channel": channel, "type": kind, "data": data, **more})


def ticker(place: Place, kind: str, now: int) -> bytes:
    """Return a full ticker record; snapshot and update have the same fields."""
    market, book, day = place.market, place.book, place.history.day(now)
    row: dict[str, object] = {
        "symbol": market.symbol,
        "bid": _price(market, book.bids.best or 0),
        "bid_qty": _qty(market, book.bids.best_qty),
        "ask": _price(market, book.asks.best or 0),
        "ask_qty": _qty(market, book.asks.best_qty),
        **(_day(market, day) if day else {}),
        "timestamp": micros(now),
    }
    return message("ticker", kind, [row])


def _day(market: Market, day: Candle) -> dict[str, object]:
    change = day.close - day.open
    return {
        "last": _price(market, day.close),
        "volume": _qty(market, day.volume),
        "vwap": _price(market, day.vwap),
        "low": _price(market, day.low),
        "high": _price(market, day.high),
        "change": _price(market, change),
        "change_pct": Raw(text(round(10_000 * change / day.open), 2).encode()),
        "trades": day.trades,
    }


def trades(kind: str, rows: Iterable[Trade]) -> bytes:
    """Return trades, oldest first."""
    return message("trade", kind, [_trade(trade) for trade in rows])


def _trade(trade: Trade) -> dict[str, object]:
    return {
        "symbol": trade.market.symbol,
        "side": trade.side,
        "price": _price(trade.market, trade.price),
        "qty": _qty(trade.market, trade.qty),
        "ord_type": trade.order_type,
        "trade_id": trade.trade_id,
        "timestamp": micros(trade.time),
    }


def ohlc(market: Market, kind: str, candles: Iterable[Candle], interval: int, now: int) -> bytes:
    """Return candles; the frame has its own time at the top."""
    rows = [_candle(market, candle, interval) for candle in candles]
    return message("ohlc", kind, rows, timestamp=nanos(now))


def _candle(market: Market, candle: Candle, interval: int) -> dict[str, object]:
    return {
        "symbol": market.symbol,
        "open": _price(market, candle.open),
        "high": _price(market, candle.high),
        "low": _price(market, candle.low),
        "close": _price(market, candle.close),
        "trades": candle.trades,
        "volume": _qty(market, candle.volume),
        "vwap": _price(market, candle.vwap),
        "interval_begin": nanos(candle.begin),
        "interval": interval,
        "timestamp": micros(candle.begin + interval * MINUTE_SPAN),
    }


def book(place: Place, kind: str, bids: Rows, asks: Rows, now: int, *, wrong: bool = False) -> bytes:
    """Return levels with the checksum of the state after them; `wrong` spoils it, as a fault."""
    row = {
        "symbol": place.market.symbol,
        "bids": [_level(place.market, *level) for level in bids],
        "asks": [_level(place.market, *level) for level in asks],
        "checksum": place.book.checksum() ^ wrong,
        "timestamp": micros(now),
    }
    return message("book", kind, [row])


def _level(market: Market, price: int, qty: int) -> dict[str, Raw]:
    return {"price": _price(market, price), "qty": _qty(market, qty)}


def terms(venue: str, *, tokenized: bool) -> str:
    """Return in one text what a subscription of `instrument` asks for."""
    return f"{venue} {TOKENIZED}" if tokenized else venue


def is_listed(market: Market, terms: str) -> bool:
    """Tell whether such a subscription tells of a market."""
    wanted = terms.split()
    return market.venue == wanted[0] and market.aclass in {"currency", *wanted[1:]}


def instrument(kind: str, places: Iterable[Place]) -> bytes:
    """Return reference data; `data` is an object, not a list. An update holds the changed pairs only."""
    listed = list(places)
    assets = {asset.id: asset for place in listed for asset in (place.market.base, place.market.quote)}
    rows = [_asset(asset) for asset in assets.values()] if kind == "snapshot" else []
    return message("instrument", kind, {"assets": rows, "pairs": [_pair(place) for place in listed]})


def _asset(asset: Asset) -> dict[str, object]:
    more: dict[str, object] = {}
    if asset.aclass == TOKENIZED:
        more = {"multiplier": exact(asset.multiplier), "underlying_symbol": asset.underlying}
    return {
        "id": asset.id,
        "status": "enabled",
        "precision": asset.decimals,
        "precision_display": asset.display,
        "borrowable": False,
        "collateral_value": Raw(b"1.00"),
        "class": asset.aclass,
        **more,
    }


def _pair(place: Place) -> dict[str, object]:
    market = place.market
    increment = _price(market, market.tick)
    return {
        "symbol": market.symbol,
        "base": market.base.id,
        "quote": market.quote.id,
        "status": place.status,
        "qty_precision": market.qty_precision,
        "qty_increment": scaled(1, market.qty_precision),
        "price_precision": market.price_precision,
        "cost_precision": market.cost_precision,
        "marginable": False,
        "has_index": place.index is not None,
        "cost_min": exact(market.cost_min),
        "tick_size": increment,
        "price_increment": increment,
        "qty_min": exact(market.qty_min),
        "ws_display_price_precision": market.price_precision,
    }


def _price(market: Market, price: int) -> Raw:
    return scaled(price, market.price_precision)


def _qty(market: Market, qty: int) -> Raw:
    return scaled(qty, market.qty_precision)
