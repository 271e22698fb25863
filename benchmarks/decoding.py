"""Measure decoding alone: krakenio's decoder against others on the same messages; out, nanoseconds a message."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from benchmarks import structs
from benchmarks.build import BUILD
from benchmarks.report import Row, Table
from krakenio import Book
from krakenio.frames import FrameSplitter
from krakenio.messages import decode_batch, digits_decoder

LIMIT = "limit"


def frames(name: str) -> list[bytes]:
    """Return the messages of one traffic."""
    return FrameSplitter().feed((BUILD / f"frames_{name}.bin").read_bytes())


def each(decode: Callable[[bytes], Any]) -> Callable[[Sequence[bytes]], object]:
    """Call a decoder for each message."""
    return lambda messages: [decode(message) for message in messages]


def keep_books(messages: Sequence[bytes]) -> None:
    """Decode updates of books and apply them, their checksums included."""
    decode, books = digits_decoder(float), dict[str, Book]()
    for frame in messages:
        message: Any = decode(frame)
        symbol: str = message.data[0].symbol
        book = books.get(symbol) or books.setdefault(symbol, Book(symbol, 100))
        assert book.apply(message) is None


CASES: dict[str, tuple[str, Callable[[Sequence[bytes]], object]]] = {
    LIMIT: ("mix", each(structs.decode)),
    "krakenio, float": ("mix", lambda messages: decode_batch(messages, float)),
    "krakenio, Decimal": ("mix", lambda messages: decode_batch(messages, Decimal)),
    "json": ("mix", each(json.loads)),
    "json, Decimal": ("mix", each(lambda frame: json.loads(frame, parse_float=Decimal))),
    "krakenio, books kept": ("books", keep_books),
}


def once(work: Callable[[Sequence[bytes]], object], messages: Sequence[bytes]) -> float:
    """Return the nanoseconds of processor time that one message takes."""
    gc.collect()
    start = time.process_time_ns()
    work(messages)
    return (time.process_time_ns() - start) / len(messages)


def run(rounds: int) -> Table:
    """Measure all in turn, round after round."""
    traffic = {name: frames(name) * 10 for name in ("mix", "books")}
    found: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, (kind, work) in CASES.items():
            found[name].append(once(work, traffic[kind]))
    limit = median(found[LIMIT])
    rows = [row(name, sorted(all_), limit) for name, all_ in found.items()]
    measured = {name: [{"ns": value} for value in all_] for name, all_ in found.items()}
    title = "Decoding alone; limit: msgspec's bare decoder with floats"
    return Table("decoding", title, ["a message", "of limit"], rows, measured)


def row(name: str, seen: list[float], limit: float) -> Row:
    """Write one case; `seen` is sorted."""
    middle = median(seen)
    return Row(name, [f"{middle:,.0f} ns", f"{limit / middle:.2f}"], middle, f"{seen[0]:,.0f} .. {seen[-1]:,.0f} ns")
