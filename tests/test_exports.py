"""The registry of public names, in the order of the flow: what is not here is not public, what is here stays."""

import importlib

import pytest

import krakenio
from tests.sources import ROOT

NAMES = {
    "krakenio": "auth books errors events messages models sim",
    "krakenio.auth": "Keys",
    "krakenio.endpoints": "BETA Endpoints PRODUCTION",
    "krakenio.books": "Book Desync Level3Book",
    "krakenio.streams.bookstreams": "BookStream",
    "krakenio.rest": "Rest open_rest",
    "krakenio.session": "Session open_session",
    "krakenio.health": "Health LinkHealth",
    "krakenio.streams.stream": "Batches Stream",
    "krakenio.streams.merging": "Merged merge",
    "krakenio.events": "Gap",
    "krakenio.orders": (
        "Acknowledged Batch CancelList DeadManSwitch Increments Intent LiveOrder OrderGroup OrderTable Orders "
        "OrdersLeftOpen Outcome"
    ),
    "krakenio.orders.account.funds": "BalanceTable",
    "krakenio.orders.account.holdings": "LiveBalance",
    "krakenio.errors": (
        "AccountRestricted AccountSuspended ApiError AuthenticationError BookNotHealed CallLimitAhead CredentialsError "
        "DeadlineElapsed DecodeError Disconnected DuplicateClientOrderId EarnError EmptySide EntryTimeout ExportError "
        "FundingError GroupLeft InsufficientFunds InternalError InvalidArguments InvalidKey InvalidNonce InvalidPrice "
        "InvalidRequest InvalidSession InvalidSignature KrakenError MarginRejected MarketRestricted "
        "OrderError OrderLimitExceeded OrderMinimumNotMet OrderNotFilled OrderNotSent OrderOutcomeUnknown "
        "OrderRejected OrderUnresolved OrdersHalted PermissionDenied PermissionMissing "
        "PostOnlyWouldMatch RateLimitAhead RateLimited ServiceUnavailable SessionClosed SessionError "
        "SessionInterrupted SessionOutage SessionRefused StaleBook StreamClosed StreamError StreamGap "
        "StreamOverflow SubscriptionError SubscriptionRefused TemporaryLockout TransportError UnknownOrder "
        "UnknownSymbol api_error"
    ),
}


def test_the_public_names_are_those_of_the_registry() -> None:
    public: list[str] = vars(krakenio)["__all__"]
    assert sorted(public) == sorted(" ".join(NAMES.values()).split())


@pytest.mark.parametrize("home", NAMES)
def test_each_public_name_is_the_one_of_its_home(home: str) -> None:
    module = importlib.import_module(home)
    assert [name for name in NAMES[home].split() if getattr(krakenio, name) is not getattr(module, name)] == []


def test_each_public_name_has_its_place_in_the_reference() -> None:
    """The errors, events, messages and models are listed there by their modules."""
    pages = "\n".join(page.read_text() for page in (ROOT / "docs/reference").glob("*.md"))
    shown = {line.partition(":: krakenio.")[2].strip() for line in pages.splitlines() if ":: krakenio." in line}
    modules = {"books", "errors", *NAMES["krakenio.errors"].split()}
    public: list[str] = vars(krakenio)["__all__"]
    assert {"errors", "events", "messages", "models"} <= shown
    assert [name for name in public if name not in shown | modules | {"sim"}] == []
