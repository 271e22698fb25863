"""What the structs of the wire share: nothing goes in or out here but their two bases."""

from decimal import Decimal
from functools import cache
from typing import TypeVar, get_args, get_type_hints

from msgspec import Raw, Struct

from krakenio.finite import is_sane

N = TypeVar("N", Decimal, float, Raw)
"""How market data holds its numbers.

`Decimal` keeps Kraken's digits; `float` costs a third of it to decode; `Raw` is the number's text, for books.
"""


class Wire(Struct, frozen=True, gc=False):
    """A frozen struct; unknown fields of the wire are ignored, and the garbage collector has nothing to do with it."""


class Exact(Wire, frozen=True, gc=False):
    """A struct whose numbers are always `Decimal`, finite and of a sane size: accounts are kept by them."""

    def __post_init__(self) -> None:
        """Refuse what msgspec takes for a Decimal but no account can hold: `"NaN"`, `"Infinity"`, `1e999999999`."""
        for name in _exact_fields(type(self)):
            value: Decimal | None = getattr(self, name)
            if value is not None and not is_sane(value):
                message = f"{name} is not a finite number of a sane size"
                raise ValueError(message)


@cache
def _exact_fields(kind: type[Exact]) -> tuple[str, ...]:
    """Return the fields that may hold a Decimal; looking at all of them costs an execution more than decoding it."""
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if Decimal in (hints[name], *get_args(hints[name])))
