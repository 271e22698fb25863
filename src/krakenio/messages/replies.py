"""Answers to requests of WebSocket v2, for all methods: one envelope, one struct for what is inside.

Source: docs.kraken.com, guides/websockets and api-reference; shapes that captures of 2024 to 2026 show differently
are noted.
"""

from msgspec import field

from krakenio.wire import Wire


class Result(Wire, frozen=True, gc=False):
    """What a method answered; only the fields of that method are set.

    Subscriptions: `channel`, `symbol` and their parameters as Kraken took them; `maxratecount` is the threshold of
    the pair's rate counter. Orders: `order_id` (empty or absent with `validate`), `cl_ord_id`, `order_userref`;
    `amend_id`; `original_order_id` of an edit; `error` of a row in a batch. `count`: of cancelled orders. Dead-man's
    switch: `current_time`, `trigger_time` (which may be `"0"` or absent once disarmed). `warnings` are advice, never
    failures.
    """

    channel: str | None = None
    symbol: str | None = None
    snapshot: bool | None = None
    event_trigger: str | None = None
    depth: int | None = None
    interval: int | None = None
    snap_orders: bool | None = None
    snap_trades: bool | None = None
    order_status: bool | None = None
    ratecounter: bool | None = None
    maxratecount: int | None = None
    order_id: str | None = None
    cl_ord_id: str | None = None
    order_userref: int | None = None
    amend_id: str | None = None
    original_order_id: str | None = None
    error: str | None = None
    status: str | None = None
    count: int | None = None
    current_time: str | None = field(default=None, name="currentTime")
    trigger_time: str | None = field(default=None, name="triggerTime")
    warnings: list[str] | None = None


_NOTHING = Result()


class Reply(Wire, frozen=True, gc=False):
    """One answer; a request that names several symbols or orders gets one for each, with the same `req_id`.

    `success` is absent on `pong`. `error` is Kraken's text (`errors.api_error` classifies it). A refused symbol
    stands in `symbol`; a refused cancel names no order at all. `result` is a list for `batch_add`, in the order of
    the request, and may come beside `success: false` when only some were refused. `orders_cancelled` stands here for
    `batch_cancel`, which has no result. `time_in` and `time_out`: when Kraken received and answered.
    """

    method: str
    success: bool | None = None
    req_id: int | None = None
    error: str | None = None
    symbol: str | None = None
    result: Result | list[Result] | None = None
    time_in: str | None = None
    time_out: str | None = None
    orders_cancelled: int | None = None
    status: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the request succeeded; a pong has no `success` and is one."""
        return self.success is True or (self.method == "pong" and self.success is None)

    @property
    def refusal(self) -> str | None:
        """Return why the request was refused; nothing where no reason came, or what stands beside it says otherwise.

        That is an order's id, or that some were cancelled. A reply that is neither `ok` nor a refusal decides nothing.
        """
        if self.success is not False or self.count or any(row.order_id for row in self.rows):
            return None
        return self.error or None

    @property
    def rows(self) -> list[Result]:
        """List what was answered, whichever its shape: one row, one for each order of a batch, or none."""
        if isinstance(self.result, list):
            return self.result
        return [] if self.result is None else [self.result]

    @property
    def row(self) -> Result:
        """Return the first row, or an empty one: a field can be read without asking whether there is a result."""
        result = self.result
        if isinstance(result, list):
            return result[0] if result else _NOTHING
        return _NOTHING if result is None else result

    @property
    def count(self) -> int | None:
        """Return how many orders were cancelled: the documentation and the wire put it in different places."""
        return self.orders_cancelled if self.orders_cancelled is not None else self.row.count
