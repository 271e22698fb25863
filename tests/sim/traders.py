"""Trade on the simulated exchange as a raw client: frames go out with a token, replies and reports come back."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from krakenio.sim import Exchange
from tests.sim.clients import Frame, RawSocket, names_of, private_token, raw_socket

RESTING: Frame = {"order_type": "limit", "side": "buy", "symbol": "ADA/EUR", "order_qty": 25, "limit_price": 0.2}
"""An order that rests far below the market."""


class Trader:
    """Hold a private connection with its token put into every call."""

    def __init__(self, socket: RawSocket, token: str) -> None:
        self.socket, self.token = socket, token
        self._rows: deque[Frame] = deque()

    async def ask(self, method: str, /, **params: Any) -> Frame:
        """Send a request with the token and return its reply; reports that overtake it are kept."""
        await self.socket.send(method, token=self.token, **params)
        while (frame := await self.socket.receive()).get("method") not in names_of(method):
            self._keep(frame)
        return frame

    async def add(self, **params: Any) -> Frame:
        """Place an order: a limit buy far below the market unless told otherwise."""
        order = RESTING | params
        return await self.ask("add_order", **{name: value for name, value in order.items() if value is not None})

    async def placed(self, **params: Any) -> str:
        """Place an order that must be accepted; return its id."""
        answer = await self.add(**params)
        assert answer["success"], answer
        return str(answer["result"]["order_id"])

    async def trade(self, side: str) -> None:
        """Trade a little at the best price of ADA/EUR, so that this is the last price."""
        await self.placed(order_type="market", side=side, order_qty=5, limit_price=None)

    async def report(self, kind: str, order_id: str | None = None) -> Frame:
        """Return the next report of a kind, and of an order if it is named; others are dropped."""
        while True:
            (row,) = await self.reports(1)
            if row["exec_type"] == kind and order_id in {None, row["order_id"]}:
                return row

    async def reports(self, count: int) -> list[Frame]:
        """Return so many execution reports."""
        while len(self._rows) < count:
            self._keep(await self.socket.channel("executions", "update"))
        return [self._rows.popleft() for _ in range(count)]

    def _keep(self, frame: Frame) -> None:
        if frame.get("channel") == "executions":
            self._rows += frame["data"]


@asynccontextmanager
async def trading(exchange: Exchange, *channels: str) -> AsyncGenerator[Trader]:
    """Open a private connection subscribed to these channels."""
    async with raw_socket(exchange, "ws_auth") as socket:
        trader = Trader(socket, await private_token(exchange))
        for channel in channels:
            assert (await trader.ask("subscribe", channel=channel))["success"]
            assert (await socket.channel(channel, "snapshot"))["sequence"] == 1
        yield trader


def status(exchange: Exchange, order_id: str) -> str:
    """Return what has become of an order, as the exchange itself has it."""
    return next(order.status for order in exchange.orders if order.order_id == order_id)


def prices(exchange: Exchange) -> tuple[Decimal, Decimal]:
    """Return the best bid and ask of ADA/EUR."""
    return exchange.best("ADA/EUR")
