"""Measure decoding alone: krakenio's decoder against others on the same messages; out, nanoseconds a message."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

from benchmarks import structs
from benchmarks.build import BUILD, NATIVE
from benchmarks.report import Row, Table
from krakenio import Book
from krakenio.books import l2, taking
from krakenio.frames import FrameSplitter
from krakenio.messages import decode_batch, digits_decoder
from native.hook import load

LIMIT = "limit"

Work = Callable[[], object]
Prepare = Callable[[Sequence[bytes]], tuple[Work, int]]
"""From messages make what is measured, and say how many of them it works on."""


def frames(name: str) -> list[bytes]:
    """Return the messages of one traffic."""
    return FrameSplitter().feed((BUILD / f"frames_{name}.bin").read_bytes())


def each(decode: Callable[[bytes], Any]) -> Prepare:
    """Call a decoder for each message."""
    return batch(lambda messages: [decode(message) for message in messages])


def batch(decode: Callable[[Sequence[bytes]], object]) -> Prepare:
    """Call a decoder for all of them."""
    return lambda messages: (partial(decode, messages), len(messages))


def keep_books(messages: Sequence[bytes], *, pure: bool) -> tuple[Work, int]:
    """Decode updates of books and apply them, checksums included; their snapshots come before the clock runs."""
    native = None if pure else load("_native", NATIVE)
    setattr(l2, "take_levels", taking.or_slowly(None if native is None else native.take_levels))  # noqa: B010 - mypy
    decode, books, updates = digits_decoder(float), dict[str, Book](), list[bytes]()
    for frame in messages:
        message: Any = decode(frame)
        if message.type == "update":
            updates.append(frame)
            continue
        book = books[message.data[0].symbol] = Book(message.data[0].symbol, 100)
        assert book.apply(message) is None

    def keep() -> None:
        for frame in updates:
            update: Any = decode(frame)
            assert books[update.data[0].symbol].apply(update) is None

    return keep, len(updates)


CASES: dict[str, tuple[str, Prepare]] = {
    LIMIT: ("mix", each(structs.decode)),
    "krakenio, float": ("mix", batch(lambda messages: decode_batch(messages, float))),
    "krakenio, Decimal": ("mix", batch(lambda messages: decode_batch(messages, Decimal))),
    "json": ("mix", each(json.loads)),
    "json, Decimal": ("mix", each(lambda frame: json.loads(frame, parse_float=Decimal))),
    "krakenio, books kept": ("books", partial(keep_books, pure=False)),
    "krakenio, books kept, pure": ("books", partial(keep_books, pure=True)),
}


def once(prepare: Prepare, messages: Sequence[bytes]) -> float:
    """Return the nanoseconds of processor time that one message takes."""
    work, count = prepare(messages)
    gc.collect()
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / count


def run(rounds: int) -> Table:
    """Measure all in turn, round after round."""
    traffic = {"mix": frames("mix") * 10, "books": frames("books")}
    found: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, (kind, prepare) in CASES.items():
            found[name].append(once(prepare, traffic[kind]))
    limit = median(found[LIMIT])
    rows = [row(name, sorted(all_), limit) for name, all_ in found.items()]
    measured = {name: [{"ns": value} for value in all_] for name, all_ in found.items()}
    title = "Decoding alone; limit: msgspec's bare decoder with floats"
    return Table("decoding", title, ["a message", "of limit"], rows, measured)


def row(name: str, seen: list[float], limit: float) -> Row:
    """Write one case; `seen` is sorted."""
    middle = median(seen)
    return Row(name, [f"{middle:,.0f} ns", f"{limit / middle:.2f}"], middle, f"{seen[0]:,.0f} .. {seen[-1]:,.0f} ns")
