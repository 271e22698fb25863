"""Do what must happen later: the dead man's switch, orders that begin, orders that expire. Tasks of the exchange."""

from functools import partial

import anyio

from krakenio.sim.accounts.account import Account
from krakenio.sim.core import Core
from krakenio.sim.gateway.requests import invalid
from krakenio.sim.markets.orders import Order

MAX_SWITCH = 86_400


def set_switch(core: Core, account: Account, after: int) -> None:
    """Arm, extend or disarm the dead man's switch of an account."""
    if not 0 <= after < MAX_SWITCH:
        raise invalid("timeout")
    account.switch += 1
    if after:
        core.spawn(partial(_run_switch, core, account, after, account.switch), "sim: dead man's switch")


async def _run_switch(core: Core, account: Account, after: int, setting: int) -> None:
    await anyio.sleep(after)
    if account.switch == setting:
        for order in list(account.open.values()):
            core.engine.cancel(order, "User requested")


def watch_times(core: Core, order: Order) -> None:
    """Begin and end an order when its times have come."""
    if order.status == "pending_new" and order.effective is not None:
        core.spawn(partial(_start, core, order, order.effective), "sim: an order's beginning")
    if order.expires is not None and order.is_open:
        core.spawn(partial(_expire, core, order, order.expires), "sim: an order's expiry")


async def _start(core: Core, order: Order, begin: int) -> None:
    await core.clock.until(begin)
    if order.status == "pending_new":
        core.engine.start(order)


async def _expire(core: Core, order: Order, expires: int) -> None:
    await core.clock.until(expires)
    if order.is_open:
        core.engine.cancel(order, "Order expired", "expired")
