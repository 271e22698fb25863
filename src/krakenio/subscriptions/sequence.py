"""Find holes in the numbered messages of a private channel: sequence numbers go in, a verdict comes out.

Each of `executions` and `balances` counts on its own, on each connection, from 1 at its snapshot (captures of 2026-01).
"""


class Sequence:
    """Follow the numbers of one channel on one connection."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: int | None = None

    def jumped(self, kind: str, number: int | None) -> bool:
        """Take the next number in; true when messages are missing before it. A snapshot starts anew."""
        last, self._last = self._last, number
        return kind != "snapshot" and number is not None and last is not None and number != last + 1
