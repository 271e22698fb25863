"""Every published, captured and computed checksum, from Decimal and from raw digits alike."""

from decimal import Decimal
from typing import NamedTuple
from zlib import crc32

import pytest
from msgspec import Raw

from krakenio import Book
from tests.books.reference import crc, text_l2
from tests.books.wire import Form, book_message, decimals, frame, rows


class Step(NamedTuple):
    """What one message says, and the checksum after it."""

    bids: str
    asks: str
    checksum: int


class Vector(NamedTuple):
    """A book's life: its first step is the snapshot."""

    price: int
    qty: int
    steps: list[Step]
    padded: bool = True  # the numbers stand with all their zeros, so that they verify without precisions too


V5_ASKS = ", ".join(f"{Decimal(5005 + 5 * n).scaleb(-5)}x0.00000500" for n in range(10))
V5_BIDS = ", ".join(
    f"0.0{n}x0.00000500" for n in ("5000", "4995", "4990", "4980", "4975", "4970", "4965", "4960", "4955", "4950")
)

VECTORS = {
    "worked example": Vector(
        5,
        8,
        [
            Step(
                "0.30110x800.50000000, 0.30100x40.00000000, 0.29990x7.00000001",
                "0.30125x1500.00000000, 0.30130x0.02500000, 0.30200x12.34567890",
                1992177222,
            ),
            Step("0.30100x0.00000000, 0.30115x10.00000000", "0.30130x3.00000000", 4174605187),
        ],
    ),
    "V1 official guide": Vector(
        1,
        8,
        [
            Step(
                "45283.5x0.10000000, 45283.4x1.54582015, 45282.1x0.10000000, 45281.0x0.10000000, 45280.3x1.54592586, "
                "45279.0x0.07990000, 45277.6x0.03310103, 45277.5x0.30000000, 45277.3x1.54602737, 45276.6x0.15445238",
                "45285.2x0.00100000, 45286.4x1.54571953, 45286.6x1.54571109, 45289.6x1.54560911, 45290.2x0.15890660, "
                "45291.8x1.54553491, 45294.7x0.04454749, 45296.1x0.35380000, 45297.5x0.09945542, 45299.5x0.18772827",
                3310070434,
            )
        ],
    ),
    "V2 official reference, zeros trimmed": Vector(
        4,
        8,
        [
            Step(
                "0.5666x4831.75496356, 0.5665x6658.22734739, 0.5664x18724.91513344, 0.5663x11563.92544914, "
                "0.5662x14006.65365711, 0.5661x17454.85679807, 0.566x18097.1547, 0.5659x33644.89175666, "
                "0.5658x148.3464, 0.5657x606.70854372",
                "0.5668x4410.79769741, 0.5669x4655.40412487, 0.567x49844.89424998, 0.5671x24306.41678, "
                "0.5672x29783.25223475, 0.5673x57234.71239278, 0.5674x45065.04744, 0.5675x5912.76380354, "
                "0.5676x42514.92434778, 0.5677x36304.0847022",
                2439117997,
            ),
            Step("0.5657x1098.3947558", "", 2114181697),
        ],
        padded=False,
    ),
    "V3 captured 2024": Vector(
        5,
        8,
        [
            Step(
                "0.12291x27039.62776299, 0.12290x8136.33288180, 0.12287x10984.20817349, 0.12283x28027.05025639, "
                "0.12280x9705.60000000, 0.12279x15215.53522714, 0.12275x4067.00000000, 0.12274x30639.39949109, "
                "0.12268x2531.96119986, 0.12267x16299.00000000",
                "0.12307x600.00000000, 0.12308x4042.11919517, 0.12312x10284.53891000, 0.12314x16155.08885299, "
                "0.12315x5186.05778473, 0.12316x32828.24000000, 0.12317x7751.65718582, 0.12318x32298.82000000, "
                "0.12319x1864.66899600, 0.12322x4718.99755630",
                2375857985,
            ),
            Step("0.12275x6597.51731160", "", 1100635717),
        ],
    ),
    "V4 captured 2026, delete and refill in one message": Vector(
        1,
        8,
        [
            Step(
                "81776.6x0.47200852, 81776.1x0.11790609, 81776.0x1.84423887, 81775.6x3.05714315, 81774.3x3.05719335, "
                "81773.2x3.05723288, 81772.7x0.00005100, 81768.7x0.93754440, 81768.6x3.05745897, 81768.4x0.06320000",
                "81776.7x0.00050857, 81777.1x0.00012500, 81780.7x0.00005100, 81781.8x0.02016285, 81781.9x0.05474923, "
                "81782.0x0.18341452, 81783.1x0.00012500, 81783.5x0.05000000, 81783.7x0.93145626, 81783.8x3.05684048",
                2459006653,
            ),
            Step("", "81781.9x0.00000000, 81784.8x0.00005100", 3437785338),
            Step("", "81782.0x0.00000000, 81784.9x0.06320000", 1758305755),
        ],
    ),
    "V5 guide of WebSocket v1": Vector(5, 8, [Step(V5_BIDS, V5_ASKS, 974947235)]),
    "V6 nine decimals": Vector(
        9,
        5,
        [
            Step("0.000005300x250.50000", "0.000005307x383320500.00000, 0.000005310x1000.00000", 307360204),
            Step("0.000005300x0.00000", "", 3581256832),
            Step("", "0.000005307x0.00000, 0.000005310x0.00000", 0),
        ],
    ),
}


@pytest.mark.parametrize("numbers", [Raw, Decimal])
@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_verifies_message_by_message(name: str, numbers: Form) -> None:
    vector = VECTORS[name]
    book = Book("ADA/EUR", price_precision=vector.price, qty_precision=vector.qty)
    for number, step in enumerate(vector.steps):
        kind = "update" if number else "snapshot"
        found = book.apply(book_message(frame(kind, rows(step.bids), rows(step.asks), step.checksum), numbers))
        assert (found, book.valid, book.checksum()) == (None, True, step.checksum)


@pytest.mark.parametrize("numbers", [Raw, Decimal])
@pytest.mark.parametrize("name", [name for name, vector in VECTORS.items() if vector.padded])
def test_digits_as_they_came_verify_without_precisions(name: str, numbers: Form) -> None:
    book = Book("ADA/EUR")
    for number, step in enumerate(VECTORS[name].steps):
        kind = "update" if number else "snapshot"
        assert book.apply(book_message(frame(kind, rows(step.bids), rows(step.asks), step.checksum), numbers)) is None


def told(kind: str, price: str, checksum: int) -> bytes:
    return frame(kind, [(price, "1.00")], [], checksum)


def test_a_snapshot_that_holds_only_by_its_own_digits_is_taken_by_those_until_the_precision_is_told() -> None:
    book = Book("ADA/EUR", price_precision=1, qty_precision=2)
    assert book.apply(book_message(told("snapshot", "2.00", crc32(b"200100")))) is None
    assert (book.valid, book.price_precision, book.qty_precision) == (True, None, None)
    assert book.apply(book_message(told("update", "3.00", crc32(b"300100200100")))) is None
    book.set_precision(2, 2)
    assert book.apply(book_message(told("update", "4", crc32(b"400100300100200100")))) is None


def test_a_snapshot_that_does_not_hold_either_way_is_told_by_the_precision_that_was_told() -> None:
    book = Book("ADA/EUR", price_precision=1, qty_precision=2)
    found = book.apply(book_message(told("snapshot", "2.00", 7)))
    assert found is not None
    assert (found.computed, book.price_precision, book.valid) == (crc32(b"20100"), 1, False)
    assert book.apply(book_message(told("snapshot", "2", crc32(b"20100")))) is None


def test_trimmed_zeros_without_precisions_give_the_checksum_that_the_sheet_warns_of() -> None:
    step = VECTORS["V2 official reference, zeros trimmed"].steps[0]
    book = Book("ADA/EUR")
    found = book.apply(book_message(frame("snapshot", rows(step.bids), rows(step.asks), step.checksum)))
    assert found is not None
    assert (found.expected, found.computed) == (2439117997, 3830085102)


def test_the_hashed_text_is_that_of_the_sheet() -> None:
    step = VECTORS["worked example"].steps[0]
    bids, asks = decimals(rows(step.bids)), decimals(rows(step.asks))
    text = text_l2(asks, bids, 5, 8)
    assert text == ("30125150000000000301302500000302001234567890301108005000000030100400000000029990700000001")
    wrong = "".join(str(float(p)).replace(".", "").lstrip("0") + str(float(q)).replace(".", "").lstrip("0")
                    for p, q in asks + bids)  # fmt: skip
    with_zeros = "".join(f"{p:f}{q:f}".replace(".", "") for p, q in asks + bids)
    diagnosed = [crc(wrong), crc(text_l2(bids, asks, 5, 8)), crc(with_zeros)]
    assert (crc(text), diagnosed) == (1992177222, [99498064, 75285, 1915695193])
