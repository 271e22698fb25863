"""Every method works end to end against the simulated exchange, which checks key, signature, nonce and permission."""

import gc
from decimal import Decimal
from typing import Any, Literal, assert_type

import httpx
import pytest

from krakenio import Endpoints, Keys, Rest, TransportError, open_rest
from krakenio.errors import InvalidKey, InvalidSignature, PermissionDenied, UnknownOrder
from krakenio.models import AddedOrder, AssetPair, ServerTime, WebSocketsToken
from krakenio.sim import open_exchange

BOTH = pytest.mark.parametrize("transport", ["tcp", "memory"])


async def trade(rest: Rest) -> None:
    bid: dict[str, Any] = {"pair": "BTC/USD", "type": "buy", "ordertype": "limit"}
    added = await rest.trading.add_order(**bid, volume=Decimal("0.01"), price=10000, cl_ord_id="a1")
    assert_type(added, AddedOrder)
    assert added.txid is not None
    found = await rest.account.open_orders()
    assert found.open[added.txid[0]].vol == Decimal("0.01")
    assert (await rest.account.query_orders(txid=added.txid))[added.txid[0]].status == "open"
    assert (await rest.trading.cancel_order(cl_ord_id="a1")).count == 1
    closed = await rest.account.closed_orders(cl_ord_id="a1")
    assert closed.closed[added.txid[0]].status == "canceled"
    with pytest.raises(UnknownOrder):
        await rest.trading.cancel_order(txid=added.txid[0])


@BOTH
async def test_every_method_answers_in_its_type(transport: Literal["tcp", "memory"]) -> None:
    exchanging = open_exchange(transport=transport, limits=False)
    async with exchanging as exchange, open_rest(exchange.keys, endpoints=exchange.endpoints) as rest:
        assert assert_type(await rest.market.time(), ServerTime).unixtime > 1_700_000_000
        assert (await rest.market.system_status()).status == "online"
        pairs = assert_type(await rest.market.asset_pairs(pair=["BTC/USD"]), dict[str, AssetPair])
        assert [pair.wsname for pair in pairs.values()]
        assert all(isinstance(amount, Decimal) for amount in (await rest.account.balance()).values())
        token = assert_type(await rest.trading.get_websockets_token(), WebSocketsToken)
        assert (token.expires, exchange.tokens_issued) == (900, 1)
        await trade(rest)


async def test_any_other_method_is_called_by_its_path() -> None:
    async with open_exchange(limits=False) as exchange, open_rest(exchange.keys, endpoints=exchange.endpoints) as rest:
        book = await rest.call("Depth", {"pair": "BTC/USD", "count": 2})
        assert len(next(iter(book.values()))["asks"]) == 2
        assert await rest.call("/0/public/Time")
        extended = await rest.call("/0/private/BalanceEx")
        assert all("hold_trade" in entry for entry in extended.values())
        sale = {"pair": "BTC/USD", "type": "sell", "ordertype": "market", "volume": Decimal("0.01")}
        assert await rest.call("AddOrder", sale)


async def test_wrong_keys_and_missing_permissions_are_told_apart() -> None:
    async with open_exchange(limits=False) as exchange:
        secret = "AAAA" * 21 + "AA=="
        wrong = {InvalidKey: Keys("x" * 56, secret), InvalidSignature: Keys(exchange.keys.api_key, secret)}
        for kind, keys in wrong.items():
            async with open_rest(keys, endpoints=exchange.endpoints) as rest:
                with pytest.raises(kind) as caught:
                    await rest.account.balance()
                assert caught.value.fatal
        async with open_rest(exchange.add_keys(("query-funds",)), endpoints=exchange.endpoints) as rest:
            assert await rest.account.balance()
            with pytest.raises(PermissionDenied) as denied:
                await rest.trading.get_websockets_token()
            path = "/0/private/GetWebSocketsToken"
            assert denied.value.__notes__ == [
                f"Kraken's answer to {path}, for which the key needs create-ws-token",
                "The key or the account may not do this: grant the permission in Kraken's settings.",
            ]


async def test_a_password_is_sent_with_each_private_call() -> None:
    keys = Keys("x" * 56, "AAAA" * 21 + "AA==", otp="0ne+Pass&word")
    exchanging = open_exchange(keys=keys, limits=False)
    async with exchanging as exchange, open_rest(keys, endpoints=exchange.endpoints) as rest:
        assert await rest.account.balance()


async def test_a_dropped_connection_costs_a_read_nothing() -> None:
    async with open_exchange(limits=False) as exchange, open_rest(exchange.keys, endpoints=exchange.endpoints) as rest:
        for _ in range(3):
            assert await rest.account.balance()
            assert exchange.drop("rest") == 1
        assert await rest.call("Time")


async def test_c4_an_order_that_was_accepted_before_the_answer_failed_is_ambiguous_and_placed_once() -> None:
    async with open_exchange(limits=False) as exchange, open_rest(exchange.keys, endpoints=exchange.endpoints) as rest:
        exchange.fail_after_acceptance("AddOrder", 502)
        with pytest.raises(TransportError) as caught:
            await rest.trading.add_order(pair="BTC/USD", type="buy", ordertype="limit", volume="0.01", price="10000")
        assert caught.value.ambiguous
        assert len(exchange.orders) == 1


async def test_a_certificate_that_is_not_trusted_is_named_and_nothing_is_sent() -> None:
    async with open_exchange() as exchange:
        untrusting = Endpoints(rest=exchange.endpoints.rest)
        async with open_rest(exchange.keys, endpoints=untrusting) as rest:
            with pytest.raises(TransportError, match=r"the TLS certificate of 127\.0\.0\.1 is not valid") as caught:
                await rest.trading.cancel_order(txid="O")
            assert not caught.value.ambiguous
            assert type(caught.value.__cause__).__name__ == "SSLCertVerificationError"
            assert rest.sockets == 0


async def test_calls_leave_no_request_behind_for_the_collector() -> None:
    opening = open_exchange(limits=False, tls=False)
    async with opening as exchange, open_rest(endpoints=exchange.endpoints, on_limit="ignore") as rest:
        for _ in range(100):
            await rest.market.time()
        assert not gc.isenabled()
        assert sum(isinstance(each, httpx.Request | httpx.Response) for each in gc.get_objects()) <= 4
