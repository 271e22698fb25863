"""Make things go wrong from a test: plain calls, while clients run; what is planned goes into the table of faults."""

from krakenio.sim.controls.answers import AnswerFaults
from krakenio.sim.controls.connections import ConnectionFaults
from krakenio.sim.controls.messages import MessageFaults
from krakenio.sim.controls.state import StateControls


class Faults(ConnectionFaults, AnswerFaults, MessageFaults, StateControls):
    """Offer every fault by itself."""

    @property
    def symbols(self) -> list[str]:
        """Return the v2 symbols of all markets."""
        return list(self._core.engine.places)

    def clear_faults(self) -> None:
        """Lift every fault that lasts, and thaw; a clock stays as it was set."""
        self._core.faults.clear()
