"""Name an order: 128 bits of chance go in, a `cl_ord_id` in the form of a UUID comes out; and compare such names."""

import re

_FREE = 2**128 - 1 - (0xF << 76) - (0x3 << 62)
_FIXED = (0x4 << 76) + (0x2 << 62)
"""What RFC 9562 leaves to chance in version 4, and what it does not: the version and the variant."""

_NUMBER = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)


def new_id(bits: int) -> str:
    """Return a UUID of version 4; the class that makes them costs several times more, on the way of each order."""
    digits = f"{bits & _FREE | _FIXED:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def same_form(cl_ord_id: str) -> str:
    """Return a name in one form: Kraken keeps 128 bits, and whether it says a UUID as it was sent is (unverified)."""
    return cl_ord_id.replace("-", "").lower() if _NUMBER.fullmatch(cl_ord_id) else cl_ord_id
