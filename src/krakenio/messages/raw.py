"""Give a book's message its numbers: one with their text goes in, one with Decimals or floats comes out.

So one connection decodes a frame once, whether its books are kept, their updates are streamed, or both.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias, overload

import msgspec
from msgspec import Raw

from krakenio.errors import DecodeError
from krakenio.finite import is_finite
from krakenio.messages.kinds import Numbers, chosen
from krakenio.messages.market import BookMessage, BookUpdate, Level, Level3Message, Level3Order, Level3Update

Read: TypeAlias = Callable[[Raw], Any]

_READ: dict[Numbers, Read] = {
    numbers: msgspec.json.Decoder(numbers, strict=False).decode for numbers in (Decimal, float)
}


@overload
def with_numbers(message: BookMessage[Raw], numbers: type[Decimal]) -> BookMessage[Decimal]: ...
@overload
def with_numbers(message: BookMessage[Raw], numbers: type[float]) -> BookMessage[float]: ...
@overload
def with_numbers(message: Level3Message[Raw], numbers: type[Decimal]) -> Level3Message[Decimal]: ...
@overload
def with_numbers(message: Level3Message[Raw], numbers: type[float]) -> Level3Message[float]: ...
@overload
def with_numbers(
    message: BookMessage[Raw] | Level3Message[Raw], numbers: Numbers
) -> BookMessage[Any] | Level3Message[Any]: ...
def with_numbers(
    message: BookMessage[Raw] | Level3Message[Raw], numbers: Numbers
) -> BookMessage[Any] | Level3Message[Any]:
    """Return a message of `digits_decoder` as `decoder(numbers)` would have decoded it, or raise `DecodeError`."""
    read = chosen(_READ, numbers)
    failure = "a number is not finite"
    try:
        converted = _book(message, read) if isinstance(message, BookMessage) else _level3(message, read)
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        failure = "a number does not decode"
    else:
        if is_finite(converted):
            return converted
    channel = "book" if isinstance(message, BookMessage) else "level3"
    text = f"a frame of channel {channel!r} does not decode: {failure}"
    raise DecodeError(text, channel=channel, symbols=[row.symbol for row in message.data])


def _book(message: BookMessage[Raw], read: Read) -> BookMessage[Any]:
    return BookMessage(message.type, [_book_row(row, read) for row in message.data])


def _book_row(row: BookUpdate[Raw], read: Read) -> BookUpdate[Any]:
    bids = [Level(read(level.price), read(level.qty)) for level in row.bids]
    asks = [Level(read(level.price), read(level.qty)) for level in row.asks]
    return BookUpdate(row.symbol, row.checksum, bids, asks, row.timestamp)


def _level3(message: Level3Message[Raw], read: Read) -> Level3Message[Any]:
    return Level3Message(message.type, [_level3_row(row, read) for row in message.data])


def _level3_row(row: Level3Update[Raw], read: Read) -> Level3Update[Any]:
    bids, asks = ([_order(order, read) for order in side] for side in (row.bids, row.asks))
    return Level3Update(row.symbol, row.checksum, bids, asks, row.timestamp)


def _order(order: Level3Order[Raw], read: Read) -> Level3Order[Any]:
    price, qty = read(order.limit_price), read(order.order_qty)
    return Level3Order(order.order_id, price, qty, order.timestamp, order.event)
