"""A change of precision that `instrument` tells late, or has no socket to tell, costs a book one snapshot."""

from zlib import crc32

import anyio
import pytest

from tests.books.wire import frame
from tests.scripted import BTC, NO_INSTRUMENTS, polite, scripted

pytestmark = pytest.mark.virtual

PAIR = (
    '{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":2,"qty_increment":0.01,'
    '"price_precision":%d,"price_increment":0.01,"cost_precision":5,"cost_min":0.5,"qty_min":0.01,'
    '"marginable":false,"has_index":true}'
)


def told(price_precision: int) -> str:
    return NO_INSTRUMENTS.replace('"pairs":[]', f'"pairs":[{PAIR % price_precision}]')


def book(kind: str, price: str, text: bytes) -> str:
    return frame(kind, [(price, "1.00")], [], crc32(text), BTC).decode()


async def test_a_precision_that_is_told_late_costs_one_snapshot() -> None:
    snapshots = {"instrument": told(1), BTC: book("snapshot", "2.0", b"20100")}
    async with scripted(polite(snapshots)) as (kraken, session), session.book(BTC) as books:
        await anyio.sleep(1)
        assert books[BTC].price_precision == 1
        kraken.answers = polite(snapshots | {BTC: book("snapshot", "3.00", b"300100")})
        await kraken.say(book("update", "3.00", b"300100200100"))
        await anyio.sleep(1)
        assert (books.valid, books.mismatches, books.healed) == (True, 1, 1)
        await kraken.say(told(2))
        await anyio.sleep(1)
        await kraken.say(book("update", "4", b"400100300100"))
        await anyio.sleep(1)
        assert (books.valid, books.mismatches, books[BTC].price_precision) == (True, 1, 2)
