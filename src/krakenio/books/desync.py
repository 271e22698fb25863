"""Say what went wrong with a book: out comes `Desync`, a row's answer where it did not leave the book as Kraken's."""

from krakenio.wire import Wire


class Inapplicable(Exception):
    """A row cannot be applied; the text says why, without the wire's own."""


class Desync(Wire, frozen=True, gc=False):
    """Why a book is no longer Kraken's: both checksums where they differ, Kraken's time of the message if it had one.

    The book cannot be read until its next snapshot: unsubscribe, subscribe again, once.
    """

    symbol: str
    reason: str
    expected: int | None = None
    computed: int | None = None
    timestamp: str | None = None
