"""What a late stream is told first is what a snapshot would say at that moment, and no more."""

from decimal import Decimal

from krakenio.messages import (
    Asset,
    Balance,
    BalancesMessage,
    Candle,
    InstrumentMessage,
    Instruments,
    OhlcMessage,
    Pair,
    TickerMessage,
    decode,
)
from krakenio.subscriptions.memory import AllInstruments, LastBalances, LastCandles, LastTickers, Nothing


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
