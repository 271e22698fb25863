"""What the structs of the wire share: nothing goes in or out here but their two bases."""

from decimal import Decimal
from typing import TypeVar

from msgspec import Raw, Struct

N = TypeVar("N", Decimal, float, Raw)
"""How market data holds its numbers.

`Decimal` keeps Kraken's digits; `float` costs a third of it to decode; `Raw` is the number's text, for books.
"""


class Wire(Struct, frozen=True, gc=False):
    """A frozen struct; unknown fields of the wire are ignored, and the garbage collector has nothing to do with it."""


class Exact(Wire, frozen=True, gc=False):
    """A struct whose numbers are always `Decimal`, checked to be finite."""

    def __post_init__(self) -> None:
        """Refuse what msgspec takes for a Decimal but no account can hold: `"NaN"`, `"Infinity"`."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Decimal) and not value.is_finite():
                message = f"{name} is not a finite number"
                raise ValueError(message)
