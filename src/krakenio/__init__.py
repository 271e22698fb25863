"""Talk to the Kraken exchange from trio and asyncio: every public name, in the order of the flow."""

from krakenio import auth, books, errors, events, messages, models, sim
from krakenio.auth import Keys
from krakenio.books import Book, Desync, Level3Book
from krakenio.endpoints import BETA, PRODUCTION, Endpoints
from krakenio.errors import *  # noqa: F403 - the whole tree, as `errors.__all__` lists it
from krakenio.events import Gap
from krakenio.health import Health, LinkHealth
from krakenio.orders import (
    Acknowledged,
    Batch,
    CancelList,
    DeadManSwitch,
    Increments,
    Intent,
    LiveOrder,
    OrderGroup,
    Orders,
    OrdersLeftOpen,
    OrderTable,
    Outcome,
)
from krakenio.orders.account.funds import BalanceTable
from krakenio.orders.account.holdings import LiveBalance
from krakenio.rest import Rest, open_rest
from krakenio.session import Session, open_session
from krakenio.streams.bookstreams import BookStream
from krakenio.streams.merging import Merged, merge
from krakenio.streams.stream import Batches, Stream
from krakenio.version import __version__ as __version__

__all__ = [
    "BETA",
    "PRODUCTION",
    "Acknowledged",
    "BalanceTable",
    "Batch",
    "Batches",
    "Book",
    "BookStream",
    "CancelList",
    "DeadManSwitch",
    "Desync",
    "Endpoints",
    "Gap",
    "Health",
    "Increments",
    "Intent",
    "Keys",
    "Level3Book",
    "LinkHealth",
    "LiveBalance",
    "LiveOrder",
    "Merged",
    "OrderGroup",
    "OrderTable",
    "Orders",
    "OrdersLeftOpen",
    "Outcome",
    "Rest",
    "Session",
    "Stream",
    "auth",
    "books",
    "errors",
    "events",
    "merge",
    "messages",
    "models",
    "open_rest",
    "open_session",
    "sim",
]
__all__ += errors.__all__
