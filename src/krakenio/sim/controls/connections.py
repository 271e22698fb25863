"""Disturb connections: which, and how, goes in; clients see resets, closes, silence, pieces, bytes that mean nothing.

`host` is `"rest"`, `"ws"`, `"ws_auth"`, `"ws_l3"` or None for all.
"""

from krakenio.sim.controls.part import Part
from krakenio.sim.faults import HOSTS


class ConnectionFaults(Part):
    """Offer what can happen to a connection."""

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

    def slice(self, host: str | None = None, most: int = 16) -> None:
        """Send in pieces of at most so many bytes, until `clear_faults()`."""
        self._core.faults.slice(HOSTS if host is None else (host,), most)

    def send_raw(self, host: str | None, frame: str | bytes) -> None:
        """Send a text message as it is to every WebSocket of a host; bytes go out as raw bytes of the connection."""
        for client in self._server.clients(host):
            if isinstance(frame, str):
                client.push(frame.encode())
            else:
                client.websocket.send_raw(frame)
