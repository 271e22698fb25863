"""REST answers: the envelope with its oddities, and the results of each endpoint."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import models
from krakenio.errors import (
    ApiError,
    DecodeError,
    FundingError,
    InsufficientFunds,
    InvalidKey,
    KrakenError,
    PermissionDenied,
    ServiceUnavailable,
)
from krakenio.models import decode_answer, decode_result

PAIR = (
    '{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",'
    '"quote":"ZUSD","execution_venue":"international","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,'
    '"lot_multiplier":1,"leverage_buy":[2,3,4,5],"leverage_sell":[2,3,4,5],"fees":[[0,0.26],["50000","0.24"]],"fees_maker":[],'
    '"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1",'
    '"status":"online","long_position_limit":2147483648000,"short_position_limit":180},'
    '"RENDERUSD":{"altname":"RENDERUSD","base":"RENDER","quote":"ZUSD"}}'
)
ORDER = (
    '{"refid":"None","userref":0,"cl_ord_id":"bot-1","status":"closed","opentm":1793613600.1234567,"closetm":1793613601.5,'
    '"starttm":0,"expiretm":0.0,"reason":null,"descr":{"pair":"XBTUSD","type":"sell","ordertype":"trailing-stop",'
    '"price":"+5.0000%","price2":"0","leverage":"none","order":"sell 0.01","close":"","aclass":"forex"},'
    '"time_in_force":"gtc",'
    '"vol":"0.01000000","vol_exec":0.01,"cost":"800.0","fee":"2.0","price":"80000.0","stopprice":"0.00000",'
    '"limitprice":"0.00000","misc":"","oflags":"fciq","trigger":"last","margin":false,"reduce_only":false,'
    '"sender_sub_id":null,"link_id":"OZZZZZ-BBBBB-CCCCCC","trades":["TAAAAA-BBBBB-CCCCCC"],"new_field":[1]}'
)


def _body(result: str, error: str = "[]") -> bytes:
    return f'{{"error":{error},"result":{result}}}'.encode()


def test_the_clock() -> None:
    clock = decode_result(_body('{"unixtime":1793613600,"rfc1123":"Mon,  2 Nov 26 10:00:00 +0000"}'), models.ServerTime)
    assert (clock.unixtime, clock.rfc1123) == (1793613600, "Mon,  2 Nov 26 10:00:00 +0000")


def test_the_status_with_and_without_maintenance() -> None:
    plain = decode_result(_body('{"status":"online","timestamp":"2026-11-02T10:00:00Z"}'), models.SystemStatus)
    assert (plain.status, plain.upcoming_maintenance) == ("online", None)
    planned = (
        '{"status":"x","upcoming_maintenance":[{"event_id":7,"expected_end_utc":null}],"emergency":[{"title":"slow"}]}'
    )
    status = decode_result(_body(planned), models.SystemStatus)
    assert status.upcoming_maintenance is not None
    assert status.upcoming_maintenance[0].event_id == 7
    assert status.emergency is not None
    assert status.emergency[0].title == "slow"


def test_pairs_with_every_field_and_with_hardly_any() -> None:
    pairs = decode_result(_body(PAIR), models.AssetPairs)
    bitcoin = pairs["XXBTZUSD"]
    assert (bitcoin.ordermin, bitcoin.tick_size, bitcoin.leverage_buy) == (
        Decimal("0.00005"),
        Decimal("0.1"),
        [2, 3, 4, 5],
    )
    assert bitcoin.fees == [(Decimal(0), Decimal("0.26")), (Decimal(50000), Decimal("0.24"))]
    assert bitcoin.long_position_limit == 2147483648000
    expected = json.loads(PAIR)["XXBTZUSD"]
    assert {*expected, "margin_level"} == set(bitcoin.__struct_fields__)  # which one answer alone has
    assert (pairs["RENDERUSD"].status, pairs["RENDERUSD"].leverage_sell) == (None, [])


@pytest.mark.parametrize(
    ("timestamp", "value"),
    [("1793613600", "1793613600"), ("1793613600.1234567", "1793613600.1234567"), ('"1793613600.5"', "1793613600.5")],
)
def test_the_time_of_a_level_is_whole_a_fraction_or_text(timestamp: str, value: str) -> None:
    """Depth: documented as whole seconds; captures have others."""
    row = f'["80000.10000","1.500",{timestamp}]'
    depth = decode_result(_body(f'{{"asks":[{row}],"bids":[]}}'), models.Depth)
    assert depth.asks[0].timestamp == Decimal(value)


def test_balances_are_exact() -> None:
    balances = decode_result(_body('{"ZUSD":"1024.5000","XXBT":"0.4000000000","ETH.F":1.20}'), models.Balance)
    assert {asset: str(amount) for asset, amount in balances.items()} == {
        "ZUSD": "1024.5000",
        "XXBT": "0.4000000000",
        "ETH.F": "1.20",
    }


def test_an_order_says_not_set_in_one_way() -> None:
    order = decode_result(_body('{"OAAAAA-BBBBB-CCCCCC":' + ORDER + "}"), models.QueryOrders)["OAAAAA-BBBBB-CCCCCC"]
    assert (order.refid, order.userref, order.starttm, order.expiretm, order.reason) == (None, None, None, None, None)
    assert (order.vol, order.vol_exec, order.opentm) == (
        Decimal("0.01000000"),
        Decimal("0.01"),
        Decimal("1793613600.1234567"),
    )
    assert (order.descr.price, order.link_id, order.trades) == (
        "+5.0000%",
        "OZZZZZ-BBBBB-CCCCCC",
        ["TAAAAA-BBBBB-CCCCCC"],
    )
    assert set(json.loads(ORDER)) - {"new_field"} <= set(order.__struct_fields__)


def test_an_order_keeps_what_is_set() -> None:
    order = decode_result(
        _body('{"status":"open","vol":"1","vol_exec":"0","userref":7,"refid":"OX","starttm":1.5}'), models.Order
    )
    assert (order.userref, order.refid, order.starttm) == (7, "OX", Decimal("1.5"))


@pytest.mark.parametrize("tail", ["", ',"cursor":null', ',"cursor":{"next":null}', ',"cursor":{}'])
def test_the_last_page_has_no_cursor_in_any_form(tail: str) -> None:
    orders = decode_result(_body('{"open":{"OA":' + ORDER + "}" + tail + "}"), models.OpenOrders)
    assert list(orders.open) == ["OA"]
    assert orders.cursor is None or orders.cursor.next is None


@pytest.mark.parametrize(
    ("count", "value"), [("", None), (',"count":null', None), (',"count":0', 0), (',"count":"7"', 7)]
)
def test_closed_orders_may_lack_their_count(count: str, value: int | None) -> None:
    orders = decode_result(_body('{"closed":{}' + count + ',"cursor":{"next":"abc"}}'), models.ClosedOrders)
    assert orders.count == value
    assert orders.cursor is not None
    assert orders.cursor.next == "abc"


@pytest.mark.parametrize(("txid", "order_id"), [(',"txid":["OA"]', "OA"), ("", None), (',"txid":[]', None)])
def test_an_added_order_has_an_id_unless_it_was_only_validated(txid: str, order_id: str | None) -> None:
    added = decode_result(_body('{"descr":{"order":"buy 1","close":"close"}' + txid + "}"), models.AddedOrder)
    assert (added.order_id, added.descr.order, added.descr.close) == (order_id, "buy 1", "close")


def test_a_cancel_may_be_pending() -> None:
    assert decode_result(_body('{"count":1}'), models.CancelledOrders) == models.CancelledOrders(1)
    assert decode_result(_body('{"count":1,"pending":true}'), models.CancelledOrders).pending


def test_a_token_has_no_voice() -> None:
    token = decode_result(_body('{"token":"SECRETSECRET","expires":900}'), models.WebSocketsToken)
    assert (token.token, token.expires) == ("SECRETSECRET", 900)
    assert "SECRET" not in f"{token} {token!r} {[token]} {list(token.__rich_repr__())}"


def test_the_first_error_is_raised_and_the_others_are_notes() -> None:
    body = b'{"error":["WGeneral:Old","EGeneral:Permission denied","EAPI:Invalid key"]}'
    with pytest.raises(PermissionDenied) as caught:
        decode_result(body, models.Balance)
    assert caught.value.__notes__ == ["Kraken also told: WGeneral:Old", "Kraken also told: EAPI:Invalid key"]


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_errors_one_that_leaves_open_what_was_done_is_raised(order: int) -> None:
    """C4: an order is no failure because another error says no more of it."""
    errors = ["EOrder:Insufficient funds", "EService:Unavailable"][::order]
    with pytest.raises(ServiceUnavailable) as caught:
        decode_result(json.dumps({"error": errors}).encode(), models.AddedOrder)
    assert caught.value.__notes__ == ["Kraken also told: EOrder:Insufficient funds"]


@pytest.mark.parametrize("rest", ["", ',"result":null', ',"result":{}', ',"result":{"txid":7}'])
def test_an_error_counts_whatever_the_result(rest: str) -> None:
    with pytest.raises(InsufficientFunds):
        decode_result(f'{{"error":["EOrder:Insufficient funds"]{rest}}}'.encode(), models.AddedOrder)


def test_an_error_may_be_a_bare_text() -> None:
    with pytest.raises(FundingError, match="No funding method"):
        decode_result(b'{"error":"EFunding:No funding method"}', models.Balance)
    with pytest.raises(InvalidKey):
        decode_result(b'{"error":["EAPI:Invalid key"]}', models.Balance)


def test_warnings_stay_beside_the_result() -> None:
    answer = decode_answer(_body("{}", '["WGeneral:Deprecated"]'), models.Balance)
    assert answer.result == {}
    assert [(str(warning), warning.severity) for warning in answer.warnings] == [("WGeneral:Deprecated", "W")]
    assert decode_answer(_body("{}", "null"), models.Balance).warnings == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"<!DOCTYPE html><title>520 SECRET</title>", "it looks like HTML"),
        (b'{"error":[],"result":{"token":"SECRET', "it may be cut off"),
        (b"error code: 1015", "it is no JSON object"),
        (b'{"error":[7]}', r"at `\$.error\[0\]`"),
        (b'{"error":"\xff"}', "UnicodeDecodeError"),
        (b"{}", "neither errors nor a result"),
        (
            _body('{"token":["SECRET"],"expires":900}'),
            r"a result does not decode: Expected `str`, got `array` - at `\$.token`",
        ),
        (_body("null"), "a result does not decode"),
        (_body("[" * 100_000), "it may be cut off"),
    ],
    ids=range(11),
)
def test_what_is_no_answer_is_told_without_its_content(body: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message) as caught:
        decode_result(body, models.WebSocketsToken)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


ABSURD = ["1e99999", '"1E+41"', '"1e-99999"', "9" * 42, '"0.' + "3" * 61 + '"']


@pytest.mark.parametrize("text", ['"NaN"', '"-Infinity"', '"\\u004eaN"', *ABSURD])
def test_what_is_not_finite_or_of_no_sane_size_never_becomes_a_number(text: str) -> None:
    kinds: list[tuple[str, Any]] = [
        (f'{{"ZUSD":{text}}}', models.Balance),
        (f'{{"status":"open","vol":{text},"vol_exec":"0"}}', models.Order),
        (PAIR.replace('"0.24"', text), models.AssetPairs),
    ]
    for result, kind in kinds:
        with pytest.raises(DecodeError, match="not finite"):
            decode_result(_body(result), kind)


def _outcome(body: bytes) -> models.AssetPairs | KrakenError:
    try:
        return decode_result(body, models.AssetPairs)
    except (DecodeError, ApiError) as error:
        return error


def _cut(length: int) -> bytes:
    return _body(PAIR)[:length]


@given(st.binary() | st.text().map(str.encode) | st.integers(0, len(_body(PAIR))).map(_cut))
def test_any_bytes_are_a_result_or_an_error_of_ours(body: bytes) -> None:
    outcome = _outcome(body)
    assert isinstance(outcome, dict) or outcome.__context__ is None
