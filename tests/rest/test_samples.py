"""No member of the reference's samples is lost on the way to the typed results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec
import pytest

from tests.rest.test_endpoints import SAMPLES, decoded

# what has another form in the result than on the wire: rows and pages of any pair, camel case, the kind of a list
OTHERWISE = {
    "market.OHLC", "market.TRADES", "market.SPREAD", "market.DEPTH", "account.GET_API_KEY_INFO",
    "funding.DEPOSIT_STATUS", "funding.WITHDRAW_STATUS",
}  # fmt: skip
NAMED = [sample for sample in SAMPLES if sample["method"] not in OTHERWISE]


def names_in(content: Any) -> Iterator[str]:
    """Name all members that say something; null, `None` and zeros stand for nothing."""
    if isinstance(content, Mapping):
        for name, value in cast("Mapping[str, Any]", content).items():
            if value not in (None, "None", "0", 0):
                yield name
                yield from names_in(value)
    elif isinstance(content, list):
        for each in cast("Sequence[Any]", content):
            yield from names_in(each)


def told_by(value: Any) -> Iterator[str]:
    """Name what a result says, by the names of the wire."""
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(type(value)):
            found = getattr(value, field.name)
            if found is not None:
                yield field.encode_name
                yield from told_by(found)
    elif isinstance(value, Mapping):
        for name, each in cast("Mapping[str, Any]", value).items():
            yield name
            yield from told_by(each)
    elif isinstance(value, list):
        for each in cast("Sequence[Any]", value):
            yield from told_by(each)


@pytest.mark.parametrize("sample", NAMED, ids=lambda sample: sample["name"])
def test_no_member_of_a_sample_is_overlooked(sample: dict[str, Any]) -> None:
    assert set(names_in(sample["result"])) - set(told_by(decoded(sample))) == set()
