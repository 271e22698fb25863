"""Do what must happen later: the dead man's switch, and orders that expire. Tasks of the exchange, started here."""

import math
from functools import partial

import anyio

from krakenio.sim.accounts import Account
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.orders import Order
from krakenio.sim.refusal import Refused

MAX_SWITCH = 86_400


def set_switch(core: Core, account: Account, after: int) -> None:
    """Arm, extend or disarm the dead man's switch of an account."""
    if not 0 <= after < MAX_SWITCH:
        raise Refused("EGeneral:Invalid arguments:timeout")
    account.switch += 1
    if after:
        core.spawn(partial(_run_switch, core, account, after, account.switch), "sim: dead man's switch")


async def _run_switch(core: Core, account: Account, after: int, setting: int) -> None:
    await anyio.sleep(after)
    if account.switch == setting:
        for order in list(account.open.values()):
            core.engine.cancel(order, "User requested")


def watch_expiry(core: Core, order: Order) -> None:
    """End an order when its time has come."""
    if order.expires is not None and order.is_open:
        core.spawn(partial(_expire, core, order, order.expires), "sim: an order's expiry")


async def _expire(core: Core, order: Order, expires: int) -> None:
    await anyio.sleep(math.nextafter((expires - core.clock()) / SECOND, math.inf))
    if order.is_open:
        core.engine.cancel(order, "Order expired", "expired")
