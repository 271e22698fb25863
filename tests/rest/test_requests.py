"""What is signed is what is sent, in Kraken's form: the pure part of the REST client."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import InvalidRequest, Keys
from krakenio.auth import sign
from krakenio.rest import account, funding, history, market, trading
from krakenio.rest.checks import Value
from krakenio.rest.known import METHODS, call_of
from krakenio.rest.methods import Call, Method
from krakenio.rest.parameters import rules
from krakenio.rest.requests import form, private_request, public_request
from tests.rest.servers import KEYS
from tests.rest.sheet import JSON_ONLY, MARKET, READS, WRITES

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "test-vectors.json").read_text())
ORDER: dict[str, Any] = {"pair": "BTC/USD", "type": "buy", "ordertype": "limit", "volume": "1.25", "price": "37500"}


def call(params: dict[str, Value], path: str = "/0/private/AddOrder", *, as_json: bool = False) -> Call[msgspec.Raw]:
    return Call(path, msgspec.Raw, params, repeatable=False, json=as_json)


def sent(params: dict[str, object], method: Method[Any] = trading.ADD_ORDER) -> dict[str, str]:
    return dict(parse_qsl(private_request(method.call(params), KEYS, 7).body.decode(), strict_parsing=True))


@pytest.mark.parametrize("name", ["docs_add_order_limit_buy_form", "support_article_trade_balance_form"])
def test_the_published_requests_come_out_byte_for_byte(name: str) -> None:
    vector = next(each for each in VECTORS if each["name"] == name)
    params: dict[str, Value] = {key: value for key, value in parse_qsl(vector["body"]) if key != "nonce"}
    request = private_request(call(params, vector["path"]), Keys("k", vector["secret"]), int(vector["nonce"]))
    assert request.body.decode() == vector["body"]
    assert request.headers["API-Sign"] == vector["expected"]


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text() | st.booleans() | st.integers()), st.booleans())
def test_the_signature_is_of_the_bytes_that_are_sent(params: dict[str, Value], as_json: bool) -> None:  # noqa: FBT001
    path = "/0/private/AddOrder?account_id=WX6V"
    request = private_request(call({"x": 1, **_encodable(params)}, path, as_json=as_json), KEYS, 1616492376594)
    assert request.headers["API-Sign"] == sign(KEYS.secret, path, 1616492376594, request.body)
    assert request.target == path
    body = json.loads(request.body) if as_json else dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    assert (body["nonce"], body["otp"]) == ("1616492376594", KEYS.otp)


def _encodable(params: dict[str, Value]) -> dict[str, Value]:
    return {
        key: value.encode(errors="replace").decode() if isinstance(value, str) else value
        for key, value in params.items()
    }


def test_a_form_has_words_for_booleans_commas_for_lists_and_brackets_for_mappings() -> None:
    params: dict[str, Value] = {"a": True, "b": ["x", "y"], "close": {"price": "+5%"}, "n": -3}
    assert form(params) == "a=true&b=x%2Cy&close%5Bprice%5D=%2B5%25&n=-3"


def test_an_order_is_written_as_kraken_wants_it() -> None:
    now = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert sent({**ORDER, "deadline": "2026-11-23T09:00:00Z"})["deadline"] == "2026-11-23T09:00:00Z"
    close = {"ordertype": "stop-loss-limit", "price": Decimal("1E+3"), "price2": "#1.5%"}
    extra = {"volume": Decimal("1E-8"), "oflags": ["post", "fciq"], "deadline": now, "close": close, "validate": True}
    assert sent({**ORDER, **extra, "expiretm": "+30", "userref": -7}) == {
        "nonce": "7",
        "otp": KEYS.otp,
        "pair": "BTC/USD",
        "type": "buy",
        "ordertype": "limit",
        "price": "37500",
        "volume": "0.00000001",
        "oflags": "post,fciq",
        "deadline": "2026-11-23T09:00:00.000Z",
        "validate": "true",
        "close[ordertype]": "stop-loss-limit",
        "close[price]": "1000",
        "close[price2]": "#1.5%",
        "expiretm": "+30",
        "userref": "-7",
    }


def test_times_and_ids_may_bound_a_query() -> None:
    bounds: dict[str, object] = {"start": datetime(2026, 11, 23, tzinfo=UTC), "end": "OAAAAA-BBBBB-CCCCCC"}
    body = sent(bounds, account.CLOSED_ORDERS)
    assert (body["start"], body["end"]) == ("1795392000", "OAAAAA-BBBBB-CCCCCC")
    assert sent({"start": Decimal("1795392000.5"), "end": 1795392001}, account.CLOSED_ORDERS)["start"] == "1795392000.5"
    assert sent({"txid": ["A", "B"]}, account.QUERY_ORDERS)["txid"] == "A,B"
    assert sent({"txid": 17}, trading.CANCEL_ORDER)["txid"] == "17"


AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
UNIX = int(AT.timestamp())


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        (market.OHLC, {"since": AT}, f"since={UNIX}"),
        (market.SPREAD, {"since": AT}, f"since={UNIX}"),
        (market.TRADES, {"since": AT}, f"since={UNIX}000000000"),
        (market.TRADES, {"since": AT.replace(microsecond=5)}, f"since={UNIX}000005000"),
    ],
)
def test_a_time_may_be_a_datetime_whatever_unit_kraken_wants(method: Any, params: dict[str, Any], told: str) -> None:
    assert public_request(method.call({"pair": "BTC/USD", **params})).target.endswith(f"&{told}")
    with pytest.raises(InvalidRequest, match="since is a datetime without a zone"):
        method.call({"pair": "BTC/USD", "since": AT.replace(tzinfo=None)})


@pytest.mark.parametrize("day", [AT.date(), "2026-11-29", "2026-11-29T12:00:00Z"])
def test_a_day_or_its_text_is_refused_with_what_to_write(day: object) -> None:
    """Kraken would take the text for an id."""
    for method in (history.LEDGERS, history.TRADES_HISTORY, account.CLOSED_ORDERS):
        with pytest.raises(InvalidRequest, match="start must be a datetime with a zone, Unix seconds, or the id"):
            method.call({"start": day})
    with pytest.raises(InvalidRequest, match="since must be a datetime with a zone, an int of Unix time"):
        market.TRADES.call({"pair": "BTC/USD", "since": day})


def test_a_time_of_an_order_and_of_a_report_may_be_a_datetime() -> None:
    report: dict[str, Any] = {"report": "trades", "description": "x", "starttm": AT}
    assert sent({**ORDER, "expiretm": AT})["expiretm"] == str(UNIX)
    assert sent(report, history.ADD_EXPORT)["starttm"] == str(UNIX)


def test_a_public_call_puts_its_parameters_into_the_query() -> None:
    request = public_request(market.ASSET_PAIRS.call({"pair": ["BTC/USD", "ETH/USD"], "assetVersion": 1}))
    assert (request.method, request.target, request.body) == (
        "GET",
        "/0/public/AssetPairs?pair=BTC%2FUSD%2CETH%2FUSD&assetVersion=1",
        b"",
    )
    assert public_request(market.TIME.call({})).target == "/0/public/Time"


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"volume": 0.1}, 'volume=0.1 is a float, which is not exact: pass it as text or Decimal, volume="0.1"'),
    ({"price": 1.5}, "price=1.5 is a float"),
    ({"volume": "-1"}, "volume must not be negative, not -1"),
    ({"volume": Decimal("NaN")}, "volume must be a finite number"),
    ({"volume": True}, "volume must be a Decimal, an int or text"),
    ({"price": "five"}, "price must be a Decimal, an int or text"),
    ({"type": "long"}, "type must be one of 'buy', 'sell', not 'long'"),
    ({"type": None}, "type must be one of 'buy', 'sell', not NoneType"),
    ({"pair": ""}, "pair must be text that is not empty, not ''"),
    ({"pair": "\ud800"}, "pair has a character that UTF-8 does not have"),
    ({"validate": "yes"}, "validate must be True or False, not 'yes'"),
    ({"userref": 2**31}, "userref must be an int of 32 bits"),
    ({"userref": True}, "userref must be an int"),
    ({"oflags": []}, "oflags must be text, or a list of texts that is not empty"),
    ({"oflags": ["post", 1]}, "oflags must be text that is not empty, not 1"),
    ({"deadline": datetime(2026, 1, 1)}, "deadline is a datetime without a zone"),  # noqa: DTZ001
    ({"expiretm": "soon"}, "expiretm must be an int"),
    ({"expiretm": 10**5000}, "expiretm must be an int of Unix seconds"),
    ({"userref": -(10**5000)}, "userref must be an int of 64 bits, not int"),
    ({"leverage": 10**5000}, "leverage must be an int of 64 bits, not int"),
    ({"close": "stop-loss"}, 'close must be a dict such as {"ordertype"'),
    ({"close": {"price": 1}}, "close needs ordertype"),
    ({"close": {"ordertype": "limit", "stop": 1}}, "close has no parameter 'stop'; it takes ordertype, price, price2"),
    ({"userref": 1, "cl_ord_id": "x"}, "AddOrder takes only one of cl_ord_id and userref"),
    ({"symbol": "BTC/USD"}, "AddOrder has no parameter 'symbol'; it takes type, ordertype, volume"),
    ({"order_qty": 1}, "AddOrder has no parameter 'order_qty'"),
]


@pytest.mark.parametrize(("params", "told"), REFUSED)
def test_bad_input_is_refused_by_name(params: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        trading.ADD_ORDER.call({**ORDER, **params})
    assert told in str(caught.value)


def test_an_order_of_a_batch_has_one_name_too() -> None:
    row = {name: value for name, value in ORDER.items() if name != "pair"}
    orders = [row, {**row, "userref": 1, "cl_ord_id": "x"}]
    with pytest.raises(InvalidRequest, match=r"orders\[1\] takes only one of cl_ord_id and userref"):
        trading.ADD_ORDER_BATCH.call({"pair": "BTC/USD", "orders": orders})


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(InvalidRequest, match="AddOrder needs ordertype and volume"):
        trading.ADD_ORDER.call({"pair": "BTC/USD", "type": "buy"})
    with pytest.raises(InvalidRequest, match="Time has no parameter 'zone'; it takes none"):
        market.TIME.call({"zone": "UTC"})
    for params in ({}, {"txid": "O", "cl_ord_id": "c"}):
        with pytest.raises(InvalidRequest, match="CancelOrder needs either txid or cl_ord_id, and only one"):
            trading.CANCEL_ORDER.call(params)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: f"{method.name} {method.params.__name__}")
def test_every_method_has_a_rule_for_each_parameter_and_a_name_that_the_escape_hatch_knows(method: Method[Any]) -> None:
    assert all(isinstance(rule, Callable) for rule in rules(method.params).values())  # type: ignore[arg-type]
    assert call_of(method.name, {}).path == method.path
    assert method.reads == call_of(method.name, {}).repeatable
    assert method.reads or method.name in WRITES


def test_the_escape_hatch_takes_names_and_whole_paths() -> None:
    for name in MARKET:
        assert call_of(name, {}).path == f"/0/public/{name}"
    for name in (*READS, *WRITES):
        known = call_of(name, {})
        assert (known.path, known.repeatable, known.json) == (f"/0/private/{name}", name in READS, name in JSON_ONLY)
    for path in ("/0/private/BrandNew", "/0/private/Balance?account_id=WX6V-1", "/0/public/New/Thing"):
        assert call_of(path, {}).path == path
    assert not call_of("/0/private/BrandNew", {}).repeatable
    assert call_of("/0/private/Balance?account_id=WX6V-1", {}).repeatable


@pytest.mark.parametrize("told", ["new", "amount"])
def test_what_makes_an_address_is_no_read_however_it_is_told(told: str) -> None:
    named = {"asset": "XBT", "method": "Bitcoin"}
    for value in (True, "true", 1, "0.1", ""):
        assert not call_of("DepositAddresses", {**named, told: value}).repeatable
        assert not call_of(f"/0/private/DepositAddresses?{told}={value}", named).repeatable
    assert call_of("DepositAddresses", {**named, "new": False}).repeatable
    assert funding.DEPOSIT_ADDRESSES.call({**named, "new": False}).repeatable


@pytest.mark.parametrize("path", ["Balance", "/0/private/OpenPositions", "/0/private/TradesHistory?x=1"])
def test_a_wallet_that_the_escape_hatch_is_told_is_in_the_signed_query_as_in_that_of_a_method(path: str) -> None:
    request = private_request(call_of(path, {"account_id": "WX6V-1", "docalcs": True}), KEYS, 7)
    assert request.target.endswith(("?account_id=WX6V-1", "?x=1&account_id=WX6V-1"))
    assert (b"WX6V" in request.body, b"docalcs=true" in request.body) == (False, True)
    assert request.headers["API-Sign"] == sign(KEYS.secret, request.target, 7, request.body)


def test_a_path_that_is_not_known_has_all_that_it_is_given_in_its_body() -> None:
    request = private_request(call_of("/0/private/BrandNew", {"account_id": "WX6V-1"}), KEYS, 7)
    assert (request.target, b"account_id=WX6V-1" in request.body) == ("/0/private/BrandNew", True)


WRONG = ["", "time", "Tme", "/0/Time", "0/public/Time", "/0/public/", "/0/private/../x", "/0/public/A b"]


@pytest.mark.parametrize("path", WRONG)
def test_the_escape_hatch_says_what_is_wrong_with_a_path(path: str) -> None:
    with pytest.raises(InvalidRequest, match=r"call\(.*(/0/public/|/0/private/Balance)"):
        call_of(path, {})


def test_the_escape_hatch_says_how_parameters_are_passed() -> None:
    wrong: Any = "/0/private/Balance"
    with pytest.raises(InvalidRequest, match=r"call\('POST'\): pass parameters as a dict like \{.*\}, not str"):
        call_of("POST", wrong)


def test_the_escape_hatch_sends_lists_of_objects_as_json_and_nothing_inexact() -> None:
    orders = [{"type": "buy", "volume": Decimal("0.1")}, {"type": "sell", "volume": 1}]
    batch = call_of("/0/private/NewBatch", {"orders": orders, "pair": "BTC/USD"})
    assert batch.json
    body = json.loads(private_request(batch, KEYS, 7).body)
    assert body["orders"] == [{"type": "buy", "volume": "0.1"}, {"type": "sell", "volume": 1}]
    nested = call_of("/0/private/NewThing", {"filter": {"by": {"pair": "BTC/USD"}, "ids": [1, 2]}})
    assert not nested.json
    assert form(nested.params) == "filter%5Bby%5D%5Bpair%5D=BTC%2FUSD&filter%5Bids%5D%5B0%5D=1&filter%5Bids%5D%5B1%5D=2"
    for params, told in (
        ({"a": 0.5}, "a=0.5 is a float"),
        ({"a": [{"b": 0.5}]}, r"a\[b\]=0.5 is a float"),
        ({"a": None}, "leave out the rest"),
        ({"nonce": 1}, "krakenio sets 'nonce' itself"),
        ({"otp": "1"}, "krakenio sets 'otp' itself"),
        ({"": 1}, "name must be text"),
        ({"a": "\ud800"}, "UTF-8"),
        ({"\ud800": 1}, "a parameter's name has a character"),
        ({"a": {"\ud800": 1}}, "a name in a has a character"),
        ({"a": [{"b": 10**5000}]}, r"a\[b\] must be an int of 64 bits, not int"),
    ):
        with pytest.raises(InvalidRequest, match=told):
            call_of("Balance", params)
    with pytest.raises(InvalidRequest, match="a query has no place"):
        call_of("Ticker", {"a": [{"b": 1}]})


def test_requests_and_replies_are_silent() -> None:
    request = private_request(trading.ADD_ORDER.call(ORDER), KEYS, 7)
    assert repr(request) == "HttpRequest(POST /0/private/AddOrder)"
    assert "BTC" not in repr(trading.ADD_ORDER.call(ORDER))


class Side(str, Enum):  # noqa: UP042 - the form whose `str` is no value
    """An enumeration whose `str` is `Side.BUY`."""

    BUY = "buy"


class Whole(int):
    """A number of a kind of its own."""


def test_values_of_subclasses_go_out_as_what_they_are() -> None:
    """An enum's member, numpy's text: a body that could not be encoded would end the session."""
    row = {"type": Side.BUY, "ordertype": "limit", "volume": "1", "userref": Whole(7)}
    assert sent({**ORDER, **row})["type"] == "buy"
    assert sent({"txid": Side.BUY}, trading.CANCEL_ORDER)["txid"] == "buy"
    batch = trading.ADD_ORDER_BATCH.call({"pair": Side.BUY, "orders": [row, row]})
    body = json.loads(private_request(batch, KEYS, 7).body)
    assert (body["pair"], body["orders"][1]) == ("buy", {**row, "type": "buy", "userref": 7})
    raw = json.loads(private_request(call_of("AddOrderBatch", {"orders": [row]}), KEYS, 7).body)
    assert raw["orders"][0]["type"] == "buy"
