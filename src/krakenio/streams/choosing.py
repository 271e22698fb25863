"""Choose the mailbox of a stream: its channel, bound and policy go in, checked; an `Intake` comes out."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from krakenio.errors import InvalidRequest
from krakenio.streams.intake import BookIntake, Intake, TradesIntake
from krakenio.streams.mailbox import OnFull
from krakenio.streams.tended import TendedIntake
from krakenio.subscriptions.channels import Channel, Key

Tend = Callable[[tuple[Key, ...], int, OnFull], TendedIntake[Any]]
"""Make an intake that needs a task, from keys, bound and policy."""

_TENDED: tuple[OnFull, ...] = ("gap", "fail")
"""The policies where no item stands for another."""

_symbol_of = attrgetter("symbol")
"""What rows are conflated by; a stream has one interval."""


def new_intake(
    method: str, channel: Channel, keys: tuple[Key, ...], buffer: int | None, on_full: OnFull | None, tend: Tend | None
) -> Intake[Any]:
    """Return the mailbox for what is subscribed by a method; with `tend` one of that kind."""
    policies = channel.policies if tend is None else _TENDED
    policy = (channel.on_full if tend is None else "gap") if on_full is None else on_full
    if policy not in policies:
        message = f"{method}(on_full={policy!r}): choose one of {', '.join(map(repr, policies))}"
        raise InvalidRequest(message)
    limit = check_bound(channel.buffer if buffer is None else buffer, len(keys) + 1 if policy == "conflate" else 1)
    if tend is not None:
        return tend(keys, limit, policy)
    if channel.name == "book":
        return BookIntake(keys, limit, policy)
    if channel.name == "trade" and keys[0].asks_for_snapshot:
        return TradesIntake(keys, limit, policy)
    recovers = not channel.per_symbol  # what late streams are told from memory
    return Intake(keys, limit, policy, _symbol_of if policy == "conflate" else None, recovers=recovers)


def check_bound(buffer: object, least: int) -> int:
    """Refuse a buffer that can hold nothing."""
    if isinstance(buffer, int) and not isinstance(buffer, bool) and buffer >= least:
        return buffer
    message = f"buffer: pass an integer of at least {least}, not {buffer!r}"
    raise InvalidRequest(message)
