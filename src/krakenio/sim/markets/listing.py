"""List the markets: what is traded, with precisions like Kraken's own; made-up pairs come out on request.

Source of the shapes: ws-v2-market-data §4 (`instrument`), rest-endpoints §1 (Assets, AssetPairs). Prices are made up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

TOKENIZED = "tokenized_asset"
USD_RATES = {"USD": Decimal(1), "USDT": Decimal(1), "EUR": Decimal("1.08"), "BTC": Decimal(81_000)}
"""What a unit of each quote asset is worth, where sums are told in dollars: fixed, since nothing is traded by it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Name an asset: `id` as in WebSocket v2, `rest` as in REST results, `altname` as in REST input.

    `aclass` is `currency` or `tokenized_asset`; of the latter a unit stands for `multiplier` shares of `underlying`.
    """

    id: str
    rest: str
    altname: str
    decimals: int
    display: int
    aclass: str = "currency"
    underlying: str = ""
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Market:
    """Describe a pair. Prices are integers of 10^-price_precision, quantities of 10^-qty_precision."""

    base: Asset
    quote: Asset
    price_precision: int
    start_price: Decimal
    qty_min: Decimal
    qty_precision: int = 8
    cost_precision: int = 5
    cost_min: Decimal = Decimal("0.5")
    tick: int = 1
    key: str = ""
    venue: str = "international"

    @property
    def aclass(self) -> str:
        """Return the class of the base asset: `tokenized_asset` pairs are listed on request only."""
        return self.base.aclass

    @property
    def pair_class(self) -> str:
        """Return the class of the pair, as orders and fills over REST tell it."""
        return "equity_pair" if self.aclass == TOKENIZED else "forex"

    @property
    def price_unit(self) -> Decimal:
        """Return what the last decimal of a price is worth."""
        return Decimal(1).scaleb(-self.price_precision)

    @property
    def symbol(self) -> str:
        """Return the v2 symbol, `BTC/USD`."""
        return f"{self.base.id}/{self.quote.id}"

    @property
    def altname(self) -> str:
        """Return `XBTUSD`."""
        return self.base.altname + self.quote.altname

    @property
    def twin(self) -> str:
        """Return the name under which REST lists a tokenized share a second time, `TSLASPVUSD`; none of others."""
        return f"{self.base.underlying}SPV{self.quote.altname}" if self.aclass == TOKENIZED else ""

    @property
    def wsname(self) -> str:
        """Return `XBT/USD`, the name that v2 does not take."""
        return f"{self.base.altname}/{self.quote.altname}"

    @property
    def rest(self) -> str:
        """Return the key of REST results: `XXBTZUSD`, but `ADAUSD`, and exceptions like `XDGUSD` and `USDTZUSD`."""
        old = self.base.rest != self.base.altname and self.quote.rest != self.quote.altname
        return self.key or (self.base.rest + self.quote.rest if old else self.altname)


def _asset(name: str, rest: str = "", altname: str = "", decimals: int = 10, display: int = 5) -> Asset:
    return Asset(name, rest or name, altname or name, decimals, display)


_ASSETS = (
    _asset("USD", "ZUSD", decimals=4, display=2),
    _asset("EUR", "ZEUR", decimals=4, display=2),
    _asset("BTC", "XXBT", "XBT"),
    _asset("ETH", "XETH"),
    _asset("SOL"),
    _asset("XRP", "XXRP", decimals=8),
    _asset("ADA", decimals=8, display=6),
    _asset("DOGE", "XXDG", "XDG", decimals=8, display=2),
    _asset("USDT", decimals=8, display=4),
    _asset("LTC", "XLTC"),
    _asset("DOT"),
    _asset("SHIB", decimals=5, display=0),
)
ASSETS = {asset.id: asset for asset in _ASSETS}


def _market(symbol: str, price_precision: int, start: str, qty_min: str, **other: int | str | Decimal) -> Market:
    base, quote = symbol.split("/")
    return Market(
        ASSETS[base],
        ASSETS[quote],
        price_precision,
        Decimal(start),
        Decimal(qty_min),
        **other,  # type: ignore[arg-type]
    )


_IN_BTC: dict[str, int | str | Decimal] = {"cost_precision": 10, "cost_min": Decimal("0.00002")}
MARKETS = (
    _market("BTC/USD", 1, "81776.6", "0.00005"),
    _market("ETH/USD", 2, "3012.44", "0.001"),
    _market("SOL/USD", 2, "151.23", "0.02"),
    _market("XRP/USD", 5, "2.31415", "2"),
    _market("ADA/USD", 6, "0.448210", "4.5"),
    _market("ADA/EUR", 6, "0.412550", "4.5", cost_min=Decimal("0.45")),
    _market("BTC/EUR", 1, "75310.2", "0.00005", cost_min=Decimal("0.45")),
    _market("ETH/BTC", 5, "0.03684", "0.001", **_IN_BTC),
    _market("DOGE/USD", 7, "0.1522310", "13", key="XDGUSD"),
    _market("USDT/USD", 5, "0.99987", "5", key="USDTZUSD"),
    _market("LTC/USD", 2, "84.20", "0.04"),
    _market("SHIB/USD", 9, "0.000008731", "160000", qty_precision=5),
    _market("SOL/EUR", 2, "139.17", "0.02", cost_min=Decimal("0.45")),
    _market("ETH/EUR", 2, "2774.31", "0.001", cost_min=Decimal("0.45")),
)

XSTOCKS = tuple(
    Market(
        Asset(f"{name}x", f"{name}x", f"{name}x", 8, 5, TOKENIZED, name),
        ASSETS["USD"],
        2,
        Decimal(price),
        Decimal("0.01"),
    )
    for name, price in (("TSLA", "421.18"), ("AAPL", "268.43"), ("SPY", "683.20"))
)
"""A few tokenized shares, in Kraken's spelling with a lower-case x."""
_TOKENS = {market.base.id for market in XSTOCKS}


def class_of(asset: str) -> str:
    """Return the class of an asset in balances and ledgers."""
    return TOKENIZED if asset in _TOKENS else "currency"


def synthetic(count: int) -> Iterable[Market]:
    """Make up pairs `S0001/USD`, `S0002/USD` ...: Kraken lists about 1 450 (ws-v2-overview §9)."""
    for index in range(1, count + 1):
        base = _asset(f"S{index:04d}", decimals=8)
        price = Decimal(1 + index * 7919 % 99_991).scaleb(-(index % 5))
        places = 2 + index % 5
        yield Market(base, ASSETS["USD"], places, price.quantize(Decimal(1).scaleb(-places)), Decimal("0.01"))


def choose(markets: int | Sequence[str | Market] | None) -> dict[str, Market]:
    """Return the markets by symbol: all of ours, so many (made-up ones follow ours), or the named ones.

    Tokenized shares are among all of ours and among the names, but in no number.
    """
    if markets is None:
        chosen: Iterable[Market] = (*MARKETS, *XSTOCKS)
    elif isinstance(markets, int):
        chosen = (*MARKETS[:markets], *synthetic(markets - len(MARKETS)))
    else:
        chosen = (_named(market) if isinstance(market, str) else market for market in markets)
    return {market.symbol: market for market in chosen}


def _named(symbol: str) -> Market:
    for market in (*MARKETS, *XSTOCKS):
        if market.symbol == symbol:
            return market
    known = ", ".join(market.symbol for market in (*MARKETS, *XSTOCKS))
    message = f"open_exchange(markets=...): {symbol!r} is not among {known}; pass a krakenio.sim.Market to add one"
    raise ValueError(message)
