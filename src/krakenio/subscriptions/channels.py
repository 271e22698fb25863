"""Describe Kraken's channels: one row each, and the parameters that a subscription may have, checked before sending.

Source: the summary table of Kraken's WebSocket v2 reference, its public and private channels.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from krakenio.errors import InvalidRequest
from krakenio.streams.mailbox import OnFull

LinkName = Literal["ws", "ws_auth", "ws_l3"]

Interval = Literal[1, 5, 15, 30, 60, 240, 1440, 10080, 21600]
"""Minutes of a candle."""

Venue = Literal["international", "bitnomial-exchange"]
"""Where a market is; REST spells the second one with an underscore."""

Topic = str | tuple[str, int] | None
"""What the messages of a channel tell apart: symbols, for candles symbol and interval; `None` where it is all one."""


class Channel(NamedTuple):
    """One of Kraken's channels: the host that serves it, and what its streams do by default."""

    name: str
    link: LinkName
    per_symbol: bool
    snapshot: bool  # the first message after an acknowledgement is one
    on_full: OnFull
    buffer: int
    choices: Mapping[str, tuple[object, ...]]

    @property
    def policies(self) -> tuple[OnFull, ...]:
        """Return what may happen at the bound; only rows that stand for a state can be conflated."""
        return ("conflate", "gap", "fail") if self.on_full == "conflate" else ("gap", "fail")

    @property
    def adds_up(self) -> bool:
        """Tell whether its rows are changes, so that a missing one spoils all that follow until a new snapshot."""
        return self.snapshot and self.on_full != "conflate"

    @property
    def private(self) -> bool:
        """Tell whether it needs a token."""
        return self.link != "ws"


_SNAPSHOT = (True, False)

CHANNELS: Mapping[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel(
            "ticker",
            "ws",
            per_symbol=True,
            snapshot=True,
            on_full="conflate",
            buffer=4_096,
            choices={"event_trigger": ("trades", "bbo"), "snapshot": _SNAPSHOT},
        ),
        Channel(
            "trade",
            "ws",
            per_symbol=True,
            snapshot=False,
            on_full="gap",
            buffer=65_536,
            choices={"snapshot": _SNAPSHOT},
        ),
        Channel(
            "book",
            "ws",
            per_symbol=True,
            snapshot=True,
            on_full="gap",
            buffer=65_536,
            choices={"depth": (10, 25, 100, 500, 1000)},
        ),
        Channel(
            "level3",
            "ws_l3",
            per_symbol=True,
            snapshot=True,
            on_full="gap",
            buffer=65_536,
            choices={"depth": (10, 100, 1000)},
        ),
        Channel(
            "ohlc",
            "ws",
            per_symbol=True,
            snapshot=True,
            on_full="conflate",
            buffer=65_536,
            choices={"interval": get_args(Interval), "snapshot": _SNAPSHOT},
        ),
        Channel(
            "instrument",
            "ws",
            per_symbol=False,
            snapshot=True,
            on_full="gap",
            buffer=1_024,
            choices={
                "execution_venue": get_args(Venue),
                "include_tokenized_assets": (True, False),
                "snapshot": _SNAPSHOT,
            },
        ),
        Channel("executions", "ws_auth", per_symbol=False, snapshot=True, on_full="gap", buffer=65_536, choices={}),
        Channel(
            "balances",
            "ws_auth",
            per_symbol=False,
            snapshot=True,
            on_full="gap",
            buffer=65_536,
            choices={"rebased": (True, False), "users": ("all",)},
        ),
    )
}


class Key(NamedTuple):
    """Identify one wire subscription: what Kraken keeps apart, and what an unsubscribe must repeat."""

    channel: str
    symbol: str | None
    params: tuple[tuple[str, object], ...] = ()

    @property
    def topic(self) -> Topic:
        """Return what its messages are known by: several intervals of one symbol are several subscriptions."""
        for name, value in self.params:
            if name == "interval" and self.symbol is not None and isinstance(value, int):
                return self.symbol, value
        return self.symbol

    @property
    def asks_for_snapshot(self) -> bool:
        """Tell whether its parameters leave Kraken to begin with a snapshot, where the channel has one.

        It sends none of what concerns all users of a master account (ws-v2-private §3.1).
        """
        return bool(dict(self.params).get("snapshot", True)) and "users" not in dict(self.params)


EXECUTIONS = Key("executions", None)
"""The reports on the account's orders."""

BALANCES = Key("balances", None)
"""What the account has."""


def check_params(method: str, channel: Channel, params: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """Return the parameters in a fixed order; refuse what Kraken does not list, in the name of the user's method."""
    for name, value in params.items():
        choices = channel.choices[name]
        if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
            listed = ", ".join(map(repr, choices))
            message = f"{method}({name}={value!r}): Kraken offers {listed}"
            raise InvalidRequest(message)
    return tuple(sorted(params.items()))
