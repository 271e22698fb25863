"""A Kraken that says whatever a test wants: requests go in, the frames that the test's own rules give come out.

Unlike the simulated exchange it knows nothing of Kraken and can be as wrong as anybody.
"""

import json
import random
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio

import krakenio
from krakenio.session import Session
from krakenio.tasks import bare
from tests.transport.peers import Peer, frame, serving

Request = dict[str, Any]
Answers = Callable[[Request], Iterable[str]]

STATUS = '{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2","version":"2.0.10"}]}'
NOW, NOW_NS = "2026-11-02T10:00:03.000000Z", 1_793_613_603 * 10**9
NO_INSTRUMENTS = '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[]}}'
BTC, ETH, ADA = "BTC/USD", "ETH/USD", "ADA/EUR"


class Half(random.Random):
    """A chance that is always one half: who waits for a jittered time waits as long in each run."""

    def random(self) -> float:
        return 0.5


class Script:
    """Hold what was asked and answer it by `answers`; `say` says more on the connection that is open."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Request] = []
        self.connections = 0
        self.beats = True
        self.peer: Peer | None = None

    async def __call__(self, peer: Peer) -> None:
        """Serve one connection."""
        self.connections += 1
        self.peer = peer
        await peer.open(frame(STATUS.encode()))
        while True:
            opcode, payload = await peer.next_frame()
            if opcode != 1:
                continue
            request = json.loads(payload)
            if request["method"] != "ping":
                self.asked.append(request)
            for text in self.answers(request):
                await peer.stream.send(frame(text.encode()))

    async def say(self, *texts: str) -> None:
        """Send frames that nobody asked for."""
        assert self.peer is not None
        await self.peer.stream.send(b"".join(frame(text.encode()) for text in texts))

    async def beat(self) -> None:
        """Show each second that the connection is alive."""
        while True:
            with suppress(OSError):
                if self.peer is not None and self.beats:
                    await self.say('{"channel":"heartbeat"}')
            await anyio.sleep(1)

    def methods(self, channel: str, symbol: str | None = None) -> list[str]:
        """Return what was asked for a channel, and a symbol if there is one, in order."""
        return [
            each["method"]
            for each in self.asked
            if each["params"]["channel"] == channel and (symbol is None or symbol in each["params"].get("symbol", ()))
        ]


@asynccontextmanager
async def scripted(answers: Answers, **options: Any) -> AsyncGenerator[tuple[Script, Session[Any]]]:
    """Open a session without keys on such a Kraken."""
    script = Script(answers)
    async with serving(script) as endpoints, bare(anyio.create_task_group()) as tasks:
        tasks.start_soon(script.beat)
        opening: Any = krakenio.open_session  # its overloads tell numbers apart, and `options` could be any
        async with opening(endpoints=endpoints, **{"chance": Half(), **options}) as session:
            yield script, session


def pong(request: Request) -> str:
    """Answer a ping."""
    return json.dumps({"method": "pong", "req_id": request["req_id"], "time_in": NOW, "time_out": NOW})


def ack(request: Request, about: str | None = None, **change: Any) -> str:
    """Acknowledge one symbol of a request; `change` replaces what the answer says, at its top level."""
    params = {name: value for name, value in request["params"].items() if name not in {"symbol", "token"}}
    result = params if about is None else {**params, "symbol": about}
    reply = {"method": request["method"], "req_id": request["req_id"], "success": True, "result": result, **change}
    return json.dumps({name: value for name, value in reply.items() if value is not None})


def refusal(request: Request, about: str, error: str) -> str:
    """Refuse one symbol of a request, as captured: there is no result, the symbol stands beside the error."""
    return ack(request, success=False, result=None, error=error, symbol=about)


def polite(snapshots: dict[str, str]) -> Answers:
    """Return what a Kraken does that does nothing wrong, with a snapshot for each symbol (the channel, without)."""

    def answers(request: Request) -> Iterable[str]:
        if request["method"] == "ping":
            return [pong(request)]
        symbols: list[str | None] = request["params"].get("symbol", [None])
        acks = [ack(request, symbol) for symbol in symbols]
        if request["method"] == "unsubscribe":
            return acks
        names = [symbol or request["params"]["channel"] for symbol in symbols]
        return acks + [snapshots[name] for name in names if name in snapshots]

    return answers


def ticker(symbol: str, bid: object = "1.0", kind: str = "update") -> str:
    """Return a frame of the ticker."""
    row = f'"symbol":"{symbol}","bid":{bid},"bid_qty":1.0,"ask":3.0,"ask_qty":1.0'
    return f'{{"channel":"ticker","type":"{kind}","data":[{{{row}}}]}}'


def trade(symbol: str, number: int, **change: str) -> str:
    """Return a frame of one trade; `change` replaces the JSON of a field."""
    row = {
        "symbol": f'"{symbol}"', "side": '"buy"', "price": "1.0", "qty": "1.0", "ord_type": '"limit"',
        "trade_id": str(number), "timestamp": '"2026-11-02T10:00:00.000000Z"', **change,
    }  # fmt: skip
    fields = ",".join(f'"{name}":{value}' for name, value in row.items())
    return f'{{"channel":"trade","type":"update","data":[{{{fields}}}]}}'
