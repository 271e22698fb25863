"""Orders over WebSocket: fields go in, an `Intent` comes out that always knows what became of them (contract B).

The way of an order, room by room; none imports what stands below it:

    `checks`        what a user passes, checked before anything is sent
    `intents`       one request, from before it is sent until its outcome is certain
    `batch`         one request about several orders
    `sending`       how requests get out: held back for the matching engine, then by the socket or REST
    `account`       what there is: execution reports without holes, the open orders, the balances
    `resolving`     what became of a request whose reply was lost
    `groups`        blocks that no order outlives unnoticed
    `switches`      the dead-man's switch, the kill switch
    methods         `desk` is `s.orders`, made of `placing`, `changing`, `cancels`, `stopping`; there one reads `limits`

What a room needs of the desk it says in a protocol of its own.
"""

from krakenio.orders.account.table import LiveOrder, OrderTable
from krakenio.orders.batch import Batch, Leg
from krakenio.orders.batch.cancellist import CancelList
from krakenio.orders.checks.changefields import AmendFields, EditFields
from krakenio.orders.checks.fields import Conditional, OrderFields, Triggers
from krakenio.orders.checks.increments import Increments
from krakenio.orders.desk import Orders
from krakenio.orders.groups.group import OrderGroup
from krakenio.orders.groups.leftopen import OrdersLeftOpen
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.outcome import Acknowledged, Outcome
from krakenio.orders.switches.deadman import DeadManSwitch

__all__ = [
    "Acknowledged",
    "AmendFields",
    "Batch",
    "CancelList",
    "Conditional",
    "DeadManSwitch",
    "EditFields",
    "Increments",
    "Intent",
    "Leg",
    "LiveOrder",
    "OrderFields",
    "OrderGroup",
    "OrderTable",
    "Orders",
    "OrdersLeftOpen",
    "Outcome",
    "Triggers",
]
