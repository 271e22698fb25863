"""Tell one WebSocket client: replies, snapshots and updates go in, frames in Kraken's envelopes go out.

Source: ws-v2-overview §2 (envelopes), §4 (status).
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from random import Random

import anyio

from krakenio.sim.accounts.access import Token
from krakenio.sim.clock import micros
from krakenio.sim.connections.websocket import WebSocket
from krakenio.sim.core import Core
from krakenio.sim.feeds.executions import Row
from krakenio.sim.feeds.feeds import Feed
from krakenio.sim.feeds.market_data import message
from krakenio.sim.refusal import NOT_SUBSCRIBED, Refused
from krakenio.sim.wire import encode, encode_reply
from krakenio.sim.ws.calls import Call

VERSION = "2.0.11"


class Client:
    """Hold one connection's subscriptions and its sequence numbers, one for each private channel."""

    def __init__(self, core: Core, host: str, websocket: WebSocket) -> None:
        self.core: Core = core
        self.host: str = host
        self.websocket: WebSocket = websocket
        self.feeds: dict[Feed, None] = {}
        self.sequences: dict[str, int] = {}
        self.beating: bool = False
        self.gone: bool = False
        self.chance: Random = core.client_chance(host)
        self.opened: float = anyio.current_time()
        self._connection_id = self.chance.getrandbits(64)  # often above 2^63, as Kraken's are (ws-v2-overview §3)
        self._place: int | None = None

    def greet(self) -> None:
        """Send the status: the first frame of a connection, and again whenever it changes."""
        row: Row = {"version": VERSION, "system": self.core.status, "api_version": "v2"}
        row |= {"connection_id": self._connection_id, **self.core.notices.status(self.core.clock())}
        self.push(message("status", "update", [row]))

    def push(self, frame: bytes) -> None:
        """Queue a channel's frame."""
        if not self.gone:
            self.websocket.send(frame)

    def push_private(self, channel: str, kind: str, data: list[Row]) -> None:
        """Queue a private message with its channel's next number; a snapshot has 1 (ws-v2-private §2.2)."""
        number = 1 if kind == "snapshot" else self.sequences.get(channel, 0) + 1
        self.sequences[channel] = number
        self.push(encode({"channel": channel, "type": kind, "data": data, "sequence": number}))

    def lose_private(self, channel: str) -> None:
        """Count a private message that is never sent."""
        self.sequences[channel] = self.sequences.get(channel, 0) + 1

    def reply(self, call: Call, result: object = None, **more: object) -> None:
        """Answer a call with success."""
        outcome = {"result": result} if result is not None else {}
        self._answer(call, {"method": call.method, **more, **outcome, "success": True})

    def answer_rows(self, call: Call, rows: list[dict[str, object]], *, success: bool) -> None:
        """Answer a batch with a row for each of its parts."""
        self._answer(call, {"method": call.method, "result": rows, "success": success})

    def refuse(self, call: Call, refused: Refused) -> None:
        """Answer a call with an error; only the symbol of a subscription tells which part of it failed."""
        where = {"symbol": refused.symbol} if refused.symbol else {}
        method = "subscribe" if refused.error == NOT_SUBSCRIBED else call.method  # so Kraken answers an unsubscribe
        self._answer(call, {"method": method, "error": refused.error, "success": False, **where})

    def pong(self, call: Call) -> None:
        """Answer a ping: a method of its own, and no `success`."""
        self._answer(call, {"method": "pong"})

    @contextmanager
    def replying_first(self) -> Generator[None]:
        """Put the replies of the block ahead of whatever else it sends."""
        self._place = self.websocket.place()
        try:
            yield
        finally:
            self._place = None

    def leave(self) -> None:
        """Give up all that the connection had subscribed to."""
        self.gone = True
        for feed in self.feeds:
            self.core.feeds.leave(feed, self)
        for channel in ("executions", "balances"):
            self.release(self.core.feeds.leave_private(channel, self))

    def release(self, token: Token | None) -> None:
        """Note that a token has one private subscription less that keeps it alive."""
        if token is not None:
            token.uses -= 1

    def _answer(self, call: Call, body: dict[str, object]) -> None:
        faults = self.core.faults
        if faults.take("lose", self.host, call.method):
            return
        if "error" not in body and (rule := faults.take("fail", self.host, call.method)):
            body = {"method": call.method, "error": str(rule.value), "success": False}
        if call.req_id is not None:
            body = {"req_id": call.req_id, **body}
        if wait := faults.seconds("delay", self.host, call.method):
            self.core.later(wait, partial(self._send, call, body), "sim: a reply held back")
        else:
            self._send(call, body)

    def _send(self, call: Call, body: dict[str, object]) -> None:
        frame = encode_reply({**body, "time_in": micros(call.time_in), "time_out": micros(self.core.clock())})
        if self._place is None:
            self.push(frame)
        else:
            self.websocket.send_at(self._place, frame)
            self._place += 1
