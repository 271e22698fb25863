"""Name an order: 128 bits of chance go in, a `cl_ord_id` in the form of a UUID comes out; and compare such names."""

import re

_FREE = 2**128 - 1 - (0xF << 76) - (0x3 << 62)
_FIXED = (0x4 << 76) + (0x2 << 62)
"""What RFC 9562 leaves to chance in version 4, and what it does not: the version and the variant."""

_TAG = re.compile(r"-?[0-9]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F]{32}")


def new_id(bits: int) -> str:
    """Return a UUID of version 4; the class that makes them costs several times more, on the way of each order."""
    digits = f"{bits & _FREE | _FIXED:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def tag_in(name: str) -> int | None:
    """Return the `order_userref` that a name of orders is, in digits: Kraken lists them beside its own ids."""
    return int(name) if _TAG.fullmatch(name) else None


def is_number(cl_ord_id: str) -> bool:
    """Tell whether a name is 128 bits in one of Kraken's two ways to write them: a UUID, or 32 hexadecimal digits."""
    return bool(_UUID.fullmatch(cl_ord_id) or _HEX.fullmatch(cl_ord_id))


def same_form(cl_ord_id: str) -> str:
    """Return a name in one form: Kraken keeps 128 bits, and whether it says a UUID as it was sent is (unverified)."""
    return cl_ord_id.replace("-", "").lower() if is_number(cl_ord_id) else cl_ord_id
