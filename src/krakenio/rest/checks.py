"""Bring one value into Kraken's form: what people write goes in (`Decimal`, text, lists, booleans, times). Pure.

`Value`s that a form and JSON know come out; whatever does not fit is an `InvalidRequest` that says what would.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NoReturn, TypeAlias, cast

from krakenio.errors import InvalidRequest
from krakenio.messages.times import is_rfc3339
from krakenio.numbers import exact, plain

Value: TypeAlias = "str | bool | int | Sequence[Value] | Mapping[str, Value]"
"""What goes on the wire: numbers with a fraction are text, since a JSON number would pass through a float somewhere."""

Encode = Callable[[object, str], Value]

_RELATIVE = re.compile(r"[+\-#][0-9]+(?:\.[0-9]+)?%?|[0-9]+(?:\.[0-9]+)?%")
_OFFSET = re.compile(r"\+?[0-9]+")
_OF_128_BITS = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FREE_TEXT = re.compile(r"[!-~]{1,18}")
_INT32, _INT64 = 2**31, 2**63
_SHOWN = 40  # characters of a value in an error's text


def text(value: object, name: str) -> str:
    """Take non-empty text."""
    if not isinstance(value, str) or not value:
        refuse(name, value, "text that is not empty")
    return encodable(value, name)


def text_or_whole(value: object, name: str) -> str:
    """Take text, or an integer for the text of its digits."""
    return str(whole(value, name)) if isinstance(value, int) and not isinstance(value, bool) else text(value, name)


def flag(value: object, name: str) -> bool:
    """Take True or False."""
    if not isinstance(value, bool):
        refuse(name, value, "True or False")
    return value


def whole(value: object, name: str) -> int:
    """Take an integer; one of thousands of digits Python would not write."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _INT64:
        refuse(name, value, "an int of 64 bits" if type(value) is int else "an int")
    return value


def seconds(value: object, name: str) -> int:
    """Take a Unix time in whole seconds, or a `datetime` with a zone."""
    if isinstance(value, datetime):
        return int(_zoned(value, name).timestamp())
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _INT64:
        refuse(name, value, "an int of Unix seconds, or a datetime with a zone")
    return value


def between(least: int, most: int) -> Encode:
    """Make a rule for an integer within bounds."""

    def check(value: object, name: str) -> Value:
        if not least <= (number := whole(value, name)) <= most:
            refuse(name, value, f"an int from {least} to {most}")
        return number

    return check


def several(value: object, name: str) -> Value:
    """Take a list of texts, for calls that want one in JSON."""
    found = [text(each, name) for each in members(value)]
    if isinstance(value, str) or not found:
        refuse(name, value, "a list of texts that is not empty")
    return found


def reference(value: object, name: str) -> int:
    """Take an integer of 32 bits with sign, as `userref` is."""
    number = whole(value, name)
    if not -_INT32 <= number < _INT32:
        refuse(name, value, "an int of 32 bits")
    return number


def number(value: object, name: str) -> str:
    """Take an exact number of zero or more."""
    found = exact(value, name)
    if found < 0:
        message = f"{name} must not be negative, not {plain(found)}"
        raise InvalidRequest(message)
    return plain(found)


def price(value: object, name: str) -> str:
    """Take an exact price, or text relative to the last trade such as `"+5%"` or `"#2.5"`."""
    if isinstance(value, str) and _RELATIVE.fullmatch(value):
        return value
    return number(value, name)


def is_number(client_id: str) -> bool:
    """Tell whether a name is 128 bits in one of Kraken's two ways to write them: a UUID, or 32 hexadecimal digits."""
    return _OF_128_BITS.fullmatch(client_id) is not None


def client_id(value: object, name: str) -> str:
    """Take a name for a new order: a UUID, 32 hexadecimal digits, or up to 18 visible ASCII characters."""
    if isinstance(value, str) and (is_number(value) or _FREE_TEXT.fullmatch(value)):
        return value
    return refuse(name, value, "a UUID as text, 32 hexadecimal digits, or up to 18 visible ASCII characters")


def amended_price(value: object, name: str) -> str:
    """Take a price as an amend does: its direction is said, not chosen by Kraken as `#` does."""
    if isinstance(value, str) and value.startswith("#"):
        refuse(name, value, 'a price, or text such as "+5%" or "-2.5" (an amend takes no "#")')
    return price(value, name)


def names(value: object, name: str) -> str:
    """Take one name or several; several are joined by commas, in every encoding of the body."""
    if isinstance(value, str):
        return text(value, name)
    found = members(value)
    if not found:
        return refuse(name, value, "text, or a list of texts that is not empty")
    return ",".join(text(each, name) for each in found)


def up_to(most: int) -> Encode:
    """Make a rule for one name or several, which Kraken takes so many of at once."""

    def check(value: object, name: str) -> Value:
        joined = names(value, name)
        if (count := joined.count(",") + 1) > most:
            message = f"{name} takes at most {most} ids at once, not {count}: ask for the others in another call"
            raise InvalidRequest(message)
        return joined

    return check


def moment(value: object, name: str) -> str:
    """Take a Unix time in seconds (a `datetime` with a zone, or an exact number), or the id of what happened then."""
    if isinstance(value, datetime):
        return plain(Decimal(str(_zoned(value, name).timestamp())).normalize())
    if _is_date(value):
        refuse(name, value, "a datetime with a zone, Unix seconds, or the id of what happened then")
    return text(value, name) if isinstance(value, str) else number(value, name)


def txid_or_userref(value: object, name: str) -> Value:
    """Take the id of an order, or the `userref` of several."""
    return text(value, name) if isinstance(value, str) else reference(value, name)


def start(value: object, name: str) -> str:
    """Take a Unix time in whole seconds (or a `datetime` with a zone), or seconds from now such as `"+30"`."""
    if isinstance(value, str) and _OFFSET.fullmatch(value):
        return value
    return str(seconds(value, name))


def since(value: object, name: str) -> Value:
    """Take what the last page told, a Unix time in nanoseconds or seconds, or a `datetime` with a zone."""
    if isinstance(value, datetime):
        return f"{round(_zoned(value, name).timestamp() * 1e6)}000"
    if _is_date(value) or not isinstance(value, str | int):
        refuse(name, value, "a datetime with a zone, an int of Unix time, or the `last` of the answer before")
    return text_or_whole(value, name)


def rfc3339(value: object, name: str) -> str:
    """Take a `datetime` with a zone, or text that is already RFC 3339."""
    if isinstance(value, datetime):
        return _zoned(value, name).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, str) and is_rfc3339(value):
        return value
    return refuse(name, value, "a datetime with a zone or RFC 3339 text such as 2026-11-02T11:00:00.000Z")


def cursor(value: object, name: str) -> Value:
    """Take True for the first page, and the text of the last answer for the next one."""
    return True if value is True else text(value, name)


def mapping(value: object, name: str) -> Value:
    """Take an object of any form, exact numbers inside."""
    if not isinstance(value, Mapping):
        refuse(name, value, "a dict")
    return anything(cast("Mapping[str, object]", value), name)


def anything(value: object, name: str) -> Value:
    """Take what the escape hatch is given: scalars, lists and mappings, but nothing inexact."""
    if isinstance(value, bool | int):
        return value if isinstance(value, bool) else whole(value, name)
    if isinstance(value, str):
        return encodable(value, name)
    if isinstance(value, Decimal | float):
        return plain(exact(value, name))
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {
            encodable(str(key), f"a name in {name}"): anything(each, f"{name}[{key}]") for key, each in members.items()
        }
    if isinstance(value, Sequence):
        return [anything(each, name) for each in cast("Sequence[object]", value)]
    return refuse(name, value, "text, a bool, an int, a Decimal, or a list or dict of these; leave out the rest")


def holds_objects(value: Value) -> bool:
    """Tell whether a form cannot say it: a list of anything but scalars."""
    if isinstance(value, str | bool | int):
        return False
    if isinstance(value, Mapping):
        return any(holds_objects(each) for each in value.values())
    return any(not isinstance(each, str | bool | int) for each in value)


def encodable(value: str, name: str) -> str:
    """Take text that has a form in bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{name} has a character that UTF-8 does not have"
        raise InvalidRequest(message) from None
    return value


def members(value: object) -> Sequence[object]:
    """Return what a list holds, nothing of anything else."""
    return cast("Sequence[object]", value) if isinstance(value, Sequence) else ()


def _is_date(value: object) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and _DATE.match(value) is not None)


def _zoned(value: datetime, name: str) -> datetime:
    if value.tzinfo is None:
        message = f"{name} is a datetime without a zone: pass one with a zone, such as datetime.now(UTC)"
        raise InvalidRequest(message)
    return value


def refuse(name: str, value: object, wanted: str) -> NoReturn:
    """Say what was wanted and what came, unless that is long."""
    short = abs(value) < _INT64 if isinstance(value, int) else isinstance(value, str | Decimal)
    short = short and len(str(value)) <= _SHOWN
    shown = repr(value) if short else f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
    message = f"{name} must be {wanted}, not {shown}"
    raise InvalidRequest(message)
