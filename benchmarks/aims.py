"""Hold what was measured against what is aimed at: tables go in, a table of aims reached and missed comes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.cases import CASES
from benchmarks.growth import BATCH, SIZES, Size
from benchmarks.orders import DESKS
from benchmarks.report import Row, Table

Tables = Mapping[str, Table]
Pair = tuple[list[float], list[float]]
"""A figure of ours and of what it is compared with, round by round."""

LOOPS = ("trio", "asyncio", "uvloop")
CLIENTS = {
    "clients-plain": "Of Kraken's fastest other client, plain TCP",
    "clients": "… over TLS, where the limit itself is hardly faster",
}


@dataclass(frozen=True)
class Aim:
    """One aim: a quotient of two figures that is to be at least, or at most, `bound`.

    `effort`: the same two cases by processor time a message, which others on the machine disturb less than the clock's.
    `pure`: the same quotient with krakenio's loops in Python, where that was measured.
    """

    text: str
    pair: Callable[[Tables], Pair]
    bound: float
    at_most: bool = False
    effort: Callable[[Tables], Pair] | None = None
    pure: Callable[[Tables], Pair] | None = None

    def row(self, tables: Tables) -> Row:
        """Return what was measured, and whether it is reached; a table that is not there is no success."""
        wanted = f"{'at most' if self.at_most else 'at least'} {self.bound:g}"
        try:
            ours, theirs = self.pair(tables)
        except KeyError:
            return Row(self.text, [wanted, "not measured", "no", "", ""], 0)
        value = median(ours) / median(theirs)
        seen = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
        effort = quotient(self.effort(tables)) if self.effort else ""
        cells = [wanted, written(value), self.verdict(value), effort, self._if_pure(tables)]
        return Row(self.text, cells, value, f"{written(seen[0])} .. {written(seen[-1])}" if len(seen) > 1 else "")

    def _if_pure(self, tables: Tables) -> str:
        if self.pure is None:
            return ""
        try:
            ours, theirs = self.pure(tables)
        except KeyError:
            return ""
        value = median(ours) / median(theirs)
        return f"{written(value)}, {self.verdict(value)}"

    def verdict(self, value: float) -> str:
        """Say whether a value is good enough."""
        return "yes" if self.reached(value) else "**no**"

    def reached(self, value: float) -> bool:
        """Tell whether a value is good enough."""
        return value <= self.bound if self.at_most else value >= self.bound


def quotient(pair: Pair) -> str:
    """Write how much dearer theirs is than ours."""
    ours, theirs = pair
    return written(median(theirs) / median(ours))


def written(value: float) -> str:
    """Write a quotient."""
    return f"{value:.2f}"


def figures(tables: Tables, suite: str, case: str, name: str) -> list[float]:
    """Return one figure of one case, round by round."""
    return [seen[name] for seen in tables[suite].measured[case]]


def against(suite: str, name: str, ours: str, theirs: str) -> Callable[[Tables], Pair]:
    """Compare one figure of two cases."""
    return lambda tables: (figures(tables, suite, ours, name), figures(tables, suite, theirs, name))


def rate(text: str, suite: str, ours: str, theirs: str, bound: float) -> Aim:
    """Aim at a rate, by the clock and by processor time."""
    pure = against(suite, "rate", f"{ours}, pure", f"{theirs}, pure" if suite == "books" else theirs)
    effort = against(suite, "cpu", ours, theirs)
    return Aim(text, against(suite, "rate", ours, theirs), bound, effort=effort, pure=pure)


def alone(suite: str, name: str, case: str, unit: float) -> Callable[[Tables], Pair]:
    """Take a figure in a unit of its own."""
    return lambda tables: ((found := figures(tables, suite, case, name)), [unit] * len(found))


def fastest_client(suite: str, ours: str, name: str) -> Callable[[Tables], Pair]:
    """Compare with the fastest of Kraken's other clients."""

    def pair(tables: Tables) -> Pair:
        clients = [name for name, case in CASES.items() if case.peer]
        fastest = max(clients, key=lambda client: median(figures(tables, suite, client, "rate")))
        return figures(tables, suite, f"krakenio, {ours}", name), figures(tables, suite, fastest, name)

    return pair


def growth(among: Callable[[Size], bool], batch: int = BATCH) -> Callable[[Tables], Pair]:
    """Compare the dearest of some numbers of subscriptions and streams with the smallest whose reads bring as much."""

    def pair(tables: Tables) -> Pair:
        comparable = [size for size in SIZES if size.batch == batch]
        sizes = [figures(tables, "growth", str(size), "cpu") for size in comparable if among(size)]
        return max(sizes, key=median), figures(tables, "growth", str(comparable[0]), "cpu")

    return pair


def rates(text: str, suite: str, theirs: str, *bounds: float) -> list[Aim]:
    """Return the same aim for each loop; the bounds are in their order."""
    pairs = zip(LOOPS, bounds, strict=True)
    return [rate(f"{text}, {loop}", suite, f"krakenio, {loop}", theirs, bound) for loop, bound in pairs]


def costs(text: str, suite: str, name: str, theirs: str, *bounds: float) -> list[Aim]:
    """Return the same aim for each loop, where less is better."""
    pairs = zip(LOOPS, bounds, strict=True)
    return [
        Aim(f"{text}, {loop}", against(suite, name, f"krakenio, {loop}", theirs), bound, at_most=True)
        for loop, bound in pairs
    ]


AIMS = [
    *rates("Saturated, of the limit", "saturated", "limit", 0.6, 0.55, 0.6),
    rate("… `Decimal`, trio", "saturated", "krakenio, trio, Decimal", "limit", 0.35),
    rate("… of trio-websocket, trio", "saturated", "krakenio, trio", "trio-websocket, trio", 10),
    *rates("… of websockets", "saturated", "websockets, asyncio", 2, 2, 2),
    rate("… of picows, asyncio", "saturated", "krakenio, asyncio", "picows, asyncio", 0.8),
    rate("Books, of trio-websocket, trio", "books", "krakenio, trio", "trio-websocket, trio", 5),
    *rates("… of websockets", "books", "websockets, asyncio", 1.7, 1.7, 1.7),
    Aim("… µs an update, decoded and checked", alone("decoding", "ns", "krakenio, books kept", 1e3), 4, at_most=True),
    *costs("Paced, processor time of the limit's", "paced", "cpu", "limit", 1.5, 2, 1.5),
    *costs("Latency p50, of the limit's", "latency", "p50", "limit", 1.3, 1.5, 1.3),
    *costs("… p99, of websockets'", "latency", "p99", "websockets, asyncio", 1, 1, 1),
    *(
        Aim(
            f"{text}, {loop}",
            fastest_client(suite, loop, "rate"),
            10,
            effort=fastest_client(suite, loop, "cpu"),
            pure=fastest_client(suite, f"{loop}, pure", "rate"),
        )
        for suite, text in CLIENTS.items()
        for loop in LOOPS
    ),
    *(
        Aim(
            f"An order, of a bare send and receive, {loop}{how}",
            against("orders", "both", f"krakenio, {loop}{how}", f"bare {loop}{how}"),
            3,
            at_most=True,
        )
        for how in DESKS
        for loop in LOOPS[:2]
    ),
    Aim("Growth with subscriptions, of ten", growth(lambda size: size.busy == 1), 1.2, at_most=True),
    Aim("… with streams that get messages", growth(lambda size: size.busy > 1), 1.2, at_most=True),
    Aim("… where a read brings one message", growth(lambda size: size.busy > 1, batch=1), 1.2, at_most=True),
    *(
        Aim(f"Memory, bytes a message, {loop}", alone("memory", "slope", f"krakenio, {loop}", 1), 0.1, at_most=True)
        for loop in LOOPS
    ),
    *(
        Aim(
            f"… of a full buffer that nobody reads, {loop}",
            alone("slow", "slope", f"{loop}, buffer of 100,000", 1),
            1,
            at_most=True,
        )
        for loop in LOOPS[:2]
    ),
]


def table(tables: Tables) -> Table:
    """Return all aims."""
    heads = ["aim", "measured", "reached", "by processor time", "pure"]
    return Table("aims", "What is aimed at", heads, [aim.row(tables) for aim in AIMS])
