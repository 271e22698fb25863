"""Write the traffic: in, a folder; out, frames_*.bin, counts_*.json and snapshots.txt in it.

The mix is Kraken's in shape and sizes: 70 % book updates, 15 % trades, 14 % tickers, 1 % heartbeats, some snapshots.
"""

import json
import random
import struct
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.ladders import Ladder

UPDATES = 19_990  # of books in a cycle of that traffic, which begins with their ten snapshots
MIX = {"book": 1400, "trade": 300, "ticker": 278, "heartbeat": 20, "snapshot": 2}
SYMBOLS = {  # the price around which each moves, and its decimals
    "BTC/USD": (67432.1, 1),
    "ETH/USD": (3521.44, 2),
    "SOL/USD": (152.07, 2),
    "XRP/USD": (0.56571, 5),
    "ADA/USD": (0.452318, 6),
    "DOT/USD": (7.1234, 4),
    "LINK/EUR": (13.91234, 5),
    "ETH/BTC": (0.05221, 5),
    "MATIC/USD": (0.7123, 4),
    "DOGE/USD": (0.1234567, 7),
}
LEVELS = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 2), (0, 1), (1, 0), (4, 3)]  # bids, asks
QUANTITIES = {"bid_qty", "ask_qty", "volume"}
START = datetime(2025, 6, 1, 12, tzinfo=UTC)


class Traffic:
    """Make messages at random, always the same ones."""

    def __init__(self) -> None:
        self.chance = random.Random(42)

    def price(self, symbol: str) -> str:
        base, decimals = SYMBOLS[symbol]
        return f"{base * (1 + self.chance.uniform(-0.002, 0.002)):.{decimals}f}"

    def quantity(self) -> str:
        return f"{self.chance.expovariate(1 / self.chance.choice([0.05, 1.2, 55, 900])):.8f}"

    def level(self, symbol: str) -> str:
        quantity = self.quantity() if self.chance.random() > 0.25 else "0.00000000"
        return f'{{"price":{self.price(symbol)},"qty":{quantity}}}'

    def levels(self, symbol: str, count: int) -> str:
        return ",".join(self.level(symbol) for _ in range(count))

    def book(self, symbol: str, number: int, depth: int = 0) -> str:
        bids, asks = (depth, depth) if depth else self.chance.choice(LEVELS)
        kind = "snapshot" if depth else "update"
        sides = f'"bids":[{self.levels(symbol, bids)}],"asks":[{self.levels(symbol, asks)}]'
        row = f'"symbol":"{symbol}",{sides},"checksum":{self.chance.getrandbits(32)},"timestamp":"{at(number)}"'
        return f'{{"channel":"book","type":"{kind}","data":[{{{row}}}]}}'

    def ticker(self, symbol: str, number: int, kind: str = "update") -> str:
        fields = ["bid", "bid_qty", "ask", "ask_qty", "last", "volume", "vwap", "low", "high"]  # Kraken's order
        numbers = {name: self.quantity() if name in QUANTITIES else self.price(symbol) for name in fields}
        row = "".join(f',"{name}":{number}' for name, number in numbers.items())
        row += f',"change":{self.chance.uniform(-100, 100):.2f},"change_pct":{self.chance.uniform(-5, 5):.2f}'
        return (
            f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{symbol}"{row},"timestamp":"{at(number)}"}}]}}'
        )

    def trade(self, symbol: str, number: int) -> str:
        count = 1 if self.chance.random() < 0.75 else self.chance.choice([2, 3])
        rows = ",".join(self.trade_row(symbol, number) for _ in range(count))
        return f'{{"channel":"trade","type":"update","data":[{rows}]}}'

    def trade_row(self, symbol: str, number: int) -> str:
        side, kind = self.chance.choice(["buy", "sell"]), self.chance.choice(["market", "limit"])
        return (
            f'{{"symbol":"{symbol}","side":"{side}","price":{self.price(symbol)},"qty":{self.quantity()},'
            f'"ord_type":"{kind}","trade_id":{4665846 + number},"timestamp":"{at(number)}"}}'
        )

    def message(self, kind: str, number: int) -> str:
        symbol = self.chance.choice(list(SYMBOLS))
        if kind == "heartbeat":
            return '{"channel":"heartbeat"}'
        if kind == "snapshot":
            return self.book(symbol, number, depth=100)
        return {"book": self.book, "trade": self.trade, "ticker": self.ticker}[kind](symbol, number)

    def mix(self) -> list[str]:
        kinds = [kind for kind, count in MIX.items() for _ in range(count)]
        self.chance.shuffle(kinds)
        return [self.message(kind, number) for number, kind in enumerate(kinds)]


def at(number: int) -> str:
    """Return a time as Kraken writes it, later for a later message."""
    return (START + timedelta(microseconds=137 * number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def frame(payload: bytes) -> bytes:
    """Return one unmasked text frame."""
    size = len(payload)
    if size < 126:
        return struct.pack(">BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack(">BBH", 0x81, 126, size) + payload
    return struct.pack(">BBQ", 0x81, 127, size) + payload


def counts(messages: list[str]) -> dict[str, int]:
    """Count messages and rows: a stream of tickers or trades gives rows, a stream of books messages."""
    found = Counter[str](messages=len(messages))
    for message in map(json.loads, messages):
        if "data" in message:
            found["items"] += 1 if message["channel"] == "book" else len(message["data"])
    return dict(found)


def books() -> tuple[list[str], list[str]]:
    """Return snapshots of true books, and a cycle of traffic that begins with the same ones."""
    chance = random.Random(7)
    ladders = [Ladder(symbol, price, decimals, chance) for symbol, (price, decimals) in SYMBOLS.items()]
    first = [book_message("snapshot", ladder.snapshot(), 0) for ladder in ladders]
    return first, [*first, *(book_message("update", chance.choice(ladders).update(), n) for n in range(UPDATES))]


def book_message(kind: str, data: str, number: int) -> str:
    """Return a message of the book channel."""
    return f'{{"channel":"book","type":"{kind}","data":[{data},"timestamp":"{at(number)}"}}]}}'


def write(folder: Path) -> None:
    """Write everything that the source needs."""
    traffic = Traffic()
    first, updates = books()
    for name, messages in {"mix": traffic.mix(), "books": updates}.items():
        folder.joinpath(f"frames_{name}.bin").write_bytes(b"".join(frame(message.encode()) for message in messages))
        folder.joinpath(f"counts_{name}.json").write_text(json.dumps(counts(messages)))
    snapshots = [f"book {symbol}\t{message}\n" for symbol, message in zip(SYMBOLS, first, strict=True)]
    snapshots += [f"ticker {symbol}\t{traffic.ticker(symbol, 0, kind='snapshot')}\n" for symbol in SYMBOLS]
    folder.joinpath("snapshots.txt").write_text("".join(snapshots))
