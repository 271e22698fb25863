"""Sum a run up: what was seen, what really happened and what was left behind go in; the rows of a table come out."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from krakenio import Outcome
from krakenio.cli.footprint import Held, Kind
from krakenio.cli.tally import Tally

Row = tuple[str, str]

_OF_OUTCOME = (
    (Outcome.ACKED, "orders acknowledged"),
    (Outcome.REJECTED, "orders rejected"),
    (Outcome.NOT_SENT, "orders not sent"),
    (Outcome.NOT_ACCEPTED, "orders not accepted"),
    (Outcome.UNKNOWN, "orders unknown"),
)


def rows(tally: Tally) -> list[Row]:
    """Return the summary, one row each: what, and how many."""
    return [
        ("messages received", str(tally.messages)),
        ("executions received", str(tally.executions)),
        ("reconnects", str(tally.reconnects)),
        ("gaps told", str(tally.gaps)),
        ("token fetches", str(tally.oracle.tokens)),
        *_orders(tally),
        *_leaks(tally.leaks),
    ]


def _orders(tally: Tally) -> list[Row]:
    outcomes = Counter(intent.outcome for intent in tally.intents)
    fates = Counter(order.status for order in tally.oracle.accepted)
    return [
        *((what, str(outcomes[outcome])) for outcome, what in _OF_OUTCOME),
        ("orders unknown at first", str(tally.told_unknown)),
        ("orders filled", str(fates["filled"])),
        ("orders cancelled", str(fates["canceled"])),
        ("orders left open", str(len(tally.oracle.open_orders))),
    ]


def _leaks(leaks: Sequence[Held]) -> list[Row]:
    kinds = Counter(held.kind for held in leaks)
    return [("leaks found", str(len(leaks))), *((f"  {kind}s", str(kinds[kind])) for kind in get_args(Kind))]
