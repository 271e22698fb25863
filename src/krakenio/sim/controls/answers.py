"""Disturb requests and their answers: which, and how, goes in; clients see them late, refused, lost or wrong.

`host` is `"rest"`, `"ws"`, `"ws_auth"`, `"ws_l3"` or None for all. `method` is a WebSocket method or a REST endpoint's
name (`"add_order"`, `"AddOrder"`), or None for all. `times` is how often, None until `clear_faults()`.
"""

from krakenio.sim.clock import SECOND
from krakenio.sim.controls.part import Part


class AnswerFaults(Part):
    """Offer what can happen to a request."""

    def delay(
        self, seconds: float, host: str | None = None, method: str | None = None, times: int | None = None
    ) -> None:
        """Send replies (not updates) so much later."""
        self._core.faults.plan("delay", host, method, seconds, times)

    def hold(
        self, seconds: float, host: str | None = None, method: str | None = None, times: int | None = None
    ) -> None:
        """Take requests so much later, as if they had been slow on their way: deadlines may pass."""
        self._core.faults.plan("hold", host, method, seconds, times)

    def lose_replies(self, n: int | None = 1, method: str | None = None, host: str | None = None) -> None:
        """Do what the next `n` requests ask and never answer them."""
        self._core.faults.plan("lose", host, method, 0, n)

    def refuse(self, host: str | None, http_status: int, times: int | None = 1, method: str | None = None) -> None:
        """Answer upgrades or REST requests with this HTTP status, nothing done."""
        self._core.faults.plan("refuse", host, method, http_status, times)

    def reject(self, method: str, error: str, times: int | None = 1, host: str | None = None) -> None:
        """Answer a method with this error string, nothing done."""
        self._core.faults.plan("reject", host, method, error, times)

    def fail_after_acceptance(self, method: str, status: int | str = 502, times: int | None = 1) -> None:
        """Do what is asked, then answer with an HTTP status (REST) or an error string (either)."""
        self._core.faults.plan("fail", None, method, status, times)

    def pend_cancels(self, seconds: float, times: int | None = 1) -> None:
        """Answer `CancelOrder` of REST with `pending`: what it asks for is done so much later."""
        self._core.faults.plan("pend", "rest", "CancelOrder", seconds, times)

    def take_post_only(self, times: int | None = 1) -> None:
        """Take a post-only order that would trade, and cancel it, as was seen of Kraken in 2026; else it is refused."""
        self._core.faults.plan("take post only", "ws_auth", None, 0, times)

    def late_tables(self, seconds: float) -> None:
        """List orders so much later in `OpenOrders`, `ClosedOrders` and `QueryOrders`, until `clear_faults()`."""
        self._core.faults.lag = round(seconds * SECOND)

    def expire_token(self) -> None:
        """End every WebSocket token, even those in use; running subscriptions go on, later requests are refused."""
        self._core.access.expire()
