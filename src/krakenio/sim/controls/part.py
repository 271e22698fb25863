"""Hold what all controls reach: the exchange's parts, and its open connections."""

from krakenio.sim.core import Core
from krakenio.sim.serving.server import Server


class Part:
    """Reach an exchange."""

    def __init__(self, core: Core, server: Server) -> None:
        self._core, self._server = core, server
