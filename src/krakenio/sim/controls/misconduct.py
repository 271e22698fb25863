"""Draw faults by chance: an exchange's faults and a source go in, one strikes. One table names all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from krakenio.sim.controls.faults import Faults

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
Fault = Callable[[Faults, Random], object]


@dataclass(frozen=True, slots=True)
class Misdeed:
    """Hold one fault that struck: which, and how many nanoseconds after the exchange began."""

    kind: str
    time: int


def _fail(faults: Faults, source: Random) -> None:
    """Accept, and answer with trouble: on REST with an HTTP status too, which a WebSocket does not have."""
    method = source.choice(METHODS)
    faults.fail_after_acceptance(method, source.choice((*TROUBLE, *STATUSES) if method[0].isupper() else TROUBLE))


def _book(source: Random) -> str:
    return source.choice(("book", "level3"))


FAULTS: dict[str, Fault] = {
    "drop": lambda faults, source: faults.drop(source.choice(SERVICES)),
    "close": lambda faults, source: faults.close(source.choice(SOCKETS), source.choice((1000, 1001, 1012))),
    "freeze": lambda faults, source: faults.freeze(source.choice(SERVICES), source.uniform(0.1, 8)),
    "slice": lambda faults, source: faults.slice(source.choice(SERVICES), source.randint(1, 64)),
    "delay": lambda faults, source: faults.delay(source.uniform(0.1, 6), method=source.choice(METHODS), times=1),
    "hold": lambda faults, source: faults.hold(source.uniform(0.1, 6), method=source.choice(METHODS), times=1),
    "lose": lambda faults, source: faults.lose_replies(1, source.choice(METHODS)),
    "reject": lambda faults, source: faults.reject(source.choice(METHODS), source.choice(TROUBLE)),
    "fail": _fail,
    "refuse": lambda faults, source: faults.refuse(source.choice(SERVICES), source.choice(STATUSES)),
    "token": lambda faults, _source: faults.expire_token(),
    "sequence": lambda faults, source: faults.skip_sequence(source.choice(("executions", "balances"))),
    "checksum": lambda faults, source: faults.wrong_checksum(source.choice(faults.symbols), 1, _book(source)),
    "digit": lambda faults, source: faults.wrong_digit(source.choice(faults.symbols), 1, _book(source)),
    "update": lambda faults, source: faults.lose_update(source.choice(faults.symbols), 1, _book(source)),
    "snapshot": lambda faults, source: faults.lose_snapshot(source.choice(faults.symbols), 1, _book(source)),
    "poison": lambda faults, source: faults.send_raw(source.choice(SOCKETS), source.choice(POISON)),
    "skew": lambda faults, source: faults.skew_clock(source.uniform(-2, 2)),
    "maintenance": lambda faults, source: faults.maintenance(source.choice(MODES)),
}
"""The faults by name; `docs/faults.md` says what a client sees of each."""
KINDS = tuple(FAULTS)
LONGEST = 10.0
"""Seconds that a maintenance lasts at most."""
