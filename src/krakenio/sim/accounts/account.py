"""Keep what an account owns: fills go in, balances, holds and ledger entries come out.

Holds are counted from the open orders each time they are asked for: what is not stored cannot drift.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from krakenio.sim.accounts.limits import Counter, Tier
from krakenio.sim.accounts.vault import Vault
from krakenio.sim.chance import Ids
from krakenio.sim.markets.listing import ASSETS
from krakenio.sim.markets.orders import Entry, Fill, Order
from krakenio.sim.markets.wallets import SPOT, TRADE, Cause

MAKER_FEE = Decimal("0.0025")
TAKER_FEE = Decimal("0.0040")
"""The rates of Kraken's lowest volume tier."""

UUID_DIGITS = 32
"""More than free text may have (ws-v2-trading §0.1)."""

DEFAULT_BALANCES: Mapping[str, str | int | Decimal] = {
    "USD": 100_000,
    "EUR": 50_000,
    "BTC": 2,
    "ETH": 20,
    "ADA": 10_000,
    "SOL": 100,
}


def is_named(order: Order, cl_ord_id: str) -> bool:
    """Tell whether an order has a client id: Kraken keeps 128 bits of it, so a UUID is its 32 digits in either case."""
    return order.cl_ord_id is not None and kept(order.cl_ord_id) == kept(cl_ord_id)


def kept(cl_ord_id: str) -> str:
    """Return a client id in the form in which it is compared."""
    digits = cl_ord_id.replace("-", "")
    return digits.lower() if len(digits) == UUID_DIGITS else cl_ord_id


class Account:
    """Own balances and orders; several keys may belong to one account."""

    def __init__(self, ids: Ids, balances: Mapping[str, str | int | Decimal], tier: Tier) -> None:
        self.balances: dict[str, Decimal] = {asset: Decimal(amount) for asset, amount in balances.items()}
        self.wallets: dict[str, dict[str, Decimal]] = {SPOT: self.balances}
        self.orders: dict[str, Order] = {}
        self.open: dict[str, Order] = {}
        self.fills: list[Fill] = []
        self.entries: dict[str, Entry] = {}
        self.vault: Vault = Vault()
        self.engine_counters: Callable[[str], Counter] = tier.engine_counters()
        self.level3: Counter = tier.level3_counter()
        self.tier = tier
        self.switch = 0  # counts how often the dead man's switch was set: an older timer finds itself outdated
        self._ids = ids

    def enter(self, order: Order) -> None:
        """Take a new order into the books."""
        self.orders[order.order_id] = self.open[order.order_id] = order

    def leave(self, order: Order) -> None:
        """Take a finished order out of the open ones."""
        self.open.pop(order.order_id, None)

    def reopen(self, order: Order) -> None:
        """Put an order back among the open ones, where it stood."""
        self.open[order.order_id] = order

    def find_client(self, cl_ord_id: str) -> Order | None:
        """Return the open order with this client id (unique among open orders only, ws-v2-trading §0.1)."""
        return next((order for order in self.open.values() if is_named(order, cl_ord_id)), None)

    def held(self, asset: str) -> Decimal:
        """Return what the open orders tie up: quantities to sell, costs and taker fees of what to buy."""
        return sum((hold(order) for order in self.open.values() if held_asset(order) == asset), Decimal(0))

    def hold_of(self, order: Order) -> Decimal:
        """Return what an order ties up: nothing once it is gone."""
        return hold(order) if order.order_id in self.open else Decimal(0)

    def available(self, asset: str) -> Decimal:
        """Return what a new order may use."""
        return self.balances.get(asset, Decimal(0)) - self.held(asset)

    def total(self, asset: str) -> Decimal:
        """Return what there is of an asset in all wallets."""
        return sum((wallet.get(asset, Decimal(0)) for wallet in self.wallets.values()), Decimal(0))

    def held_in(self) -> Iterator[tuple[str, str, Decimal]]:
        """Yield what is where, by wallet and asset; what Earn has no more of is left out."""
        for wallet, balances in self.wallets.items():
            for asset, amount in balances.items():
                if amount or wallet == SPOT:
                    yield wallet, asset, amount

    def book(
        self, ref_id: str, asset: str, amount: Decimal, fee: Decimal, time: int, cause: Cause = TRADE
    ) -> Entry:
        """Change a balance: new = old + amount - fee, to the asset's decimals (ws-v2-private §3.3)."""
        places, wallet = decimals(asset), self.wallets.setdefault(cause.wallet, {})
        amount, fee = rounded(amount, places), rounded(fee, places)
        balance = wallet[asset] = wallet.get(asset, Decimal(0)) + amount - fee
        total = self.total(asset)
        entry = Entry(self._ids.make("L"), ref_id, asset, amount, fee, balance, total, time, places, cause)
        self.entries[entry.ledger_id] = entry
        return entry


def decimals(asset: str) -> int:
    """Return the decimals that an asset's balances are kept in."""
    known = ASSETS.get(asset)
    return known.decimals if known else 8


def rounded(value: Decimal, places: int) -> Decimal:
    """Return the value rounded half up to so many places."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def held_asset(order: Order) -> str:
    """Return the asset that pays for an order."""
    return order.market.quote.id if order.side == "buy" else order.market.base.id


def cost_of(order: Order, price: int, qty: int) -> Decimal:
    """Return price times quantity in the quote asset, exactly."""
    market = order.market
    return Decimal(price * qty).scaleb(-market.price_precision - market.qty_precision)


def hold(order: Order) -> Decimal:
    """Return what an order ties up of what pays for it."""
    if order.side == "sell":
        return Decimal(order.remaining).scaleb(-order.market.qty_precision)
    return cost_of(order, order.hold_price, order.remaining) * (1 + TAKER_FEE)
