"""Look up over REST what the executions channel missed: times go in, ended orders and fills come out as reports.

Source: docs.kraken.com, rest-api, OpenOrders, ClosedOrders, TradesHistory. Taker fills are not to be consolidated, so
that their ids are the `exec_id`s of the channel.
"""

from collections.abc import Callable
from decimal import Decimal

from krakenio.errors import UnknownSymbol
from krakenio.messages import Execution
from krakenio.models import AccountTrade, AssetPair
from krakenio.orders.account.fetched import Ended, as_ended, as_fill
from krakenio.rest import Rest
from krakenio.rest.market import one_pair

SymbolOf = Callable[[str], str | None]
"""Return the symbol of an order that is known, by its `order_id`."""

PAGE = 100
"""Fills of a page: the most that Kraken gives."""

FAR = 2**33
"""Unix seconds that are always ahead: without a cursor pages are told by their offset, which needs a fixed end."""


class Lookup:
    """Ask for the account's past; `symbol_of` saves asking for the pairs of known orders."""

    def __init__(self, rest: Rest, symbol_of: SymbolOf) -> None:
        self._rest = rest
        self._symbol_of = symbol_of
        self._symbols: dict[str, str | None] = {}

    async def ended(self, since_ns: int) -> dict[str, Ended]:
        """Return the orders that have ended since."""
        found: dict[str, Ended] = {}
        asked = self._rest.account.closed_orders(start=_seconds(since_ns), end=FAR, closetime="close")
        async with asked as pages:
            async for page in pages:
                for name, order in page.items():
                    ended = as_ended(name, order, await self._symbol(name, order.descr.pair))
                    if ended is not None:
                        found[name] = ended
        return found

    async def open(self) -> list[str]:
        """Return the orders that are open."""
        return list((await self._rest.account.open_orders()).open)

    async def fills(self, since_ns: int, enough: Callable[[dict[str, Execution]], bool]) -> None:
        """Show the fills since to `enough`, page by page, the newest first, until it has what it wants."""
        asked = self._rest.account.trades_history(start=_seconds(since_ns), limit=PAGE, consolidate_taker=False)
        async with asked as pages:
            async for page in pages:
                if enough({name: await self._fill(name, trade) for name, trade in page.items()}):
                    return

    async def _fill(self, name: str, trade: AccountTrade) -> Execution:
        return as_fill(name, trade, await self._symbol(trade.ordertxid, trade.pair))

    async def _symbol(self, order_id: str, pair: str | None) -> str | None:
        """Return the symbol of an order; of a pair's names REST knows more than one."""
        known = self._symbol_of(order_id)
        if known is not None or pair is None:
            return known
        if pair not in self._symbols:
            self._symbols[pair] = await self._listed(pair)
        return self._symbols[pair]

    async def _listed(self, pair: str) -> str | None:
        """Ask for a pair's symbol; one of another venue, or delisted, must not cost the reports of all others."""
        try:
            found = await self._rest.market.asset_pairs(**one_pair(pair))
        except UnknownSymbol:
            return None
        return next((symbol for name, row in found.items() if (symbol := _symbol(name, row)) is not None), None)


def _symbol(name: str, row: AssetPair) -> str | None:
    """Return the symbol of an entry of AssetPairs; a tokenised share has a second one, by the name `TSLASPV/USD`."""
    if row.aclass_base == "tokenized_asset" and row.wsname:
        return row.wsname
    return name if "/" in name else None


def _seconds(nanoseconds: int) -> Decimal:
    return Decimal(nanoseconds).scaleb(-9)
