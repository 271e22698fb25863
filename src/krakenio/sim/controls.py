"""Make things go wrong from a test: plain calls, while clients run; all of them go through the table of faults.

`host` is `"rest"`, `"ws"`, `"ws_auth"`, `"ws_l3"` or None for all. `method` is a WebSocket method or a REST endpoint's
name (`"add_order"`, `"AddOrder"`), or None for all. `times` is how often, None until `clear_faults()`.
"""

from krakenio.sim.core import Core
from krakenio.sim.faults import HOSTS
from krakenio.sim.server import Server

MODES = ("online", "cancel_only", "post_only", "limit_only", "maintenance")


class Controls:
    """Offer the faults."""

    def __init__(self, core: Core, server: Server) -> None:
        self._core, self._server = core, server

    def drop(self, host: str | None = None) -> int:
        """Reset every open connection of a host; return how many."""
        dropped = [connection for connection in self._server.connections if host in {None, connection.host}]
        for connection in dropped:
            connection.abort()
        return len(dropped)

    def close(self, host: str | None = None, code: int = 1000, reason: str = "") -> None:
        """Close the WebSockets of a host in good form, with a close code."""
        for client in self._server.clients(host):
            client.websocket.close(code, reason)

    def freeze(self, host: str | None, seconds: float) -> None:
        """Keep connections open, but read and write nothing for so long; new ones hang too."""
        self._core.faults.freeze(HOSTS if host is None else (host,), seconds)

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

    def wrong_checksum(self, symbol: str, times: int | None = 1) -> None:
        """Spoil the checksum of the next book updates of a symbol."""
        self._core.faults.plan("checksum", "ws", symbol, 0, times)

    def clear_faults(self) -> None:
        """Lift all of the above, and thaw."""
        self._core.faults.clear()

    def send_raw(self, host: str | None, frame: str | bytes) -> None:
        """Send a text message as it is to every WebSocket of a host; bytes go out as raw bytes of the connection."""
        for client in self._server.clients(host):
            if isinstance(frame, str):
                client.push(frame.encode())
            else:
                client.websocket.send_raw(frame)

    def expire_token(self) -> None:
        """End every WebSocket token, even those in use; running subscriptions go on, later requests are refused."""
        self._core.access.expire()

    def skip_sequence(self, channel: str, by: int = 1) -> None:
        """Leave out numbers of a private channel on every connection that has it."""
        for client in self._server.clients("ws_auth"):
            if channel in client.sequences:
                client.sequences[channel] += by

    def maintenance(self, mode: str = "maintenance") -> None:
        """Put the exchange into a mode, and tell every WebSocket; `"online"` ends it."""
        if mode not in MODES:
            message = f"maintenance({mode!r}): expected one of {', '.join(MODES)}"
            raise ValueError(message)
        self._core.status = mode
        for client in self._server.clients(None):
            client.greet()

    def set_market(self, symbol: str, status: str) -> None:
        """Put one market into a mode, and tell who follows `instrument`."""
        place = self._core.engine.places[symbol]
        place.status = status
        self._core.feeds.publish_instruments([place])
