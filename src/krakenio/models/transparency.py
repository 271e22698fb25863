"""Transparency data: `result` of PreTrade and PostTrade (docs.kraken.com, rest-api). Times are RFC 3339."""

from decimal import Decimal

from msgspec import field

from krakenio.wire import Wire


class PreTradeLevel(Wire, frozen=True, gc=False):
    """One of the ten best prices: `side` `BUY` or `SELL`, `count` of orders."""

    side: str
    price: Decimal
    qty: Decimal
    count: int
    publication_ts: str | None = None
    submission_ts: str | None = None


class PreTrade(Wire, frozen=True, gc=False):
    """The book of `symbol` as regulators want it: `venue` is a MIC, `notation` says what a quantity counts.

    The `dti` fields are identifiers of digital tokens, and may be absent.
    """

    symbol: str
    bids: list[PreTradeLevel]
    asks: list[PreTradeLevel]
    description: str | None = None
    base_asset: str | None = None
    base_notation: str | None = None
    base_dti_code: str | None = None
    base_dti_short_name: str | None = None
    quote_asset: str | None = None
    quote_notation: str | None = None
    quote_dti_code: str | None = None
    quote_dti_short_name: str | None = None
    venue: str | None = None
    system: str | None = None


class ReportedTrade(Wire, frozen=True, gc=False):
    """One trade as regulators want it: `price` in quote, `quantity` in base currency."""

    trade_id: str
    price: Decimal
    quantity: Decimal
    symbol: str
    trade_ts: str
    publication_ts: str | None = None
    description: str | None = None
    base_asset: str | None = None
    base_notation: str | None = None
    base_dti_code: str | None = None
    base_dti_short_name: str | None = None
    quote_asset: str | None = None
    quote_notation: str | None = None
    quote_dti_code: str | None = None
    quote_dti_short_name: str | None = None
    trade_venue: str | None = None
    publication_venue: str | None = None


class PostTrade(Wire, frozen=True, gc=False):
    """`result` of PostTrade: `trades` oldest first; `last_ts` is the next `from_ts`."""

    trades: list[ReportedTrade] = field(default_factory=list[ReportedTrade])
    count: int | None = None
    last_ts: str | None = None
