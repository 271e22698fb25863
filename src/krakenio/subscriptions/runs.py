"""Hand over at once what a read brought for each stream: items of one channel go in, each stream gets its run.

A read of a busy socket brings a hundred messages and more, for one stream of each channel or for one of each symbol. A
call of the stream for each of them would cost as much as finding the stream.
"""

from collections.abc import Callable, Mapping
from typing import Any

from krakenio.streams.mailbox import is_in_order
from krakenio.subscriptions.wires import NOBODY, Audience

Deliver = Callable[[Audience, list[Any]], None]


class Run:
    """Collect items of one channel for each audience; `items` are those of the latest `audience`.

    Only audiences of one stream wait side by side: a stream that shares a symbol is in several, and keeps its order.
    `prompt` says that somebody reads streams of several channels as one: each item is to be handed over at once.
    """

    __slots__ = ("_deliver", "_waiting", "audience", "items", "prompt")

    def __init__(self, deliver: Deliver) -> None:
        self.audience: Audience = NOBODY
        self.items: list[Any] = []
        self.prompt: bool = False
        self._waiting: dict[Audience, list[Any]] = {}
        self._deliver = deliver

    def add(self, audience: Audience, item: Any) -> None:  # noqa: ANN401 - each channel has its own items
        """Take one item."""
        if audience is not self.audience:
            self.turn_to(audience)
        self.items.append(item)

    def turn_to(self, audience: Audience) -> None:
        """Let what comes next be for others."""
        if len(audience) > 1 or len(self.audience) > 1:
            self.end()
        self.audience = audience
        items = self._waiting.get(audience)
        if items is None:
            items = self._waiting[audience] = []
            self.prompt = self.prompt or any(map(is_in_order, audience))
        self.items = items

    def end(self) -> None:
        """Hand over what is here."""
        waiting, self._waiting = self._waiting, {}
        self.audience, self.items, self.prompt = NOBODY, [], False
        for audience, items in waiting.items():
            self._deliver(audience, items)


def of_one_row(
    run: Run,
    table: Mapping[Any, Audience],
    last: dict[Any, Any] | None,
    several: Callable[[Any], None],
    history: Mapping[Any, Any],
    hand_over: Callable[[], None],
) -> Callable[[Any], None]:
    """Return what collects a channel whose messages are mostly an update of one row; `several` takes all others.

    `last` keeps the newest row of each symbol; while there is any `history`, `several` takes everything. It does by
    itself what `Run.add` does: such messages are a third of all, and one call for three saves 2 to 3 % of the whole.
    """

    def collect(message: Any) -> None:  # noqa: ANN401 - each channel has its own
        data = message.data
        if history or len(data) != 1 or message.type != "update":
            several(message)
            return
        row = data[0]
        if last is not None:
            last[row.symbol] = row
        audience = table.get(row.symbol, NOBODY)
        if audience is not run.audience:
            run.turn_to(audience)
        run.items.append(row)
        if run.prompt:
            hand_over()

    return collect


def to_all(audience: Audience, items: list[Any]) -> None:
    """Give a run to each of its audience as it is."""
    for sink in audience:
        sink.put_run(items)
