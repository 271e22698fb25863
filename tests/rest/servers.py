"""Servers in memory for one test each: in, what is done with a connection; out, endpoints that lead there."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from krakenio import Endpoints, Keys
from krakenio.bytestream import ByteStream
from krakenio.sim.connections.http import Answer, HttpConnection, Request
from krakenio.sim.connections.memory import MemoryStream, memory_pair
from krakenio.tasks import bare

KEYS = Keys("PublicPartOfTheKeyPublicPartOfTheKeyPublicPartOfTheKey12", "c2VjcmV0" * 10 + "c2VjcmU=", otp="0nePassw0rd")
"""Keys with every part, to be looked for wherever they must not be."""

TIME = b'{"error":[],"result":{"unixtime":1795424400}}'

Serve = Callable[[MemoryStream], Awaitable[None]]


class Server:
    """Serve each connection in a task of its own; `connections` counts them, `open` the ones that are."""

    def __init__(self, serve: Serve, tasks: TaskGroup) -> None:
        self.connections = 0
        self.open = 0
        self._serve = serve
        self._tasks = tasks
        self.endpoints = Endpoints(rest="http://127.0.0.1:8080", dial=self.dial)

    async def dial(self, _host: str, _port: int) -> ByteStream:
        """Connect."""
        await anyio.lowlevel.checkpoint()
        near, far = memory_pair()
        self.connections += 1
        self._tasks.start_soon(self._run, far)
        return near

    async def _run(self, stream: MemoryStream) -> None:
        self.open += 1
        try:
            await self._serve(stream)
        except OSError:
            return  # the client broke off, which is its right
        finally:
            self.open -= 1
            stream.leave()


@asynccontextmanager
async def open_server(serve: Serve) -> AsyncGenerator[Server]:
    """Run a server beside the block."""
    async with bare(anyio.create_task_group()) as tasks:
        yield Server(serve, tasks)


def answering(answer: Callable[[Request], Answer]) -> Serve:
    """Answer every request in good form."""

    async def serve(stream: MemoryStream) -> None:
        connection = HttpConnection(stream)
        while (request := await connection.request()) is not None:
            await connection.answer(answer(request))

    return serve


async def silent(stream: MemoryStream) -> None:
    """Read whatever comes and answer nothing."""
    while await stream.receive():
        pass


def saying(*pieces: bytes, pause: float = 0.0, then_end: bool = True) -> Serve:
    """Wait for a request's first bytes, then send these pieces, come what may; afterwards end, or stay silent."""

    async def serve(stream: MemoryStream) -> None:
        await stream.receive()
        for piece in pieces:
            await stream.send(piece)
            await anyio.sleep(pause)
        if not then_end:
            await anyio.sleep_forever()

    return serve


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Write an answer, with any length that one likes to claim."""
    claimed = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {claimed}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
