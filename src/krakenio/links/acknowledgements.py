"""Match replies with what one subscribe asked for: a batch goes in, one verdict for each of its symbols comes out."""

import re
from collections.abc import Callable

from krakenio.links.context import Context
from krakenio.links.timing import Stopwatch
from krakenio.messages import Reply
from krakenio.subscriptions.batches import Batch
from krakenio.subscriptions.channels import Key

_WORDS = re.compile(r"""[^\s,;:'"()\[\]]+""")
"""What may be a symbol in a text, as in `Currency pair not supported ETH/USD`; whole, for T/USD is one too."""


class Acknowledgements:
    """Match the replies to one subscribe or unsubscribe with its symbols: one each, in any order."""

    def __init__(
        self,
        batch: Batch,
        tell: Callable[[Batch, Key, str | None], None],
        wrote: Callable[[Batch], None],
        context: Context,
    ) -> None:
        self._batch = batch
        self._tell = tell
        self._wrote = wrote
        self._outstanding = {key.symbol: key for key in batch.keys}
        self._watch = Stopwatch(context)
        self._engine = context.engine

    def written(self) -> None:
        """Note the time: the first reply of a session tells Kraken's, before any order is placed (contract B9)."""
        self._watch.start()
        self._wrote(self._batch)

    def answered(self, reply: Reply) -> bool:
        """Take one acknowledgement; it concerns the symbol beside it."""
        self._watch.stop(reply)
        if reply.row.maxratecount is not None:
            self._engine.told_threshold(reply.row.maxratecount)
        symbol = reply.symbol if reply.symbol is not None else reply.row.symbol
        named = self._outstanding.pop(symbol, None)
        error = None if reply.ok else reply.error or "Kraken gave no reason"
        if named is not None:
            self._tell(self._batch, named, error or _other_than(named, reply))
        elif error is not None and symbol is None:
            for key in self._concerned(error):
                del self._outstanding[key.symbol]
                self._tell(self._batch, key, error)
        return not self._outstanding

    def _concerned(self, error: str) -> list[Key]:
        """Return whom a failure without a symbol concerns: those that its text names, else all that are left."""
        words = {word.rstrip(".") for word in _WORDS.findall(error)}
        named = any(key.symbol in words for key in self._batch.keys)
        return [key for key in self._outstanding.values() if not named or key.symbol in words]

    def lost(self, *, written: bool) -> None:
        """Need nothing: the next connection subscribes anew."""


def _other_than(key: Key, reply: Reply) -> str | None:
    """Say where Kraken took a depth or interval that was not asked for: its messages would be those of another book."""
    if reply.method != "subscribe":
        return None
    told = {"depth": reply.row.depth, "interval": reply.row.interval}
    wrong = [(name, value) for name, value in key.params if told.get(name) not in {None, value}]
    return next((f"Kraken took {name} {told[name]} where {value!r} was asked for" for name, value in wrong), None)
