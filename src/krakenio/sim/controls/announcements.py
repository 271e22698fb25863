"""Announce what is to come: maintenance and emergencies go in, every WebSocket hears of them, and REST tells them."""

from collections.abc import Sequence

from krakenio.sim.clock import SECOND
from krakenio.sim.controls.part import Part
from krakenio.sim.notices import Emergency, Maintenance


class Announcements(Part):
    """Offer what Kraken announces."""

    def announce_maintenance(
        self,
        start_in: float = 1800,
        duration: float = 3600,
        *,
        title: str = "Scheduled maintenance",
        services: Sequence[str] = ("spot_ws", "spot_rest", "spot_trading"),
        order_submission: str = "allowed",
        recommended_action: str = "continue",
        cancel_before: float | None = None,
    ) -> int:
        """Announce a maintenance in so many seconds, and tell every WebSocket; return its number.

        It only announces: `maintenance()` begins one. `cancel_before` is seconds from now. `send_status()` tells of it
        anew, with its phase as it is then.
        """
        now, number = self._core.clock(), self._core.notices.number()
        begin = now + round(start_in * SECOND)
        until = None if cancel_before is None else now + round(cancel_before * SECOND)
        end, named = begin + round(duration * SECOND), tuple(services)
        event = Maintenance(number, title, begin, end, named, order_submission, recommended_action, until)
        self._core.notices.add(event)
        self.send_status()
        return number

    def announce_emergency(
        self,
        title: str = "Degraded matching",
        *,
        services: Sequence[str] = ("spot_trading",),
        incident_status: str = "investigating",
        impact: str = "major",
        restart_in: float | None = None,
    ) -> int:
        """Announce an incident, and tell every WebSocket; return its number."""
        now, number = self._core.clock(), self._core.notices.number()
        restart = None if restart_in is None else now + round(restart_in * SECOND)
        self._core.notices.add(Emergency(number, title, now, tuple(services), incident_status, impact, restart))
        self.send_status()
        return number

    def withdraw(self, number: int) -> None:
        """Announce something no longer, and tell every WebSocket."""
        self._core.notices.withdraw(number)
        self.send_status()

    def send_status(self) -> None:
        """Send `status` to every WebSocket."""
        for client in self._server.clients(None):
            client.greet()
