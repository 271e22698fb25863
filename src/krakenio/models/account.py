"""Orders and balances over REST: what each endpoint's `result` is.

Numbers are `Decimal`, whether Kraken sent them as text or as numbers; times are seconds since 1970 with all their
digits. Source: docs.kraken.com, rest-api, with captures where they differ.
"""

from decimal import Decimal
from typing import TypeAlias

from msgspec import field
from msgspec.structs import force_setattr

from krakenio.wire import Wire

Balance: TypeAlias = dict[str, Decimal]
"""`result` of Balance, by asset (`XXBT`, `ZUSD`, `ETH.F`); what open orders hold is included."""


class OrderDescription(Wire, frozen=True, gc=False):
    """An order as it was entered.

    `pair` is REST's altname (`XBTUSD`), `type` is `buy` or `sell`. `price` and `price2` are text, since trailing
    orders have `+5.0000%` there. `leverage` is `none` or `5:1`. `order` and `close` are sentences for people.
    `aclass`: of the pair, `forex` or `equity_pair`.
    """

    pair: str | None = None
    type: str | None = None
    ordertype: str | None = None
    price: str | None = None
    price2: str | None = None
    leverage: str | None = None
    order: str | None = None
    close: str | None = None
    aclass: str | None = None


class Order(Wire, frozen=True, gc=False):
    """One order; `None` is "not set" or "not told".

    State: `status` (`pending`, `open`, `closed`, `canceled`, `expired`; a cancelled order can have fills), `reason`,
    times `opentm`, `closetm`, `starttm`, `expiretm`. Quantities: `vol` and `vol_exec` in base currency (quote with
    the flag `viqc`), `cost` and `fee` in quote currency (fee in base with `fcib`), `price` average of the fills (0 if
    none), `stopprice` and `limitprice` of triggered orders, `displayvol` and `displayvolremain` of icebergs. Names:
    `userref`, `cl_ord_id`, `refid` (the order that created it), `link_id` (the order that it replaced), `ext_ord_id`,
    `sender_sub_id`. Flags: `oflags` (comma list of `post`, `fcib`, `fciq`, `nompp`, `viqc`), `misc` (`stopped`,
    `touched`, `liquidated`, `partial`, `amended`), `trigger` (`last`, `index`), `margin`, `reduce_only`, `amended`,
    `time_in_force` in lower case. `trades`: ids, if they were asked for.
    """

    status: str
    vol: Decimal
    vol_exec: Decimal
    descr: OrderDescription = field(default_factory=OrderDescription)
    cost: Decimal | None = None
    fee: Decimal | None = None
    price: Decimal | None = None
    stopprice: Decimal | None = None
    limitprice: Decimal | None = None
    displayvol: Decimal | None = None
    displayvolremain: Decimal | None = None
    refid: str | None = None
    userref: int | None = None
    cl_ord_id: str | None = None
    reason: str | None = None
    opentm: Decimal | None = None
    closetm: Decimal | None = None
    starttm: Decimal | None = None
    expiretm: Decimal | None = None
    time_in_force: str | None = None
    trigger: str | None = None
    margin: bool | None = None
    reduce_only: bool | None = None
    amended: bool | None = None
    misc: str | None = None
    oflags: str | None = None
    sender_sub_id: str | None = None
    ext_ord_id: str | None = None
    link_id: str | None = None
    trades: list[str] | None = None

    def __post_init__(self) -> None:
        """Say "not set" in one way: Kraken also writes the text `None`, and 0 for a time or a userref."""
        if self.refid == "None":
            force_setattr(self, "refid", None)
        for name in ("userref", "starttm", "expiretm"):
            if not getattr(self, name):
                force_setattr(self, name, None)


class Cursor(Wire, frozen=True, gc=False):
    """Where the next page begins; none on the last one."""

    next: str | None = None


class OpenOrders(Wire, frozen=True, gc=False):
    """`result` of OpenOrders: orders by `order_id` (REST: txid). A just-placed order can be missing for a moment."""

    open: dict[str, Order] = field(default_factory=dict[str, Order])
    cursor: Cursor | None = None


class ClosedOrders(Wire, frozen=True, gc=False):
    """`result` of ClosedOrders: one page of 50 by `order_id`; `count` is of all pages, and may be absent or 0."""

    closed: dict[str, Order] = field(default_factory=dict[str, Order])
    count: int | None = None
    cursor: Cursor | None = None


QueryOrders: TypeAlias = dict[str, Order]
"""`result` of QueryOrders, by `order_id`."""
