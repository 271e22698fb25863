"""Orders over WebSocket: fields go in, an `Intent` comes out that always knows what became of them (contract B)."""

from krakenio.orders.batch import Batch, Leg
from krakenio.orders.cancellist import CancelList
from krakenio.orders.changefields import AmendFields, EditFields
from krakenio.orders.desk import Orders
from krakenio.orders.fields import Conditional, OrderFields, Triggers
from krakenio.orders.groups import OrderGroup
from krakenio.orders.increments import Increments
from krakenio.orders.intent import Intent
from krakenio.orders.outcome import Acknowledged, Outcome
from krakenio.orders.switch import DeadManSwitch
from krakenio.orders.table import LiveOrder, OrderTable

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
    "Outcome",
    "Triggers",
]
