"""Money in and out, by the older calls and by Funding (Beta), against the simulated exchange."""

from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import Keys, Rest, open_rest
from krakenio.errors import FundingError, InvalidSignature, PermissionDenied
from krakenio.sim import Exchange, open_exchange

pytestmark = pytest.mark.virtual


def opened(exchange: Exchange, keys: Keys | None = None) -> Any:
    return open_rest(keys or exchange.keys, endpoints=exchange.endpoints, on_limit="ignore", clock=exchange.clock)


async def test_a_withdrawal_leaves_the_balance_and_arrives_or_is_taken_back() -> None:
    async with open_exchange(transport="memory", limits=False, activity=0) as exchange, opened(exchange) as rest:
        exchange.save_address("cold", "BTC", "bc1q")
        before = (await rest.account.balance())["XXBT"]
        info = await rest.funding.withdraw_info(asset="XBT", key="cold", amount="0.5")
        first = (await rest.funding.withdraw(asset="XBT", key="cold", amount="0.5")).refid
        second = (await rest.funding.withdraw(asset="XBT", key="cold", amount="0.25", address="bc1q")).refid
        assert (await rest.account.balance())["XXBT"] == before - Decimal("0.75")
        assert await rest.funding.withdraw_cancel(asset="XBT", refid=second)
        await anyio.sleep(61)
        assert not await rest.funding.withdraw_cancel(asset="XBT", refid=first)
        listed = {move.refid: move for move in (await rest.funding.withdraw_status()).transfers}
        assert (listed[first].status, listed[first].amount, listed[first].fee) == ("Success", info.amount, info.fee)
        assert (listed[second].status, listed[second].status_prop) == ("Failure", "canceled")
        assert (await rest.account.balance())["XXBT"] == before - Decimal("0.5")
        with pytest.raises(FundingError, match="Insufficient funds"):
            await rest.funding.withdraw(asset="XBT", key="cold", amount="1000")


async def test_deposits_are_walked_page_by_page() -> None:
    async with open_exchange(transport="memory", limits=False, activity=0) as exchange, opened(exchange) as rest:
        made = [exchange.deposit("BTC", "0.01") for _ in range(7)]
        found: list[str] = []
        async with rest.funding.deposit_status(limit=3) as pages:
            async for page in pages:
                found += page
        assert found == made[::-1]
        assert len((await rest.funding.deposit_status(asset="XBT")).transfers) == 7


async def beta(rest: Rest) -> None:
    """Call every path of Funding (Beta)."""
    funding, usd = rest.funding.beta, {"class": "currency", "name": "BTC"}
    assert (await funding.networks()).networks
    (method,) = (await funding.methods(direction="withdraw", asset=usd)).methods
    assert (await funding.assets(direction="deposit", asset_class="currency")).currency
    fees = await funding.fees(method_id=method.method_id, amount="0.5")
    assert (await funding.deposit_limits(asset_class="currency", asset="BTC")).deposit_limits
    limits = await funding.withdrawal_limits(asset_class="currency", asset="BTC")
    assert limits.available_balance is not None
    claimed = (await funding.claim_deposit_address(method_id=method.method_id)).address_details.crypto
    held = (await funding.deposit_addresses(scope={"method_id": method.method_id})).addresses
    assert claimed is not None
    assert [each.id for each in held] == [claimed.address]
    details = {"crypto": {"address": "bc1q"}}
    saved = await funding.add_address(scope={"method_id": method.method_id}, address_details=details, name="cold")
    assert saved.address_id is not None
    await funding.change_address(address_id=saved.address_id, name="colder")
    assert [each.name for each in (await funding.addresses()).addresses] == ["colder"]
    made = await funding.withdraw(
        scope={"method_id": method.method_id},
        address_id=saved.address_id,
        amount={"asset_amount": {"asset": usd, "amount": Decimal("0.5")}},
        fee={"fee_included": False, "quoted_fee": {"token": fees.withdrawal_fee_token}},
    )
    (listed,) = (await funding.withdrawals(status="pending")).withdrawals
    assert listed.withdrawal_id == made.withdrawal_id
    assert [each.status for each in (await funding.deposits()).deposits] == ["pending"]
    assert (await funding.remove_address(address_id=saved.address_id)).result


async def test_every_path_of_funding_beta_answers_in_its_type() -> None:
    async with open_exchange(transport="memory", limits=False, activity=0) as exchange, opened(exchange) as rest:
        exchange.deposit("BTC", "0.01")
        await beta(rest)
        asked = {request.method.partition(" ")[0] for request in exchange.requests if "/funding/" in request.method}
        assert asked == {"GET", "PUT", "POST", "DELETE"}


async def test_funding_beta_refuses_with_the_errors_of_the_one_tree() -> None:
    async with open_exchange(transport="memory", limits=False, activity=0) as exchange:
        keys = exchange.add_keys(("query-open-trades",))
        async with opened(exchange, keys) as rest:
            with pytest.raises(PermissionDenied):
                await rest.funding.beta.networks()
        wrong = Keys(exchange.keys.api_key, "AAAA" * 21 + "AA==")
        async with opened(exchange, wrong) as rest:
            with pytest.raises(InvalidSignature):
                await rest.funding.beta.networks()
        async with opened(exchange) as rest:
            with pytest.raises(FundingError, match="Invalid arguments") as caught:
                await rest.funding.beta.remove_address(address_id="none")
            assert "address_id" in caught.value.__notes__[0]
