"""Symbols of WebSocket v2, and the old names that people still type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.errors import InvalidRequest
from krakenio.symbols import check_asset, check_symbol, is_tokenized

GOOD = [
    "BTC/USD",
    "ETH/BTC",
    "1INCH/EUR",
    "TSLAx/USD",
    "BRK.Bx/USD",
    "DOGE/USDT",
    "XTZ/USD",
    "XRP/EUR",
    "ZRX/GBP",
    "EUR/USD",
]


@pytest.mark.parametrize("symbol", GOOD)
def test_a_symbol_of_v2_passes(symbol: str) -> None:
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize(
    ("old", "right"),
    [
        ("XBT/USD", "BTC/USD"),
        ("XXBTZUSD", "BTC/USD"),
        ("XBTUSD", "BTC/USD"),
        ("BTCUSD", "BTC/USD"),
        ("XDG/USD", "DOGE/USD"),
        ("XDGUSD", "DOGE/USD"),
        ("XXDGZUSD", "DOGE/USD"),
        ("ETHXBT", "ETH/BTC"),
        ("XETHXXBT", "ETH/BTC"),
        ("XETHZEUR", "ETH/EUR"),
        ("ETH/XBT", "ETH/BTC"),
        ("XETH/ZUSD", "ETH/USD"),
        ("XTZUSD", "XTZ/USD"),
        ("XTZEUR", "XTZ/EUR"),
        ("USDTZUSD", "USDT/USD"),
        ("SOLUSDC", "SOL/USDC"),
        ("EURUSD", "EUR/USD"),
        ("ZEURZUSD", "EUR/USD"),
        ("btc/usd", "BTC/USD"),
        ("xbtusd", "BTC/USD"),
        ("Eth/Usd", "ETH/USD"),
        (" BTC/USD", "BTC/USD"),
        ("BTC/USD\n", "BTC/USD"),
        ("BTC-USD", "BTC/USD"),
        ("BTC_USD", "BTC/USD"),
        ("BTC USD", "BTC/USD"),
    ],
)
def test_an_old_name_is_refused_and_the_right_one_named(old: str, right: str) -> None:
    with pytest.raises(InvalidRequest, match=f"did you mean '{right}'\\?"):
        check_symbol(old)


@pytest.mark.parametrize("text", ["", "/", "USD", "BTC/", "/USD", "BTC/USD/EUR", "ABCDEF", "Ä/USD", "BTC/ÜSD"])
def test_what_has_no_right_name_is_told_the_form(text: str) -> None:
    with pytest.raises(InvalidRequest, match="BASE/QUOTE, such as 'BTC/USD'"):
        check_symbol(text)


@pytest.mark.parametrize("value", [None, 7, b"BTC/USD", ["BTC/USD"], ("BTC", "USD")])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="must be text such as 'BTC/USD', not"):
        check_symbol(value)


def test_a_list_of_symbols_is_told_to_be_passed_one_by_one() -> None:
    with pytest.raises(InvalidRequest, match="not int: what is no symbol goes by its name, such as depth=10"):
        check_symbol(10)
    with pytest.raises(InvalidRequest, match=r"not list: pass several one by one, \*symbols"):
        check_symbol(["BTC/USD", "ETH/USD"])


def test_an_asset_is_named_as_websocket_v2_has_it() -> None:
    for name in ("BTC", "ZRX", "TSLAx", "1INCH", "ETH.F"):
        assert check_asset(name) == name
    for old, right in (("XBT", "BTC"), ("ZUSD", "USD"), ("btc", "BTC"), ("xxbt", "BTC"), (" EUR", "EUR")):
        with pytest.raises(InvalidRequest, match=f"{old!r} is no asset of WebSocket v2: did you mean {right!r}"):
            check_asset(old)


@given(st.text() | st.text("XZBTCUSDE/-. x"))
def test_whatever_is_named_as_right_passes_itself(text: str) -> None:
    try:
        assert check_symbol(text) == text
    except InvalidRequest as error:
        if "did you mean" in str(error):
            right = str(error).split("did you mean '")[1].removesuffix("'?")
            assert check_symbol(right) == right


@pytest.mark.parametrize("name", ["TSLAx/USD", "TSLAxUSD", "BRK.Bx/USD", "TSLASPVUSD"])
def test_a_tokenized_share_is_known_by_its_name(name: str) -> None:
    assert is_tokenized(name)
    assert not is_tokenized("BTC/USD")
