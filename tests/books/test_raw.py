"""Books' numbers as text: what the decoders give, and what `with_numbers` makes of it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from krakenio.errors import DecodeError, InvalidRequest
from krakenio.messages import (
    BookMessage,
    Level3Message,
    Reply,
    TickerMessage,
    decode,
    decode_batch,
    digits_decoder,
    strict_decoder,
    with_numbers,
)
from krakenio.messages.kinds import Numbers
from tests.books.wire import frame, frame3, order

DATA = (Path(__file__).parent.parent / "data" / "frames.jsonl").read_text().splitlines()
BOOK = frame("update", [("0.41250", "1e-08"), ("5", '"0.50"')], [("0.5", "0.00000000")], 7)
TICKER = b'{"channel":"ticker","type":"update","data":[{"symbol":"A/B","bid":1,"bid_qty":1,"ask":2.50,"ask_qty":1}]}'


@pytest.mark.parametrize("numbers", [Decimal, float])
def test_books_hold_text_and_all_else_numbers(numbers: Numbers) -> None:
    decode_one = digits_decoder(numbers)
    book, ticker = decode_one(BOOK), decode_one(TICKER)
    assert isinstance(book, BookMessage)
    assert isinstance(ticker, TickerMessage)
    assert [bytes(level.price) for level in book.data[0].bids] == [b"0.41250", b"5"]
    assert isinstance(book.data[0].asks[0].qty, Raw)
    assert type(ticker.data[0].ask) is numbers


@pytest.mark.parametrize("numbers", [Decimal, float])
@pytest.mark.parametrize("text", DATA, ids=range(len(DATA)))
def test_every_sample_with_its_numbers_given_back_is_what_decode_makes_of_it(text: str, numbers: Numbers) -> None:
    message = digits_decoder(numbers)(text)
    if isinstance(message, BookMessage | Level3Message):
        assert repr(with_numbers(message, numbers)) == repr(decode(text, numbers))
    else:
        assert message == decode(text, numbers)


@pytest.mark.parametrize("numbers", [Decimal, float])
def test_a_batch_may_hold_books_as_text(numbers: Numbers) -> None:
    lax = BOOK.replace(b'"checksum":7', b'"checksum":"7"')
    frames = [BOOK, TICKER, b"junk", lax, b'{"method":"pong"}', b'{"channel":"book","type":"update","data":[{}]}']
    book, ticker, junk, slow, pong, broken = decode_batch(frames, numbers, digits=True)
    assert isinstance(book, BookMessage)
    assert isinstance(slow, BookMessage)
    assert bytes(book.data[0].bids[1].qty) == bytes(slow.data[0].bids[1].qty) == b'"0.50"'
    assert isinstance(ticker, TickerMessage)
    assert [type(other) for other in (junk, pong, broken)] == [DecodeError, Reply, DecodeError]


def test_the_fast_path_for_floats_is_msgspecs_own() -> None:
    assert type(strict_decoder(float, digits=True)).__name__ == "builtin_function_or_method"
    wrong: Any = int
    for other in (strict_decoder, digits_decoder):
        with pytest.raises(InvalidRequest, match="numbers must be Decimal or float"):
            other(wrong)


def test_orders_get_their_numbers_too() -> None:
    message = digits_decoder(float)(frame3("update", [order("O1", "0.50", "7.00")], [], 7))
    assert isinstance(message, Level3Message)
    row = with_numbers(message, Decimal).data[0].bids[0]
    assert (row.order_id, row.event, str(row.limit_price), str(row.order_qty)) == ("O1", "add", "0.50", "7.00")
    assert with_numbers(message, float).data[0].bids[0].order_qty == 7.0


@pytest.mark.parametrize("numbers", [Decimal, float])
@pytest.mark.parametrize("text", ["null", "true", '"NaN"', '"Infinity"', "{}", "[1]", '"x"', "1e999999999999999999999"])
def test_what_is_no_number_is_a_decode_error_then(text: str, numbers: Numbers) -> None:
    for data in (frame("update", [("1.0", text)], [], 7), frame3("update", [], [order("O1", "1.0", text)], 7)):
        message: Any = digits_decoder(numbers)(data)
        with pytest.raises(DecodeError, match="a number") as caught:
            with_numbers(message, numbers)
        assert caught.value.channel in ("book", "level3")
        assert caught.value.symbols == (message.data[0].symbol,)


@given(st.decimals(0, 10**9, places=8), st.sampled_from([Decimal, float]))
def test_any_number_is_the_one_that_decode_gives(number: Decimal, numbers: Numbers) -> None:
    data = frame("update", [(str(number), str(number))], [], 7)
    message = digits_decoder(numbers)(data)
    assert isinstance(message, BookMessage)
    assert repr(with_numbers(message, numbers)) == repr(decode(data, numbers))
