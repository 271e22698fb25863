"""Orders over WebSocket: fields go in, an `Intent` comes out that always knows what became of them (contract B).

    methods         `desk` is `s.orders`, made of `changing`, `cancels` and `stopping`
    checks          `fields`, `fitting`, `changefields`; names by `identity`, steps by `increments` and `markets`
    a request       `intent`: a `record` with an `outcome`; about several orders `batch`, `cancellist`, `tags`
    its way         `gates`, `pacing` (`line`), `deadlines`, then one of two `roads`; for REST `overrest`, `editing`
    a lost reply    settled by reports: `reported`, `doubts`, `names`; or by Kraken's tables: `resolving` (`survey`,
                    `verdicts`), `cancelledger` (`targets`), both by a `sharedreading`
    the account     without holes by `executions` and `lookup`; to look at: `table`, `funds`, `limits`
    scopes          `groups` (`leaving`, `groupcancels`), `switch` (`countdown`), `halting`, which ask by `asking`

What a part needs of the desk it says in a protocol of its own, the intent in `needs`.
"""

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
