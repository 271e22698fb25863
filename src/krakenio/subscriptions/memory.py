"""Remember what a stream that joins late must be told first: rows go in as they arrive, the current state comes out."""

from collections import deque
from typing import Any, Protocol

from krakenio.messages import (
    Asset,
    Balance,
    BalancesMessage,
    InstrumentMessage,
    Instruments,
    OhlcMessage,
    Pair,
    TickerMessage,
    TradeMessage,
)
from krakenio.subscriptions.channels import Topic
from krakenio.subscriptions.standing import updated
from krakenio.subscriptions.wallets import after

TRADES = 50
"""Trades of a snapshot (ws-v2-market-data §2)."""


class Memory(Protocol):
    """The state of one channel on one connection."""

    def rows(self, topic: Topic) -> list[Any]:
        """Return what a snapshot would say now."""
        ...

    def clear(self) -> None:
        """Forget everything: the connection ended."""
        ...


class LastTickers:
    """Keep the last ticker of each symbol."""

    def __init__(self) -> None:
        self.last: dict[Topic, Any] = {}  # the router writes here itself: for each ticker a call would be dear

    def apply(self, message: TickerMessage[Any]) -> None:
        """Take a message in."""
        for row in message.data:
            self.last[row.symbol] = row

    def rows(self, topic: Topic) -> list[Any]:
        """Return the last row of a symbol."""
        return [self.last[topic]] if topic in self.last else []

    def clear(self) -> None:
        """Forget everything."""
        self.last.clear()


class LastTrades:
    """Keep the most recent trades of each symbol of which a snapshot came: as many as that may have."""

    def __init__(self) -> None:
        self.recent: dict[Topic, deque[Any]] = {}  # empty until there was any snapshot

    def apply(self, message: TradeMessage[Any]) -> None:
        """Take a message in."""
        if message.type == "snapshot":
            self.recent |= {row.symbol: deque(maxlen=TRADES) for row in message.data}
        for row in message.data:
            if (recent := self.recent.get(row.symbol)) is not None:
                recent.append(row)

    def rows(self, topic: Topic) -> list[Any]:
        """Return the last trades of a symbol, the oldest first."""
        return list(self.recent.get(topic, ()))

    def clear(self) -> None:
        """Forget everything."""
        self.recent.clear()


class LastCandles:
    """Keep the running candle of each symbol and interval."""

    def __init__(self) -> None:
        self._running: dict[Topic, Any] = {}

    def apply(self, message: OhlcMessage[Any]) -> None:
        """Take a message in."""
        for row in message.data:
            self._running[row.symbol, row.interval] = row

    def rows(self, topic: Topic) -> list[Any]:
        """Return the running candle of a symbol and interval."""
        return [self._running[topic]] if topic in self._running else []

    def clear(self) -> None:
        """Forget everything."""
        self._running.clear()


class AllInstruments:
    """Keep the reference data of all assets and pairs."""

    def __init__(self) -> None:
        self._assets: dict[str, Asset] = {}
        self._pairs: dict[str, Pair] = {}

    def apply(self, message: InstrumentMessage) -> None:
        """Take a message in; a snapshot replaces everything, an update the rows that it holds."""
        if message.type == "snapshot":
            self.clear()
        for asset in message.data.assets:
            self._assets[asset.id] = updated(self._assets.get(asset.id), asset)
        for pair in message.data.pairs:
            self._pairs[pair.symbol] = updated(self._pairs.get(pair.symbol), pair)

    def rows(self, topic: Topic) -> list[InstrumentMessage]:  # noqa: ARG002 - one subscription covers everything
        """Return a snapshot of everything, if there was one."""
        if not self._assets and not self._pairs:
            return []
        return [InstrumentMessage("snapshot", Instruments(list(self._assets.values()), list(self._pairs.values())))]

    def pair(self, symbol: str) -> Pair | None:
        """Return one pair."""
        return self._pairs.get(symbol)

    def clear(self) -> None:
        """Forget everything."""
        self._assets.clear()
        self._pairs.clear()


class LastBalances:
    """Keep the balance of each asset."""

    def __init__(self) -> None:
        self._balances: dict[str, Balance] = {}

    def apply(self, message: BalancesMessage) -> None:
        """Take a message in; a snapshot replaces everything."""
        if message.type == "snapshot":
            self._balances = {row.asset: row for row in message.data}
            return
        for row in message.data:
            self._balances[row.asset] = after(self._balances.get(row.asset), row)

    def rows(self, topic: Topic) -> list[Balance]:  # noqa: ARG002 - one subscription covers all assets
        """Return what there is of each asset."""
        return list(self._balances.values())

    def clear(self) -> None:
        """Forget everything."""
        self._balances.clear()


class Nothing:
    """Remember nothing: a late stream starts with what comes next."""

    def rows(self, topic: Topic) -> list[Any]:  # noqa: ARG002 - the protocol's signature
        """Return nothing."""
        return []

    def clear(self) -> None:
        """Have nothing to forget."""
