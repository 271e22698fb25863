"""Place orders, one or several at once: Kraken's fields go in as keywords, an intent or Kraken's reply comes out.

Each call comes twice, as all of the desk's do: `prepare_...` gives an intent whose outcome can be read at any time, the
plain name sends it and waits for the reply. `via="rest"` sends over REST.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, Unpack

import anyio

from krakenio.errors import InvalidRequest
from krakenio.links.context import Context
from krakenio.orders.batch.legs import Batch, Leg
from krakenio.orders.checks.changefields import check_batch, check_validate
from krakenio.orders.checks.fields import OrderFields, check_order
from krakenio.orders.checks.increments import Increments
from krakenio.orders.checks.markets import Markets
from krakenio.orders.intents.gates import Gate
from krakenio.orders.intents.identity import name_order, same_form
from krakenio.orders.intents.intent import Intent
from krakenio.orders.intents.needs import Via
from krakenio.orders.intents.outcome import Acknowledged
from krakenio.orders.resolving.ledger import Ledger
from krakenio.symbols import check_symbol

Prepared = TypeVar("Prepared", bound=Intent)


class Placing(ABC):
    """Offer what places orders."""

    context: Context
    gate: Gate
    markets: Markets
    _ledger: Ledger

    @abstractmethod
    def _check_usable(self) -> None:
        """Refuse once the session has ended, and in another event loop."""

    @abstractmethod
    def _keep(self, intent: Intent, *, own_tag: bool) -> None:
        """Remember an add, for what Kraken tells of it later; `own_tag` says that no other order has its tag."""

    def prepare(self, *, via: Via = "ws", **order: Unpack[OrderFields]) -> Intent:
        """Check an order and give it a `cl_ord_id` without sending anything (contract B1).

        Fields are those of Kraken's `add_order`; quantities and prices are `Decimal`, int or text, never float.
        Raises `InvalidRequest` that says what to write instead.
        """
        return self.prepare_in(self.gate, order, via)

    def prepare_in(self, gate: Gate, order: OrderFields, via: Via = "ws") -> Intent:
        """Do the same for an order that goes through another gate, that of a group."""
        self._check_usable()
        gate.check()
        params = check_order(order)
        self.markets.check_order(params, params["symbol"])
        own_tag = name_order(params, self.context.chance.getrandbits(128))
        desk: Any = self  # a call of `_desk` costs each order 50 ns
        intent = Intent(desk, "add_order", params, self._ledger.look_for_add, timed=True, gate=gate, via=via)
        self._keep(intent, own_tag=own_tag)
        return intent

    async def add(self, *, via: Via = "ws", **order: Unpack[OrderFields]) -> Acknowledged:
        """Place an order and wait for Kraken's reply: `prepare` and `submit` in one.

        The caller's cancel scopes become the order's deadline in Kraken's engine (contract B9). After a cancel find the
        intent by its `cl_ord_id` with `intent()`, or call `prepare` yourself to have it in hand. `via="rest"` sends it
        over REST, for when the socket is down: all else stays as it is.
        """
        intent = await self.checked(partial(self.prepare_in, self.gate, order, via))
        return await intent.submit()

    def prepare_batch(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Check 2 to 15 orders of one symbol without sending anything; each gets a `cl_ord_id` and is one of `legs`."""
        return self.prepare_batch_in(self.gate, symbol, orders, validate=validate, via=via)

    def prepare_batch_in(
        self, gate: Gate, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Do the same for orders that go through another gate, that of a group."""
        self._check_usable()
        gate.check()
        shared: dict[str, Any] = {"symbol": symbol} | check_validate(validate)
        rows = check_batch(orders, check_symbol(symbol))
        _refuse_twins(rows)
        for place, row in enumerate(rows):
            self.markets.check_order(row, symbol, f"orders[{place}]: ")
        own_tags = [name_order(row, self.context.chance.getrandbits(128)) for row in rows]
        look = self._ledger.look_for_add
        legs = [Leg(self._desk, "add_order", {**row, **shared}, look, timed=True) for row in rows]
        params = {**shared, "orders": rows}
        batch = Batch(self._desk, params, legs, self._ledger.look_for_batch, gate, via)
        for leg, own_tag in zip(legs, own_tags, strict=True):
            self._keep(leg, own_tag=own_tag)
        return batch

    async def batch_add(
        self, symbol: str, orders: Sequence[OrderFields], *, validate: bool = False, via: Via = "ws"
    ) -> Batch:
        """Place 2 to 15 orders of one symbol in one request, and return the batch: each of its `legs` has an outcome.

        If one is not valid Kraken refuses all, which raises; what the engine refuses, for lack of funds say, it refuses
        alone: then that leg is `REJECTED` and its `error` says why, and the others stand.
        """
        prepare = partial(self.prepare_batch, symbol, orders, validate=validate, via=via)
        return await (await self.checked(prepare)).place()

    async def increments(self, symbol: str) -> Increments:
        """Return the steps and minima of a market, to round by: `round_qty(...)`, `round_price(..., side)`.

        While a book or `s.instruments()` is open and connected this asks nobody, and orders are checked against it
        before they are sent; else Kraken is asked over REST, whose errors this raises, and refuses itself what does not
        fit.
        """
        return await self.markets.increments(symbol)

    async def checked(self, prepare: Callable[[], Prepared]) -> Prepared:
        """Prepare; bad input passes a checkpoint too, or a loop of it would never let go (contract A1)."""
        try:
            return prepare()
        except Exception:
            await anyio.lowlevel.checkpoint()  # noqa: ASYNC120 - a cancel goes before a refusal
            raise

    @property
    def _desk(self) -> Any:  # noqa: ANN401 - the session's `Orders`, which is a `Desk`
        return self


def _refuse_twins(rows: Sequence[dict[str, Any]]) -> None:
    """Refuse two orders of a batch that have one name: reports could not tell which of them Kraken has."""
    places: dict[str, int] = {}
    for place, name in enumerate(row.get("cl_ord_id") for row in rows):
        if name is not None and (first := places.setdefault(same_form(name), place)) != place:
            message = f"orders[{place}]: orders[{first}] has the cl_ord_id {name!r} already; give each its own, or none"
            raise InvalidRequest(message)
