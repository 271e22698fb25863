"""Announce maintenance and emergencies: what is planned goes in, the arrays of `status` and SystemStatus come out.

Names as REST has them; that the WebSocket's are the same is (unverified). Source: ws-v2-overview §4.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from krakenio.sim.clock import SECOND, seconds

STATUS_PAGE = "https://status.kraken.com"
PHASES = ((30, "final_warning_30s"), (300, "imminent_5m"), (1800, "approaching_30m"), (86_400, "reminder_24h"))
"""What an announcement is called when there are at most so many seconds left; before that it is `announced`."""
SOON = 72 * 3600 * SECOND
"""How far SystemStatus looks ahead; MaintenanceSchedule sees all (rest-endpoints §1)."""
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Hold one planned maintenance; times are nanoseconds."""

    event_id: int
    title: str
    begin: int
    end: int
    services: tuple[str, ...]
    order_submission: str
    recommended_action: str
    cancel_before: int | None

    def row(self, now: int) -> Row:
        """Return it as told now."""
        left = max(0, (self.begin - now) // SECOND)
        row: Row = {
            "event_id": self.event_id,
            "title": self.title,
            "expected_start_utc": seconds(self.begin),
            "expected_end_utc": seconds(self.end),
            "time_to_start_s": left,
            "phase": next((name for bound, name in PHASES if left <= bound), "announced"),
            "affected_services": list(self.services),
            "order_submission": self.order_submission,
            "recommended_action": self.recommended_action,
            "source_url": f"{STATUS_PAGE}/incidents/{self.event_id}",
        }
        return row | ({"cancel_before_utc": seconds(self.cancel_before)} if self.cancel_before is not None else {})


@dataclass(frozen=True, slots=True)
class Emergency:
    """Hold one incident; `restart` is when the services are expected back, in nanoseconds."""

    event_id: int
    title: str
    began: int
    services: tuple[str, ...]
    incident_status: str
    impact: str
    restart: int | None

    def row(self) -> Row:
        """Return it as told."""
        steps: list[Row] = []
        if self.restart is not None:
            expected: Row = {"type": "expected_restart", "expected_at_utc": seconds(self.restart)}
            steps = [{"applies_to": list(self.services), **expected}]
        return {
            "event_id": self.event_id,
            "title": self.title,
            "incident_status": self.incident_status,
            "impact": self.impact,
            "affected_services": list(self.services),
            "started_at_utc": seconds(self.began),
            "next_steps": steps,
            "source_url": f"{STATUS_PAGE}/incidents/{self.event_id}",
        }


class Notices:
    """Keep what was announced and not withdrawn."""

    def __init__(self) -> None:
        self._planned: dict[int, Maintenance] = {}
        self._emergencies: dict[int, Emergency] = {}
        self._next = 0

    def number(self) -> int:
        """Return the id of the next event."""
        self._next += 1
        return self._next

    def add(self, event: Maintenance | Emergency) -> None:
        """Announce something."""
        if isinstance(event, Maintenance):
            self._planned[event.event_id] = event
        else:
            self._emergencies[event.event_id] = event

    def withdraw(self, event_id: int) -> None:
        """Announce it no longer."""
        self._planned.pop(event_id, None)
        self._emergencies.pop(event_id, None)

    def schedule(self, now: int, ahead: int | None = None) -> Sequence[Row]:
        """Return the planned maintenance, the soonest first."""
        planned = sorted(self._planned.values(), key=lambda event: event.begin)
        return [event.row(now) for event in planned if ahead is None or event.begin <= now + ahead]

    def arrays(self, now: int) -> Mapping[str, object]:
        """Return both arrays."""
        emergencies = [event.row() for event in self._emergencies.values()]
        return {"upcoming_maintenance": self.schedule(now, SOON), "emergency": emergencies}

    def status(self, now: int) -> Mapping[str, object]:
        """Return what stands in `status`: nothing before the first announcement, then both, be they empty."""
        return self.arrays(now) if self._next else {}
