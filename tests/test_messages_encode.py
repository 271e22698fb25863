"""Requests: exact numbers, nothing superfluous, no secrets in errors."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.errors import InvalidRequest
from krakenio.messages import Execution, ExecutionsMessage, Fee, decode, encode, exact_json


class Side(StrEnum):
    """Text that is an enumeration too."""

    BUY = "buy"


class Text(str):
    """Text of a kind of its own, as numpy's is."""

    __slots__ = ()


class Whole(int):
    """A number of a kind of its own."""


REQUESTS: list[tuple[tuple[Any, ...], str]] = [
    (("ping",), '{"method":"ping"}'),
    (("ping", None, 101), '{"method":"ping","req_id":101}'),
    (("ping", {}, 101), '{"method":"ping","req_id":101}'),
    (
        ("subscribe", {"channel": "book", "symbol": ["BTC/USD", "ADA/EUR"], "depth": 25, "snapshot": True}, 31),
        '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","ADA/EUR"],"depth":25,"snapshot":true},"req_id":31}',
    ),
    (
        (
            "add_order",
            {"side": Side.BUY, "order_qty": Decimal("25.0"), "limit_price": Decimal("0.4"), "token": "T/+="},
            501,
        ),
        '{"method":"add_order","params":{"side":"buy","order_qty":25.0,"limit_price":0.4,"token":"T/+="},"req_id":501}',
    ),
    (
        ("add_order", {"triggers": OrderedDict(price=Decimal("1E-8"), reference=None), "cl_ord_id": None}),
        '{"method":"add_order","params":{"triggers":{"price":0.00000001}}}',
    ),
    (
        ("batch_add", {"orders": ({"order_qty": Decimal("-0.0")},)}),
        '{"method":"batch_add","params":{"orders":[{"order_qty":0.0}]}}',
    ),
    (
        ("x", {Text("symbol"): Text("BTC/USD"), "side": [Text("ü")], "order_userref": Whole(7)}),
        '{"method":"x","params":{"symbol":"BTC/USD","side":["ü"],"order_userref":7}}',
    ),
    (("x", {"text": 'ä€"\n'}), '{"method":"x","params":{"text":"ä€\\"\\n"}}'),
]


@pytest.mark.parametrize(
    ("arguments", "text"),
    REQUESTS,
    ids=range(9),
)
def test_a_request_is_compact_and_exact(arguments: tuple[Any, ...], text: str) -> None:
    assert encode(*arguments).decode() == text


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"order_qty": 0.1}, "^order_qty is a float, which is not exact"),
        ({"triggers": {"price": 1.5}}, "^price is a float"),
        ({"orders": [{"order_qty": 1.0}]}, "^order_qty is a float"),
        ({"order_id": ["a", 1.0]}, r"^order_id\[1\] is a float"),
        ({"order_id": [None]}, r"^order_id\[0\] is NoneType, which has no form"),
        ({"order_qty": Decimal("NaN")}, "^order_qty: a number for Kraken must be finite"),
        ({"order_qty": Decimal("1E+999999")}, "^order_qty: a number for Kraken must be finite"),
        ({"deadline": object()}, "^deadline is object"),
        ({"token": b"SECRET"}, "^token is bytes"),
        ({"token": "SECRET\ud800"}, "^token is text with half a surrogate pair"),
        ({7: "x"}, "^params has a key that is int"),
        ({"order_userref": 2**63}, "^order_userref is an integer beyond 64 bits"),
    ],
    ids=range(12),
)
def test_what_cannot_be_exact_is_refused_by_place_and_not_shown(params: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        encode("add_order", params | {"token_": "SECRET"})
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20"), places=12)
)
def test_every_decimal_goes_out_digit_by_digit(number: Decimal) -> None:
    sent = json.loads(encode("add_order", {"order_qty": number}), parse_float=Decimal, parse_int=Decimal)["params"][
        "order_qty"
    ]
    assert sent == number
    assert b"E" not in encode("", {"n": number})


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda members: (
        st.lists(members.filter(lambda member: member is not None))
        | st.dictionaries(st.text("ab", max_size=2), members)
    ),
    max_leaves=8,
)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {key: _without_nulls(member) for key, member in members if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in cast("Sequence[Any]", value)]
    return value


@given(st.dictionaries(st.text("ab", min_size=1), VALUES, min_size=1))
def test_everything_else_is_what_the_standard_library_writes(params: dict[str, Any]) -> None:
    assert json.loads(encode("m", params))["params"] == _without_nulls(params)


def test_a_struct_of_the_wire_is_written_as_kraken_writes_it() -> None:
    fill = Execution("O1", "trade", "filled", "t", last_qty=Decimal("1E-8"), fees=[Fee("EUR", Decimal("0.0000"))])
    message = ExecutionsMessage("update", [fill], 2)
    written = exact_json(message)
    assert b'"channel":"executions"' in written
    assert b'"last_qty":0.00000001' in written
    assert b'"qty":0.0000}' in written
    assert b"null" not in written
    assert decode(written) == message
