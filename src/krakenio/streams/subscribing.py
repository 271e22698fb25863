"""Make streams: symbols and parameters go in, checked before anything is sent; a `Stream` to enter comes out."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from krakenio.books import Book, Level3Book, OrderLevel
from krakenio.errors import CredentialsError, InvalidRequest
from krakenio.events import Event
from krakenio.messages import Balance, BookMessage, Candle, Execution, InstrumentMessage, Level, Ticker, Trade
from krakenio.rest import Rest
from krakenio.streams.attaching import Attaching
from krakenio.streams.bookstreams import BookStream
from krakenio.streams.choosing import Tend, check_bound, new_intake
from krakenio.streams.closing import ClosingIntake
from krakenio.streams.filling import FillingIntake, fetching
from krakenio.streams.intake import Intake
from krakenio.streams.keeping import K, Keeper
from krakenio.streams.mailbox import OnFull
from krakenio.streams.stream import G, Source, Stream
from krakenio.subscriptions.channels import CHANNELS, Channel, Interval, Key, Venue, check_params
from krakenio.symbols import check_symbol

N = TypeVar("N", Decimal, float)

EVENTS_BUFFER = 4_096
"""Events that may wait to be read; then the oldest stay and a `Gap` tells how many were lost."""

_CHANNEL_OF = {"trades": "trade", "book_updates": "book", "instruments": "instrument"}
"""The methods that are not named as Kraken's channel is; who mistakes a parameter is told so in the method's name."""


class Subscribing(Attaching, Generic[N]):
    """Offer one method per channel.

    All take `buffer` (items that may wait), `on_full` (`"conflate"`: keep the newest of a symbol, `"gap"`: drop, tell,
    `"fail"`: end with `StreamOverflow`) and `gaps` (`"yield"` a `Gap` or `"raise"` a `StreamGap`).
    """

    rest: Rest

    def __init__(self, *, private: bool) -> None:
        super().__init__()
        self._private = private

    def ticker(
        self,
        *symbols: str,
        event_trigger: Literal["trades", "bbo"] = "trades",
        snapshot: bool = True,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Ticker[N], G]:
        """Stream best bid and ask and the last 24 hours: at each trade, or with `"bbo"` when one of the two moves.

        Without `snapshot` nothing comes before the next of these.
        """
        params = {"event_trigger": event_trigger} | _unless(snapshot)
        return self._stream("ticker", symbols, params, buffer, on_full, gaps)

    def trades(
        self,
        *symbols: str,
        snapshot: bool = False,
        backfill: bool = False,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Trade[N], G]:
        """Stream the public trades; with `snapshot` the 50 most recent ones come first, and each one once.

        With `backfill` those that a reconnect or an overflow missed are fetched over REST and given in the order of
        their symbol, each once; a `Gap` counts what cannot be had. A market's trades are followed from the moment of
        its subscription, also where none comes for long.
        """
        fetch = fetching(self.rest.market, self._context.numbers)
        tend = partial(FillingIntake, fetch=fetch, time=self._kraken_time) if backfill else None
        return self._stream("trades", symbols, {"snapshot": snapshot}, buffer, on_full, gaps, tend=tend)

    def book(self, *symbols: str, depth: Literal[10, 25, 100, 500, 1000] = 10) -> BookStream[Book, Level[Decimal]]:
        """Keep level-2 books, checked by each of Kraken's checksums and healed where one does not hold.

        Entering waits for the snapshots, so bound it: `with anyio.fail_after(10)`. Prices are `Decimal` in any session.
        """
        keys = self._keys("book", symbols, {"depth": depth})
        return self._books({key: Book(str(key.symbol), depth) for key in keys})

    def level3(self, *symbols: str, depth: Literal[10, 100, 1000] = 10) -> BookStream[Level3Book, OrderLevel]:
        """Keep books of single orders, as `book`; needs keys."""
        keys = self._keys("level3", symbols, {"depth": depth})
        return self._books({key: Level3Book(str(key.symbol), depth) for key in keys})

    def book_updates(
        self,
        *symbols: str,
        depth: Literal[10, 25, 100, 500, 1000] = 10,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[BookMessage[N], G]:
        """Stream the messages of the level-2 book: for each symbol a snapshot first, and again after each gap."""
        return self._stream("book_updates", symbols, {"depth": depth}, buffer, on_full, gaps)

    def ohlc(
        self,
        *symbols: str,
        interval: Interval = 1,
        snapshot: bool = True,
        closed: bool = False,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Candle[N], G]:
        """Stream candles of so many minutes: recent ones first, then the running one again with each trade.

        Several intervals of one symbol may be streamed at once; a row tells its own. With `closed` each candle comes
        once, when it is closed, also those without trades, beginning with the one that runs now. Without `snapshot`
        the running one comes first.
        """
        if closed and not snapshot:
            raise InvalidRequest("ohlc: closed candles need the snapshot, by which a reconnect leaves no hole in them")
        tend = partial(ClosingIntake, time=self._kraken_time) if closed else None
        params = {"interval": interval} | _unless(snapshot)
        return self._stream("ohlc", symbols, params, buffer, on_full, gaps, tend=tend)

    def instruments(
        self,
        *,
        execution_venue: Venue = "international",
        include_tokenized_assets: bool = False,
        snapshot: bool = True,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[InstrumentMessage, G]:
        """Stream the reference data of assets and pairs: a snapshot of all, then what changes, or that alone."""
        params = {"execution_venue": execution_venue, "include_tokenized_assets": include_tokenized_assets}
        return self._stream("instruments", (), params | _unless(snapshot), buffer, on_full, gaps)

    def executions(
        self,
        *,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Execution, G]:
        """Stream the reports about our orders: first one for each open order, then each change, each fill once.

        What a reconnect or a jump of the sequence missed is found out, over REST where need be, and given ahead of what
        came later. Only what cannot be found out is a `Gap`; if it can be later, it is given then.
        """
        keys = self._keys("executions", (), {})
        intake = new_intake("executions", CHANNELS["executions"], keys, buffer, on_full, None)
        _check_gaps(gaps)
        return Stream(Source("executions", intake, self._follow, self._unfollow), gaps)

    def balances(
        self,
        *,
        rebased: bool = True,
        users: Literal["all"] | None = None,
        buffer: int | None = None,
        on_full: OnFull | None = None,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Balance, G]:
        """Stream our balances: first one for each asset, then each ledger entry.

        `rebased=False` counts tokenized shares in tokens, not in shares. With `users="all"` the entries of a master
        account's subaccounts come too, each with its `user`; then Kraken tells no balances first, nor after a gap.
        """
        params = ({} if rebased is True else {"rebased": rebased}) | ({} if users is None else {"users": users})
        return self._stream("balances", (), params, buffer, on_full, gaps)

    def events(
        self,
        *,
        buffer: int = EVENTS_BUFFER,
        gaps: G = "yield",  # type: ignore[assignment]
    ) -> Stream[Event, G]:
        """Stream what happens to the session itself: connections, tokens, refusals, frames that did not decode."""
        intake: Intake[Event] = Intake((), check_bound(buffer, 1), "gap")
        return Stream(Source("events", intake, self._listen, self._unlisten), gaps)

    def _stream(
        self,
        method: str,
        symbols: tuple[str, ...],
        params: Mapping[str, object],
        buffer: int | None,
        on_full: OnFull | None,
        gaps: G,
        *,
        tend: Tend | None = None,
    ) -> Stream[Any, G]:
        keys = self._keys(method, symbols, params)
        channel = CHANNELS[keys[0].channel]
        intake = new_intake(method, channel, keys, buffer, on_full, tend)
        _check_gaps(gaps)
        return Stream(Source(channel.name, intake, self._attach, self._detach), gaps)

    def _books(self, books: Mapping[Key, K]) -> BookStream[K, Any]:
        keeper = Keeper(books, self._context)
        return BookStream(Source(keeper.channel, keeper, self._attach, self._detach), keeper)

    def _keys(self, method: str, symbols: tuple[str, ...], params: Mapping[str, object]) -> tuple[Key, ...]:
        self._check_open()
        channel = CHANNELS[_CHANNEL_OF.get(method, method)]
        if channel.private and not self._private:
            message = f"{method} is a private channel: pass keys to open_session(), such as krakenio.Keys.from_env()"
            raise CredentialsError(message)
        return _keys(method, channel, symbols, check_params(method, channel, params))

    def _kraken_time(self) -> int | None:
        """Return the nanoseconds of Kraken's clock, once a reply has told it."""
        return self._context.kraken_ns() if self._context.skew.known else None


def _keys(
    method: str, channel: Channel, symbols: tuple[str, ...], params: tuple[tuple[str, object], ...]
) -> tuple[Key, ...]:
    if not channel.per_symbol:
        return (Key(channel.name, None, params),)
    if not symbols:
        message = f'{method}: name at least one symbol, like "BTC/USD"'
        raise InvalidRequest(message)
    return tuple(Key(channel.name, symbol, params) for symbol in dict.fromkeys(map(check_symbol, symbols)))


def _unless(snapshot: object) -> dict[str, object]:
    """Say that no snapshot is wanted; that one is, is Kraken's default."""
    return {} if snapshot is True else {"snapshot": snapshot}


def _check_gaps(gaps: object) -> None:
    if gaps not in ("yield", "raise"):  # no set: what was passed may be unhashable
        message = f'gaps: choose "yield" or "raise", not {gaps!r}'
        raise InvalidRequest(message)
