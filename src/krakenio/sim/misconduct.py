"""Draw faults by chance: an exchange's controls and a source go in, one fault strikes. One table names all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krakenio.sim.controls import Controls

SOCKETS = ("ws", "ws_auth", "ws_l3")
METHODS = (
    *("add_order", "amend_order", "edit_order", "batch_add", "cancel_order", "batch_cancel", "cancel_all"),
    *("AddOrder", "AmendOrder", "AddOrderBatch", "CancelOrder", "CancelOrderBatch", "CancelAll"),
    *("OpenOrders", "ClosedOrders", "QueryOrders", "GetWebSocketsToken"),
)
MODES = ("maintenance", "cancel_only", "post_only")
TROUBLE = ("EService:Unavailable", "EService:Busy", "EGeneral:Internal error", "EService:Deadline elapsed")
"""Errors that Kraken answers with whether an order was accepted or not (errors.md §3)."""
STATUSES = (500, 502, 503, 520, 522)
POISON = (
    "CloudFlare WebSocket proxy restarting",
    "{",
    "[]",
    "null",
    '{"channel":"unheard_of","type":"update","data":[{}]}',
    '{"channel":"ticker","type":"update","data":[{"symbol":7}]}',
    '{"channel":"book","type":"update","data":{"symbol":"BTC/USD"}}',
    '{"method":"add_order","req_id":"seven","success":"perhaps"}',
    '{"Error":"Exceeded msg rate"}',
)
"""Frames outside the schema (ws-v2-overview §2.4), and some that no client should fall over."""

SERVICES = ("rest", *SOCKETS)
Fault = Callable[["Controls", Random], object]


@dataclass(frozen=True, slots=True)
class Misdeed:
    """Hold one fault that struck: which, and how many nanoseconds after the exchange began."""

    kind: str
    time: int


def _fail(controls: "Controls", source: Random) -> None:
    """Accept, and answer with trouble: on REST with an HTTP status too, which a WebSocket does not have."""
    method = source.choice(METHODS)
    controls.fail_after_acceptance(method, source.choice((*TROUBLE, *STATUSES) if method[0].isupper() else TROUBLE))


def _book(source: Random) -> str:
    return source.choice(("book", "level3"))


FAULTS: dict[str, Fault] = {
    "drop": lambda controls, source: controls.drop(source.choice(SERVICES)),
    "close": lambda controls, source: controls.close(source.choice(SOCKETS), source.choice((1000, 1001, 1012))),
    "freeze": lambda controls, source: controls.freeze(source.choice(SERVICES), source.uniform(0.1, 8)),
    "slice": lambda controls, source: controls.slice(source.choice(SERVICES), source.randint(1, 64)),
    "delay": lambda controls, source: controls.delay(source.uniform(0.1, 6), method=source.choice(METHODS), times=1),
    "hold": lambda controls, source: controls.hold(source.uniform(0.1, 6), method=source.choice(METHODS), times=1),
    "lose": lambda controls, source: controls.lose_replies(1, source.choice(METHODS)),
    "reject": lambda controls, source: controls.reject(source.choice(METHODS), source.choice(TROUBLE)),
    "fail": _fail,
    "refuse": lambda controls, source: controls.refuse(source.choice(SERVICES), source.choice(STATUSES)),
    "token": lambda controls, _source: controls.expire_token(),
    "sequence": lambda controls, source: controls.skip_sequence(source.choice(("executions", "balances"))),
    "checksum": lambda controls, source: controls.wrong_checksum(source.choice(controls.symbols), 1, _book(source)),
    "digit": lambda controls, source: controls.wrong_digit(source.choice(controls.symbols), 1, _book(source)),
    "update": lambda controls, source: controls.lose_update(source.choice(controls.symbols), 1, _book(source)),
    "snapshot": lambda controls, source: controls.lose_snapshot(source.choice(controls.symbols), 1, _book(source)),
    "poison": lambda controls, source: controls.send_raw(source.choice(SOCKETS), source.choice(POISON)),
    "skew": lambda controls, source: controls.skew_clock(source.uniform(-2, 2)),
    "maintenance": lambda controls, source: controls.maintenance(source.choice(MODES)),
}
"""The faults by name; `docs/faults.md` says what a client sees of each."""
KINDS = tuple(FAULTS)
LONGEST = 10.0
"""Seconds that a maintenance lasts at most."""
