"""What a read brings is handed over in runs, and each stream sees just what it would see message by message."""

from collections.abc import Iterable, Sequence
from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st

from krakenio import Gap
from krakenio.errors import DecodeError
from krakenio.messages import BookMessage, BookUpdate, Ticker, TickerMessage, Trade, TradeMessage
from krakenio.streams.intake import BookIntake, Intake
from krakenio.streams.merging import Arrivals
from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.routing import Router
from krakenio.subscriptions.wanted import Subscriptions

NAMES = ("BTC/USD", "ETH/USD", "SOL/USD")
PARAMS: dict[str, Any] = {"ticker": "trades", "trade": False, "book": 10}
WHOLE = DecodeError("a frame that cannot be read", channel="book", symbols=[NAMES[0]])

names = st.sampled_from(NAMES)
kinds = st.sampled_from(["update", "update", "update", "snapshot"])


def ticker(kind: str, symbols: list[str]) -> TickerMessage[float]:
    return TickerMessage(kind, [Ticker(symbol, 1.0, 1.0, 2.0, 1.0) for symbol in symbols])


def trade(kind: str, symbols: list[str]) -> TradeMessage[float]:
    return TradeMessage(kind, [Trade(symbol, "buy", 1.0, 1.0, "limit", n, "") for n, symbol in enumerate(symbols)])


def book(kind: str, symbols: list[str]) -> BookMessage[float]:
    return BookMessage(kind, [BookUpdate(symbol, number) for number, symbol in enumerate(symbols)])


rows = st.lists(names, min_size=1, max_size=3)
messages = st.lists(
    st.builds(ticker, kinds, rows) | st.builds(trade, kinds, rows) | st.builds(book, kinds, rows) | st.just(WHOLE),
    max_size=40,
)


OVERLAPPING = (NAMES, NAMES[:1], NAMES[1:])
parts = st.lists(names, min_size=1, max_size=3, unique=True)
groups = st.just(OVERLAPPING) | st.lists(parts, min_size=2, max_size=4)


class World:
    """A router with streams of some symbols each, of which some are too small and none is read."""

    def __init__(self, limit: int, groups: Sequence[Sequence[str]] = OVERLAPPING) -> None:
        self.subscriptions = Subscriptions()
        others: dict[type, Any] = {DecodeError: self.spoilt}
        self.arrived: list[tuple[str, Any]] = []
        self.router = Router(self.subscriptions, others, self.note, float)
        wanted = [(channel, symbols) for channel in PARAMS for symbols in groups]
        self.sinks: list[Intake[Any]] = [self.stream(*each, limit) for each in wanted]

    def note(self, channel: str, topic: Any) -> None:
        self.arrived.append((channel, topic))

    def merge(self, places: Iterable[int]) -> Arrivals:
        """Read some of the streams as one."""
        arrivals = Arrivals([self.sinks[place] for place in places])
        arrivals.listen()
        return arrivals

    def stream(self, channel: str, symbols: Iterable[str], limit: int) -> Intake[Any]:
        name = {"ticker": "event_trigger", "trade": "snapshot", "book": "depth"}[channel]
        keys = [Key(channel, symbol, ((name, PARAMS[channel]),)) for symbol in symbols]
        if channel == "book":
            sink: Intake[Any] = BookIntake(keys, limit, "gap")
        elif channel == "ticker":
            sink = Intake(keys, limit, "conflate", lambda row: row.symbol)
        else:
            sink = Intake(keys, limit, "gap")
        self.subscriptions.attach(keys, sink)
        return sink

    def spoilt(self, error: DecodeError) -> None:
        for sink in self.sinks:
            sink.put_gap(Gap(str(error)), NAMES[0])

    def seen(self) -> list[Any]:
        return [(list(sink.items), sink.lost, sink.conflated) for sink in self.sinks]


@given(messages, st.integers(1, 30), groups)
def test_a_batch_gives_each_stream_what_its_messages_one_by_one_would(
    told: list[Any], limit: int, of: Sequence[Sequence[str]]
) -> None:
    """D2, D3: order, gaps and what an overflow costs do not depend on how the network cut the bytes."""
    together, apart = World(limit, of), World(limit, of)
    together.router.route(told, False)
    for message in told:
        apart.router.route([message], False)
    assert together.seen() == apart.seen()
    assert together.arrived == apart.arrived


@given(messages, st.sets(st.integers(0, 8), min_size=2))
def test_merged_streams_see_the_order_in_which_everything_arrived(told: list[Any], places: set[int]) -> None:
    """Ticker, trade, ticker of one read of the socket come as such, though each channel has its own run."""

    async def check() -> None:
        together, apart = World(1_000), World(1_000)
        merged, expected = together.merge(places), apart.merge(places)
        together.router.route(told, False)
        for message in told:
            apart.router.route([message], False)
        assert order(merged) == order(expected)
        assert together.seen() == apart.seen()

    anyio.run(check)  # who listens is woken in a loop


@given(st.lists(st.sampled_from(NAMES), max_size=60), st.integers(0, 2**60))
def test_merged_streams_keep_the_order_of_what_is_left_where_newer_items_replaced_others(
    symbols: list[str], kinds: int
) -> None:
    """D3: a ticker that came behind a trade is not read ahead of it in the place of one that it replaced."""

    async def check() -> None:
        world = World(len(NAMES) + 1)
        merged = world.merge(range(len(world.sinks)))
        told = [(trade if kinds >> n & 1 else ticker)("update", [symbol]) for n, symbol in enumerate(symbols)]
        for message in told:
            world.router.route([message], False)
        came = {id(message.data[0]): n for n, message in enumerate(told)}
        rows = [taken(world, merged, place) for place in iter(lambda: merged.first, None)]
        read = [came[id(row)] for row in rows if not isinstance(row, Gap)]
        assert read == sorted(read)

    anyio.run(check)


def taken(world: World, arrivals: Arrivals, place: int) -> Any:
    arrivals.take()
    return world.sinks[place].take()


def order(arrivals: Arrivals) -> list[int]:
    """Return whose item comes after whose."""
    found: list[int] = []
    while (place := arrivals.first) is not None:
        found.append(place)
        arrivals.take()
    return found


def test_streams_with_symbols_in_common_keep_the_order_of_arrival() -> None:
    world = World(100)
    world.router.route([trade("update", [NAMES[n % 3]]) for n in range(30)], False)
    trades = [sink for sink in world.sinks if sink.keys[0].channel == "trade"]
    by_all, first, others = ([getattr(row, "symbol", None) for row in sink.items] for sink in trades)
    assert by_all == [NAMES[n % 3] for n in range(30)]
    assert first == [NAMES[0]] * 10
    assert others == [NAMES[1], NAMES[2]] * 10


def test_symbols_that_were_attached_together_share_their_audience() -> None:
    """Else each message would end a run."""
    world = World(100)
    table = world.subscriptions.tables["trade"]
    assert table[NAMES[1]] is table[NAMES[2]]
    assert table[NAMES[0]] is not table[NAMES[1]]
    world.subscriptions.detach(next(sink for sink in world.sinks if sink.keys[0].channel == "trade"))
    assert table[NAMES[1]] is table[NAMES[2]]
