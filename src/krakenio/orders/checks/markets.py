"""Know the increments of markets: symbols go in, what Kraken says of them now comes out; no order waits for it.

Orders are checked by the `instrument` channel while it is live (a stream of `s.instruments()`, or any book), since only
there does Kraken tell each change at once. Without it nothing is refused here.
"""

from collections.abc import Mapping
from typing import Any

import anyio

from krakenio.errors import InvalidRequest
from krakenio.limits.ages import OrderAges
from krakenio.limits.pricing import named
from krakenio.links.context import Context
from krakenio.models.prices import only
from krakenio.orders.checks.increments import Increments, of_asset_pair, of_pair
from krakenio.rest import Rest
from krakenio.rest.market import one_pair
from krakenio.symbols import check_symbol


class Markets:
    """What a session knows of markets."""

    def __init__(self, context: Context, rest: Rest, ages: OrderAges) -> None:
        self._context = context
        self._rest = rest
        self._ages = ages

    def check_order(self, params: Mapping[str, Any], symbol: str, place: str = "") -> None:
        """Refuse an add whose numbers do not fit its market; `place` tells which of a batch it is."""
        if (pair := self._context.pair(symbol)) is None:
            return
        try:
            of_pair(pair).check_order(params)
        except InvalidRequest as error:
            message = f"{place}{error}"
            raise InvalidRequest(message) from None

    def check_change(self, params: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        """Refuse an amend whose numbers do not fit; `order` is what is known of the order."""
        symbol = params.get("symbol") or order.get("symbol") or self._symbol_of(params)
        if symbol is not None and (known := self._live(symbol)) is not None:
            known.check_change(params, order)

    def check_edit(self, params: Mapping[str, Any], order: Mapping[str, Any]) -> None:
        """Refuse an edit whose numbers do not fit."""
        if (known := self._live(params["symbol"])) is not None:
            known.check_edit(params, order)

    async def increments(self, symbol: str) -> Increments:
        """Return the steps and minima of a market: from the channel where it is live, else asked over REST."""
        await anyio.lowlevel.checkpoint()
        known = self._live(check_symbol(symbol))
        return await self._asked(symbol) if known is None else known

    def _live(self, symbol: str) -> Increments | None:
        pair = self._context.pair(symbol)
        return None if pair is None else of_pair(pair)

    async def _asked(self, symbol: str) -> Increments:
        found = await self._rest.market.asset_pairs(**one_pair(symbol))
        return of_asset_pair(symbol, only(found))

    def _symbol_of(self, params: Mapping[str, Any]) -> str | None:
        return next((symbol for name in named(params) if (symbol := self._ages.symbol(name))), None)
