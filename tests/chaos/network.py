"""A network between a client and the exchange: endpoints go in, others that lead through every mishap come out.

Each connection has a fate by chance: how its bytes are cut and delayed, and how and when it ends. Sockets are real, and
TLS passes through: what is cut or spoilt are its records.
"""

import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.abc import SocketAttribute, SocketStream

from krakenio.endpoints import Endpoints
from krakenio.sim.connections.tcp import open_listener, reset_by_close
from krakenio.sim.faults import HOSTS

_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)

WHOLE = (65_536, 0.0)
CUTS = ((1, 0.0), (7, 0.0), (40, 0.0), (1_400, 0.01), WHOLE, (65_536, 0.03), (65_536, 0.3))
"""How many bytes go on in one piece, and after how many seconds."""

FATES = ("lasts", "reset", "hung up", "half closed", "vanished", "spoilt")


class Wire:
    """One connection through the network, from the client (`near`) to the exchange (`far`)."""

    def __init__(self, near: SocketStream, far: SocketStream, fate: str, lives: float, chance: random.Random) -> None:
        self._near, self._far, self._fate, self._lives = near, far, fate, lives
        self._size, self._lag = WHOLE if fate == "lasts" else chance.choice(CUTS)
        self._spoils = False
        self._mute: tuple[SocketStream, ...] = ()  # nothing goes to them any more

    async def run(self) -> None:
        """Carry bytes both ways, and be overtaken by its fate."""
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._carry, self._near, self._far)
            self._tasks.start_soon(self._carry, self._far, self._near)
            await anyio.sleep(self._lives)
            with suppress(*_BROKEN):
                await self._end()

    def cut(self) -> None:
        """End in the middle of whatever is on its way."""
        self._tasks.cancel_scope.cancel()

    async def _carry(self, source: SocketStream, sink: SocketStream) -> None:
        """Carry one way, to the end; whoever has lost the other one learns it so."""
        with suppress(*_BROKEN):
            async for data in source:
                for piece in self._pieces(data):
                    await anyio.sleep(self._lag)
                    if sink not in self._mute:
                        await sink.send(piece)
            if sink not in self._mute:
                await sink.send_eof()
                return
        self.cut()

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        if self._spoils:
            self._spoils = False
            data = bytes([data[0] ^ 1]) + data[1:]
        yield from (data[at : at + self._size] for at in range(0, len(data), self._size))

    async def _end(self) -> None:
        match self._fate:
            case "reset":
                reset_by_close(self._near)
                self.cut()
            case "hung up":
                self.cut()
            case "half closed":  # the client is still listened to
                self._mute = (self._near,)
                await self._near.send_eof()
            case "vanished":
                self._mute = (self._near, self._far)
            case "spoilt":
                self._spoils = True
            case _:
                pass


class Network:
    """Carry connections, none for more than `lives` seconds unless its fate is to last."""

    def __init__(self, chance: random.Random, fates: tuple[str, ...] = FATES, lives: float = 6.0) -> None:
        self.tally: Counter[str] = Counter()
        self._chance, self._fates, self._lives = chance, fates, lives
        self._wires: set[Wire] = set()

    def calm_down(self) -> None:
        """End what there is, and let new connections last."""
        self._fates = ("lasts",)
        for wire in self._wires:
            wire.cut()

    async def connect(self, near: SocketStream, *, port: int) -> None:
        """Carry one connection to a port of the exchange, from whoever connects."""
        fate, lives = self._chance.choice(self._fates), self._chance.uniform(0.0, self._lives)
        self.tally[fate] += 1
        try:
            async with await anyio.connect_tcp("127.0.0.1", port) as far:
                self._wires.add(wire := Wire(near, far, fate, lives, self._chance))
                await wire.run()
                self._wires.discard(wire)
        finally:
            await anyio.aclose_forcefully(near)


@asynccontextmanager
async def through(network: Network, endpoints: Endpoints) -> AsyncGenerator[Endpoints]:
    """Lead to the same exchange by another port for each of its hosts."""
    async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:

        async def by_another_port(url: str) -> str:
            port = urlsplit(url).port or 0
            listener = await stack.enter_async_context(await open_listener())
            tasks.start_soon(listener.serve, partial(network.connect, port=port))
            near = listener.extra(SocketAttribute.local_port)  # noqa: S610 - AnyIO's, not Django's
            return url.replace(f":{port}", f":{near}")

        led: dict[str, Any] = {host: await by_another_port(getattr(endpoints, host)) for host in HOSTS}
        yield replace(endpoints, **led)
        tasks.cancel_scope.cancel()
