"""Know which variant of a topic is served: keys go in, subscriptions come out, and for the router who is told.

Kraken's messages do not tell the variants of a topic apart (a book's depth, a ticker's trigger), so one leads. What it
replaces may still be heard of, until Kraken has let go of it: till then the new one hears nothing.
"""

from krakenio.errors import InvalidRequest
from krakenio.subscriptions.channels import CHANNELS, Key, Topic
from krakenio.subscriptions.wires import NOBODY, Audience, Wire


class Variants:
    """The subscriptions of one socket, by their keys; of each topic one leads."""

    def __init__(self) -> None:
        self.wires: dict[Key, Wire] = {}
        self._leading: dict[tuple[str, Topic], Key] = {}
        self.tables: dict[str, dict[Topic, Audience]] = {name: {} for name in CHANNELS}
        """From channel and topic to the sinks, live: the router looks here for each message."""

    def check(self, key: Key) -> None:
        """Refuse a variant of what is wanted in another one."""
        other = self._leading.get((key.channel, key.topic), key)
        if other != key and self.wires[other].sinks:
            message = (
                f"{key.symbol or 'the'} {key.channel} is subscribed with {dict(other.params)}; Kraken's messages do "
                f"not tell it from {dict(key.params)}: use the same, or a second session"
            )
            raise InvalidRequest(message)

    def current(self, channel: str, topic: Topic) -> Key | None:
        """Return the variant of a topic that is wanted."""
        return self._leading.get((channel, topic))

    def wire(self, key: Key) -> Wire:
        """Return the subscription of a key, made if there is none; a new one leads, after what it replaces."""
        wire = self.wires.get(key)
        if wire is None:
            wire = self.wires[key] = Wire(key)
            wire.after = self.find(key.channel, key.topic)
            self._lead(wire)
        return wire

    def replace(self, wire: Wire, sinks: Audience) -> None:
        """Change who is told; the router may be walking the old ones when a dropped stream is finalized."""
        wire.sinks = sinks
        if self.find(wire.key.channel, wire.key.topic) is wire:
            self._show(wire)

    def _lead(self, wire: Wire) -> None:
        """Make it the variant of its symbol that is wanted."""
        self._leading[wire.key.channel, wire.key.topic] = wire.key
        self._show(wire)

    def _show(self, wire: Wire) -> None:
        """Let the router bring it what comes, unless that can be the last of what was before: messages do not tell."""
        waits = wire.left or wire.after is not None
        self.tables[wire.key.channel][wire.key.topic] = NOBODY if waits else wire.sinks

    def find(self, channel: str, topic: Topic) -> Wire | None:
        """Return the subscription that leads a topic."""
        key = self._leading.get((channel, topic))
        return None if key is None else self.wires.get(key)

    def forget(self, wire: Wire) -> Wire | None:
        """Know a subscription no longer; returns the one that waited for it, and leads now."""
        del self.wires[wire.key]
        topic = wire.key.channel, wire.key.topic
        if self._leading[topic] != wire.key:
            waiting = self.wires[self._leading[topic]]
            waiting.after = None
            self._lead(waiting)
            return waiting
        if wire.after is not None:
            self._lead(wire.after)
        else:
            del self._leading[topic]
            del self.tables[wire.key.channel][wire.key.topic]
        return None
