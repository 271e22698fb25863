"""Read how near the matching engine's limits are, to plan by: pairs and orders go in, counts come out."""

import anyio

from krakenio.limits.ages import OrderAges
from krakenio.limits.engine import EngineCounter, Tier
from krakenio.limits.pricing import price_of_orders, totals
from krakenio.symbols import check_symbol


class Limits:
    """The view of one session's counters: predicted from what was sent, put right by Kraken's reports."""

    def __init__(self, counter: EngineCounter, ages: OrderAges) -> None:
        self._counter = counter
        self._ages = ages

    def __repr__(self) -> str:
        """Show what is allowed; what is used is a pair's, and the loop's clock's."""
        return f"<Limits of {self.tier!r}>"

    @property
    def tier(self) -> Tier:
        """Return the account's threshold, decay a second and open orders a pair, as `maxratecount` tells them."""
        return self._counter.tier

    def rate_count(self, symbol: str) -> float:
        """Return the counter of a pair now, with everything that is queued."""
        return self._counter.predicted(check_symbol(symbol), anyio.current_time())

    def open_orders(self, symbol: str) -> int:
        """Return how many orders are open on a pair, with those on their way."""
        return self._ages.open_orders(check_symbol(symbol), anyio.current_time())

    def cost_to_cancel(self, *names: str) -> dict[str, float]:
        """Return what cancelling these orders would cost now, by pair; name each by `order_id` or `cl_ord_id`."""
        return totals(price_of_orders("cancel_order", names, self._ages, anyio.current_time()))
