"""Disturb the messages of channels: which, and how, goes in; clients see them wrong, out of order or not at all.

`times` is how often, None until `clear_faults()`.
"""

from krakenio.sim.controls.part import Part
from krakenio.sim.feeds.feeds import HOST_OF


class MessageFaults(Part):
    """Offer what can happen to a channel."""

    def wrong_checksum(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Spoil the checksum of the next updates of `book` or `level3` of a symbol."""
        self._spoil("checksum", symbol, times, channel)

    def wrong_digit(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Change a digit of a quantity in the next updates, within the levels that the checksum covers."""
        self._spoil("digit", symbol, times, channel)

    def lose_update(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Do not send the next updates."""
        self._spoil("lose update", symbol, times, channel)

    def lose_refill(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Do not send levels again that come back, as if clients had never cut them off."""
        self._spoil("refill", symbol, times, channel)

    def lose_snapshot(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Acknowledge the next subscriptions to a channel (any) of a symbol without a snapshot."""
        self._spoil("lose snapshot", symbol, times, channel)

    def snapshot_first(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Send the snapshot of the next subscriptions before the acknowledgement."""
        self._spoil("snapshot first", symbol, times, channel)

    def lose_report(self, times: int | None = 1, channel: str = "executions") -> None:
        """Do not send the next messages of a private channel (any connection's); their numbers are missing."""
        self._core.faults.plan("lose report", HOST_OF[channel], channel, 0, times)

    def skip_sequence(self, channel: str, by: int = 1) -> None:
        """Leave out numbers of a private channel on every connection that has it."""
        for client in self._server.clients("ws_auth"):
            if channel in client.sequences:
                client.sequences[channel] += by

    def _spoil(self, kind: str, symbol: str, times: int | None, channel: str) -> None:
        if symbol not in self._core.engine.places:
            message = f"no market {symbol!r}; expected one of exchange.symbols"
            raise ValueError(message)
        self._core.faults.plan(kind, HOST_OF.get(channel, "ws"), f"{channel} {symbol}", 0, times)
