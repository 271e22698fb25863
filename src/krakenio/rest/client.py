"""Call Kraken's REST API: methods by chapter go in, typed results come out; the lanes below own the sockets."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import Any, TypeVar

import anyio
import msgspec

from krakenio.auth import Keys
from krakenio.endpoints import PRODUCTION, Endpoints
from krakenio.errors import CredentialsError, KrakenError
from krakenio.errors.advice import warn_of_repetition
from krakenio.lifetime import Lifetime, OneTask, open_lifetime
from krakenio.limits.policy import OnLimit
from krakenio.limits.rest import PUBLIC, TIERS, TierName, cost_of
from krakenio.process import KeyUse, shared
from krakenio.rest.account import Account
from krakenio.rest.chapter import NO_PARAMETERS
from krakenio.rest.earn import Earn
from krakenio.rest.errands import Errand, Teller
from krakenio.rest.funding import Funding
from krakenio.rest.known import call_of
from krakenio.rest.lane import Lane, Queue
from krakenio.rest.line import Line
from krakenio.rest.market import Market
from krakenio.rest.methods import Call, Method
from krakenio.rest.options import RestOptions
from krakenio.rest.pacing import Pace
from krakenio.rest.requests import HttpRequest, private_request, public_request
from krakenio.rest.retries import seconds_until_retry
from krakenio.rest.sharing import use_of
from krakenio.rest.subaccounts import Subaccounts
from krakenio.rest.trading import Trading
from krakenio.running import own_loop

PUBLIC_LANES = 4
"""How many public calls run at a time; Kraken suggests about one a second for an address, more would not help."""

CALL_LIMIT = 60.0
"""Seconds that a call may take as a whole: waiting for its turn, every attempt, and the pauses between them."""

T = TypeVar("T")


class Rest:
    """Call Kraken over HTTPS; every method can be cancelled at any point and leaves nothing behind.

    `market` needs no keys, all else does. `call` takes any path. Private calls go out one at a time, in the order of
    their nonces. Reads are repeated up to three times in all, writes never.
    """

    def __init__(self, keys: Keys | None, options: RestOptions) -> None:
        self.market: Market = Market(self._perform)
        self.account: Account = Account(self._perform, options.spawn)
        self.trading: Trading = Trading(self._perform)
        self.funding: Funding = Funding(self._perform)
        self.earn: Earn = Earn(self._perform)
        self.subaccounts: Subaccounts = Subaccounts(self._perform)
        self._keys = keys
        self._options = options
        used = shared(options.endpoints)
        self._nonces = KeyUse() if keys is None else used.key(keys.api_key)
        self._use = use_of(self._nonces, TIERS[options.tier])
        self._public, self._private = Queue(), Queue()
        self._paces = {
            self._public: Pace(use_of(used, PUBLIC).counter, options.on_limit),
            self._private: Pace(self._use.counter, options.on_limit),
        }
        self._lines = [Line(options.endpoints, options.user_agent) for _ in range(PUBLIC_LANES + 1)]
        self._check_loop = own_loop("REST client")
        self.set_tier(options.tier)

    def __repr__(self) -> str:
        """Show where it calls, whether it has keys, and how much is under way; nothing of the keys."""
        keys = "without keys" if self._keys is None else "with keys"
        return f"<Rest at {self._options.endpoints.rest}: {keys}, {self.pending} pending, {self.sockets} sockets>"

    @property
    def pending(self) -> int:
        """Return how many calls wait for their turn or for an answer."""
        return len(self._public) + len(self._private)

    @property
    def sockets(self) -> int:
        """Return how many connections are open; idle ones are used again."""
        return sum(map(len, self._lines))

    async def call(self, path: str, params: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Call any method by its name or whole path, such as `"Ticker"` or `"/0/private/Balance"`.

        Returns the `result` as dicts, lists, text and numbers; those with a fraction are `Decimal`.
        """
        await anyio.lowlevel.checkpoint()
        raw = await self._send(call_of(path, params or NO_PARAMETERS))
        return _EXACT.decode(raw)

    async def call_first(self, path: str, params: Mapping[str, object]) -> None:
        """Call a private method ahead of all others; one that hangs, in any session of the key, is given up for it."""
        call = call_of(path, params)
        with self._use.turn.urgency():
            await self._send(call, urgent=True)

    def post(self, call: Call[Any], teller: Teller) -> Errand:
        """Queue a private call that is sent once, and never held back; `teller` hears what becomes of it."""
        queue = self._queue_of(call)
        errand = Errand(call, teller, queue, self._paces[queue].spend(cost_of(call.path)))
        queue.put(errand)
        return errand

    def set_tier(self, tier: TierName) -> None:
        """Count private calls as Kraken does for accounts of this tier."""
        self._use.counter.rate = TIERS[tier]

    def abort(self) -> None:
        """End at once: whoever waits is told, and every socket is closed. Nothing can be called afterwards."""
        for queue, pace in self._paces.items():
            queue.close()
            pace.finish()
        for line in self._lines:
            line.abort()

    def lanes(self) -> list[Lane]:
        """Return the lanes, each to be served by a library task; the last one is for private calls."""
        lanes = [Lane(self._public, line, public_request) for line in self._lines[:PUBLIC_LANES]]
        if self._keys is None:
            return lanes
        sign = partial(_signed, self._keys, self._nonces, self._options.clock)
        return [*lanes, Lane(self._private, self._lines[PUBLIC_LANES], sign, self._use.turn)]

    async def _perform(self, method: Method[T], params: Mapping[str, object] = NO_PARAMETERS) -> T:
        await anyio.lowlevel.checkpoint()
        return await self._send(method.call(params))

    async def _send(self, call: Call[T], *, urgent: bool = False) -> T:
        self._check_loop()
        queue = self._queue_of(call)
        deadline = anyio.current_time() + CALL_LIMIT
        for attempt in count(1):
            fare = await self._paces[queue].admit(call, deadline)
            outcome = await queue.ask(call, deadline, fare, urgent=urgent)
            if not isinstance(outcome, KrakenError):
                return outcome.result
            fare.refused(outcome)
            await self._paces[queue].pause(call, self._pause(call, outcome, attempt, deadline))
        raise AssertionError  # pragma: no cover - `count` never ends

    def _queue_of(self, call: Call[Any]) -> Queue:
        if not call.private:
            return self._public
        if self._keys is None:
            message = (
                f"{call.path} needs an API key: pass one, as in open_rest(Keys.from_env()) with KRAKEN_API_KEY and "
                "KRAKEN_API_SECRET set, or Keys(api_key, api_secret)"
            )
            raise CredentialsError(message)
        return self._private

    def _pause(self, call: Call[Any], error: KrakenError, attempt: int, deadline: float) -> float:
        """Return how long to wait until a read is tried again, else raise the error."""
        if not call.repeatable:
            warn_of_repetition(error)
            raise error
        wait = seconds_until_retry(error, attempt, self._options.random.random(), self._options.clock() / 1e9)
        if wait is None or anyio.current_time() + wait >= deadline:
            raise error
        return wait


def start_rest(life: Lifetime, keys: Keys | None, options: RestOptions) -> Rest:
    """Start the lanes as library tasks of `life`; whoever owns it calls `abort` when its block is left."""
    rest = Rest(keys, replace(options, spawn=life.spawn))
    for number, lane in enumerate(rest.lanes()):
        life.spawn(lane.serve, f"REST lane {number}")
    return rest


def open_rest(
    keys: Keys | None = None,
    *,
    endpoints: Endpoints = PRODUCTION,
    tier: TierName = "starter",
    on_limit: OnLimit = "wait",
    user_agent: str | None = None,
    clock: Callable[[], int] = time.time_ns,
    random: Random | None = None,
) -> AbstractAsyncContextManager[Rest]:
    """Call Kraken's REST API without a session: no WebSocket is opened, and nothing is sent until something is called.

    `async with open_rest(Keys.from_env()) as rest: ...`; leaving closes everything without awaiting the network.

    `tier`: the account's verification, by which Kraken's counter of calls is followed; `on_limit`: whether a call that
    it would refuse waits, raises `CallLimitAhead`, or is sent all the same (`ignore`). `user_agent`: in place of
    krakenio's own. `clock` gives nanoseconds since 1970, `random` the chance in the pauses between attempts.
    """
    options = RestOptions(endpoints, clock, random or Random(), tier, on_limit, user_agent)  # noqa: S311 - jitter
    return OneTask("open_rest", partial(_open_rest, keys, options))


@asynccontextmanager
async def _open_rest(keys: Keys | None, options: RestOptions) -> AsyncGenerator[Rest]:
    await anyio.lowlevel.checkpoint()
    async with open_lifetime("REST client") as life:
        rest = start_rest(life, keys, options)
        try:
            yield rest
        finally:
            rest.abort()


def _signed(keys: Keys, nonces: KeyUse, clock: Callable[[], int], call: Call[Any]) -> HttpRequest:
    return private_request(call, keys, nonces.nonce(clock()))


_EXACT = msgspec.json.Decoder(float_hook=Decimal)
