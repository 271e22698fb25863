"""Bring each message to the streams that want it: decoded messages go in, rows land in the sinks' mailboxes.

This runs in the reader, for each message of a saturated socket. What comes most is collected: books, tickers and trades
wait in their channel's run, which is handed over before anything else is routed and at the end of the batch.
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
from krakenio.streams.keeping import keeps
from krakenio.subscriptions.channels import Topic
from krakenio.subscriptions.memory import (
    AllInstruments,
    LastBalances,
    LastCandles,
    LastTickers,
    LastTrades,
    Memory,
    Nothing,
)
from krakenio.subscriptions.runs import Run, of_one_row, to_all
from krakenio.subscriptions.standing import is_fill
from krakenio.subscriptions.wanted import Subscriptions
from krakenio.subscriptions.wires import NOBODY, Audience, Sink, Whole

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
        self._subscriptions = subscriptions
        self._arrived = arrived
        self._tickers, self._balances = LastTickers(), LastBalances()
        self._candles, self._recent = LastCandles(), LastTrades()
        self.instruments: AllInstruments = AllInstruments()
        self._memories: dict[str, Memory] = {
            "ticker": self._tickers,
            "trade": self._recent,
            "ohlc": self._candles,
            "instrument": self.instruments,
            "balances": self._balances,
        }
        self._routes: dict[type, Route] = {
            **others,
            OhlcMessage: self._ohlc,
            InstrumentMessage: self._instrument,
            ExecutionsMessage: self._executions,
            BalancesMessage: self._account,
        }
        self._books, self._kept = Run(to_all), Run(self._to_keepers)
        self._ticks, self._trades, self._queues = Run(to_all), Run(to_all), Run(self._to_keepers)
        self._runs = (self._books, self._kept, self._ticks, self._trades, self._queues)
        self._collectors = self._new_collectors()
        self._kept_collectors: dict[type, Route] = {
            **self._collectors,
            BookMessage: partial(self._book, "book", self._kept),
            Level3Message: partial(self._book, "level3", self._queues),
        }

    def _new_collectors(self) -> dict[type, Route]:
        """Say what collects the kinds of messages that come most; where books are kept others take theirs."""
        tickers, trades = self._tables["ticker"], self._tables["trade"]
        last, recent, end = self._tickers.last, self._recent.recent, self._hand_over
        return {
            TickerMessage: of_one_row(self._ticks, tickers, last, self._ticker, {}, end),
            TradeMessage: of_one_row(self._trades, trades, None, self._trade, recent, end),
            BookMessage: partial(self._book, "book", self._books),
        }

    def route(self, messages: Iterable[Any], digits: bool) -> None:  # noqa: FBT001 - one batch is all of one kind
        """Route everything that one read of the socket brought; with `digits` books have their numbers' text.

        Most messages are an update of one book, so `Run.add` stands here itself for them: a call costs a third of it.
        """
        collectors, run = (self._kept_collectors, self._kept) if digits else (self._collectors, self._books)
        books, routes = self._tables["book"], self._routes
        for message in messages:
            kind = message.__class__
            if kind is BookMessage and message.type == "update" and len(message.data) == 1:
                audience = books.get(message.data[0].symbol, NOBODY)
                if audience is not run.audience:
                    run.turn_to(audience)
                run.items.append(message)
                if run.prompt:
                    self._hand_over()
            elif (collect := collectors.get(kind)) is not None:
                collect(message)
            elif (route := routes.get(kind)) is not None:
                self._hand_over()  # what it does to a stream stands behind what came before it
                route(message)
        self._hand_over()

    def memory(self, channel: str) -> Memory:
        """Return what a late stream of a channel is told first."""
        return self._memories.get(channel, _NOTHING)

    def restart(self) -> None:
        """Forget the last connection: its rows are stale."""
        for memory in self._memories.values():
            memory.clear()

    def _hand_over(self) -> None:
        for run in self._runs:
            if run.items:
                run.end()

    def _ticker(self, message: TickerMessage[Any]) -> None:
        self._tickers.apply(message)
        self._rows("ticker", self._ticks, message)

    def _trade(self, message: TradeMessage[Any]) -> None:
        self._recent.apply(message)
        self._rows("trade", self._trades, message)

    def _ohlc(self, message: OhlcMessage[Any]) -> None:
        self._candles.apply(message)
        table = self._tables["ohlc"]
        for row in message.data:
            for sink in table.get((row.symbol, row.interval), ()):
                self._candle(sink, row)
        if message.type == "snapshot":
            told = dict.fromkeys((row.symbol, row.interval) for row in message.data)
            for topic in told or self._subscriptions.longest_waiting("ohlc"):  # a market may have no candle at all
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

    def _rows(self, channel: str, run: Run, message: Any) -> None:  # noqa: ANN401 - messages with rows by symbol
        table = self._tables[channel]
        for row in message.data:
            run.add(table.get(row.symbol, NOBODY), row)
        if run.prompt or message.type == "snapshot":
            self._hand_over()
        if message.type == "snapshot":
            for row in message.data:
                self._arrived(channel, row.symbol)

    def _book(self, channel: str, run: Run, message: Any) -> None:  # noqa: ANN401 - with its numbers or their text
        if len(message.data) != 1:  # Kraken sends one, but the form allows more
            for row in message.data:
                self._book(channel, run, type(message)(message.type, [row]))
            return
        symbol = message.data[0].symbol
        run.add(self._tables[channel].get(symbol, NOBODY), message)
        if run.prompt or message.type == "snapshot":
            self._hand_over()
        if message.type == "snapshot":
            self._arrived(channel, symbol)

    def _to_keepers(self, audience: Audience, messages: list[Any]) -> None:
        """Bring messages with their numbers' text to books as they are, and to streams with their numbers."""
        streams: list[Sink] = []
        for sink in audience:
            if keeps(sink):
                sink.put_run(messages)
            else:
                streams.append(sink)
        if streams:
            for message in messages:
                self._with_numbers(message, streams)

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
        if self._subscriptions.sequences[channel].jumped(message.type, message.sequence):
            for sink in sinks:
                sink.put_gap(Gap(f"the sequence of {channel} jumped"))
            key = self._subscriptions.current(channel, None)
            if key is not None and key.asks_for_snapshot:  # else nothing would be made good
                self._subscriptions.refresh(channel, None)
        for sink in sinks:
            if isinstance(sink, Whole):
                sink.take(message)
                continue
            for row in rows:
                sink.put(row)
        if message.type == "snapshot":
            self._arrived(channel, None)


_NOTHING = Nothing()
