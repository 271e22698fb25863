"""What a late stream is told first is what a snapshot would say at that moment: no more, no fill a second time."""

from decimal import Decimal
from typing import Any

from krakenio.messages import (
    Asset,
    Balance,
    BalancesMessage,
    Candle,
    Execution,
    ExecutionsMessage,
    InstrumentMessage,
    Instruments,
    OhlcMessage,
    Pair,
    TickerMessage,
    decode,
)
from krakenio.subscriptions.memory import AllInstruments, LastBalances, LastCandles, LastTickers, Nothing, OpenOrders

ORDER, OTHER = "OAAAAA-AAAAA-AAAAAA", "OBBBBB-BBBBB-BBBBBB"
TIME = "2026-11-23T00:00:00.000000Z"


def report(exec_type: str, status: str, order_id: str = ORDER, **more: Any) -> Execution:
    return Execution(order_id, exec_type, status, TIME, **more)


def told(memory: OpenOrders, *reports: Execution, kind: str = "update") -> list[Execution]:
    memory.apply(ExecutionsMessage(kind, list(reports)))
    return memory.rows(None)


def test_an_open_order_is_told_as_its_reports_have_described_it() -> None:
    """A missing field means unchanged."""
    described: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "order_qty": Decimal(2), "cl_ord_id": "mine"}
    memory = OpenOrders()
    told(memory, report("pending_new", "pending_new", **described))
    [row] = told(memory, report("new", "new"))
    assert (row.order_status, row.symbol, row.order_qty, row.cl_ord_id) == ("new", "BTC/USD", Decimal(2), "mine")


def test_a_fill_is_not_told_a_second_time() -> None:
    """A late stream learns what is filled so far, but no `exec_id`: that fill was reported before its time."""
    memory = OpenOrders()
    told(memory, report("new", "new", order_qty=Decimal(2)))
    fill: dict[str, Any] = {"exec_id": "TX", "trade_id": 1, "last_qty": Decimal(1), "last_price": Decimal(9)}
    more: dict[str, Any] = {"cost": Decimal(9), "liquidity_ind": "m", "fees": [], "cum_qty": Decimal(1)}
    [row] = told(memory, report("trade", "partially_filled", **fill, **more))
    assert (row.order_status, row.cum_qty, row.order_qty) == ("partially_filled", Decimal(1), Decimal(2))
    assert row.exec_type != "trade"
    assert {row.exec_id, row.trade_id, row.last_qty, row.last_price, row.cost, row.liquidity_ind} == {None}
    assert row.fees is None


def test_an_order_that_is_closed_is_told_no_more() -> None:
    memory = OpenOrders()
    for end in ("filled", "canceled", "expired"):
        assert told(memory, report("new", "new")) != []
        assert told(memory, report(end, end)) == []


def test_a_snapshot_replaces_everything() -> None:
    memory = OpenOrders()
    told(memory, report("new", "new"))
    assert [row.order_id for row in told(memory, report("new", "new", OTHER), kind="snapshot")] == [OTHER]


def test_clearing_forgets() -> None:
    memory = OpenOrders()
    told(memory, report("new", "new"))
    memory.clear()
    assert memory.rows(None) == []


def test_balances_are_told_as_they_are_without_the_ledger_entry_that_made_them_so() -> None:
    memory = LastBalances()
    memory.apply(BalancesMessage("snapshot", [Balance("USD", Decimal(5)), Balance("BTC", Decimal(1))]))
    memory.apply(BalancesMessage("update", [Balance("USD", Decimal(4), "currency", ledger_id="L", amount=Decimal(-1))]))
    assert [(row.asset, row.balance, row.ledger_id, row.amount) for row in memory.rows(None)] == [
        ("USD", Decimal(4), None, None),
        ("BTC", Decimal(1), None, None),
    ]
    memory.apply(BalancesMessage("snapshot", [Balance("EUR", Decimal(3))]))
    assert [row.asset for row in memory.rows(None)] == ["EUR"]
    memory.clear()
    assert memory.rows(None) == []


def ticker(symbol: str, last: int) -> TickerMessage[Decimal]:
    names = ("bid", "bid_qty", "ask", "ask_qty", "volume", "vwap", "low", "high", "change", "change_pct")
    fields = ",".join(f'"{name}":1.0' for name in names)
    frame = f'{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}","last":{last},{fields}}}]}}'
    message = decode(frame)
    assert isinstance(message, TickerMessage)
    return message


def test_the_last_ticker_of_each_symbol_is_told() -> None:
    memory = LastTickers()
    for symbol, last in (("BTC/USD", 1), ("ETH/USD", 2), ("BTC/USD", 3)):
        memory.apply(ticker(symbol, last))
    assert [row.last for row in memory.rows("BTC/USD")] == [3]
    assert memory.rows("SOL/USD") == []
    memory.clear()
    assert memory.rows("BTC/USD") == []


def test_of_trades_nothing_is_told() -> None:
    memory = Nothing()
    memory.clear()
    assert memory.rows("BTC/USD") == []


def candle(symbol: str, interval: int, begin: str) -> Candle[Decimal]:
    one = Decimal(1)
    return Candle(symbol, one, one, one, one, 1, one, begin, interval)


def test_the_running_candle_of_each_symbol_and_interval_is_told() -> None:
    memory = LastCandles()
    memory.apply(OhlcMessage("snapshot", [candle("BTC/USD", 1, "00:00"), candle("BTC/USD", 1, "00:01")]))
    memory.apply(OhlcMessage("update", [candle("BTC/USD", 60, "00:00")]))
    assert [row.interval_begin for row in memory.rows(("BTC/USD", 1))] == ["00:01"]
    assert [row.interval_begin for row in memory.rows(("BTC/USD", 60))] == ["00:00"]
    assert memory.rows(("BTC/USD", 5)) == []
    memory.clear()
    assert memory.rows(("BTC/USD", 1)) == []


def test_instruments_are_told_as_one_snapshot_in_which_a_missing_field_is_unchanged() -> None:
    memory = AllInstruments()
    assert memory.rows(None) == []
    usd, btc = Asset("USD", "enabled", 4), Pair("BTC/USD", "BTC", "USD", "online", 1)
    memory.apply(InstrumentMessage("snapshot", Instruments([usd], [btc])))
    memory.apply(InstrumentMessage("update", Instruments([], [Pair("BTC/USD", status="cancel_only")])))
    [told] = memory.rows(None)
    assert told == InstrumentMessage("snapshot", Instruments([usd], [Pair("BTC/USD", "BTC", "USD", "cancel_only", 1)]))
    memory.apply(InstrumentMessage("snapshot", Instruments([usd], [])))
    assert memory.rows(None) == [InstrumentMessage("snapshot", Instruments([usd], []))]
