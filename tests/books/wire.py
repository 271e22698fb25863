"""Frames of the `book` and `level3` channels as Kraken writes them: text of numbers goes in, bytes come out."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Raw

from krakenio.messages import BookMessage, Level3Message, Message, decode, digits_decoder
from krakenio.messages.kinds import Numbers

Form: TypeAlias = Numbers | type[Raw]
Rows = Iterable[tuple[str, str]]
SYMBOL = "ADA/EUR"
AT = "2026-11-02T10:00:02.000500Z"
decode_digits = digits_decoder(float)


def rows(text: str) -> list[tuple[str, str]]:
    """Read `0.5666x4831.75496356, 0.5665x...` as the fact sheets print it."""
    return [(price, qty) for price, _, qty in (level.strip().partition("x") for level in text.split(",") if level)]


def frame(kind: str, bids: Rows, asks: Rows, checksum: int, symbol: str = SYMBOL) -> bytes:
    sides = (",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in side) for side in (bids, asks))
    return _frame("book", kind, symbol, list(sides), checksum)


def frame3(kind: str, bids: Iterable[Mapping[str, str]], asks: Iterable[Mapping[str, str]], checksum: int) -> bytes:
    return _frame("level3", kind, SYMBOL, [",".join(map(_order, side)) for side in (bids, asks)], checksum)


def order(order_id: str, price: str, qty: str, at: str | None = "0", event: str = "add") -> dict[str, str]:
    """Describe an order; `at` is the last digits of its time."""
    row = {"event": f'"{event}"', "order_id": f'"{order_id}"', "limit_price": price, "order_qty": qty}
    return row if at is None else {**row, "timestamp": f'"2026-11-02T09:00:00.{at.rjust(9, "0")}Z"'}


def book_message(data: bytes, numbers: Form = Raw) -> BookMessage[Any]:
    message: Message[Any] = decode_digits(data) if numbers is Raw else decode(data, numbers)
    assert isinstance(message, BookMessage)
    return message


def level3_message(data: bytes, numbers: Form = Raw) -> Level3Message[Any]:
    message: Message[Any] = decode_digits(data) if numbers is Raw else decode(data, numbers)
    assert isinstance(message, Level3Message)
    return message


def decimals(side: Rows) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(price), Decimal(qty)) for price, qty in side]


def _order(row: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}"


def _frame(channel: str, kind: str, symbol: str, sides: list[str], checksum: int) -> bytes:
    bids, asks = sides
    row = f'"symbol":"{symbol}","bids":[{bids}],"asks":[{asks}],"checksum":{checksum},"timestamp":"{AT}"'
    return f'{{"channel":"{channel}","type":"{kind}","data":[{{{row}}}]}}'.encode()
