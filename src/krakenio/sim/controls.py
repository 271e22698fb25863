"""Make things go wrong from a test: plain calls, while clients run; all of them go through the table of faults.

`host` is `"rest"`, `"ws"`, `"ws_auth"`, `"ws_l3"` or None for all. `method` is a WebSocket method or a REST endpoint's
name (`"add_order"`, `"AddOrder"`), or None for all. `times` is how often, None until `clear_faults()`.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from random import Random

import anyio

from krakenio.sim.chance import chance
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.faults import HOSTS
from krakenio.sim.feeds import HOST_OF
from krakenio.sim.misconduct import FAULTS, KINDS, LONGEST, Misdeed
from krakenio.sim.notices import Emergency, Maintenance
from krakenio.sim.precision import resize
from krakenio.sim.prices import Price
from krakenio.sim.server import Server
from krakenio.sim.vault import Move, Saved, method_of

MODES = ("online", "cancel_only", "post_only", "limit_only", "maintenance")


class Controls:
    """Offer the faults."""

    def __init__(self, core: Core, server: Server) -> None:
        self._core, self._server = core, server
        self._misconduct = 0
        self._misdeeds: list[Misdeed] = []

    @property
    def symbols(self) -> list[str]:
        """Return the v2 symbols of all markets."""
        return list(self._core.engine.places)

    def drop(self, host: str | None = None) -> int:
        """Reset every open connection of a host; return how many."""
        dropped = [connection for connection in self._server.connections if host in {None, connection.host}]
        for connection in dropped:
            connection.abort()
        return len(dropped)

    def close(self, host: str | None = None, code: int = 1000, reason: str = "") -> None:
        """Close the WebSockets of a host in good form, with a close code."""
        for client in self._server.clients(host):
            client.websocket.close(code, reason)

    def freeze(self, host: str | None, seconds: float) -> None:
        """Keep connections open, but read and write nothing for so long; new ones hang too."""
        self._core.faults.freeze(HOSTS if host is None else (host,), seconds)

    def delay(
        self, seconds: float, host: str | None = None, method: str | None = None, times: int | None = None
    ) -> None:
        """Send replies (not updates) so much later."""
        self._core.faults.plan("delay", host, method, seconds, times)

    def hold(
        self, seconds: float, host: str | None = None, method: str | None = None, times: int | None = None
    ) -> None:
        """Take requests so much later, as if they had been slow on their way: deadlines may pass."""
        self._core.faults.plan("hold", host, method, seconds, times)

    def lose_replies(self, n: int | None = 1, method: str | None = None, host: str | None = None) -> None:
        """Do what the next `n` requests ask and never answer them."""
        self._core.faults.plan("lose", host, method, 0, n)

    def refuse(self, host: str | None, http_status: int, times: int | None = 1, method: str | None = None) -> None:
        """Answer upgrades or REST requests with this HTTP status, nothing done."""
        self._core.faults.plan("refuse", host, method, http_status, times)

    def reject(self, method: str, error: str, times: int | None = 1, host: str | None = None) -> None:
        """Answer a method with this error string, nothing done."""
        self._core.faults.plan("reject", host, method, error, times)

    def fail_after_acceptance(self, method: str, status: int | str = 502, times: int | None = 1) -> None:
        """Do what is asked, then answer with an HTTP status (REST) or an error string (either)."""
        self._core.faults.plan("fail", None, method, status, times)

    def pend_cancels(self, seconds: float, times: int | None = 1) -> None:
        """Answer `CancelOrder` of REST with `pending`: what it asks for is done so much later."""
        self._core.faults.plan("pend", "rest", "CancelOrder", seconds, times)

    def take_post_only(self, times: int | None = 1) -> None:
        """Take a post-only order that would trade, and cancel it, as was seen of Kraken in 2026; else it is refused."""
        self._core.faults.plan("take post only", "ws_auth", None, 0, times)

    def late_tables(self, seconds: float) -> None:
        """List orders so much later in `OpenOrders`, `ClosedOrders` and `QueryOrders`, until `clear_faults()`."""
        self._core.faults.lag = round(seconds * SECOND)

    def wrong_checksum(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Spoil the checksum of the next updates of `book` or `level3` of a symbol; `times` for all below too."""
        self._spoil("checksum", symbol, times, channel)

    def wrong_digit(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Change a digit of a quantity in the next updates, within the levels that the checksum covers."""
        self._spoil("digit", symbol, times, channel)

    def lose_update(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Do not send the next updates."""
        self._spoil("lose update", symbol, times, channel)

    def lose_refill(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Do not send levels again that come back, as if clients had never cut them off."""
        self._spoil("refill", symbol, times, channel)

    def lose_snapshot(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Acknowledge the next subscriptions to a channel (any) of a symbol without a snapshot."""
        self._spoil("lose snapshot", symbol, times, channel)

    def snapshot_first(self, symbol: str, times: int | None = 1, channel: str = "book") -> None:
        """Send the snapshot of the next subscriptions before the acknowledgement."""
        self._spoil("snapshot first", symbol, times, channel)

    def slice(self, host: str | None = None, most: int = 16) -> None:
        """Send in pieces of at most so many bytes, until `clear_faults()`."""
        self._core.faults.slice(HOSTS if host is None else (host,), most)

    def skew_clock(self, seconds: float) -> None:
        """Set the exchange's clock forwards, or back; deadlines, expiries and times in messages follow it."""
        self._core.clock.shift(round(seconds * SECOND))

    def clear_faults(self) -> None:
        """Lift all of the above that lasts, and thaw; a clock stays as it was set."""
        self._core.faults.clear()

    def misbehave(self, seed: int = 0, rate: float = 0.2, kinds: Sequence[str] = KINDS) -> None:
        """Let faults of these kinds strike at random, `rate` a second on average, until `behave()`; a seed replays."""
        unknown = [kind for kind in kinds if kind not in FAULTS]
        if unknown or not kinds:
            message = f"misbehave(kinds=...): expected some of {', '.join(FAULTS)}, not {unknown}"
            raise ValueError(message)
        self._misconduct += 1
        number, source = self._misconduct, chance(seed, "misconduct")
        self._core.spawn(partial(self._run_misconduct, number, source, rate, tuple(kinds)), "sim: misconduct")

    def behave(self) -> None:
        """End what `misbehave()` began, lift all faults and open again."""
        self._misconduct += 1
        self.clear_faults()
        if self._core.status != "online":
            self.maintenance("online")

    @property
    def misdeeds(self) -> list[Misdeed]:
        """Return what `misbehave()` has done, in order."""
        return list(self._misdeeds)

    async def _run_misconduct(self, number: int, source: Random, rate: float, kinds: tuple[str, ...]) -> None:
        """Strike until another number holds; a maintenance ends before the next fault."""
        while True:
            await anyio.sleep(source.expovariate(rate))
            if self._misconduct != number:
                return
            kind = source.choice(kinds)
            FAULTS[kind](self, source)
            self._misdeeds.append(Misdeed(kind, self._core.clock.steady()))
            if kind == "maintenance":
                await anyio.sleep(source.uniform(1, LONGEST))
                self._reopen(number)

    def _reopen(self, number: int) -> None:
        if self._misconduct == number:
            self.maintenance("online")

    def send_raw(self, host: str | None, frame: str | bytes) -> None:
        """Send a text message as it is to every WebSocket of a host; bytes go out as raw bytes of the connection."""
        for client in self._server.clients(host):
            if isinstance(frame, str):
                client.push(frame.encode())
            else:
                client.websocket.send_raw(frame)

    def deposit(self, asset: str, amount: str, txid: str = "") -> str:
        """Let money arrive on the account; it is there at once and settles within a minute. Returns its reference."""
        core, account = self._core, self._core.accounts[0]
        sent, now = Decimal(amount), core.clock()
        move = Move(core.ids.make("FT"), asset, sent, Decimal(0), now, method_of(asset), "address", txid=txid)
        account.vault.deposits.append(move)
        account.book(move.refid, asset, move.amount, move.fee, move.time, "deposit")
        return move.refid

    def save_address(self, key: str, asset: str, address: str) -> None:
        """Save an address to withdraw to under a name, as one does on Kraken's site."""
        core, account = self._core, self._core.accounts[0]
        account.vault.saved[key] = Saved(key, asset, method_of(asset), address, core.ids.make("A"))

    def expire_token(self) -> None:
        """End every WebSocket token, even those in use; running subscriptions go on, later requests are refused."""
        self._core.access.expire()

    def skip_sequence(self, channel: str, by: int = 1) -> None:
        """Leave out numbers of a private channel on every connection that has it."""
        for client in self._server.clients("ws_auth"):
            if channel in client.sequences:
                client.sequences[channel] += by

    def lose_report(self, times: int | None = 1, channel: str = "executions") -> None:
        """Do not send the next messages of a private channel (any connection's); their numbers are missing."""
        self._core.faults.plan("lose report", HOST_OF[channel], channel, 0, times)

    def maintenance(self, mode: str = "maintenance") -> None:
        """Put the exchange into a mode, and tell every WebSocket; `"online"` ends it."""
        if mode not in MODES:
            message = f"maintenance({mode!r}): expected one of {', '.join(MODES)}"
            raise ValueError(message)
        self._core.status = mode
        self.send_status()

    def set_market(self, symbol: str, status: str) -> None:
        """Put one market into a mode, and tell who follows `instrument`."""
        place = self._core.engine.places[symbol]
        place.status = status
        self._core.feeds.publish_instrument(place)

    def set_index(self, symbol: str, price: Decimal | str) -> None:
        """Give a market an index price, which triggers may then refer to; what waited for it fires."""
        place = self._core.engine.places[symbol]
        self._core.engine.set_index(place, Price(Decimal(price)).at(0, place.market))

    def set_precision(self, symbol: str, price: int | None = None, qty: int | None = None, tick: int = 1) -> None:
        """Give one market other decimals (None: as they are); what follows of its books has the new digits.

        `tick` is the price increment in units of the last decimal. Orders that do not fit are cancelled before.
        """
        core, place = self._core, self._core.engine.places[symbol]
        resize(core.engine, place, core.feeds.publish_instrument, price=price, qty=qty, tick=tick)
        next(maker for maker in core.makers if maker.symbol == symbol).adapt()

    def announce_maintenance(
        self,
        start_in: float = 1800,
        duration: float = 3600,
        *,
        title: str = "Scheduled maintenance",
        services: Sequence[str] = ("spot_ws", "spot_rest", "spot_trading"),
        order_submission: str = "allowed",
        recommended_action: str = "continue",
        cancel_before: float | None = None,
    ) -> int:
        """Announce a maintenance in so many seconds, and tell every WebSocket; return its number.

        It only announces: `maintenance()` begins one. `cancel_before` is seconds from now. `send_status()` tells of it
        anew, with its phase as it is then.
        """
        now, number = self._core.clock(), self._core.notices.number()
        begin = now + round(start_in * SECOND)
        until = None if cancel_before is None else now + round(cancel_before * SECOND)
        end, named = begin + round(duration * SECOND), tuple(services)
        event = Maintenance(number, title, begin, end, named, order_submission, recommended_action, until)
        self._core.notices.add(event)
        self.send_status()
        return number

    def announce_emergency(
        self,
        title: str = "Degraded matching",
        *,
        services: Sequence[str] = ("spot_trading",),
        incident_status: str = "investigating",
        impact: str = "major",
        restart_in: float | None = None,
    ) -> int:
        """Announce an incident, and tell every WebSocket; return its number."""
        now, number = self._core.clock(), self._core.notices.number()
        restart = None if restart_in is None else now + round(restart_in * SECOND)
        self._core.notices.add(Emergency(number, title, now, tuple(services), incident_status, impact, restart))
        self.send_status()
        return number

    def withdraw(self, number: int) -> None:
        """Announce something no longer, and tell every WebSocket."""
        self._core.notices.withdraw(number)
        self.send_status()

    def send_status(self) -> None:
        """Send `status` to every WebSocket."""
        for client in self._server.clients(None):
            client.greet()

    def _spoil(self, kind: str, symbol: str, times: int | None, channel: str) -> None:
        if symbol not in self._core.engine.places:
            message = f"no market {symbol!r}; expected one of exchange.symbols"
            raise ValueError(message)
        self._core.faults.plan(kind, HOST_OF.get(channel, "ws"), f"{channel} {symbol}", 0, times)
