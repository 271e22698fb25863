"""Check lists of orders before they are sent. Pure. Source: docs.kraken.com, AddOrderBatch, CancelOrderBatch."""

from collections.abc import Mapping, Sized
from typing import cast

from krakenio.errors import InvalidRequest
from krakenio.rest.checks import Value, members, refuse, txid_or_userref
from krakenio.rest.methods import Check, at_most_one
from krakenio.rest.orderparams import BatchOrder
from krakenio.rest.parameters import table

LEAST_ORDERS, MOST_ORDERS = 2, 15
MOST_CANCELS = 50

_one_name = at_most_one("cl_ord_id", "userref")
_order = table(BatchOrder, '{"type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000"}')


def orders(value: object, name: str) -> Value:
    """Take a list of 2 to 15 orders."""
    found = members(value)
    if isinstance(value, str) or not LEAST_ORDERS <= len(found) <= MOST_ORDERS:
        refuse(name, value, f"a list of {LEAST_ORDERS} to {MOST_ORDERS} orders")
    return [_row(each, f"{name}[{place}]") for place, each in enumerate(found)]


def _row(value: object, name: str) -> Value:
    row = _order(value, name)
    _one_name(name, cast("Mapping[str, object]", row))
    return row


def ids(value: object, name: str) -> Value:
    """Take a list of txids and userrefs."""
    found = members(value)
    if isinstance(value, str) or not found:
        refuse(name, value, "a list of txids or userrefs that is not empty")
    return [txid_or_userref(each, name) for each in found]


def at_most(most: int, *names: str) -> Check:
    """Make a check that bounds how many several lists hold together."""

    def check(where: str, params: Mapping[str, object]) -> None:
        count = sum(len(value) for name in names if isinstance(value := params.get(name), Sized))
        if count > most:
            message = f"{where} takes at most {most} of {' and '.join(names)} together, not {count}: send several"
            raise InvalidRequest(message)

    return check
