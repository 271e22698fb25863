"""What a type checker makes of sessions, streams and orders: each function is checked, and never called."""

from decimal import Decimal
from typing import Literal, assert_type

import krakenio
from krakenio import (
    Acknowledged,
    BalanceTable,
    Batch,
    Book,
    BookStream,
    CancelList,
    Gap,
    Increments,
    Intent,
    Keys,
    Level3Book,
    LiveBalance,
    LiveOrder,
    Merged,
    OrderGroup,
    Orders,
    OrdersLeftOpen,
    OrderTable,
    Outcome,
    Rest,
    Session,
    Stream,
    merge,
)  # fmt: skip
from krakenio.books import OrderLevel
from krakenio.events import Event
from krakenio.messages import Balance, BookMessage, Candle, Execution, InstrumentMessage, Level, Ticker, Trade
from krakenio.orders import Leg, OrderFields
from krakenio.streams.stream import Gaps


async def sessions(keys: Keys) -> None:
    async with krakenio.open_session() as public:
        assert_type(public, Session[Decimal])
    async with krakenio.open_session(keys, numbers=Decimal) as exact:
        assert_type(exact, Session[Decimal])
        assert_type(exact.rest, Rest)
        assert_type(exact.orders, Orders)
        assert_type(exact.failure, BaseException | None)
        assert_type(await exact.token(), str)
    async with krakenio.open_session(keys, numbers=float) as fast:
        assert_type(fast, Session[float])
    async with krakenio.open_rest(keys) as rest:
        assert_type(rest, Rest)


async def market_data(exact: Session[Decimal], fast: Session[float]) -> None:
    """Annotated, not asserted: how a gap shows the checkers say in different words where it was not said."""
    ticks: Stream[Ticker[Decimal]] = exact.ticker("BTC/USD")
    fast_ticks: Stream[Ticker[float]] = fast.ticker("BTC/USD")
    trades: Stream[Trade[Decimal]] = exact.trades("BTC/USD")
    fast_trades: Stream[Trade[float]] = fast.trades("BTC/USD")
    books: Stream[BookMessage[Decimal]] = exact.book_updates("BTC/USD")
    fast_books: Stream[BookMessage[float]] = fast.book_updates("BTC/USD")
    candles: Stream[Candle[Decimal]] = exact.ohlc("BTC/USD", interval=5)
    fast_candles: Stream[Candle[float]] = fast.ohlc("BTC/USD", interval=5)
    instruments: Stream[InstrumentMessage] = fast.instruments()
    assert_type(await ticks.receive(), Ticker[Decimal] | Gap)
    assert_type(await fast_ticks.receive(), Ticker[float] | Gap)
    assert_type(await trades.receive(), Trade[Decimal] | Gap)
    assert_type(await fast_trades.receive(), Trade[float] | Gap)
    assert_type(await books.receive(), BookMessage[Decimal] | Gap)
    assert_type(await fast_books.receive(), BookMessage[float] | Gap)
    assert_type(await candles.receive(), Candle[Decimal] | Gap)
    assert_type(await fast_candles.receive(), Candle[float] | Gap)
    assert_type(await instruments.receive(), InstrumentMessage | Gap)


async def write_down(items: Stream[object]) -> None:
    assert_type(await items.receive(), object | Gap)


async def write_down_merged(items: Merged[object]) -> None:
    assert_type(await items.receive(), object | Gap)


async def a_stream_of_anything_is_one_of_objects(session: Session[Decimal]) -> None:
    await write_down(session.trades("BTC/USD"))
    await write_down_merged(merge(session.trades("BTC/USD"), session.ticker("BTC/USD")))


async def read_anyhow(trades: Stream[Trade[Decimal]]) -> None:
    assert_type(await trades.receive(), Trade[Decimal] | Gap)


async def where_gaps_are_raised_no_item_is_one(session: Session[Decimal], either: Gaps) -> None:
    async with session.trades("BTC/USD", gaps="raise") as trades:
        assert_type(trades, Stream[Trade[Decimal], Literal["raise"]])
        assert_type(await trades.receive(), Trade[Decimal])
        assert_type(trades.receive_nowait(), Trade[Decimal])
        assert_type(await trades.take_batch(), list[Trade[Decimal]])
        async for trade in trades:
            assert_type(trade, Trade[Decimal])
        async for batch in trades.batches():
            assert_type(batch, list[Trade[Decimal]])
        await read_anyhow(trades)
    assert_type(await session.ticker("BTC/USD", gaps="raise").receive(), Ticker[Decimal])
    assert_type(await session.book_updates("BTC/USD", gaps="raise").receive(), BookMessage[Decimal])
    assert_type(await session.ohlc("BTC/USD", gaps="raise").receive(), Candle[Decimal])
    assert_type(await session.instruments(gaps="raise").receive(), InstrumentMessage)
    assert_type(await session.executions(gaps="raise").receive(), Execution)
    assert_type(await session.balances(gaps="raise").receive(), Balance)
    assert_type(await session.events(gaps="raise").receive(), Event)
    assert_type(await session.trades("BTC/USD", gaps="yield").receive(), Trade[Decimal] | Gap)
    assert_type(await session.trades("BTC/USD", gaps=either).receive(), Trade[Decimal] | Gap)
    session.trades("BTC/USD", gaps="ignore")  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]


async def items(session: Session[Decimal]) -> None:
    async with session.ticker("BTC/USD") as stream:
        assert_type(await stream.receive(), Ticker[Decimal] | Gap)
        assert_type(await stream.take_batch(), list[Ticker[Decimal] | Gap])
        async for item in stream:
            assert_type(item, Ticker[Decimal] | Gap)
        async for batch in stream.batches():
            assert_type(batch, list[Ticker[Decimal] | Gap])


async def books_are_exact_in_any_session(fast: Session[float]) -> None:
    async with fast.book("BTC/USD") as stream:
        assert_type(stream, BookStream[Book, Level[Decimal]])
        assert_type(await stream.receive(), Book)
        assert_type(stream.receive_nowait(), Book)
        async for book in stream:
            assert_type(book, Book)
        async for batch in stream.batches():
            assert_type(batch, list[Book])
        assert_type(stream["BTC/USD"], Book)
        assert_type(stream.best_bid, Level[Decimal])
        assert_type(stream.spread, Decimal)
    assert_type(fast.level3("BTC/USD"), BookStream[Level3Book, OrderLevel])


async def merged(session: Session[Decimal]) -> None:
    async with krakenio.merge(session.ticker("BTC/USD"), session.executions(gaps="raise")) as stream:
        assert_type(await stream.receive(), Ticker[Decimal] | Execution | Gap)


async def private_channels_are_exact_in_any_session(fast: Session[float]) -> None:
    executions: Stream[Execution] = fast.executions()
    balances: Stream[Balance] = fast.balances()
    events: Stream[Event] = fast.events()
    assert_type(await executions.receive(), Execution | Gap)
    assert_type(await balances.receive(), Balance | Gap)
    assert_type(await events.receive(), Event | Gap)


async def orders(orders: Orders) -> None:
    intent = orders.prepare(symbol="BTC/USD", side="buy", order_type="limit", order_qty="0.1", limit_price=Decimal(9))
    assert_type(intent, Intent)
    assert_type(intent.outcome, Outcome)
    assert_type(await intent.submit(), Acknowledged)
    assert_type(await intent.resolve(), Outcome)
    taken = await orders.add(symbol="BTC/USD", side="buy", order_type="market", order_qty=1)
    assert_type(taken, Acknowledged)
    assert_type(taken.order_id, str)
    assert_type(orders.prepare_cancel(order_id=taken.order_id), Intent)
    assert_type(await orders.cancel(order_id=taken.order_id), Acknowledged)
    assert_type(await orders.cancel(cl_ord_id="one", via="rest"), Acknowledged)
    assert_type(orders.prepare(symbol="BTC/USD", side="buy", order_type="market", order_qty=1, via="rest"), Intent)
    assert_type(orders.prepare_cancel(cl_ord_id=["one", "two"]), CancelList)
    many = await orders.cancel(order_id=("O1", "O2"))
    assert_type(many, CancelList)
    assert_type(many.outcomes, dict[str, Outcome])
    assert_type(orders.intent("name"), Intent | None)
    increments = await orders.increments("BTC/USD")
    assert_type(increments, Increments)
    assert_type(increments.round_price("1.23", "sell"), Decimal)
    assert_type(increments.round_qty("1.23"), Decimal)


async def changes(orders: Orders, rows: list[OrderFields]) -> None:
    intent = orders.prepare_amend(order_id="O", order_qty="0.1")
    assert_type(intent, Intent)
    await orders.amend(cl_ord_id=intent.cl_ord_id, order_id=intent.order_id, limit_price=9)
    amended = await orders.amend(cl_ord_id="mine", limit_price=Decimal(9))
    assert_type(amended, Acknowledged)
    assert_type(amended.amend_id, str | None)
    assert_type(orders.prepare_edit(order_id="O", symbol="BTC/USD", order_qty="0.1"), Intent)
    edited = await orders.edit(order_id="O", symbol="BTC/USD", limit_price=9)
    assert_type(edited, Acknowledged)
    assert_type(edited.original_order_id, str | None)
    assert_type(orders.prepare_batch("BTC/USD", rows), Batch)
    batch = await orders.batch_add("BTC/USD", rows, validate=True)
    assert_type(batch, Batch)
    assert_type(batch.legs, tuple[Leg, ...])
    assert_type(batch.legs[0].outcome, Outcome)
    assert_type(await batch.legs[0].resolve(), Outcome)
    assert_type(orders.prepare_batch_cancel(order_id=["O"], cl_ord_id=["mine"]), Intent)
    assert_type((await orders.batch_cancel(order_id=["O", "P"])).count, int | None)
    assert_type(orders.prepare_cancel_all(), Intent)
    assert_type((await orders.cancel_all()).count, int | None)
    assert_type(orders.prepare_cancel_all_after(60), Intent)
    assert_type((await orders.cancel_all_after(0)).trigger_time, str | None)


async def balances(session: Session[Decimal]) -> None:
    async with session.balances_table() as table:
        assert_type(table, BalanceTable)
        assert_type(table["USD"], LiveBalance)
        assert_type(table["USD"].available, Decimal)
        assert_type(list(table), list[LiveBalance])


async def groups(orders: Orders) -> None:
    async with orders.open_group(grace=1.0) as group, orders.dead_man_switch(60) as switch:
        assert_type(group, OrderGroup)
        taken = await group.add(symbol="BTC/USD", side="buy", order_type="market", order_qty=1)
        assert_type(taken, Acknowledged)
        assert_type(group.prepare_batch("BTC/USD", []), Batch)
        assert_type(await group.batch_add("BTC/USD", []), Batch)
        assert_type(group.intents, tuple[Intent, ...])
        assert_type(group.cost_to_cancel(), dict[str, float])
        assert_type(switch.fires_in, float | None)
    try:
        await orders.halt()
    except OrdersLeftOpen as error:
        assert_type([await intent.resolve() for intent in error.intents], list[Outcome])
    assert_type(orders.limits.rate_count("BTC/USD"), float)
    assert_type(orders.open, OrderTable)
    assert_type([order.cum_qty for order in orders.open], list[Decimal])
    assert_type(orders.open.find("mine"), LiveOrder | None)
    assert_type(await orders.open["mine"].filled(), LiveOrder)
    assert_type(await orders.open["mine"].closed(), LiveOrder)
    assert_type(orders.open["mine"].remaining, Decimal | None)
    assert_type(orders.open.known, tuple[LiveOrder, ...])
    await orders.halt()
