"""Count by the definition, slowly and exactly: every change since Kraken's last word is kept, and summed up anew.

A count that rises and falls and never goes below zero is the largest sum of its latest changes, however many.
"""

from dataclasses import dataclass, field
from fractions import Fraction

# limits.md A.2, row by row: the fixed part, then what is added below each age
COSTS: dict[str, tuple[float, dict[int, int]]] = {
    "add_order": (1, {}),
    "batch_add": (0.5, {}),
    "amend_order": (1, {5: 3, 10: 2, 15: 1}),
    "edit_order": (1, {5: 6, 10: 5, 15: 4, 45: 2, 90: 1}),
    "cancel_order": (0, {5: 8, 10: 6, 15: 5, 45: 4, 90: 2, 300: 1}),
    "batch_cancel": (0, {5: 8, 10: 6, 15: 5, 45: 4, 90: 2, 300: 1}),
}


def costs(method: str, ages: list[Fraction]) -> tuple[Fraction, Fraction]:
    """Return a request's fixed part and what the ages add."""
    fixed, added = COSTS[method]
    aged = [next((more for below, more in added.items() if age < below), 0) for age in ages]
    return Fraction(fixed) * len(ages), Fraction(sum(aged))


@dataclass
class Sent:
    """A request that was written and not answered."""

    at: Fraction
    fixed: Fraction
    aged: Fraction


TEN = Fraction(10)
"""Seconds after which a request has been counted, though no reply came."""


@dataclass
class SlowCounter:
    """Count for one pair; all numbers are exact."""

    decay: Fraction
    now: Fraction = Fraction(0)
    changes: list[Fraction] = field(default_factory=list[Fraction])
    sent: list[Sent] = field(default_factory=list[Sent])

    @property
    def value(self) -> Fraction:
        """Return the count with what is on its way."""
        counted = max([Fraction(0), *(sum(self.changes[start:], Fraction(0)) for start in range(len(self.changes)))])
        return counted + sum((sent.fixed + sent.aged for sent in self.sent), Fraction(0))

    def wait(self, seconds: Fraction) -> None:
        """Let time pass; what has been under way for more than ten seconds is counted by then."""
        end = self.now + seconds
        old = [sent for sent in self.sent if end - sent.at > TEN]
        for sent in old:
            self._pass(sent.at + TEN)
            self.changes.append(sent.fixed + sent.aged)
        self._pass(end)
        self.sent = self.sent[len(old) :]

    def write(self, fixed: Fraction, aged: Fraction) -> None:
        """Send a request."""
        self.sent.append(Sent(self.now, fixed, aged))

    def answer(self, index: int, *, refused: bool) -> None:
        """Count it from its answer on: a refused request costs its fixed part only."""
        sent = self.sent.pop(index)
        self.changes.append(sent.fixed if refused else sent.fixed + sent.aged)

    def told(self, count: Fraction) -> None:
        """Start from Kraken's word."""
        self.changes = [count]

    def _pass(self, until: Fraction) -> None:
        self.changes.append(-self.decay * (until - self.now))
        self.now = until
