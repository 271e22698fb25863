"""Every endpoint of Kraken's list has a typed method, and every sample of its reference decodes to what it says."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from krakenio import InvalidRequest
from krakenio.errors import ApiError, DecodeError, FundingError, InvalidKey, KrakenError, RateLimited
from krakenio.models import Answer
from krakenio.rest import account, earn, funding, funding_beta, history, market, subaccounts, trading
from krakenio.rest.known import METHODS, methods_of
from krakenio.rest.methods import Method
from krakenio.rest.replies import Reply, read_reply
from krakenio.rest.requests import private_request, public_request
from tests.rest.servers import KEYS
from tests.rest.sheet import BETA, MARKET, READS, WRITES

SAMPLES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent.parent / "data" / "rest.jsonl").read_text().splitlines()
]
CHAPTERS = (market, account, history, trading, funding, funding_beta, subaccounts, earn)


def test_every_endpoint_of_the_list_has_a_method_and_no_other_does() -> None:
    assert {method.path for method in METHODS} == {
        *(f"/0/public/{name}" for name in MARKET),
        *(f"/0/private/{name}" for name in (*READS, *WRITES)),
    }
    assert sorted((method.verb, method.path) for method in methods_of(funding_beta)) == sorted(BETA)


def test_every_method_can_be_called_by_a_name_of_python() -> None:
    called = {name for chapter in CHAPTERS for each in vars(chapter).values() for name in _awaited(each)}
    constants = {
        name for chapter in CHAPTERS for name, value in vars(chapter).items() if isinstance(value, Method)
    }
    assert called >= {name.lower() for name in constants - {"GET_API_KEY_INFO", "CLAIM_ADDRESS"}}
    assert called >= {"api_key_info", "claim_deposit_address"}


def _awaited(chapter: object) -> list[str]:
    return [name for name in vars(chapter) if not name.startswith("_")] if isinstance(chapter, type) else []


def method_of(name: str) -> Method[Any]:
    chapter, _, constant = name.partition(".")
    found: Method[Any] = getattr(next(each for each in CHAPTERS if each.__name__.endswith("." + chapter)), constant)
    return found


def answered(method: Method[Any], body: bytes, status: int = 200, params: Mapping[str, object] | None = None) -> Any:
    """Return what a caller gets for a body: the result, or the error."""
    call = method.call(params) if params is not None else _any_call(method)
    outcome = read_reply(Reply(status, "application/json", body), call)
    return outcome.result if isinstance(outcome, Answer) else outcome


def _any_call(method: Method[Any]) -> Any:
    from krakenio.rest.methods import Call  # noqa: PLC0415 - for this alone

    return Call(method.path, method.result, {}, finish=method.finish)


def looked_up(value: Any, path: str) -> Any:
    """Follow `a.b.0.c` through structs, maps and lists."""
    for step in filter(None, path.split("|")):
        if hasattr(value, "keys"):
            value = value[step]
        elif hasattr(value, "index"):
            value = value[int(step)]
        else:
            value = getattr(value, step)
    return value


def decoded(sample: dict[str, Any]) -> Any:
    """Return what the method of a sample makes of its answer."""
    method = method_of(sample["method"])
    bare = method.path.startswith("/funding/")
    body: Any = sample["result"] if bare else {"error": [], "result": sample["result"]}
    return answered(method, json.dumps(body).encode())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_the_samples_of_the_reference_decode(sample: dict[str, Any]) -> None:
    result = decoded(sample)
    assert not isinstance(result, KrakenError), result
    for path, expected in sample["told"].items():
        found = looked_up(result, path)
        assert (str(found) if isinstance(found, Decimal) else found) == expected, path


def test_every_method_has_a_sample() -> None:
    shown = {sample["method"] for sample in SAMPLES} | {"history.RETRIEVE_EXPORT"}
    assert shown == {
        f"{chapter.__name__.rpartition('.')[2]}.{name}"
        for chapter in CHAPTERS
        for name, value in vars(chapter).items()
        if isinstance(value, Method)
    }


def test_a_report_comes_as_the_bytes_of_a_zip_and_its_refusal_as_an_error() -> None:
    assert answered(history.RETRIEVE_EXPORT, b"PK\x03\x04 and so on") == b"PK\x03\x04 and so on"
    refused = answered(history.RETRIEVE_EXPORT, b'{"error":["EExport:Not ready"]}')
    assert isinstance(refused, ApiError)
    page = answered(history.RETRIEVE_EXPORT, b"<html>", 502)
    assert isinstance(page, KrakenError)
    assert not isinstance(page, ApiError)


@pytest.mark.parametrize("body", [b'{"error":[]}', b'{"error":[],"result":null}', b'{"error":[],"result":{}}'])
def test_an_account_that_never_had_funds_has_no_balances(body: bytes) -> None:
    assert answered(account.BALANCE, body) == answered(account.BALANCE_EX, body) == {}
    assert isinstance(answered(account.BALANCE, b"{}").__cause__, DecodeError)


@pytest.mark.parametrize("told", [1_728_821_182_969, 1_728_821_182_969_000_000])
def test_times_of_amends_are_nanoseconds_whether_kraken_tells_those_or_milliseconds(told: int) -> None:
    row = {"amend_id": "TAAAAA-BBBBB-CCCCCC", "amend_type": "user", "timestamp": told}
    body = json.dumps({"error": [], "result": {"count": 2, "amends": [row, {**row, "timestamp": None}]}})
    amends = answered(account.ORDER_AMENDS, body.encode()).amends
    assert [amend.timestamp for amend in amends] == [1_728_821_182_969_000_000, None]


def test_no_positions_are_an_empty_map_although_kraken_says_so_by_an_array() -> None:
    assert answered(account.OPEN_POSITIONS, b'{"error":[],"result":[]}') == {}
    assert answered(account.OPEN_POSITIONS, b'{"error":[],"result":{}}') == {}
    rows = answered(account.OPEN_POSITIONS, b'{"error":[],"result":[{"pair":"XXBTZUSD"}]}')
    assert isinstance(rows.__cause__, DecodeError)


def test_an_order_without_a_result_is_no_order() -> None:
    """C4."""
    assert answered(trading.ADD_ORDER, b'{"error":[]}').ambiguous


def test_rows_of_no_pair_or_of_two_are_no_answer() -> None:
    for result in ("{}", '{"A":[],"B":[],"last":1}', '{"A":1,"last":1}'):
        outcome = answered(market.OHLC, f'{{"error":[],"result":{result}}}'.encode())
        assert isinstance(outcome.__cause__, DecodeError), result
    assert isinstance(answered(market.DEPTH, b'{"error":[],"result":{}}').__cause__, DecodeError)


PROBLEM = '{{"type":"tag:kraken.com,2025:{}","title":"No","detail":"because"}}'


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (PROBLEM.format("InvalidKey"), 401, InvalidKey),
        (PROBLEM.format("TooManyDepositAddresses"), 400, FundingError),
        (PROBLEM.format("BrandNew"), 400, FundingError),
        (PROBLEM.format("BrandNew"), 429, RateLimited),
        ('{"error":["EGeneral:Unknown method"]}', 404, ApiError),
    ],
)
def test_problems_of_funding_beta_are_errors_of_the_one_tree(body: str, status: int, kind: type[ApiError]) -> None:
    assert isinstance(answered(funding_beta.WITHDRAW, body.encode(), status), kind)


def test_a_broken_server_leaves_a_withdrawal_ambiguous() -> None:
    for body in (PROBLEM.format("Oops"), "<html>bad gateway</html>"):
        assert answered(funding_beta.WITHDRAW, body.encode(), 502).ambiguous


def test_calls_of_funding_beta_are_signed_by_headers_with_their_query() -> None:
    params = {"direction": "withdraw", "asset": {"class": "currency", "name": "USDC"}, "limit": 10}
    request = private_request(funding_beta.METHODS.call(params), KEYS, 7)
    assert request.method == "GET"
    assert request.target == (
        "/funding/v1/methods/withdraw?asset%5Bclass%5D=currency&asset%5Bname%5D=USDC&limit=10"
    )
    assert request.body == b""
    assert request.headers["API-Nonce"] == "7"
    change = private_request(funding_beta.CHANGE_ADDRESS.call({"address_id": "a/b", "name": "cold"}), KEYS, 8)
    assert (change.method, change.target, change.body) == ("PUT", "/funding/v1/addresses/a%2Fb", b'{"name":"cold"}')


def test_lists_in_a_query_of_funding_beta_are_numbered() -> None:
    states = {"status": {"list": ["pending", "settled"]}}
    assert private_request(funding_beta.DEPOSITS.call(states), KEYS, 7).target == (
        "/funding/v1/deposits?status%5Blist%5D%5B0%5D=pending&status%5Blist%5D%5B1%5D=settled"
    )


AMOUNT = {"asset_amount": {"asset": {"class": "currency", "name": "USDC"}, "amount": "1.5"}}
CALLS: list[tuple[Method[Any], dict[str, object]]] = [
    (funding_beta.CLAIM_ADDRESS, {"method_id": "m"}),
    (funding_beta.ADD_ADDRESS, {"scope": {"network_id": "n"}, "address_details": {"crypto": {}}, "name": "cold"}),
    (funding_beta.CHANGE_ADDRESS, {"address_id": "a", "name": "cold"}),
    (funding_beta.REMOVE_ADDRESS, {"address_id": "a"}),
    (funding_beta.WITHDRAW, {"scope": {"method_id": "m"}, "address_id": "a", "amount": AMOUNT, "fee": {}}),
    (funding_beta.NETWORKS, {}),
]


@pytest.mark.parametrize(("method", "params"), CALLS)
def test_every_call_of_funding_beta_may_mean_a_wallet_in_its_query(
    method: Method[Any], params: dict[str, object]
) -> None:
    request = private_request(method.call({**params, "account_id": "WX6V-1"}), KEYS, 7)
    assert request.target.endswith("?account_id=WX6V-1")
    assert b"account_id" not in request.body


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (funding_beta.METHODS, {"direction": "deposit"}),
        (funding_beta.FEES, {"method_id": "m"}),
        (funding_beta.DEPOSIT_LIMITS, {"asset_class": "tokenized_asset", "asset": "TSLAx"}),
        (funding_beta.WITHDRAWAL_LIMITS, {"asset_class": "tokenized_asset", "asset": "TSLAx"}),
        (funding_beta.DEPOSITS, {}),
        (funding_beta.WITHDRAWALS, {}),
    ],
)
def test_amounts_of_funding_beta_can_be_had_in_tokens(method: Method[Any], params: dict[str, object]) -> None:
    request = private_request(method.call({**params, "rebase_multiplier": "base"}), KEYS, 7)
    assert request.target.endswith("?rebase_multiplier=base")


def test_kinds_of_locks_are_a_list_in_json_as_documented() -> None:
    body = private_request(earn.STRATEGIES.call({"lock_type": ["flex", "bonded"]}), KEYS, 7).body
    assert json.loads(body)["lock_type"] == ["flex", "bonded"]


def test_the_wallet_is_named_in_the_query_and_the_rest_in_the_body() -> None:
    request = private_request(account.BALANCE.call({"account_id": "WX6V-1", "rebase_multiplier": "base"}), KEYS, 7)
    assert request.target == "/0/private/Balance?account_id=WX6V-1"
    assert b"account_id" not in request.body
    assert b"rebase_multiplier=base" in request.body


def test_a_batch_is_json_with_nested_closes_and_exact_numbers() -> None:
    order = {"type": "buy", "ordertype": "limit", "volume": Decimal("0.10"), "price": "50000.5", "oflags": ["post"]}
    closing = {**order, "close": {"ordertype": "stop-loss", "price": 49000}}
    request = private_request(trading.ADD_ORDER_BATCH.call({"pair": "BTC/USD", "orders": [order, closing]}), KEYS, 7)
    body = json.loads(request.body)
    assert body["orders"][0] == {
        "type": "buy", "ordertype": "limit", "volume": "0.10", "price": "50000.5", "oflags": "post",
    }  # fmt: skip
    assert body["orders"][1]["close"] == {"ordertype": "stop-loss", "price": "49000"}


def test_assets_with_their_classes_are_sent_as_json() -> None:
    named = [{"asset": "AAPLx", "aclass": "tokenized_asset"}]
    assert json.loads(private_request(history.LEDGERS.call({"asset": named}), KEYS, 7).body)["asset"] == named
    assert b"asset=XBT%2CETH" in private_request(history.LEDGERS.call({"asset": ["XBT", "ETH"]}), KEYS, 7).body


ORDER = {"type": "buy", "ordertype": "limit", "volume": "1", "price": "1"}


@pytest.mark.parametrize("leverage", [5, "5"], ids=["number", "text"])
def test_a_leverage_may_be_a_number_as_kraken_has_it(leverage: object) -> None:
    call = trading.ADD_ORDER.call({**ORDER, "pair": "BTC/USD", "leverage": leverage})
    assert b"&leverage=5" in private_request(call, KEYS, 7).body
    with pytest.raises(InvalidRequest, match="leverage must be text"):
        trading.ADD_ORDER.call({**ORDER, "pair": "BTC/USD", "leverage": True})


@pytest.mark.parametrize("since", [0, "0"], ids=["number", "text"])
def test_trades_since_the_first_one_may_be_asked_for_in_digits_or_as_a_number(since: object) -> None:
    assert public_request(market.TRADES.call({"pair": "BTC/USD", "since": since})).target.endswith("&since=0")


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        (market.OHLC, {"pair": "BTC/USD", "interval": 2}, "interval must be one of 1, 5, 15"),
        (market.DEPTH, {"pair": "BTC/USD", "count": 501}, "count must be an int from 1 to 500"),
        (market.GROUPED_BOOK, {"pair": "BTC/USD", "depth": 11}, "depth must be one of 10, 25"),
        (market.LEVEL3, {"depth": 10}, "Level3 needs pair"),
        (account.QUERY_ORDERS, {"txid": ["O"] * 51}, "txid takes at most 50 ids at once, not 51"),
        (account.QUERY_ORDERS, {"txid": ",".join("O" * 51)}, "txid takes at most 50 ids at once, not 51"),
        (history.QUERY_TRADES, {"txid": ["T"] * 21}, "txid takes at most 20 ids at once, not 21"),
        (history.QUERY_LEDGERS, {"id": ["L"] * 21}, "id takes at most 20 ids at once, not 21"),
        *(
            (trading.ADD_ORDER, {**ORDER, "pair": "BTC/USD", "deadline": time}, "deadline must be .* RFC 3339")
            for time in ("soon", "2026-11-02T11:00:00", "2026-11-02t11:00:00z", "2026-13-02T11:00:00Z", 1793613603)
        ),
        (trading.ADD_ORDER, {**ORDER, "pair": "BTC/USD", "cl_ord_id": "meme-20240509-00010"}, "must be a UUID"),
        (trading.AMEND_ORDER, {"txid": "O"}, "needs at least one of order_qty"),
        (trading.AMEND_ORDER, {"txid": "O", "limit_price": "#5"}, 'limit_price must be .* takes no "#"'),
        (trading.AMEND_ORDER, {"txid": "O", "trigger_price": "#5%"}, 'trigger_price must be .* takes no "#"'),
        (trading.AMEND_ORDER, {"txid": "O", "cl_ord_id": "c", "order_qty": 1}, "either txid or cl_ord_id"),
        (trading.ADD_ORDER_BATCH, {"pair": "BTC/USD", "orders": [ORDER]}, "a list of 2 to 15 orders"),
        (trading.ADD_ORDER_BATCH, {"pair": "BTC/USD", "orders": [ORDER] * 16}, "a list of 2 to 15 orders"),
        (trading.ADD_ORDER_BATCH, {"pair": "BTC/USD", "orders": [ORDER, {**ORDER, "volume": 0.1}]}, "is a float"),
        (trading.ADD_ORDER_BATCH, {"pair": "BTC/USD", "orders": [ORDER, {**ORDER, "size": 1}]}, r"orders\[1\] has no"),
        (trading.CANCEL_ORDER_BATCH, {}, "needs at least one of orders, cl_ord_ids"),
        (trading.CANCEL_ORDER_BATCH, {"orders": ["O"] * 30, "cl_ord_ids": ["c"] * 21}, "at most 50 .* not 51"),
        (trading.CANCEL_ALL_ORDERS_AFTER, {"timeout": 86_400}, "from 0 to 86399"),
        (history.REMOVE_EXPORT, {"id": "A", "type": "remove"}, "one of 'delete', 'cancel'"),
        (funding.DEPOSIT_STATUS, {"cursor": 3}, "cursor must be text"),
        (funding_beta.METHODS, {"direction": "deposit", "asset": "USDC"}, "asset must be a dict"),
        (earn.STRATEGIES, {"lock_type": "flex"}, "a list of texts"),
        (subaccounts.ACCOUNT_TRANSFER, {"asset": "XBT", "amount": 1, "from": "A"}, "needs to"),
    ],
)
def test_bad_input_says_what_to_write_before_anything_is_sent(
    method: Method[Any], params: dict[str, object], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        method.call(params)
