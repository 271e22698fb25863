"""A slow book, written from Kraken's description alone: levels go in as Decimals, the checksum comes out.

It shares nothing with krakenio's books: a dict a side, sorted each time, every digit written each time.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Levels = Sequence[tuple[Decimal, Decimal]]
Queues = Sequence[tuple[Decimal, Sequence[Decimal]]]


def digits(number: Decimal, places: int | None) -> str:
    rounded = number if places is None else number.quantize(Decimal(1).scaleb(-places))
    return format(rounded, "f").replace(".", "").lstrip("0")


def text_l2(asks: Levels, bids: Levels, price: int | None = None, qty: int | None = None) -> str:
    return "".join(digits(p, price) + digits(q, qty) for side in (asks[:10], bids[:10]) for p, q in side)


def text_l3(asks: Queues, bids: Queues, price: int | None = None, qty: int | None = None) -> str:
    sides = (asks[:10], bids[:10])
    return "".join(digits(p, price) + digits(q, qty) for side in sides for p, queue in side for q in queue)


def crc(text: str) -> int:
    return zlib.crc32(text.encode("ascii"))


@dataclass
class SlowBook:
    """Keep both sides to `depth` levels."""

    depth: int
    price: int | None = None
    qty: int | None = None
    sides: dict[str, dict[Decimal, Decimal]] = field(default_factory=lambda: {"bids": {}, "asks": {}})

    def clear(self) -> None:
        for side in self.sides.values():
            side.clear()

    def apply(self, changes: Iterable[tuple[str, Decimal, Decimal]]) -> None:
        for name, price, qty in changes:
            self.sides[name].pop(price, None)
            if qty:
                self.sides[name][price] = qty
        self.sides = {name: dict(self.levels(name)[: self.depth]) for name in self.sides}

    def levels(self, name: str) -> list[tuple[Decimal, Decimal]]:
        return sorted(self.sides[name].items(), reverse=name == "bids")

    def checksum(self) -> int:
        return crc(text_l2(self.levels("asks"), self.levels("bids"), self.price, self.qty))
