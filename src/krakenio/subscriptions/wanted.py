"""Know what is wanted on one socket, what to send for it, and what was acknowledged.

Streams attach and detach, the connection comes and goes, replies arrive; what to send comes out of `reconcile` as
`Batch`es. Each symbol is acknowledged on its own and a failure concerns only its symbol; a request that depends on
another waits for its reply, since Kraken may take messages of one connection out of order.
"""

from collections import defaultdict
from collections.abc import Iterable

from krakenio.errors import ApiError, DecodeError, api_error
from krakenio.events import Gap
from krakenio.subscriptions.allowance import MAX_LEVEL3, Allowance, refuse_too_many
from krakenio.subscriptions.batches import Batch, in_batches
from krakenio.subscriptions.channels import CHANNELS, Key, Topic
from krakenio.subscriptions.sequence import Sequence
from krakenio.subscriptions.variants import Variants
from krakenio.subscriptions.wires import Audience, Method, Sink, Wire, tell_gap

ANSWER_WITHIN = 10.0
"""Seconds from a request to its reply, and from that to the snapshot; then it is repeated (contract G6)."""

_SETTLED_BY = {"subscribe": "already subscribed", "unsubscribe": "subscription not found"}


class Subscriptions:
    """Own the wire subscriptions of one socket."""

    def __init__(self) -> None:
        self._variants = Variants()
        self._wires = self._variants.wires
        self.tables: dict[str, dict[Topic, Audience]] = self._variants.tables
        """Where the router looks for each message."""
        self._dirty: dict[Key, None] = {}
        self._connected = False
        self._allowance = Allowance()
        self.sequences: defaultdict[str, Sequence] = defaultdict(Sequence)
        """From private channel to its numbers, which begin anew with each of its subscriptions."""

    def attach(self, keys: Iterable[Key], sink: Sink) -> None:
        """Add a sink; it shares what is subscribed already. Two variants of one symbol cannot be told apart."""
        wanted = list(keys)
        for key in wanted:
            self._variants.check(key)
        refuse_too_many(wanted, (key for key, wire in self._wires.items() if wire.sinks))
        shared: dict[Audience, Audience] = {}
        for key in wanted:
            self._attach(self._variants.wire(key), sink, shared)

    def detach(self, sink: Sink) -> None:
        """Remove a sink; the last one of a subscription ends it."""
        shared: dict[Audience, Audience] = {}
        for wire in list(self._wires.values()):
            if sink in wire.sinks:
                sinks = tuple(other for other in wire.sinks if other is not sink)
                self._variants.replace(wire, shared.setdefault(sinks, sinks))
                self._leave(wire)
                self._touch(wire)

    def is_live(self, key: Key) -> bool:
        """Tell whether the first message of a subscription is here, and no new one is wanted.

        It may come ahead of its acknowledgement (§2.2), and does not come again for whoever joins in between.
        """
        wire = self._wires.get(key)
        return wire is not None and wire.live and not wire.stale and wire.pending != "unsubscribe"

    def is_acknowledged(self, key: Key) -> bool:
        """Tell whether Kraken has said that a subscription runs."""
        wire = self._wires.get(key)
        return wire is not None and wire.subscribed

    def current(self, channel: str, topic: Topic) -> Key | None:
        """Return the variant of a topic that is wanted."""
        return self._variants.current(channel, topic)

    @property
    def wanted(self) -> bool:
        """Tell whether any stream wants anything."""
        return any(wire.sinks for wire in self._wires.values())

    @property
    def dirty(self) -> bool:
        """Tell whether `reconcile` may have something to send."""
        return bool(self._dirty)

    @property
    def acknowledged(self) -> bool:
        """Tell whether anything is subscribed, so that heartbeats must come."""
        return any(wire.subscribed for wire in self._wires.values())

    def connect(self) -> None:
        """Begin on a new connection: nothing is subscribed, everything wanted is to be sent."""
        self._connected = True
        self.sequences.clear()
        self._dirty = dict.fromkeys(self._wires)

    def disconnect(self, gap: Gap) -> None:
        """End with the connection: every stream that was live learns that it missed something from now on."""
        self._connected = False
        for wire in list(self._wires.values()):
            if wire.subscribed or wire.live:
                tell_gap(wire, gap)
            self._begin_anew(wire)
            wire.pending = None
            if not wire.sinks:
                self._forget(wire)

    def reconcile(self, now: float) -> list[Batch]:
        """Return what is to be sent now, and count it as sent."""
        if not self._connected:
            return []
        groups: dict[tuple[Method, str, object], list[Key]] = {}
        held_back: dict[Key, None] = {}
        room = self._room()
        for key in self._dirty:
            wire = self._wires.get(key)
            method = wire.next_method() if wire is not None else None
            if wire is None or method is None:
                continue
            if method == "subscribe":
                if not room or not self._allowance.spend(key, now):
                    held_back[key] = None
                    continue
                room -= key.channel == "level3"
            wire.pending, wire.due = method, now + ANSWER_WITHIN
            self._leave(wire)
            groups.setdefault((method, key.channel, key.params), []).append(key)
        self._dirty = held_back
        return [batch for (method, _, _), keys in groups.items() for batch in in_batches(method, keys)]

    def _leave(self, wire: Wire) -> None:
        """Let nobody who comes from now on hear the last of what is being unsubscribed."""
        if wire.pending == "unsubscribe" and not wire.sinks:
            wire.left = True

    def _room(self) -> int:
        """Return how many more symbols of `level3` may be asked for: those that Kraken still holds count."""
        if not any(key.channel == "level3" for key in self._dirty):
            return MAX_LEVEL3
        wires = [wire for key, wire in self._wires.items() if key.channel == "level3"]
        return MAX_LEVEL3 - sum(wire.subscribed or wire.pending is not None for wire in wires)

    def wrote(self, batch: Batch, now: float) -> None:
        """Count the time for the replies from when a request was written; it may have waited for the pace."""
        for key in batch.keys:
            wire = self._wires.get(key)
            if wire is not None and wire.pending == batch.method:
                wire.due = now + ANSWER_WITHIN

    def answer(self, key: Key, method: Method, error: str | None, now: float) -> ApiError | None:
        """Take the acknowledgement of one key in; returns the error if Kraken refused it for good."""
        wire = self._wires.get(key)
        if wire is None or wire.pending != method:
            return None
        refusal = None if error is None or _SETTLED_BY[method] in error.lower() else api_error(error)
        if refusal is not None and refusal.retryable:
            wire.due = now + ANSWER_WITHIN  # stays pending until then, and is repeated
            return refusal
        wire.pending = None
        if method == "unsubscribe":
            self._unsubscribed(wire)
        else:
            self._settle(wire, refusal, now)
        return refusal

    def arrived(self, channel: str, topic: Topic) -> None:
        """Note that a subscription's snapshot is here: that of another variant, where that is still to be left."""
        wire = self._variants.find(channel, topic)
        if wire is not None:
            (wire.after or wire).live = True

    def longest_waiting(self, channel: str) -> Iterable[Topic]:
        """Return the topic that has waited longest for its snapshot, if any does: one without rows names none."""
        asked = [wire for key, wire in self._wires.items() if key.channel == channel and key.asks_for_snapshot]
        waiting = sorted((wire for wire in asked if wire.runs and not wire.live), key=lambda wire: wire.due)
        return [wire.key.topic for wire in waiting[:1]]

    def refresh(self, channel: str, topic: Topic) -> None:
        """Ask for a new snapshot of one subscription: unsubscribe, wait for the reply, subscribe. Once, if repeated."""
        wire = self._variants.find(channel, topic)
        if wire is not None and not wire.stale and wire.runs:
            wire.stale = True  # a snapshot may come before its acknowledgement, and be wrong
            self._touch(wire)

    def spoilt(self, error: DecodeError, now: float) -> None:
        """Tell whoever streams what a frame was about that it could not be read; what adds up then begins anew.

        Where it names no symbol it may have been about any. At once, or when its last beginning is `ANSWER_WITHIN` ago,
        since what cannot be read may come again and again.
        """
        for wire in self._wires.values():
            channel, symbol, _ = wire.key
            concerned = symbol is None or not error.symbols or symbol in error.symbols
            if concerned and channel == error.channel and wire.runs:
                tell_gap(wire, Gap(f"a message of {channel} could not be read"))
                if CHANNELS[channel].adds_up and wire.live:
                    wire.live = False
                    if now >= wire.due:
                        self.refresh(channel, wire.key.topic)

    def overdue(self, now: float) -> list[Key]:
        """Repeat what was not answered in time, or acknowledged without the snapshot that it promised."""
        late = [wire for wire in self._wires.values() if now >= wire.due and wire.waits]
        for wire in late:
            wire.stale = wire.stale or wire.pending != "subscribe"  # unsubscribing unanswered is not subscribed
            wire.pending = None
            self._touch(wire)
        return [wire.key for wire in late]

    def _forget(self, wire: Wire) -> None:
        """Know it no longer; the variant that waited for it can be sent now."""
        if (waiting := self._variants.forget(wire)) is not None:
            self._dirty[waiting.key] = None

    def _attach(self, wire: Wire, sink: Sink, shared: dict[Audience, Audience]) -> None:
        sinks = (*wire.sinks, sink)
        self._variants.replace(wire, shared.setdefault(sinks, sinks))
        if wire.subscribed and not wire.stale and wire.pending is None:
            sink.settled(wire.key, None)
        self._touch(wire)

    def _settle(self, wire: Wire, refusal: ApiError | None, now: float) -> None:
        for sink in wire.sinks:
            sink.settled(wire.key, refusal)
        if refusal is not None:
            self._forget(wire)
            return
        wire.subscribed, wire.due = True, now + ANSWER_WITHIN
        self._touch(wire)

    def _unsubscribed(self, wire: Wire) -> None:
        """Tell whoever shares it that it misses what comes until it is subscribed again."""
        channel, symbol, _ = wire.key
        self.sequences.pop(channel, None)
        tell_gap(wire, Gap(f"{channel} was subscribed anew" + (f" for {symbol}" if symbol else "")))
        self._begin_anew(wire)
        self._touch(wire)

    def _begin_anew(self, wire: Wire) -> None:
        """Count it as not subscribed, so that whoever waited for its beginning is told what comes."""
        wire.subscribed = wire.live = wire.stale = wire.left = False
        self._variants.replace(wire, wire.sinks)

    def _touch(self, wire: Wire) -> None:
        if not wire.sinks and not wire.subscribed and wire.pending is None:
            self._forget(wire)
        elif wire.key in self._wires:
            self._dirty[wire.key] = None
