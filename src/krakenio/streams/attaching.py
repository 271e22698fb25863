"""Join streams to what brings their items: an intake that is entered goes in, links and the executions fill it."""

from functools import partial
from typing import Any

from krakenio.events import Event
from krakenio.lifetime import Lifetime
from krakenio.links.context import Context
from krakenio.links.link import Link
from krakenio.messages import Execution
from krakenio.streams.intake import Intake
from krakenio.streams.stream import ReportFeed
from krakenio.streams.tended import TendedIntake
from krakenio.subscriptions.channels import CHANNELS, LinkName


class Attaching:
    """Keep the intakes of a session's open streams, each with its source: a link, the executions, or its events."""

    _context: Context
    _life: Lifetime

    def __init__(self) -> None:
        self._intakes: dict[Intake[Any], None] = {}
        self._listeners: dict[Intake[Any], None] = {}

    def _attach(self, intake: Intake[Any]) -> None:
        self._check_open()
        self._context.check_loop()
        link = self._link(CHANNELS[intake.keys[0].channel].link)
        if intake.recovers:
            intake.refresh = partial(link.catch_up, intake.keys, intake)
        link.attach(intake.keys, intake)
        self._intakes[intake] = None
        if isinstance(intake, TendedIntake):
            self._life.spawn(intake.run, f"tending of {intake.keys[0].channel}")

    def _detach(self, intake: Intake[Any]) -> None:
        if isinstance(intake, TendedIntake):
            intake.stop()
        if self._intakes.pop(intake, self) is None:
            self._link(CHANNELS[intake.keys[0].channel].link).detach(intake)

    def _follow(self, intake: Intake[Execution]) -> None:
        self._check_open()
        self._context.check_loop()
        self._intakes[intake] = None
        self._executions.attach(intake)

    def _unfollow(self, intake: Intake[Execution]) -> None:
        self._intakes.pop(intake, None)
        self._executions.detach(intake)

    def _listen(self, intake: Intake[Event]) -> None:
        self._check_open()
        self._context.check_loop()
        self._intakes[intake] = self._listeners[intake] = None

    def _unlisten(self, intake: Intake[Event]) -> None:
        self._intakes.pop(intake, None)
        self._listeners.pop(intake, None)

    def _publish(self, event: Event) -> None:
        for listener in self._listeners:
            listener.put(event)

    def _finish(self, error: BaseException | None) -> None:
        """End every stream: what is buffered stays readable (contract D6)."""
        for intake in self._intakes:
            intake.finish(error)

    @property
    def _executions(self) -> ReportFeed:
        raise NotImplementedError

    def _link(self, name: LinkName) -> Link:
        raise NotImplementedError

    def _check_open(self) -> None:
        raise NotImplementedError
