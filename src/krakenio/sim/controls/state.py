"""Change what the exchange is like: modes, markets, money and time go in, and all clients live with it from then on."""

from decimal import Decimal

from krakenio.sim.accounts.vault import Move, Saved, method_of
from krakenio.sim.clock import SECOND
from krakenio.sim.controls.announcements import Announcements
from krakenio.sim.engine.precision import resize
from krakenio.sim.markets.prices import Price
from krakenio.sim.markets.wallets import DEPOSIT

MODES = ("online", "cancel_only", "post_only", "limit_only", "maintenance")


class StateControls(Announcements):
    """Offer what Kraken itself can change."""

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

    def skew_clock(self, seconds: float) -> None:
        """Set the exchange's clock forwards, or back; deadlines, expiries and times in messages follow it."""
        self._core.clock.shift(round(seconds * SECOND))

    def deposit(self, asset: str, amount: str, txid: str = "") -> str:
        """Let money arrive on the account; it is there at once and settles within a minute. Returns its reference."""
        core, account = self._core, self._core.accounts[0]
        sent, now = Decimal(amount), core.clock()
        move = Move(core.ids.make("FT"), asset, sent, Decimal(0), now, method_of(asset), "address", txid=txid)
        account.vault.deposits.append(move)
        core.book(account, move.refid, asset, (move.amount, move.fee), DEPOSIT)
        return move.refid

    def save_address(self, key: str, asset: str, address: str) -> None:
        """Save an address to withdraw to under a name, as one does on Kraken's site."""
        core, account = self._core, self._core.accounts[0]
        account.vault.saved[key] = Saved(key, asset, method_of(asset), address, core.ids.make("A"))
