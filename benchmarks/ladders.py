"""Make traffic of true books: in, chance; out, snapshots and updates whose checksums hold.

The checksum is written once more from its rules (docs.kraken.com, guides, spot-ws-book-v2): the ten best asks, then
bids, each number without its point and leading zeros.
"""

import random
import zlib

DEPTH = 100
GAP = 10  # ticks between two prices at the beginning
BUSY = 20  # the best levels are those that change
QTY_DECIMALS = 8


class Ladder:
    """Hold both sides of one book, prices and quantities in units of their last decimal."""

    def __init__(self, symbol: str, price: float, decimals: int, chance: random.Random) -> None:
        self.symbol, self._decimals, self._chance = symbol, decimals, chance
        middle = round(price * 10**decimals)
        steps = range(1, DEPTH + 1)
        self.sides = {
            "bids": {middle - GAP * step: self._quantity() for step in steps},
            "asks": {middle + GAP * step: self._quantity() for step in steps},
        }

    def snapshot(self) -> str:
        """Return the data of a snapshot."""
        return self._data({name: list(self._best(name).items()) for name in self.sides})

    def update(self) -> str:
        """Change a quantity, or move a level; return the data of the update: 1.6 levels on average."""
        name = self._chance.choice(list(self.sides))
        levels = self.sides[name]
        old = self._chance.choice(list(self._best(name))[:BUSY])
        new = old if self._chance.random() < 0.4 else self._free_price(name)
        gone = [] if new == old else [(old, levels.pop(old) * 0)]
        levels[new] = self._quantity()
        return self._data({name: [*gone, (new, levels[new])]})

    def _free_price(self, name: str) -> int:
        """Return a price inside the side where no level is: the number of levels stays what it is."""
        levels = self.sides[name]
        while (price := self._chance.randint(min(levels), max(levels))) in levels:
            pass
        return price

    def _quantity(self) -> int:
        return self._chance.randint(1, 10**11)

    def _best(self, name: str) -> dict[int, int]:
        return dict(sorted(self.sides[name].items(), reverse=name == "bids"))

    def _data(self, told: dict[str, list[tuple[int, int]]]) -> str:
        sides = ",".join(f'"{name}":[{self._levels(told.get(name, []))}]' for name in self.sides)
        return f'{{"symbol":"{self.symbol}",{sides},"checksum":{self._checksum()}'

    def _levels(self, levels: list[tuple[int, int]]) -> str:
        return ",".join(f'{{"price":{point(p, self._decimals)},"qty":{point(q, QTY_DECIMALS)}}}' for p, q in levels)

    def _checksum(self) -> int:
        best = [level for name in ("asks", "bids") for level in list(self._best(name).items())[:10]]
        return zlib.crc32("".join(f"{price}{qty}" for price, qty in best).encode())


def point(units: int, decimals: int) -> str:
    """Write a number with all its decimals."""
    whole, rest = divmod(units, 10**decimals)
    return f"{whole}.{rest:0{decimals}}"
