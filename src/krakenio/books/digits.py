"""Keep Kraken's digits: a number's token goes in, its plain text, a key to sort by and its part of a checksum come out.

The checksum is made of the decimal text that Kraken prints, so a float cannot carry it: `0.00100000` is `0.001` to a
float, and at quantities of 1e9 nearly every eighth decimal is wrong (ws-v2-market-data §5.3).
"""

import re
from decimal import Context, Decimal
from typing import Any, TypeAlias

from msgspec import Raw

from krakenio.books.desync import Inapplicable
from krakenio.errors import InvalidRequest

DECIMALS = 20
"""Decimals that a number may have at most; Kraken's have ten. Keys are prices in units of 10^-20: they sort exactly."""

Change: TypeAlias = tuple[int, bytes, bytes, bytes]
"""A level as a book takes it: key, part of the checksum (empty if the quantity is zero), price and quantity as text."""

_POWERS = tuple(10 ** (DECIMALS - places) for places in range(DECIMALS + 1))
_LARGEST = 40
"""Powers of ten beyond which a number is a mistake: `1e999999999` must not be written out."""

_ZEROS = frozenset(b"0." + bytes([48] * places) for places in range(1, DECIMALS + 1))
"""How Kraken writes that a level is gone."""

_NUMBER = re.compile(rb"(\"?)-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?\1")
_context = Context(prec=2 * (DECIMALS + _LARGEST))


class Precision:
    """Know how many decimals a checksum wants, None where only the wire tells; read levels accordingly.

    `remembered`: prices come again and again, so what so many of them gave is kept.
    """

    __slots__ = ("_remembered", "price", "prices", "qty")

    def __init__(self, price: int | None, qty: int | None, remembered: int = 40) -> None:
        _check(price, "price_precision")
        _check(qty, "qty_precision")
        self.price: int | None = price
        self.qty: int | None = qty
        self.prices: dict[bytes, tuple[int, bytes, bytes]] = {}
        self._remembered = remembered

    def read(self, price: Any, qty: Any) -> Change:  # noqa: ANN401 - Raw, Decimal, bytes, int or text
        """Read one level; raises `Inapplicable` for what is no number of a book, `InvalidRequest` for a float.

        In one piece, since it runs for each level of each message.
        """
        text = bytes(price) if type(price) is Raw else token(price)
        key, first, text = self.prices.get(text) or self.learn(text)
        amount = bytes(qty) if type(qty) is Raw else token(qty)
        if amount in _ZEROS:
            return key, b"", text, amount
        whole, _, decimals = amount.partition(b".")
        units = whole + decimals
        if (len(decimals) == self.qty or self.qty is None) and units.isdigit():
            last = units.lstrip(b"0")
            return key, last and first + last, text, amount
        amount = plain(amount)
        return key, first + digits(amount, self.qty) if amount.strip(b"0.") else b"", text, amount

    def learn(self, text: bytes) -> tuple[int, bytes, bytes]:
        """Read a price that is not among `prices`, and remember it."""
        if len(self.prices) >= self._remembered:
            self.prices.clear()
        price = plain(text)
        whole, _, decimals = price.partition(b".")
        units, as_it_stands = whole + decimals, self.price is None or len(decimals) == self.price
        first = units.lstrip(b"0") if as_it_stands else digits(price, self.price)
        self.prices[text] = known = int(units) * _POWERS[len(decimals)], first, price
        return known


def token(value: object) -> bytes:
    """Return a number's text, possibly with an exponent; for a float, say why there is none."""
    if isinstance(value, Decimal):
        return str(value).encode()
    match value:
        case Raw() | bytes():  # to checkers one is the other, at run time not
            return bytes(value)
        case float() | bool():
            raise InvalidRequest(_refusal(value))
        case int() | str():
            return str(value).encode()
        case _:
            raise InvalidRequest(_refusal(value))


def plain(text: bytes) -> bytes:
    """Write out a JSON number or text of one: no quotes, no exponent; raises `Inapplicable` for what is none."""
    whole, _, decimals = text.partition(b".")
    if whole.isdigit() and decimals.isdigit() and len(whole) <= _LARGEST and len(decimals) <= DECIMALS:
        return text
    if not _NUMBER.fullmatch(text):
        raise Inapplicable("a price or quantity is no number")
    return _written(Decimal(text.strip(b'"').decode()))


def digits(text: bytes, places: int | None) -> bytes:
    """Return what a checksum hashes of a plain number: exactly `places` decimals, no point, no leading zeros.

    >>> digits(b"0.566", 4), digits(b"0.00100000", None)
    (b'5660', b'100000')
    """
    if places is not None and len(text.partition(b".")[2]) != places:
        rounded = Decimal(text.decode()).quantize(Decimal(1).scaleb(-places), context=_context)
        text = format(rounded, "f").encode()
    return text.replace(b".", b"").lstrip(b"0")


def _written(value: Decimal) -> bytes:
    """Write a number with all its digits; one that no book can hold raises."""
    exponent = value.as_tuple().exponent
    if value < 0 or value.adjusted() > _LARGEST or not isinstance(exponent, int) or -exponent > DECIMALS:
        raise Inapplicable("a price or quantity is negative or of no sane size")
    return format(value.copy_abs(), "f").encode()


def _check(precision: int | None, name: str) -> None:
    if precision is not None and (type(precision) is not int or not 0 <= precision <= DECIMALS):
        raise InvalidRequest(f"{name} must be a number of decimals from 0 to {DECIMALS}, or None, not {precision!r}")


def _refusal(value: object) -> str:
    if isinstance(value, float):
        return (
            "a book cannot be kept from floats: they have lost the trailing zeros that its checksum is made of; "
            "decode with messages.decode(frame) or messages.digits_decoder()"
        )
    return f"a level's numbers are Decimal or msgspec.Raw, not {type(value).__name__}"
