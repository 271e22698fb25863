"""A group that is struck again while it is left, by a second cancel or Ctrl-C, tells what may be open too (I2)."""

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import suppress
from typing import Any

import anyio
import pytest

from krakenio.events import OrdersUnconfirmed
from krakenio.orders import OrderGroup
from tests.injection import Kind, Moment
from tests.opened import RESTING, opened
from tests.orders.groups.test_groups import GRACE, still_open

pytestmark = pytest.mark.virtual


class CtrlC:
    """Await a call that waits once, and have Ctrl-C strike it as it is woken, as trio has its main task struck."""

    def __init__(self, call: Awaitable[None]) -> None:
        self.call = call

    def __await__(self) -> Generator[Any, Any, None]:
        """Pass its wait up to the loop, and throw in place of what comes back."""
        steps = self.call.__await__()
        with suppress(BaseException):
            yield next(steps)
        steps.throw(KeyboardInterrupt())


async def test_ctrl_c_while_a_group_is_left_has_the_note() -> None:
    """I2, F5: and the group and an event tell too."""
    async with opened() as (exchange, session), session.events() as events:
        group = await session.orders.open_group(GRACE).__aenter__()
        await group.add(**RESTING)
        exchange.freeze(None, 30)
        with pytest.raises(KeyboardInterrupt) as caught:
            await CtrlC(group.__aexit__(None, None, None))
        assert "may be open" in caught.value.__notes__[0]
        assert [intent.cl_ord_id for intent in group.unconfirmed] == still_open(exchange)
        told = [event for event in await events.take_batch() if isinstance(event, OrdersUnconfirmed)]
        assert [event.orders for event in told] == [(exchange.orders[0].order_id,)]


async def test_a_second_cancel_has_the_note_too(cancel_kind: Kind) -> None:
    """I2: natively it is the second one that leaves, in place of the one that ended the block."""
    notes: list[str] = []

    async def left_by(group: OrderGroup) -> None:
        try:
            async with group:
                await group.add(**RESTING)
                exchange.freeze(None, 30)
                if cancel_kind == "native" and (task := asyncio.current_task()) is not None:
                    asyncio.get_running_loop().call_later(1.5, task.cancel)
                await anyio.sleep_forever()
        except BaseException as error:
            notes.extend(error.__notes__)
            raise

    async with opened() as (exchange, session):
        group = session.orders.open_group(GRACE)
        with anyio.move_on_after(1.5 if cancel_kind == "scope" else None):
            await Moment(cancel_kind, 0, 1.0)(lambda: left_by(group))
        assert "may be open" in notes[0]
        assert len(group.unconfirmed) == 1
