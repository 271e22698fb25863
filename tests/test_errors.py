"""The tree of errors and the catalogue of Kraken's strings."""

import copy
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import errors
from krakenio.errors import ApiError, KrakenError, api_error, catalogue
from krakenio.errors.advice import explain

CLASSES = [value for _, value in inspect.getmembers(errors, inspect.isclass)]

SAMPLES: list[KrakenError] = [
    errors.TransportError("cut off", endpoint="/0/private/AddOrder", ambiguous=True),
    errors.Disconnected("silence", code=1006, fatal=False),
    errors.DecodeError("wrong type at $.data", channel="ticker"),
    errors.SubscriptionError("refused", rejected={"ABC/USD": api_error("Currency pair not supported ABC/USD")}),
    errors.StreamGap("reconnect", lost=3),
    errors.StreamOverflow("full", buffer=10),
    errors.OrderNotSent("socket gone", cl_ord_id="a1"),
    errors.OrderOutcomeUnknown("no reply", cl_ord_id="a1", deadline=datetime(2026, 11, 2, tzinfo=UTC), written_at=None),
    errors.SessionOutage("61 s without Kraken"),
    errors.CredentialsError("KRAKEN_API_SECRET is not base64"),
    errors.InvalidRequest("order_qty is negative"),
    api_error("EService: Throttled: 1741500000"),
]


@pytest.mark.parametrize("known", catalogue.CATALOGUE, ids=lambda known: known.code)
def test_each_catalogued_string_is_found_however_it_is_written(known: catalogue.Known) -> None:
    for text in (known.code, known.code.lower(), known.code.replace(":", " : "), f" {known.code}:some detail"):
        error = api_error(text)
        assert type(error) is known.kind
        assert error.code == known.code
        assert str(error) == text
        assert (error.retryable, error.fatal, error.ambiguous) == (known.retryable, known.fatal, known.ambiguous)
        assert error.category == known.code[1 : known.code.index(":")]
        assert error.detail in {"", "some detail"}


@pytest.mark.parametrize(
    ("text", "kind", "code", "detail"),
    [
        (
            "EOrder:Insufficient funds (insufficient user funds)",
            errors.InsufficientFunds,
            "EOrder:Insufficient funds",
            "(insufficient user funds)",
        ),
        ("EGeneral:Invalid arguments:volume", errors.InvalidArguments, "EGeneral:Invalid arguments", "volume"),
        ("EGeneral:Invalid arguments:price below min",
         errors.InvalidArguments, "EGeneral:Invalid arguments", "price below min"),
        ("EGeneral:Invalid arguments:Index unavailable",
         errors.InvalidArguments, "EGeneral:Invalid arguments", "Index unavailable"),
        ("EGeneral:Internal error:7f3a", errors.ServiceUnavailable, "EGeneral:Internal error", "7f3a"),
        ("EAccount:Invalid permissions:USDT trading restricted for DE.", errors.AccountRestricted,
         "EAccount:Invalid permissions", "USDT trading restricted for DE."),
        ("EAPI:Feature disabled:viqc", errors.PermissionDenied, "EAPI:Feature disabled", "viqc"),
        ("EOrder:Invalid price:Invalid price argument",
         errors.InvalidPrice, "EOrder:Invalid price", "Invalid price argument"),
        ("EService:Market in cancel_only mode", errors.MarketRestricted, "EService:Market in", "cancel_only mode"),
        ("EService:Market in maintenance", errors.MarketRestricted, "EService:Market in", "maintenance"),
        ("EService:Market in reduce_only mode: later",
         errors.MarketRestricted, "EService:Market in", "reduce_only mode:later"),
        ("Unsupported field", errors.InvalidArguments, "Unsupported field", ""),
        ("EOrder:No amendable parameters provided", errors.OrderRejected, "EOrder:No amendable parameters", "provided"),
        ("Currency pair not supported ABC/USD", errors.UnknownSymbol, "Currency pair not supported", "ABC/USD"),
        ("Currency pair not in ISO 4217-A3 format ABC",
         errors.UnknownSymbol, "Currency pair not in ISO 4217-A3 format", "ABC"),
        ("Symbol(s) not found", errors.UnknownSymbol, "Symbol(s) not found", ""),
        ("Subscription name invalid", errors.SubscriptionRefused, "Subscription name invalid", ""),
        ("Subscription depth not supported", errors.SubscriptionRefused, "Subscription depth not supported", ""),
        ("Subscription ohlc interval not supported",
         errors.SubscriptionRefused, "Subscription ohlc interval not supported", ""),
        ("Already subscribed", errors.SubscriptionRefused, "Already subscribed", ""),
        ("Subscription Not Found", errors.SubscriptionRefused, "Subscription Not Found", ""),
        ("Unsupported event", errors.SubscriptionRefused, "Unsupported event", ""),
        ("Event(s) not found", errors.SubscriptionRefused, "Event(s) not found", ""),
        ("Unsupported field: 'params' for the given msg type: ping", errors.InvalidArguments,
         "Unsupported field", "'params' for the given msg type:ping"),
        ("Limit_price field must be a number_float", errors.InvalidArguments,
         "field must be", "Limit_price field must be a number_float"),
        ("Trigger price(s) not found", errors.InvalidArguments, "price(s) not found", "Trigger price(s) not found"),
        ("Malformed request", errors.InvalidArguments, "Malformed request", ""),
        ("Exceeded msg rate", errors.RateLimited, "Exceeded msg rate", ""),
        ("Token(s) not found", errors.InvalidSession, "Token(s) not found", ""),
        ("Token is expired", errors.InvalidSession, "Token(s) not found", ""),
        ("Invalid token", errors.InvalidSession, "Token(s) not found", ""),
        ("session lost (ESession)", errors.InvalidSession, "ESession", "session lost (ESession)"),
        ("Authentication failed", errors.AuthenticationError, "Authentication failed", ""),
        ("Invalid withdrawal address", errors.FundingError, "Invalid withdrawal address", ""),
    ],
)  # fmt: skip
def test_a_documented_string_gets_its_class_and_detail(text: str, kind: type[ApiError], code: str, detail: str) -> None:
    error = api_error(text)
    assert (type(error), error.code, error.detail) == (kind, code, detail)


@pytest.mark.parametrize(
    ("text", "kind", "category", "severity"),
    [
        ("EOrder:Never heard of", errors.OrderRejected, "Order", "E"),
        ("EService:Something new", errors.ServiceUnavailable, "Service", "E"),
        ("ENew:Thing:with detail", ApiError, "New", "E"),
        ("WGeneral:Deprecated token not found", ApiError, "General", "W"),
        ("Error: tokenized thing not found", ApiError, "Gateway", "E"),
        ("", ApiError, "Gateway", "E"),
    ],
)
def test_an_unknown_string_keeps_text_severity_and_category(
    text: str, kind: type[ApiError], category: str, severity: str
) -> None:
    error = api_error(text)
    assert (type(error), error.category, error.severity, str(error)) == (kind, category, severity, text)
    assert error.code == text.replace(": ", ":")


def test_only_the_causes_of_g1_are_fatal() -> None:
    fatal = [known.code for known in catalogue.CATALOGUE if known.fatal]
    assert fatal == [
        "EAPI:Invalid key",
        "EAPI:Invalid signature",
        "EAPI:Permission denied",
        "EAuth:Account temporary disabled",
        "EAuth:Account unconfirmed",
        "EAuth:Failed",
        "EGeneral:Permission denied",
        "ETrade:Locked",
        "ETrade:User Locked",
    ]


@pytest.mark.parametrize(
    "text", ["EService:Timeout", "EGeneral:Internal error:1", "EService:Deadline elapsed", "EService:Unavailable"]
)
def test_an_order_may_have_been_executed_behind_these_c4(text: str) -> None:
    assert api_error(text).ambiguous


def test_no_known_code_is_listed_twice() -> None:
    codes = [known.code.casefold() for known in catalogue.CATALOGUE]
    assert sorted(set(codes)) == sorted(codes)


def test_a_throttle_says_when_calls_are_allowed_again() -> None:
    error = api_error("EService: Throttled: 1741500000")
    assert isinstance(error, errors.RateLimited)
    assert error.retry_at == 1741500000.0
    assert errors.RateLimited("EService:Throttled", code="EService:Throttled", detail="soon").retry_at is None


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("EAPI:Rate limit exceeded", "key"),
        ("EOrder:Rate limit exceeded", "pair"),
        ("EOrder:Domain rate limit exceeded", "domain"),
        ("EGeneral:Too many requests", "ip"),
        ("Exceeded msg rate", "connection"),
    ],
)
def test_a_rate_limit_tells_its_scope(text: str, scope: str) -> None:
    error = api_error(text)
    assert isinstance(error, errors.RateLimited)
    assert error.scope == scope
    assert error.retry_at is None


def test_a_restricted_market_tells_its_mode_and_a_wrong_argument_its_field() -> None:
    words = ("Post_Only mode", "post-only mode", "post_only mode.", "post_only", "post_only mode: later")
    for market in (api_error(f"EService: Market in {word}") for word in words):
        assert isinstance(market, errors.MarketRestricted)
        assert market.mode == "post_only"
    assert errors.MarketRestricted("closed", detail="closed").mode == "closed"
    argument = api_error("EGeneral:Invalid arguments:oflags")
    assert isinstance(argument, errors.InvalidArguments)
    assert argument.field == "oflags"


def test_everything_is_one_tree_and_documented() -> None:
    for kind in CLASSES:
        assert issubclass(kind, KrakenError)
        assert kind.__doc__
        assert kind.__doc__ != KrakenError.__doc__ or kind is KrakenError
        assert kind.__name__ in errors.__all__


def test_bad_input_is_also_a_value_error() -> None:
    assert issubclass(errors.InvalidRequest, ValueError)
    assert issubclass(errors.CredentialsError, ValueError)


def test_a_rejected_order_is_both_an_answer_of_kraken_and_an_order_error() -> None:
    for kind in (errors.InsufficientFunds, errors.UnknownOrder, errors.DuplicateClientOrderId):
        assert issubclass(kind, ApiError)
        assert issubclass(kind, errors.OrderError)


def _facts(error: BaseException) -> Any:
    return {key: str(value) for key, value in vars(error).items()}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickle_and_copy_with_its_data(error: KrakenError) -> None:
    error.add_note("while placing order 7 of 12")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - our own bytes
        assert type(twin) is type(error)
        assert str(twin) == str(error) != ""
        assert _facts(twin) == _facts(error)


@given(st.text())
def test_any_text_can_be_classified(text: str) -> None:
    assert str(api_error(text)) == text


def test_a_refusal_says_what_was_asked_and_what_one_can_do() -> None:
    error = api_error("EOrder:Insufficient funds")
    explain(error, "add_order mine", "modify-trades")
    assert error.__notes__ == [
        "Kraken's answer to add_order mine",
        "The balance less holds and fees is too small: lower the quantity or fund the account.",
    ]


def test_a_refusal_for_many_reasons_is_given_no_advice() -> None:
    error = api_error("EFunding:Something new")
    explain(error, "Withdraw", "")
    assert error.__notes__ == ["Kraken's answer to Withdraw"]
