"""Name an order: 128 bits of chance go in, a `cl_ord_id` in the form of a UUID comes out; and compare such names."""

import re
from typing import Any

_FREE = 2**128 - 1 - (0xF << 76) - (0x3 << 62)
_FIXED = (0x4 << 76) + (0x2 << 62)
"""What RFC 9562 leaves to chance in version 4, and what it does not: the version and the variant."""

_LENGTHS = {32, 36}
"""Of names that are 128 bits: hexadecimal digits, and UUIDs; any others have at most 18 signs."""

_TAG = re.compile(r"-?[0-9]+")


def new_id(bits: int) -> str:
    """Return a UUID of version 4; the class that makes them costs several times more, on the way of each order."""
    digits = f"{bits & _FREE | _FIXED:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def name_order(params: dict[str, Any], bits: int) -> bool:
    """Give an order a name that has none, of 128 bits of chance; true if it is a tag of its own.

    Kraken's SDK says that the exchange takes no `cl_ord_id` beside a conditional close, its documentation does not
    (unverified): a random `order_userref` is safe, and tells the order as well.
    """
    if "cl_ord_id" in params or "order_userref" in params:
        return False
    if "conditional" in params:
        params["order_userref"] = 1 + bits % (2**31 - 1)  # 0 is what Kraken shows of orders without one
        return True
    params["cl_ord_id"] = new_id(bits)
    return False


def tag_key(order_userref: int | None) -> str:
    """Return a tag in a form that no `cl_ord_id` has."""
    return f"order_userref {order_userref}"


def tag_in(name: str) -> int | None:
    """Return the `order_userref` that a name of orders is, in digits: Kraken lists them beside its own ids."""
    return int(name) if _TAG.fullmatch(name) else None


def same_form(cl_ord_id: str) -> str:
    """Return a name in one form: Kraken keeps 128 bits, and whether it says a UUID as it was sent is (unverified)."""
    return cl_ord_id.replace("-", "").lower() if len(cl_ord_id) in _LENGTHS else cl_ord_id
