"""Remember what a stream that joins late must be told first: rows go in as they arrive, the current state comes out."""

from typing import Any, Protocol

import msgspec

from krakenio.messages import Balance, BalancesMessage, Execution, ExecutionsMessage, TickerMessage

_CLOSED = frozenset({"filled", "canceled", "expired"})
_OF_ONE_FILL = dict.fromkeys(
    ("exec_id", "trade_id", "last_qty", "last_price", "cost", "liquidity_ind", "fees", "ext_exec_id", "margin_borrow")
)


class Memory(Protocol):
    """Be the state of one channel on one connection."""

    def rows(self, symbol: str | None) -> list[Any]:
        """Return what a snapshot would say now."""
        ...

    def clear(self) -> None:
        """Forget everything: the connection ended."""
        ...


class LastTickers:
    """Keep the last ticker of each symbol."""

    def __init__(self) -> None:
        self._last: dict[str | None, Any] = {}

    def apply(self, message: TickerMessage[Any]) -> None:
        """Take a message in."""
        for row in message.data:
            self._last[row.symbol] = row

    def rows(self, symbol: str | None) -> list[Any]:
        """Return the last row of a symbol."""
        return [self._last[symbol]] if symbol in self._last else []

    def clear(self) -> None:
        """Forget everything."""
        self._last.clear()


class OpenOrders:
    """Keep each open order as its reports have described it: a missing field means unchanged."""

    def __init__(self) -> None:
        self._orders: dict[str, Execution] = {}

    def apply(self, message: ExecutionsMessage) -> None:
        """Take a message in; a snapshot replaces everything."""
        if message.type == "snapshot":
            self._orders.clear()
        for row in message.data:
            self._apply(row)

    def _apply(self, row: Execution) -> None:
        if row.order_status in _CLOSED:
            self._orders.pop(row.order_id, None)
            return
        if row.exec_type == "trade":  # that fill was reported; told again, it would be counted twice
            row = msgspec.structs.replace(row, exec_type="status", **_OF_ONE_FILL)
        known = self._orders.get(row.order_id)
        told = {name: value for name in row.__struct_fields__ if (value := getattr(row, name)) is not None}
        self._orders[row.order_id] = row if known is None else msgspec.structs.replace(known, **told)

    def rows(self, symbol: str | None) -> list[Execution]:  # noqa: ARG002 - one subscription covers all pairs
        """Return a report for each open order."""
        return list(self._orders.values())

    def clear(self) -> None:
        """Forget everything."""
        self._orders.clear()


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
            self._balances[row.asset] = Balance(row.asset, row.balance, row.asset_class)

    def rows(self, symbol: str | None) -> list[Balance]:  # noqa: ARG002 - one subscription covers all assets
        """Return what there is of each asset."""
        return list(self._balances.values())

    def clear(self) -> None:
        """Forget everything."""
        self._balances.clear()


class Nothing:
    """Remember nothing: a late stream starts with what comes next."""

    def rows(self, symbol: str | None) -> list[Any]:  # noqa: ARG002 - the protocol's signature
        """Return nothing."""
        return []

    def clear(self) -> None:
        """Have nothing to forget."""
