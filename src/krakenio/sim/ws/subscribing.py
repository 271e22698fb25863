"""Subscribe and unsubscribe market data: a client's call goes in, acknowledgements and snapshots come out.

Each symbol is answered on its own and may fail alone; acknowledgements and snapshots of many symbols interleave, each
acknowledgement before its own snapshot unless a fault says otherwise (ws-v2-overview §2.2).
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random

from krakenio.sim.accounts.account import Account
from krakenio.sim.accounts.limits import LEVEL3_COSTS, LEVEL3_SYMBOLS
from krakenio.sim.feeds import level3, market_data
from krakenio.sim.feeds.executions import Row
from krakenio.sim.feeds.feeds import Feed
from krakenio.sim.feeds.market_data import DEPTHS
from krakenio.sim.markets.history import INTERVALS
from krakenio.sim.markets.places import Place
from krakenio.sim.refusal import NOT_SUBSCRIBED, Refused
from krakenio.sim.ws.calls import Call, Params
from krakenio.sim.ws.client import Client

Act = Callable[[], None]
OVERTAKING = 0.5
"""How likely a snapshot that is due comes before the next acknowledgement."""
_OHLC_WARNING = ["timestamp is deprecated, use interval_begin"]
_INSTRUMENT_WARNING = ["tick_size is deprecated, use price_increment"]
_NAMES = {"book": "depth", "level3": "depth", "ohlc": "interval", "ticker": "event_trigger"}
"""What makes a subscription its own beside channel and symbol."""


def subscribe_symbols(client: Client, call: Call) -> None:
    """Answer for each symbol, and send the snapshots."""
    symbols, account = _symbols(call), _account(client, call)
    waiting: deque[Act] = deque()
    for symbol in symbols:
        _subscribe_symbol(client, call, symbol, account, waiting)
        _overtake(waiting, client.chance)
    for snapshot in waiting:
        snapshot()


def unsubscribe_symbols(client: Client, call: Call) -> None:
    """Answer for each symbol; `level3` wants its token here too."""
    symbols = _symbols(call)
    _account(client, call)
    for symbol in symbols:
        try:
            feed, _ = _feed(client, call.params, symbol)
            _drop(client, feed)
            client.reply(call, _identity(feed))
        except Refused as refused:
            client.refuse(call, Refused(refused.error, symbol))


def subscribe_instrument(client: Client, call: Call) -> None:
    """Begin to send reference data: of a venue, with or without tokenized assets."""
    if _instrument(client):
        raise Refused("Already subscribed")
    params = call.params
    venue = params.get("execution_venue", "international")
    if venue not in market_data.VENUES:
        raise Refused("EGeneral:Invalid arguments:execution_venue")
    terms = market_data.terms(venue, tokenized=params.get("include_tokenized_assets", False))
    _join(client, ("instrument", "", terms), None)
    snapshot = params.get("snapshot", True)
    client.reply(call, {"channel": "instrument", "snapshot": snapshot, "warnings": _INSTRUMENT_WARNING})
    if snapshot:
        places = client.core.engine.places.values()
        listed = [place for place in places if market_data.is_listed(place.market, terms)]
        client.push(market_data.instrument("snapshot", listed))


def unsubscribe_instrument(client: Client, call: Call) -> None:
    """Stop sending it, whatever it was asked for with."""
    _drop(client, _instrument(client) or ("instrument", "", ""))
    client.reply(call, {"channel": "instrument"})


def _instrument(client: Client) -> Feed | None:
    return next((feed for feed in client.feeds if feed[0] == "instrument"), None)


def _subscribe_symbol(client: Client, call: Call, symbol: str, account: Account | None, waiting: deque[Act]) -> None:
    try:
        feed, place = _feed(client, call.params, symbol)
        _check(client, feed, account)
    except Refused as refused:
        client.refuse(call, Refused(refused.error, symbol))
        return
    _join(client, feed, place)
    wanted = call.params.get("snapshot", feed[0] != "trade")
    before, after = _snapshots(client, feed, place) if wanted else ((), ())
    for snapshot in before:
        snapshot()
    client.reply(call, {**_identity(feed), "snapshot": wanted, **_warnings(feed)})
    waiting.extend(after)


def _snapshots(client: Client, feed: Feed, place: Place) -> tuple[tuple[Act, ...], tuple[Act, ...]]:
    """Return what sends the snapshot before the acknowledgement, and what sends it after: one of them at most."""
    feeds = client.core.feeds
    if feeds.strikes(feed, "lose snapshot"):
        return (), ()
    send = partial(_send_snapshot, client, feed, place)
    return ((send,), ()) if feeds.strikes(feed, "snapshot first") else ((), (send,))


def _send_snapshot(client: Client, feed: Feed, place: Place) -> None:
    client.push(client.core.feeds.snapshot(feed, place))


def _overtake(waiting: deque[Act], source: Random) -> None:
    while waiting and source.random() < OVERTAKING:
        waiting.popleft()()


def _check(client: Client, feed: Feed, account: Account | None) -> None:
    """Refuse what the connection has already, and what `level3` limits: depths, symbols, rate (limits.md §D)."""
    if feed in client.feeds:
        raise Refused("Already subscribed")
    if account is None:
        return
    symbols = [symbol for channel, symbol, _ in client.feeds if channel == "level3"]
    if feed[1] in symbols:
        raise Refused("Already subscribed")  # one depth per symbol (ws-v2-market-data §6)
    if account.tier.enforced and len(symbols) >= LEVEL3_SYMBOLS:
        raise Refused(f"EGeneral:Invalid arguments:level3 is limited to {LEVEL3_SYMBOLS} symbols per connection")
    if not account.level3.admits(LEVEL3_COSTS[int(feed[2])]):
        rate = account.tier.level3_rate
        raise Refused(f"EGeneral:Too many requests:level3 subscriptions are limited to {rate} per second")


def _account(client: Client, call: Call) -> Account | None:
    """Return whose token asks for `level3`; None for channels that need none."""
    if call.params["channel"] != "level3":
        return None
    return client.core.access.identify(call.params.get("token")).key.account


def _join(client: Client, feed: Feed, place: Place | None) -> None:
    client.feeds[feed] = None
    client.beating = True
    client.core.feeds.join(feed, client, place)


def _drop(client: Client, feed: Feed) -> None:
    if feed not in client.feeds:
        raise Refused(NOT_SUBSCRIBED)
    del client.feeds[feed]
    client.core.feeds.leave(feed, client)


def _symbols(call: Call) -> list[str]:
    symbols = call.params.get("symbol")
    if not symbols or not all(isinstance(symbol, str) for symbol in symbols):
        raise Refused("Symbol(s) not found")
    _detail(call.params)
    return list(symbols)


def _feed(client: Client, params: Params, symbol: str) -> tuple[Feed, Place]:
    place = client.core.engine.places.get(symbol)
    if place is None:
        raise Refused(f"Currency pair not supported {symbol}")
    return (params["channel"], symbol, _detail(params)), place


def _detail(params: Params) -> int | str:
    """Return what makes the subscription its own; refuses values that are not on Kraken's lists (texts unverified)."""
    match params["channel"]:
        case "book":
            return _among(params.get("depth", 10), DEPTHS, "Subscription depth not supported")
        case "level3":
            return _among(params.get("depth", 10), level3.DEPTHS, "Subscription depth not supported")
        case "ohlc":
            return _among(params.get("interval", 1), INTERVALS, "Subscription ohlc interval not supported")
        case "ticker":
            return _among(params.get("event_trigger", "trades"), ("trades", "bbo"), "Unsupported event")
        case _:
            return ""


def _among(value: int | str, known: tuple[int | str, ...], error: str) -> int | str:
    if value not in known:
        raise Refused(error)
    return value


def _identity(feed: Feed) -> Row:
    channel, symbol, detail = feed
    row: Row = {"channel": channel, "symbol": symbol}
    return row | ({_NAMES[channel]: detail} if channel in _NAMES else {})


def _warnings(feed: Feed) -> Row:
    return {"warnings": _OHLC_WARNING} if feed[0] == "ohlc" else {}
