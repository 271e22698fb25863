"""What Kraken says of itself: the frames of `status` and `heartbeat`, and those that belong to no family.

Source: docs.kraken.com, api-reference/spot-websocket-v2/status; maintenance as in the REST schema, every field
optional.
"""

from msgspec import field

from krakenio.wire import Wire


class Maintenance(Wire, frozen=True, gc=False):
    """A planned maintenance, from `expected_start_utc` to `expected_end_utc` (which may be open).

    `phase`: `announced`, `reminder_24h`, `approaching_30m`, `imminent_5m`, `final_warning_30s`. `order_submission`:
    `allowed`, `discouraged`, `blocked`. `recommended_action`: `continue`, `reduce_activity`, `cancel_open_orders`,
    `stop_new_orders`, `disconnect_and_wait`; orders can be cancelled until `cancel_before_utc`. `time_to_start_s` was
    right when it was served.
    """

    event_id: int | str | None = None
    title: str | None = None
    expected_start_utc: str | None = None
    expected_end_utc: str | None = None
    time_to_start_s: int | None = None
    phase: str | None = None
    affected_services: list[str] | None = None
    order_submission: str | None = None
    recommended_action: str | None = None
    cancel_before_utc: str | None = None
    source_url: str | None = None


class NextStep(Wire, frozen=True, gc=False):
    """What is expected at `expected_at_utc`: `type` is `expected_restart`, `expected_cancel_only`, ..."""

    applies_to: list[str] | None = None
    type: str | None = None
    expected_at_utc: str | None = None


class Emergency(Wire, frozen=True, gc=False):
    """A running incident: `incident_status` is `investigating`, `identified` or `monitoring`; `impact`: `major`, ..."""

    event_id: int | str | None = None
    title: str | None = None
    incident_status: str | None = None
    impact: str | None = None
    affected_services: list[str] | None = None
    started_at_utc: str | None = None
    next_steps: list[NextStep] | None = None
    source_url: str | None = None


class Status(Wire, frozen=True, gc=False):
    """The state of the engine, which alone decides what it accepts.

    `system`: `online`, `maintenance` (no new orders, no cancels), `cancel_only`, `post_only`, `limit_only`.
    `connection_id` is unsigned and may exceed 63 bits.
    """

    system: str
    api_version: str | None = None
    connection_id: int | None = None
    version: str | None = None
    upcoming_maintenance: list[Maintenance] = field(default_factory=list[Maintenance])
    emergency: list[Emergency] = field(default_factory=list[Emergency])


class StatusMessage(Wire, frozen=True, gc=False, tag_field="channel", tag="status"):
    """The first frame of every connection, and again when the engine's state changes."""

    data: list[Status]
    type: str = "update"


class HeartbeatMessage(Wire, frozen=True, gc=False, tag_field="channel", tag="heartbeat"):
    """A sign of life, about once a second while nothing else is sent."""


class Notice(Wire, frozen=True, gc=False):
    """A frame that is neither answer nor channel: Kraken's gateway complains, as with `Exceeded msg rate`."""

    error: str | None = None
