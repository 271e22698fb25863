"""Kraken's rules for books, written down once more from its documentation: rows go in, books and checksums come out."""

import zlib
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


def digits(number: Decimal, places: int | None = None) -> str:
    """Return what a checksum sees of a number, printed with so many decimals."""
    return format(number if places is None else round(number, places), "f").replace(".", "").lstrip("0")


class RawBook:
    """Keep a book apply, sort, cut; `places` are the decimals of prices and quantities, None: as printed."""

    def __init__(self, depth: int, places: tuple[int, int] | None = None) -> None:
        self.depth, self.places = depth, places
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}

    def apply(self, row: Row) -> None:
        """Apply a snapshot's or an update's levels."""
        for name in ("bids", "asks"):
            side: dict[Decimal, Decimal] = getattr(self, name)
            for level in row[name]:
                side[level["price"]] = level["qty"]
            kept = sorted((price for price, qty in side.items() if qty), reverse=name == "bids")[: self.depth]
            setattr(self, name, {price: side[price] for price in kept})

    def checksum(self) -> int:
        """Return the checksum of what is there."""
        price_places, qty_places = self.places or (None, None)
        levels = [*list(self.asks.items())[:10], *list(self.bids.items())[:10]]
        return zlib.crc32("".join(digits(p, price_places) + digits(q, qty_places) for p, q in levels).encode())


class RawQueues:
    """Keep single orders by the rules: apply the events in order, cut to the levels, queue by time."""

    def __init__(self, depth: int, places: tuple[int, int] | None = None) -> None:
        self.depth, self.places = depth, places
        self.sides: dict[str, dict[str, Row]] = {"bids": {}, "asks": {}}
        self.forgotten: dict[str, str] = {}
        self.returned = self.out_of_order = 0

    def apply(self, row: Row) -> None:
        """Apply a snapshot's orders or an update's events."""
        for name, orders in self.sides.items():
            self._count_oddities(row[name])
            for each in row[name]:
                self._event(orders, each)
            self._cut(name)

    def levels(self, name: str) -> list[tuple[Decimal, list[Row]]]:
        """Return the levels of a side, best first, their orders by time."""
        orders = self.sides[name].values()
        prices = sorted({order["limit_price"] for order in orders}, reverse=name == "bids")
        by_time = sorted(orders, key=lambda order: order["timestamp"])
        return [(price, [order for order in by_time if order["limit_price"] == price]) for price in prices]

    def checksum(self) -> int:
        """Return the checksum over every order of the ten best levels."""
        price_places, qty_places = self.places or (None, None)
        text = ""
        for name in ("asks", "bids"):
            for price, orders in self.levels(name)[:10]:
                text += "".join(digits(price, price_places) + digits(each["order_qty"], qty_places) for each in orders)
        return zlib.crc32(text.encode())

    def _event(self, orders: dict[str, Row], row: Row) -> None:
        match row.get("event", "add"):
            case "delete":
                del orders[row["order_id"]]
            case "modify":
                assert orders[row["order_id"]]["limit_price"] == row["limit_price"]
                orders[row["order_id"]] = row
            case _:
                assert row["order_id"] not in orders
                orders[row["order_id"]] = row

    def _cut(self, name: str) -> None:
        for _, orders in self.levels(name)[self.depth :]:
            for order in orders:
                self.forgotten[order["order_id"]] = order["timestamp"]
                del self.sides[name][order["order_id"]]

    def _count_oddities(self, rows: list[Row]) -> None:
        """Count orders that came back as they went, and levels whose orders came out of their queue's order."""
        added = [row for row in rows if row.get("event") == "add"]
        self.returned += sum(self.forgotten.get(row["order_id"]) == row["timestamp"] for row in added)
        times: dict[Decimal, list[str]] = {}
        for row in added:
            times.setdefault(row["limit_price"], []).append(row["timestamp"])
        self.out_of_order += sum(each != sorted(each) for each in times.values())
