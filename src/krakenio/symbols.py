"""Check symbols before anything is sent: text goes in, a WebSocket v2 symbol or a clear error comes out.

REST and WebSocket v1 write the same market in three other ways (`XBT/USD`, `XBTUSD`, `XXBTZUSD`); v2 knows `BTC/USD`
only.
"""

import re
from functools import lru_cache

from krakenio.errors import InvalidRequest

_ASSET = r"[A-Z0-9][A-Z0-9.]*x?"  # tokenized equities end in a lower-case x: TSLAx
_V2 = re.compile(f"{_ASSET}/{_ASSET}")
_SEPARATORS = re.compile(r"[-_:/\s]+")

_OLD_NAMES = {
    "XBT": "BTC",
    "XDG": "DOGE",
    "XXBT": "BTC",
    "XXDG": "DOGE",
    "XETC": "ETC",
    "XETH": "ETH",
    "XICN": "ICN",
    "XLTC": "LTC",
    "XMLN": "MLN",
    "XREP": "REP",
    "XXLM": "XLM",
    "XXMR": "XMR",
    "XXRP": "XRP",
    "XZEC": "ZEC",
    "ZAUD": "AUD",
    "ZCAD": "CAD",
    "ZEUR": "EUR",
    "ZGBP": "GBP",
    "ZJPY": "JPY",
    "ZUSD": "USD",
}
"""A table, because a leading X or Z cannot be dropped blindly: XTZ, XRP and ZRX are real names."""

_OLD_QUOTES = ("ZUSD", "ZEUR", "ZGBP", "ZCAD", "ZJPY", "ZAUD", "XXBT", "XETH")
_QUOTES = (
    "PYUSD",
    "USDT",
    "USDC",
    "USDG",
    "EURT",
    "DAI",
    "USD",
    "EUR",
    "GBP",
    "CAD",
    "JPY",
    "AUD",
    "CHF",
    "XBT",
    "BTC",
    "ETH",
    "DOT",
)
_BY_NAME = ": what is no symbol goes by its name, such as depth=10 or interval=5"
_LONG_BASE = 4  # only bases this long (XXBT, USDT) were joined with the long quotes: XTZUSD is XTZ/USD, not XT/ZUSD


def check_symbol(text: object) -> str:
    """Return a symbol of WebSocket v2, `BASE/QUOTE`; refuse others and name the right one where it is known."""
    if not isinstance(text, str):
        kind = type(text)
        several = ": pass several one by one, *symbols" if kind in {list, tuple, set, frozenset} else ""
        hint = _BY_NAME if kind is int else several
        message = f"a symbol must be text such as 'BTC/USD', not {kind.__name__}{hint}"
        raise InvalidRequest(message)
    right = _suggestion(text)
    if right == text:
        return text
    hint = f"did you mean {right!r}?" if right else "it must be BASE/QUOTE, such as 'BTC/USD'"
    message = f"{text[:40]!r} is not a symbol of WebSocket v2: {hint}"
    raise InvalidRequest(message)


@lru_cache(maxsize=4096)  # an order's symbol is checked on its way out; the exchange has below 2 000
def _suggestion(text: str) -> str | None:
    parts = text.split("/") if _V2.fullmatch(text) else _SEPARATORS.split(text.strip().upper())
    base, quote = parts if len(parts) == len(("base", "quote")) else _taken_apart(*parts)
    symbol = f"{_OLD_NAMES.get(base, base)}/{_OLD_NAMES.get(quote, quote)}"
    return symbol if _V2.fullmatch(symbol) else None


def _taken_apart(name: str, *more: str) -> tuple[str, str]:
    if more:
        return "", ""
    for quote in _OLD_QUOTES:
        if name.endswith(quote) and len(name) - len(quote) >= _LONG_BASE:
            return name.removesuffix(quote), quote
    for quote in _QUOTES:
        if name.endswith(quote) and name != quote:
            return name.removesuffix(quote), quote
    return "", ""


def check_asset(text: str) -> str:
    """Return an asset of WebSocket v2; refuse other names, REST's among them, and tell the right one."""
    if re.fullmatch(_ASSET, text) and text not in _OLD_NAMES:
        return text
    right = _OLD_NAMES.get(text.strip().upper(), text.strip().upper())
    message = f"{text[:40]!r} is no asset of WebSocket v2" + (f": did you mean {right!r}?" if right else "")
    raise InvalidRequest(message)


def asset_of(name: str) -> str:
    """Return the asset of WebSocket v2 that REST means; what follows a dot says in which product it is.

    >>> asset_of("XXBT"), asset_of("ZUSD"), asset_of("ETH.F")
    ('BTC', 'USD', 'ETH')
    """
    base = name.partition(".")[0]
    return _OLD_NAMES.get(base, base)


def is_tokenized(symbol: str) -> bool:
    """Tell whether a market's base is a tokenised share (`TSLAx/USD`), which REST has in a class of its own.

    Of REST's names too (`TSLAxUSD`): all others are in upper case, but for its second name of the same share
    (`TSLASPVUSD`).
    """
    return "x" in symbol or "SPV" in symbol[1:]
