"""Results in other forms than documented are read all the same, and no number becomes another one."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

import pytest

from krakenio.errors import KrakenError, TransportError
from krakenio.models import TransferPage, decode_result
from krakenio.models.positions import WirePositions
from tests.rest.test_endpoints import SAMPLES, answered, decoded, method_of

ROWS = {"market.OHLC", "market.TRADES", "market.SPREAD", "market.DEPTH"}
"""Of these the members are places in rows, all of which must be there."""
FREE = {"fiat", "scope"}
"""Members that hold any map."""
STRUCTS = [sample for sample in SAMPLES if sample["method"] not in ROWS]
Path = tuple[str | int, ...]


def members(content: Any, path: Path = ()) -> Iterator[Path]:
    """Name the members of all objects; the keys of maps begin with capitals or digits."""
    if isinstance(content, dict):
        for name, each in cast("dict[str, Any]", content).items():
            if not (name[0].isupper() or name[0].isdigit()):
                yield (*path, name)
            if name not in FREE:
                yield from members(each, (*path, name))
    elif isinstance(content, list):
        for place, each in enumerate(cast("list[object]", content)):
            yield from members(each, (*path, place))


def changed(sample: dict[str, Any], path: Path, *value: Any) -> Any:
    """Return what comes of a sample with another value at a place, or without that member."""
    copy = json.loads(json.dumps(sample))
    at = copy["result"]
    for step in path[:-1]:
        at = at[step]
    if value:
        at[path[-1]] = value[0]
    else:
        del at[path[-1]]
    return decoded(copy)


def at(sample: dict[str, Any], path: Path) -> Any:
    found = sample["result"]
    for step in path:
        found = found[step]
    return found


@pytest.mark.parametrize("sample", STRUCTS, ids=lambda sample: sample["name"])
def test_what_may_be_absent_may_be_null_or_an_empty_text(sample: dict[str, Any]) -> None:
    for path in members(sample["result"]):
        absent = changed(sample, path)
        if not isinstance(absent, KrakenError):
            assert changed(sample, path, None) == absent, path
            assert not isinstance(changed(sample, path, ""), KrakenError), path


@pytest.mark.parametrize("sample", STRUCTS, ids=lambda sample: sample["name"])
def test_an_empty_array_may_stand_for_an_empty_map_and_the_other_way_round(sample: dict[str, Any]) -> None:
    for path in members(sample["result"]):
        is_map = isinstance(at(sample, path), dict)
        if not is_map and not isinstance(at(sample, path), list):
            continue
        empty = changed(sample, path, {} if is_map else [])
        if not isinstance(empty, KrakenError | TransferPage):
            assert changed(sample, path, [] if is_map else {}) == empty, path


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_a_number_may_be_text_and_a_text_a_number_and_neither_becomes_another(sample: dict[str, Any]) -> None:
    told = decoded(sample)
    for path in members(sample["result"]):
        found = at(sample, path)
        if isinstance(found, str) and found.isdigit() and str(int(found)) == found:
            other = changed(sample, path, int(found))
        elif isinstance(found, int | float):
            other = changed(sample, path, json.dumps(found))
        else:
            continue
        assert repr(other).replace("'", "") == repr(told).replace("'", ""), path


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("trading.ADD_ORDER", "[]"),
        ("trading.ADD_ORDER", "null"),
        ("trading.CANCEL_ORDER", '{"count":""}'),
        ("trading.CANCEL_ORDER", '{"count":1.5}'),
        ("trading.GET_WEBSOCKETS_TOKEN", '{"token":null,"expires":900}'),
        ("account.BALANCE", '{"ZUSD":null}'),
        ("account.BALANCE", '{"ZUSD":""}'),
        ("account.BALANCE", '{"ZUSD":{}}'),
        ("account.OPEN_ORDERS", "[]"),
        ("account.QUERY_ORDERS", '{"O1":{"status":"open","vol":"","vol_exec":"0"}}'),
        ("account.QUERY_ORDERS", '{"O1":{"status":"open","vol":"1","vol_exec":"0","descr":{"price":1e999999}}}'),
        ("account.QUERY_ORDERS", '{"O1":[]}'),
        ("market.LEVEL3", '{"pair":"P","bids":[{"price":"1","qty":"1","order_id":"O","timestamp":1.5}],"asks":[]}'),
    ],
)
def test_what_must_be_there_is_never_made_up(method: str, result: str) -> None:
    outcome = answered(method_of(method), f'{{"error":[],"result":{result}}}'.encode())
    assert isinstance(outcome, TransportError)
    assert outcome.ambiguous


def test_digits_are_kept_whatever_else_must_be_mended() -> None:
    row = '"price":1.10,"qty":0.00000001,"order_id":7'
    result = f'{{"pair":"P","bids":[{{{row},"timestamp":1795338000123456789.0}}],"asks":{{}}}}'
    book = answered(method_of("market.LEVEL3"), f'{{"error":[],"result":{result}}}'.encode())
    (order,) = book.bids
    assert (str(order.price), order.qty, order.order_id) == ("1.10", Decimal("0.00000001"), "7")
    assert (order.timestamp, book.asks) == (1795338000123456789, [])
    told = b'{"error":[],"result":{"createdTime":1795338000.1234567891}}'
    info = answered(method_of("account.GET_API_KEY_INFO"), told)
    assert info.created_time == Decimal("1795338000.1234567891")


@pytest.mark.parametrize("kind", [dict[str, Decimal], WirePositions])
def test_no_rows_may_be_an_array(kind: Any) -> None:
    assert not decode_result(b'{"error":[],"result":[]}', kind)
