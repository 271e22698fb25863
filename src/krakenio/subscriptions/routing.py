"""Bring each message to the streams that want it: decoded messages go in, rows land in the sinks' mailboxes.

This runs in the reader, for each message of a saturated socket: one look-up by type, one by symbol, one `put`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from krakenio.errors import DecodeError
from krakenio.events import Gap
from krakenio.messages import (
    BalancesMessage,
    BookMessage,
    Candle,
    ExecutionsMessage,
    InstrumentMessage,
    Level3Message,
    OhlcMessage,
    TickerMessage,
    TradeMessage,
    with_numbers,
)
from krakenio.messages.kinds import Numbers
from krakenio.streams.keeping import Keeper
from krakenio.subscriptions.channels import Topic
from krakenio.subscriptions.memory import (
    AllInstruments,
    LastBalances,
    LastCandles,
    LastTickers,
    Memory,
    Nothing,
)
from krakenio.subscriptions.sequence import Sequence
from krakenio.subscriptions.standing import is_fill
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import Sink, Whole

Route = Callable[[Any], None]


class Router:
    """Route what one socket receives; `others` says who takes what is no channel's data, by type."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        others: Mapping[type, Route],
        arrived: Callable[[str, Topic], None],
        numbers: Numbers,
    ) -> None:
        self._numbers = numbers
        self._undecodable = others[DecodeError]
        self._tables = subscriptions.tables
        self._refresh = subscriptions.refresh
        self._arrived = arrived
        self._tickers, self._balances = LastTickers(), LastBalances()
        self._candles = LastCandles()
        self.instruments: AllInstruments = AllInstruments()
        self._memories: dict[str, Memory] = {
            "ticker": self._tickers,
            "ohlc": self._candles,
            "instrument": self.instruments,
            "balances": self._balances,
        }
        self._routes: dict[type, Route] = {
            **others,
            TickerMessage: self._ticker,
            TradeMessage: partial(self._rows, "trade"),
            OhlcMessage: self._ohlc,
            InstrumentMessage: self._instrument,
            BookMessage: self._book,
            ExecutionsMessage: self._executions,
            BalancesMessage: self._account,
        }
        self._kept_routes: dict[type, Route] = {
            **self._routes,
            BookMessage: partial(self._kept, "book"),
            Level3Message: partial(self._kept, "level3"),
        }
        self._sequences: dict[str, Sequence] = {}

    def route(self, messages: Iterable[Any], digits: bool) -> None:  # noqa: FBT001 - one batch is all of one kind
        """Route everything that one read of the socket brought; with `digits` books have their numbers' text.

        Most messages are an update of one book, so their way stands here itself: a call costs a third of it.
        """
        routes, books = (self._kept_routes, None) if digits else (self._routes, self._tables["book"])
        for message in messages:
            kind = message.__class__
            if kind is BookMessage and books is not None and message.type == "update" and len(message.data) == 1:
                for sink in books.get(message.data[0].symbol, ()):
                    sink.put(message)
            elif (route := routes.get(kind)) is not None:
                route(message)

    def memory(self, channel: str) -> Memory:
        """Return what a late stream of a channel is told first."""
        return self._memories.get(channel, _NOTHING)

    def restart(self) -> None:
        """Forget the last connection: its rows are stale and the next one counts from the beginning."""
        for memory in self._memories.values():
            memory.clear()
        self._sequences = {"executions": Sequence(), "balances": Sequence()}

    def _ticker(self, message: TickerMessage[Any]) -> None:
        self._tickers.apply(message)
        self._rows("ticker", message)

    def _ohlc(self, message: OhlcMessage[Any]) -> None:
        self._candles.apply(message)
        table = self._tables["ohlc"]
        for row in message.data:
            for sink in table.get((row.symbol, row.interval), ()):
                self._candle(sink, row)
        if message.type == "snapshot":
            for topic in dict.fromkeys((row.symbol, row.interval) for row in message.data):
                self._arrived("ohlc", topic)

    def _candle(self, sink: Sink, row: Candle[Any]) -> None:
        try:
            sink.put(row)
        except DecodeError as error:  # to close candles its time must be read
            self._undecodable(DecodeError(str(error), channel="ohlc", symbols=[row.symbol]))

    def _instrument(self, message: InstrumentMessage) -> None:
        self.instruments.apply(message)
        for sink in self._tables["instrument"].get(None, ()):
            sink.put(message)
        if message.type == "snapshot":
            self._arrived("instrument", None)

    def _rows(self, channel: str, message: Any) -> None:  # noqa: ANN401 - messages with rows by symbol
        table = self._tables[channel]
        rows = message.data
        for row in rows:
            for sink in table.get(row.symbol, ()):
                sink.put(row)
        if message.type == "snapshot":
            for row in rows:
                self._arrived(channel, row.symbol)

    def _book(self, message: BookMessage[Any]) -> None:
        rows = message.data
        if len(rows) != 1:  # Kraken sends one, but the form allows more
            for row in rows:
                self._book(BookMessage(message.type, [row]))
            return
        symbol = rows[0].symbol
        for sink in self._tables["book"].get(symbol, ()):
            sink.put(message)
        if message.type == "snapshot":
            self._arrived("book", symbol)

    def _kept(self, channel: str, message: Any) -> None:  # noqa: ANN401 - a message with its numbers' text
        """Bring a message to books as it is, and to streams with its numbers."""
        rows, streams = message.data, tuple[Sink, ...]()
        if len(rows) != 1:
            for row in rows:
                self._kept(channel, type(message)(message.type, [row]))
            return
        symbol = rows[0].symbol
        for sink in self._tables[channel].get(symbol, ()):
            if isinstance(sink, Keeper):
                sink.put(message)
            else:
                streams = (*streams, sink)
        if streams:
            self._with_numbers(message, streams)
        if message.type == "snapshot":
            self._arrived(channel, symbol)

    def _with_numbers(self, message: Any, streams: Iterable[Sink]) -> None:  # noqa: ANN401
        try:
            told = with_numbers(message, self._numbers)
        except DecodeError as error:
            self._undecodable(error)
            return
        for sink in streams:
            sink.put(told)

    def _executions(self, message: ExecutionsMessage) -> None:
        """Bring reports to whom they concern; the past fills of a snapshot only to those who know what they are."""
        past = message.type == "snapshot" and any(map(is_fill, message.data))
        rows = [row for row in message.data if not is_fill(row)] if past else message.data
        self._private("executions", message, rows)

    def _account(self, message: BalancesMessage) -> None:
        self._balances.apply(message)
        self._private("balances", message, message.data)

    def _private(self, channel: str, message: ExecutionsMessage | BalancesMessage, rows: Iterable[Any]) -> None:
        sinks = self._tables[channel].get(None, ())
        if self._sequences[channel].jumped(message.type, message.sequence):
            for sink in sinks:
                sink.put_gap(Gap(f"the sequence of {channel} jumped"))
            self._refresh(channel, None)
        for sink in sinks:
            if isinstance(sink, Whole):
                sink.take(message)
                continue
            for row in rows:
                sink.put(row)
        if message.type == "snapshot":
            self._arrived(channel, None)


_NOTHING = Nothing()
