"""Follow the state of Kraken's system, as one link is told it: statuses go in, each change comes out as an event."""

from krakenio.events import Announcements, SystemStatus
from krakenio.links.context import Context
from krakenio.messages import StatusMessage
from krakenio.subscriptions.channels import LinkName


class System:
    """The state of the trading engine, `online` until something else is heard, and what was announced last."""

    def __init__(self, name: LinkName, context: Context) -> None:
        self._name = name
        self._context = context
        self._state = "online"
        self._announced: Announcements | None = None

    @property
    def in_maintenance(self) -> bool:
        """Tell whether Kraken is being maintained: then nothing is to be had for minutes."""
        return self._state == "maintenance"

    def take(self, message: StatusMessage) -> None:
        """Take a message of the channel `status` in."""
        for status in message.data:
            self.learn(status.system)
            told = Announcements.of(status, self._context.clock(), self._name)
            if told.news(self._announced):
                self._announced = told
                self._context.publish(told)

    def learn(self, state: str) -> None:
        """Learn a state, also from a message of which nothing else could be read."""
        if state != self._state:
            self._state = state
            self._context.publish(SystemStatus(at=self._context.clock(), link=self._name, system=state))
