"""Look at one side of a book: its rows go in, levels as Decimals come out, and what taking from them would cost.

A view is the side as it was when it was asked for; its levels become Decimals when they are looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_DOWN, Context, Decimal
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, overload

from krakenio.errors import InvalidRequest
from krakenio.numbers import exact, positive
from krakenio.wire import Wire


class Priced(Protocol):
    """Have a price and a quantity."""

    @property
    def price(self) -> Decimal:
        """Return the price."""
        ...

    @property
    def qty(self) -> Decimal:
        """Return the quantity."""
        ...


L_co = TypeVar("L_co", bound=Priced, covariant=True)

_cut = Context(prec=28, rounding=ROUND_DOWN)
"""What is bought for cash must not cost more than that."""


class Sweep(Wire, frozen=True, gc=False):
    """What an order that takes from the best level on would get: `qty` for `cash`, down to the price `worst`.

    `short` is what the visible levels lack, in the unit that was asked for. `worst` is None if there is no level.
    """

    qty: Decimal
    cash: Decimal
    worst: Decimal | None
    short: Decimal

    @property
    def price(self) -> Decimal | None:
        """Return the average price, None if nothing is to be had."""
        return self.cash / self.qty if self.qty else None


class Levels(Sequence[L_co], Generic[L_co]):
    """One side's levels, best first; an index converts one level, a slice none."""

    __slots__ = ("_level", "_rows", "_sign")

    def __init__(self, rows: Sequence[Any], level: Callable[[Any], L_co], sign: int) -> None:
        self._rows, self._level, self._sign = rows, level, sign

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> L_co: ...
    @overload
    def __getitem__(self, index: slice) -> "Levels[L_co]": ...
    def __getitem__(self, index: int | slice) -> "L_co | Levels[L_co]":
        if isinstance(index, slice):
            return Levels(self._rows[index], self._level, self._sign)
        return self._level(self._rows[index])

    def __iter__(self) -> Iterator[L_co]:
        return map(self._level, self._rows)

    def __repr__(self) -> str:
        shown = ", ".join(f"{level.price} x {level.qty}" for level in islice(self, 3))
        return f"<{len(self)} levels: {shown}{', ...' if len(self) > 3 else ''}>"  # noqa: PLR2004 - as many as shown

    def volume(self) -> Decimal:
        """Return the quantity of all levels."""
        return sum((level.qty for level in self), Decimal(0))

    def volume_to(self, price: Decimal | str | int) -> Decimal:
        """Return the quantity at `price` and better."""
        limit = exact(price, "price") * self._sign
        total = Decimal(0)
        for level in self:
            if level.price * self._sign > limit:
                break
            total += level.qty
        return total

    def for_volume(self, qty: Decimal | str | int) -> Sweep:
        """Return what it takes to trade a quantity of the base currency."""
        return self._sweep(positive(qty, "qty"), lambda _: Decimal(1))

    def for_cash(self, cash: Decimal | str | int) -> Sweep:
        """Return what an amount of the quote currency trades; the last quantity is cut to 28 digits, not to a lot."""
        return self._sweep(positive(cash, "cash"), lambda level: level.price)

    def _sweep(self, wanted: Decimal, worth: Callable[[Priced], Decimal]) -> Sweep:
        """Take level after level, `worth` being what one unit of a level's quantity counts for."""
        qty, cash, worst = Decimal(0), Decimal(0), None
        for level in self:
            if not wanted:
                break
            unit, worst = worth(level), level.price
            part = min(level.qty * unit, wanted)
            taken = level.qty if part < wanted else _cut.divide(part, unit)
            qty, cash, wanted = qty + taken, cash + part * (level.price / unit), wanted - part
        return Sweep(qty, cash, worst, wanted)


def best_of(levels: int, view: Levels[L_co]) -> Levels[L_co]:
    """Return so many of the best levels; a number below one is refused."""
    if type(levels) is not int or levels < 1:
        raise InvalidRequest(f"levels must be an integer above zero, not {levels!r}")
    return view[:levels]
