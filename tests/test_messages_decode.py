"""Frames of WebSocket v2: published and captured samples, tolerance, and what no bytes can do."""

import json
import math
import traceback
import tracemalloc
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krakenio import messages
from krakenio.errors import DecodeError, InvalidRequest
from krakenio.messages import Notice, Reply, decode
from krakenio.messages.kinds import Numbers

FRAMES = (Path(__file__).parent / "data" / "frames.jsonl").read_text().splitlines()
NUMBERS: list[Numbers] = [Decimal, float]
NAMES = [
    f"{number}-{json.loads(frame).get('channel') or json.loads(frame).get('method')}"
    for number, frame in enumerate(FRAMES)
]

KINDS = {
    "ticker": messages.TickerMessage,
    "trade": messages.TradeMessage,
    "book": messages.BookMessage,
    "ohlc": messages.OhlcMessage,
    "instrument": messages.InstrumentMessage,
    "level3": messages.Level3Message,
    "status": messages.StatusMessage,
    "heartbeat": messages.HeartbeatMessage,
    "executions": messages.ExecutionsMessage,
    "balances": messages.BalancesMessage,
}
RENAMED = {"class_": "class", "current_time": "currentTime", "trigger_time": "triggerTime"}
ALWAYS_DECIMAL = (messages.InstrumentMessage, messages.ExecutionsMessage, messages.BalancesMessage)


def _kind(frame: str) -> type:
    content = json.loads(frame)
    if "channel" in content:
        return KINDS[content["channel"]]
    return Reply if "method" in content else Notice


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("frame", FRAMES, ids=NAMES)
def test_every_published_or_captured_sample_decodes(frame: str, numbers: Numbers) -> None:
    kind = _kind(frame)
    for form in (frame, frame.encode(), msgspec.json.format(frame, indent=2)):
        assert type(decode(form, numbers)) is kind
    assert messages.decode_batch([frame.encode()], numbers) == [decode(frame, numbers)]


def _pairs(struct: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    """Walk a decoded message along what the standard library reads from the same text."""
    if isinstance(theirs, dict):
        for name in struct.__struct_fields__:
            if RENAMED.get(name, name) in theirs:
                yield from _pairs(getattr(struct, name), theirs[RENAMED.get(name, name)])
    elif isinstance(theirs, list):
        rows = cast("Sequence[Any]", theirs)
        for mine, other in zip(struct, rows, strict=True):
            yield from _pairs(mine, other)
    else:
        yield struct, theirs


def _same(mine: Any, theirs: Any, numbers: type) -> bool:
    if isinstance(mine, Decimal):
        return numbers is Decimal and str(mine) == str(Decimal(theirs))
    return bool(mine == (float(theirs) if isinstance(mine, float) else theirs))


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("frame", FRAMES, ids=NAMES)
def test_every_field_is_what_the_standard_library_reads(frame: str, numbers: Numbers) -> None:
    content = json.loads(frame, parse_float=Decimal)
    message = decode(frame, numbers)
    if not isinstance(message, Notice):
        mode = Decimal if isinstance(message, ALWAYS_DECIMAL) else numbers
        assert [pair for pair in _pairs(message, content) if not _same(*pair, mode)] == []


def _fields(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in cast("dict[str, Any]", content).items():
            yield key
            yield from _fields(value)
    elif isinstance(content, list):
        rows = cast("Sequence[Any]", content)
        for member in rows:
            yield from _fields(member)


def _struct_fields(struct: Any) -> Iterator[str]:
    if isinstance(struct, msgspec.Struct):
        for name in struct.__struct_fields__:
            value = getattr(struct, name)
            if value is not None:
                yield RENAMED.get(name, name)
                yield from _struct_fields(value)
    elif isinstance(struct, list):
        rows = cast("Sequence[Any]", struct)
        for member in rows:
            yield from _struct_fields(member)


@pytest.mark.parametrize("frame", FRAMES, ids=NAMES)
def test_no_documented_field_is_overlooked(frame: str) -> None:
    message = decode(frame)
    if not isinstance(message, Notice):
        assert set(_fields(json.loads(frame))) - {"channel", "new_field", "a"} <= set(_struct_fields(message)) | _nulls(
            frame
        )


def _nulls(frame: str) -> set[str]:
    nothing: set[str] = set()

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nothing.update(key for key, value in pairs if value is None)
        return dict(pairs)

    json.loads(frame, object_pairs_hook=note)
    return nothing


def test_trailing_zeros_survive() -> None:
    message = decode(
        '{"channel":"book","type":"update","data":[{"symbol":"A/B","checksum":1,"bids":[{"price":0.12290,"qty":600.00000000}]}]}'
    )
    assert isinstance(message, messages.BookMessage)
    level = message.data[0].bids[0]
    assert (str(level.price), str(level.qty), message.data[0].asks) == ("0.12290", "600.00000000", [])


def _trade(price: str, numbers: Numbers) -> Any:
    row = (
        '{"symbol":"A/B","side":"buy","price":%s,"qty":1,"ord_type":"limit","trade_id":7,"timestamp":"t","extra":null}'
    )
    message = decode('{"channel":"trade","type":"new kind of type","data":[' + row % price + "]}", numbers)
    assert isinstance(message, messages.TradeMessage)
    assert message.data[0].trade_id == 7
    return message.data[0].price


@pytest.mark.parametrize(
    ("text", "value"), [("5", "5"), ('"5.0"', "5.0"), ("1e-08", "1E-8"), ("5.1E-05", "0.000051"), ('"1e-8"', "1E-8")]
)
def test_integers_texts_and_exponents_are_taken_as_numbers(text: str, value: str) -> None:
    assert _trade(text, Decimal) == Decimal(value)
    assert isinstance(_trade(text, Decimal), Decimal)
    assert _trade(text, float) == float(value)
    assert isinstance(_trade(text, float), float)


NOT_FINITE = [
    '"NaN"',
    '"nan"',
    '"-nAn"',
    '"sNaN"',
    '"NAN123"',
    '"Infinity"',
    '"-inf"',
    '"INF"',
    '"\\u004eaN"',
    '" NaN "',
    '"1e999999999999999999999"',
]


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("text", [*NOT_FINITE, "NaN", "Infinity", "-Infinity", "1e999999999999999999999"])
def test_what_is_not_finite_never_becomes_a_number(text: str, numbers: Numbers) -> None:
    with pytest.raises(DecodeError):
        _trade(text, numbers)


REPORT = '"order_id":"O","exec_type":"x","order_status":"x","timestamp":"t",'
PRIVATE = [
    '{"channel":"balances","type":"snapshot","sequence":1,"data":[{"asset":"EUR","balance":%s}]}',
    '{"channel":"balances","type":"snapshot","data":[{"asset":"E","balance":1,"wallets":[{"type":"s","id":"m","balance":%s}]}]}',
    '{"channel":"executions","type":"update","data":[{' + REPORT + '"cum_qty":%s}]}',
    '{"channel":"executions","type":"update","data":[{' + REPORT + '"triggers":{"price":%s}}]}',
    '{"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"A/B","qty_min":%s}]}}',
]


OF_NO_SANE_SIZE = ["1e999999999", "-1e41", '"1e99999"', "1e-999999999", "9" * 42, "1." + "3" * 60]


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("frame", PRIVATE, ids=range(len(PRIVATE)))
def test_account_and_reference_data_are_decimal_finite_and_sane_whatever_market_data_is(
    frame: str, numbers: Numbers
) -> None:
    """A sum of the others would overflow, and end the session."""
    assert "Decimal('0.50')" in repr(decode(frame % '"0.50"', numbers))
    for text in [*NOT_FINITE, *OF_NO_SANE_SIZE]:
        with pytest.raises(DecodeError):
            decode(frame % text, numbers)


@pytest.mark.parametrize("text", ["1e999", "-1e41", '"1e99999"', "9" * 42])
def test_market_data_may_be_of_any_finite_size_since_nothing_here_reckons_with_it(text: str) -> None:
    frame = '{"channel":"trade","type":"update","data":[{"symbol":"A/B","side":"buy","price":%s,"qty":1,"ord_type":"m",'
    message = decode(frame % text + '"trade_id":1,"timestamp":"t"}]}')
    assert isinstance(message, messages.TradeMessage)
    assert message.data[0].price == Decimal(text.strip('"'))


def test_letters_that_look_like_nan_cost_no_message() -> None:
    row = '{"symbol":"NANO/INF","bid":1,"bid_qty":1,"ask":"2.50","ask_qty":1,"last":null}'
    frame = '{"channel":"ticker","type":"update","data":[' + row + "]}"
    message = decode(frame)
    assert isinstance(message, messages.TickerMessage)
    assert message.data[0].symbol == "NANO/INF"
    assert message.data[0].last is None


@pytest.mark.parametrize(
    ("frame", "channel", "message"),
    [
        (
            '{"channel":"futures","type":"update","data":[]}',
            "futures",
            "channel 'futures' does not decode: unknown channel",
        ),
        ('{"channel":"ticker","type":"update","data":[{"symbol":"A/B"}]}', "ticker", r"`bid` - at `\$.data\[0\]`"),
        ('{"channel":"ticker","data":{}}', "ticker", "Expected `array`, got `object`"),
        ('{"channel":"ticker"}', "ticker", "missing required field `type`"),
        (
            '{"channel":"executions","type":"update","data":[{"order_id":"","exec_type":"new","order_status":"new","timestamp":"t"}]}',
            "executions",
            r"length >= 1 - at `\$.data\[0\].order_id`",
        ),
        ('{"channel":5}', None, "unknown channel"),
        ('{"channel":null}', None, "unknown channel"),
        ('{"channel":"SECRETSECRETSECRETSECRETSECRETSECRETSECRET"}', None, "unknown channel"),
        ('{"method":5}', None, "a reply does not decode"),
        ('{"method":"add_order","result":7}', None, r"a reply does not decode: .*at `\$.result`"),
        ("The WebSocket proxy is restarting", None, "not a JSON object: JSON is malformed"),
        ("[]", None, "not a JSON object"),
        ("", None, "not a JSON object: Input data was truncated"),
        (b'{"channel":"\xff"}', None, "unknown channel"),
        ('{"channel":"\ud800"}', None, "not a JSON object: UnicodeEncodeError"),
        ('{"error":' + "[" * 100_000 + "]" * 100_000 + "}", None, "RecursionError"),
        ('{"error":"x","more":' + '{"a":' * 100_000 + "1" + "}" * 100_001, None, "RecursionError"),
        (b'{"method":"\xff"}', None, "a reply does not decode: UnicodeDecodeError"),
    ],
    ids=range(18),
)
@pytest.mark.parametrize("numbers", NUMBERS)
def test_what_does_not_decode_is_told_by_place_and_not_by_content(
    frame: bytes | str, channel: str | None, message: str, numbers: Numbers
) -> None:
    with pytest.raises(DecodeError, match=message) as caught:
        decode(frame, numbers)
    assert caught.value.channel == channel
    assert caught.value.__context__ is None
    assert "SECRET" not in "".join(traceback.format_exception_only(caught.value))


@pytest.mark.parametrize(
    ("frame", "channel", "symbols"),
    [
        ('{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bi', "book", ("BTC/USD",)),
        ('{"data":[{"symbol":"BTC/USD","price":NaN}], "type":"update", "channel" : "level3"}', "level3", ("BTC/USD",)),
        ('{"channel":"book","type":"update","data":[{"symbol":"BTC', "book", ()),
        ('{"channel":"book","data":[{"symbol":"A/B"}]}{"data":[{"symbol":"C/D"}]}', "book", ("A/B", "C/D")),
        ('{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bi', "ticker", ()),
        (b'{"channel":"trade","data":[{"symbol":"\xff', "trade", ()),
        ('{"channel":"exec', None, ()),
        ('{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","dep', None, ()),
        ('{"error":"no channel here","symbol":"BTC/USD"', None, ()),
    ],
)
def test_what_is_no_json_still_tells_what_it_was_about_where_that_can_be_read(
    frame: bytes | str, channel: str | None, symbols: tuple[str, ...]
) -> None:
    """Its streams miss something now."""
    with pytest.raises(DecodeError, match="not a JSON object") as caught:
        decode(frame)
    assert (caught.value.channel, caught.value.symbols) == (channel, symbols)


@pytest.mark.parametrize(
    ("data", "system"),
    [
        ('[{"system":"cancel_only","upcoming_maintenance":"none"}]', "cancel_only"),
        ('[{"system":"cancel_only","version":2},{"system":"online"}]', "online"),
        ('[{"system":null}]', None),
        ("{}", None),
    ],
)
def test_a_status_that_does_not_decode_tells_the_state_of_the_engine_where_it_can_be_read(
    data: str, system: str | None
) -> None:
    with pytest.raises(DecodeError, match="status") as caught:
        decode(f'{{"channel":"status","type":"update","data":{data}}}')
    assert caught.value.system == system


@pytest.mark.parametrize(
    ("frame", "absent"),
    [
        ('{"channel":"book","type":"update","data":[{"symbol":"A/B","bids":%s,"asks":[],"checksum":1}]}', "bids"),
        ('{"channel":"book","type":"update","data":[{"symbol":"A/B","asks":%s,"checksum":1,"bids":[]}]}', "asks"),
        ('{"channel":"level3","type":"update","data":[{"symbol":"A/B","bids": %s ,"asks":[],"checksum":1}]}', "bids"),
        ('{"channel":"instrument","type":"update","data":{"assets":%s,"pairs":[{"symbol":"A/B"}]}}', "assets"),
        ('{"channel":"instrument","type":"update","data":{"assets":[],"pairs":\n%s}}', "pairs"),
        ('{"channel":"status","type":"update","data":[{"system":"online","emergency":%s}]}', "emergency"),
        ('{"channel":"status","type":%s,"data":[{"system":"online","upcoming_maintenance":null}]}', "type"),
    ],
)
@pytest.mark.parametrize("digits", [False, True])
def test_null_is_as_good_as_absent_where_a_list_may_be_absent(frame: str, absent: str, digits: bool) -> None:  # noqa: FBT001
    one = {"bids": "[]", "asks": "[]", "assets": "[]", "pairs": "[]", "emergency": "[]", "type": '"update"'}[absent]
    null, told = (each.encode() for each in (frame % "null", (frame % one).replace("null", "[]")))
    for numbers in NUMBERS:
        (read,) = messages.decode_batch([null], numbers, digits=digits)
        assert not isinstance(read, DecodeError)
        assert [read] == messages.decode_batch([told], numbers, digits=digits)


@pytest.mark.parametrize(
    ("frame", "failure"),
    [
        ('{"channel":"book","type":"update","data":null}', "Expected `array`, got `null`"),
        ('{"channel":"book","type":null,"data":[]}', "Expected `str`, got `null`"),
        ('{"channel":"book","type":"update","data":[{"symbol":null,"checksum":1,"bids":null}]}', "got `null`"),
        ('{"channel":"book","type":"update","data":[{"symbol":"A","checksum":null}]}', "Expected `int`, got `null`"),
        ('{"channel":"book","type":"update","data":[{"symbol":"A","checksum":1,"bids":[null]}]}', "got `null`"),
        ('{"channel":"ticker","type":"update","data":[{"symbol":"\ud800","bid":null}]}', "not a JSON object"),
    ],
)
def test_null_is_no_value_where_there_must_be_one(frame: str, failure: str) -> None:
    with pytest.raises(DecodeError, match=failure):
        decode(frame)


def test_text_that_looks_like_a_null_member_stays_text() -> None:
    said = r'a \"title\":null b'
    frame = '{"channel":"status","data":[{"system":"online","emergency":[{"title":"%s"}],"upcoming_maintenance":null}]}'
    message = decode(frame % said)
    assert isinstance(message, messages.StatusMessage)
    assert message.data[0].emergency[0].title == 'a "title":null b'


def test_a_complaint_whose_method_is_null_is_one() -> None:
    assert decode('{"error":"Symbol(s) not found","method":null,"success":false}') == Notice("Symbol(s) not found")


COMPLAINT = '{"error":"Exceeded msg rate","method":"error","success":false,"time_in":"2026-11-02T10:00:00.000101Z"}'


@pytest.mark.parametrize(
    "frame",
    [
        '{"Error":"Exceeded msg rate"}',
        '{"error":"Exceeded msg rate","success":false}',
        COMPLAINT,
        COMPLAINT.replace("false", '"false"'),
    ],
)
def test_a_frame_of_no_family_is_a_notice(frame: str) -> None:
    assert decode(frame) == Notice(error="Exceeded msg rate")


def test_a_complaint_that_names_its_request_answers_it() -> None:
    message = decode(COMPLAINT.replace("{", '{"req_id":7,', 1))
    assert isinstance(message, Reply)
    assert (message.req_id, message.refusal) == (7, "Exceeded msg rate")


@pytest.mark.parametrize(
    "frame", ["{}", '{"error":["no text"]}', '{"foo":1}', b'{"error":"\xff"}', '{"more":1e999999}']
)
def test_a_notice_may_say_nothing(frame: bytes | str) -> None:
    assert decode(frame) == Notice()


def _reply(frame: str) -> Reply:
    reply = decode(frame)
    assert isinstance(reply, Reply)
    return reply


GOOD = '{"method":"add_order","req_id":7,"success":true,"result":{"order_id":"O","cl_ord_id":"c","warnings":["w"]}}'
BATCH = GOOD.replace('{"order_id"', '[{"order_id":"N","warnings":["v"]},{"order_id"').replace("]}}", "]}]}")


@pytest.mark.parametrize("whole", [GOOD, BATCH])
@pytest.mark.parametrize(
    "odd",
    [
        '"warnings":"x"',
        '"warnings":[5],"maxratecount":[]',
        '"count":true',
        '"status":7',
        '"snapshot":"so","order_status":{},"ratecounter":[1],"snap_orders":9,"snap_trades":"x","event_trigger":3',
    ],
)
def test_odd_advice_does_not_cost_a_reply(whole: str, odd: str) -> None:
    expected = _reply(whole.replace(',"warnings":["w"]', ""))
    assert _reply(whole.replace('"warnings":["w"]', odd)) == expected
    assert expected.row.order_id == ("N" if whole is BATCH else "O")


@pytest.mark.parametrize("odd", ['"time_in":5', '"time_out":{"a":1}', '"status":[],"orders_cancelled":"many"'])
def test_an_odd_time_costs_only_itself(odd: str) -> None:
    assert _reply(GOOD.replace("{", f"{{{odd},", 1)) == _reply(GOOD)
    assert _reply(GOOD.replace("{", f'{{{odd},"time_in":"2026","time_out":"2027",', 1)).row == _reply(GOOD).row
    assert _reply('{"method":"add_order","success":false,"error":"EOrder:x",' + odd + "}").refusal == "EOrder:x"


@pytest.mark.parametrize(
    "odd",
    [
        GOOD.replace("7", "[7]"),
        GOOD.replace("true", '"so"'),
        GOOD.replace('"O"', "5"),
        GOOD.replace('"c"', "{}"),
        GOOD.replace('"order_id"', '"error":5,"order_id"'),
        GOOD.replace('"order_id"', '"triggerTime":0.5,"order_id"'),
        GOOD.replace("{", '{"error":["x"],', 1),
        BATCH.replace('"N"', "false"),
        BATCH.replace("[{", "[8,{"),
        '{"method":"add_order","req_id":7,"success":true,"result":"O"}',
        '{"method":5,"req_id":7,"success":true}',
    ],
)
def test_a_reply_that_does_not_tell_for_certain_what_it_decides_decides_nothing(odd: str) -> None:
    for frame in (odd, odd.replace("{", '{"time_in":5,', 1)):
        with pytest.raises(DecodeError, match="a reply does not decode"):
            decode(frame)


def test_of_frames_that_fail_one_after_the_other_those_about_the_same_are_marked() -> None:
    bad, other = b'{"channel":"ticker","data":{}}', b'{"channel":"trade","data":[{"symbol":"A/B"}]}'
    whose = other.replace(b"A/B", b"C/D")
    frames = [bad, bad, b'{"channel":"heartbeat"}', bad, bad, bad, other, other, whose, b"x", b"x", GOOD.encode()]
    found = [getattr(one, "repeated", None) for one in messages.decode_batch(frames, Decimal)]
    assert found == [False, True, None, False, True, True, False, True, False, False, True, None]


SWOLLEN = {
    "a complaint": b'{"error":[' + b"[]," * 500_000 + b"[]]}",
    "a channel": b'{"channel":[' + b"[]," * 500_000 + b"[]]}",
    "a reply": b'{"method":"add_order","req_id":1,"result":[' + b"{}," * 500_000 + b"{}]}",
    "a lenient reply": b'{"method":"add_order","req_id":"1","result":[' + b"{}," * 500_000 + b"{}]}",
}


@pytest.mark.parametrize("frame", SWOLLEN.values(), ids=SWOLLEN)
def test_what_is_no_message_takes_no_more_memory_than_its_bytes(frame: bytes) -> None:
    """Decoded, an empty list takes twenty times its bytes, a row of a reply seventy times."""
    tracemalloc.start()
    try:
        messages.decode_batch([frame], Decimal)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(frame)


def test_a_pong_is_a_success_without_saying_so() -> None:
    assert _reply('{"method":"pong","req_id":1}').ok
    assert not _reply('{"method":"ping","req_id":1,"success":false,"error":"no"}').ok
    assert not _reply('{"method":"add_order","req_id":1}').ok
    assert _reply('{"method":"add_order","success":true}').ok


def test_numbers_of_a_reply_may_be_text() -> None:
    assert _reply('{"method":"add_order","req_id":"12","success":true}').req_id == 12


def test_a_batch_has_a_row_for_each_order_whatever_its_success_says() -> None:
    reply = _reply(
        '{"method":"batch_add","success":false,"result":[{"order_id":"O1"},{"error":"EOrder:Insufficient funds"}]}'
    )
    assert [(row.order_id, row.error) for row in reply.rows] == [("O1", None), (None, "EOrder:Insufficient funds")]


def test_a_reply_without_result_has_no_rows_and_an_empty_first_one() -> None:
    reply = _reply('{"method":"cancel_order","success":false,"error":"EOrder:Unknown order"}')
    assert reply.rows == []
    assert reply.row == messages.Result()
    assert reply.count is None


@pytest.mark.parametrize(
    "inside", ['"orders_cancelled":2', '"result":{"count":2}', '"orders_cancelled":2,"result":{"count":9}']
)
def test_the_count_of_a_batch_cancel_is_found_in_both_places(inside: str) -> None:
    assert _reply('{"method":"batch_cancel","success":true,' + inside + "}").count == 2


def test_the_switch_tells_its_times_in_camel_case() -> None:
    row = _reply('{"method":"cancel_all_orders_after","result":{"currentTime":"a","triggerTime":"b"}}').row
    assert (row.current_time, row.trigger_time) == ("a", "b")


def test_a_batch_keeps_the_order_around_what_does_not_decode() -> None:
    frames = [b'{"channel":"heartbeat"}', b"junk", b'{"method":"pong"}', b'{"channel":"heartbeat"}', b'{"channel":"x"}']
    for numbers in NUMBERS:
        kinds = [type(message).__name__ for message in messages.decode_batch(frames, numbers)]
        assert kinds == ["HeartbeatMessage", "DecodeError", "Reply", "HeartbeatMessage", "DecodeError"]
    assert messages.decode_batch([], Decimal) == []
    assert len(messages.decode_batch([b"junk"] * 3, float)) == 3


def test_the_float_path_is_msgspecs_own_method_and_decoders_are_made_once() -> None:
    assert type(messages.strict_decoder(float)).__name__ == "builtin_function_or_method"
    assert messages.strict_decoder(float) is messages.strict_decoder(float)
    assert messages.decoder(float) is messages.decoder(float)
    assert messages.decoder() is messages.decoder(Decimal)


@pytest.mark.parametrize("numbers", [int, str, None, [], "float"])
def test_other_kinds_of_numbers_are_refused(numbers: Any) -> None:
    with pytest.raises(InvalidRequest, match="numbers must be Decimal or float, not"):
        decode("{}", numbers)
    with pytest.raises(InvalidRequest, match="numbers must be Decimal or float, not"):
        messages.decode_batch([b"{}"], numbers)


def test_messages_are_frozen_and_need_no_garbage_collector() -> None:
    for kind in [*KINDS.values(), Reply, Notice, messages.Execution, messages.Level, messages.Pair]:
        assert kind.__struct_config__.frozen
        assert kind.__struct_config__.gc is False


WORDS = "channel method ticker book data type price NaN"
ALPHABET = [*"{}[],:", *(f'"{word}"' for word in WORDS.split()), "1e400", "-0.0", '"\\ud800"', "null"]
JSON_LIKE = st.lists(st.sampled_from(ALPHABET) | st.text(max_size=3)).map("".join)


@st.composite
def _spoiled(draw: st.DrawFn) -> str:
    frame, cut = draw(st.sampled_from(FRAMES)), draw(st.integers(0, 400))
    return frame[:cut] + draw(st.text(max_size=4)) + frame[cut + 1 :]


def _utf16(text: str) -> bytes:
    return text.encode("utf-16", errors="replace")


def _outcome(frame: bytes | str, numbers: Numbers) -> msgspec.Struct | DecodeError:
    try:
        return decode(frame, numbers)
    except DecodeError as error:
        return error


@given(st.one_of(st.binary(), st.text(), JSON_LIKE, _spoiled(), _spoiled().map(_utf16)))
@example(b'{"channel":"trade","type":"u","data":[' + b'{"symbol":' * 5000)
@example("\ud800")
@settings(max_examples=400)
def test_any_bytes_or_text_are_a_message_or_a_decode_error(frame: bytes | str) -> None:
    for numbers in NUMBERS:
        outcome = _outcome(frame, numbers)
        assert isinstance(outcome, msgspec.Struct) or outcome.__context__ is None


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=None) | st.decimals(
    min_value=0, max_value=10**6, places=8
)


@given(st.lists(st.tuples(DECIMALS, DECIMALS), max_size=5))
def test_numbers_are_those_of_the_standard_library(levels: list[tuple[Decimal, Decimal]]) -> None:
    rows = ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in levels)
    frame = (
        '{"channel":"book","type":"snapshot","data":[{"symbol":"A/B","bids":[' + rows + '],"asks":[],"checksum":0}]}'
    )
    message = decode(frame)
    assert isinstance(message, messages.BookMessage)
    theirs = json.loads(frame, parse_float=Decimal, parse_int=Decimal)["data"][0]["bids"]
    mine = [(str(level.price), str(level.qty)) for level in message.data[0].bids]
    assert mine == [(str(level["price"]), str(level["qty"])) for level in theirs]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_the_nearest_ones(value: float) -> None:
    assert math.isclose(_trade(repr(value), float), value, rel_tol=0, abs_tol=0)
