"""The table of balances: totals are Kraken's, holds are what open orders tie up, also after drops and jumps."""

import random
from decimal import Decimal
from typing import Any

import anyio
import pytest

from krakenio import ApiError, BalanceTable, InvalidRequest, KrakenError, StreamClosed, SubscriptionError
from krakenio.errors import PermissionDenied
from krakenio.messages import Balance, BalancesMessage, Execution, Wallet
from krakenio.models import ExtendedBalance
from krakenio.orders.account import funds
from krakenio.orders.account.holdings import Holdings, held_by
from krakenio.sim import Exchange
from krakenio.subscriptions.memory import LastBalances
from krakenio.subscriptions.standing import Standing
from tests.executions.test_healing import outage
from tests.opened import BTC, CROSSING, RESTING, opened, resting, settled

D = Decimal


def order(side: str, qty: int, **more: Any) -> Standing:
    given: dict[str, Any] = {"symbol": BTC, "side": side, "order_qty": D(qty), "limit_price": D(50), **more}
    return Standing(Execution("O", "new", "new", "", **given))


def check(exchange: Exchange, table: BalanceTable) -> None:
    """Compare with the exchange's own accounts."""
    account = exchange._core.accounts[0]  # noqa: SLF001
    assert {each.asset: each.total for each in table} == exchange.balances
    for each in table:
        assert abs(each.hold - account.held(each.asset)) < D("0.0001"), each
        assert each.available == each.total - each.hold


def test_open_orders_hold_what_is_left_of_them() -> None:
    part = order("sell", 3)
    part.told = D(1)
    assert held_by([order("buy", 2), part]) == {"USD": D(100), "BTC": D(2)}
    for more in ({"margin": True}, {"limit_price": None}, {"symbol": None}):
        assert held_by([order("buy", 2, **more)]) == {}


def test_what_is_held_beyond_the_orders_is_kept_beside() -> None:
    holdings, open_ = Holdings(), [order("buy", 2)]
    holdings.snapshot([Balance("USD", D(1000)), Balance("BTC", D(1))])
    found = {"ZUSD": ExtendedBalance(D(1000), D("100.4")), "XXBT": ExtendedBalance(D(1))}
    holdings.extended(found | {"BTC.F": ExtendedBalance(D(1))}, open_)
    usd = holdings.balances(open_)["USD"]
    assert (usd.total, usd.hold, usd.available) == (D(1000), D("100.4"), D("899.6"))
    assert holdings.balances([])["USD"].hold == D("0.4")


def test_earn_wallets_are_not_available() -> None:
    holdings = Holdings()
    wallets = [Wallet("spot", "main", D(10)), Wallet("earn", "flexible", D(5))]
    holdings.snapshot([Balance("DOT", D(15), wallets=wallets)])
    assert holdings.balances([])["DOT"].available == 10
    holdings.update(Balance("DOT", D(17), wallet_type="earn", amount=D(2), fee=D(0)))
    assert (holdings.balances([])["DOT"].earn, holdings.balances([])["DOT"].available) == (D(7), D(10))
    holdings.snapshot([])
    assert holdings.balances([]) == {}


def entry(kind: str, name: str, amount: object, balance: object) -> Balance:
    """Return a ledger entry of DOT."""
    where: dict[str, Any] = {"wallet_type": kind, "wallet_id": name}
    return Balance("DOT", D(str(balance)), ledger_id="L", amount=D(str(amount)), fee=D(0), **where)


SEVERAL = [Wallet("spot", "main", D(10)), Wallet("earn", "flex", D(5)), Wallet("earn", "bonded", D(1))]
STEPS = [("spot", "main", -2, 14, 8), ("earn", "flexible", "0.5", "14.5", "5.5"), ("earn", "bonded", 3, "17.5", 4)]
"""A wallet, what happens to it, and what there is then in all of them and in it."""


@pytest.mark.parametrize("own", [False, True], ids=["of all wallets", "of its own"])
def test_a_ledger_entry_may_tell_what_is_in_all_wallets_or_in_its_own(own: bool) -> None:  # noqa: FBT001
    """Which of them is (unverified), and snapshots call a wallet `flex` that is `flexible` in entries (§3.2, §3.3)."""
    holdings, memory = Holdings(), LastBalances()
    snapshot = [Balance("DOT", D(16), wallets=SEVERAL)]
    holdings.snapshot(snapshot)
    memory.apply(BalancesMessage("snapshot", snapshot))
    for kind, name, amount, total, left in STEPS:
        row = entry(kind, name, amount, left if own else total)
        holdings.update(row)
        memory.apply(BalancesMessage("update", [row]))
        assert holdings.balances([])["DOT"].total == D(str(total))
    late = Holdings()
    late.update(*memory.rows(None))
    assert late.balances([])["DOT"].total == D("17.5")
    for told in (holdings, late):
        assert (told.balances([])["DOT"].earn, told.balances([])["DOT"].available) == (D("9.5"), D(8))


@pytest.mark.parametrize("balances", [(10, 15), (15, 15), (5, 10)], ids=["one by one", "both at once", "of its own"])
def test_what_moves_between_wallets_is_not_lost(balances: tuple[int, int]) -> None:
    holdings = Holdings()
    wallets = [Wallet("spot", "main", D(10)), Wallet("earn", "flexible", D(5))]
    holdings.snapshot([Balance("DOT", D(15), wallets=wallets)])
    holdings.update(entry("spot", "main", -5, balances[0]))
    holdings.update(entry("earn", "flexible", 5, balances[1]))
    found = holdings.balances([])["DOT"]
    assert (found.total, found.earn, found.available) == (D(15), D(10), D(5))


def test_wallets_that_nobody_can_reckon_with_leave_what_the_entry_tells() -> None:
    """Each number is of a sane size, and what they come to is not: that ended a session."""
    holdings = Holdings()
    holdings.snapshot([Balance("DOT", D("9e40"), wallets=[Wallet("spot", "main", D("9e40"))])])
    holdings.update(entry("spot", "main", "9e40", 7))
    assert holdings.balances([])["DOT"].total == D(7)


def test_what_a_ledger_entry_leaves_out_is_as_documented() -> None:
    holdings = Holdings()
    holdings.update(Balance("DOT", D(7), ledger_id="L"))
    holdings.update(Balance("DOT", D(9), ledger_id="M", wallet_type="earn"))
    holdings.update(Balance("DOT", D(8), "currency", ledger_id="N", amount=D(-1)))
    assert (holdings.balances([])["DOT"].total, holdings.balances([])["DOT"].earn) == (D(8), D(2))


def test_credit_is_available() -> None:
    holdings = Holdings()
    holdings.snapshot([Balance("USD", D(10))])
    holdings.extended({"ZUSD": ExtendedBalance(D(10), D(1), D(100), D(30))}, [])
    assert holdings.balances([])["USD"].available == 79


@pytest.mark.virtual
async def test_it_is_true_on_entering_and_follows_orders_and_fills() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        await session.orders.add(**RESTING)
        async with session.balances_table() as table:
            check(exchange, table)
            assert table["USD"].hold > 50
            assert table["XYZ"].total == 0
            await session.orders.add(**CROSSING)
            await settled()
            assert table["BTC"].total == exchange.balances["BTC"]
            taken = await session.orders.add(**resting(side="sell", limit_price="150000.0", order_qty="0.5"))
            assert table["BTC"].hold == D("0.5")
            await session.orders.cancel(order_id=taken.order_id)
            await settled()
            assert table["BTC"].hold == 0
            await anyio.sleep(funds.REFRESH + 1)
            check(exchange, table)


@pytest.mark.virtual
async def test_a_hold_lacks_the_fee_until_the_next_answer() -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.balances_table() as table:
        await session.orders.add(**RESTING)
        await settled()
        assert table["USD"].hold == 50
        await anyio.sleep(funds.REFRESH + 1)
        check(exchange, table)
        assert table["USD"].hold > 50


@pytest.mark.virtual
async def test_an_order_that_is_amended_has_its_fee_in_the_next_answer() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        order = await session.orders.add(**RESTING)
        async with session.balances_table() as table:
            await anyio.sleep(funds.REFRESH + 1)
            await session.orders.amend(order_id=order.order_id, order_qty="0.1")
            await anyio.sleep(funds.REFRESH + 1)
            check(exchange, table)


@pytest.mark.virtual
async def test_the_hold_of_an_order_that_was_heard_of_only_when_it_had_gone_goes_too() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.lose_report(None)
        sale: dict[str, Any] = {"pair": BTC, "type": "sell", "ordertype": "limit", "volume": "0.5", "price": "150000"}
        placed = await session.rest.trading.add_order(**sale)
        async with session.balances_table() as table:
            assert table["BTC"].hold == D("0.5")
            exchange.clear_faults()
            await session.orders.cancel(order_id=(placed.txid or [""])[0])
            await anyio.sleep(2 * funds.REFRESH)
            check(exchange, table)


@pytest.mark.virtual
@pytest.mark.parametrize("how", ["drop", "jump"])
async def test_it_is_healed(how: str) -> None:
    async with opened(markets=[BTC]) as (exchange, session), session.balances_table() as table:
        if how == "drop":
            outage(exchange)
            await settled()
        else:
            exchange.lose_report(1, "balances")
        await session.orders.add(**CROSSING, via="rest")
        await settled()
        assert how == "jump" or not table.in_sync
        with anyio.fail_after(30):
            await table.synced()
        await anyio.sleep(20)
        check(exchange, table)


@pytest.mark.virtual
async def test_who_waits_for_a_table_that_another_task_leaves_is_told() -> None:
    """D6."""
    async with opened(markets=[BTC]) as (exchange, session), anyio.create_task_group() as tasks:

        async def wait() -> None:
            with pytest.raises(StreamClosed, match="was left"):
                await table.synced()
            tasks.cancel_scope.cancel()

        async with session.balances_table() as table:
            exchange.freeze(None, 1000)
            exchange.drop("ws_auth")
            await settled()
            tasks.start_soon(wait)
            await settled()
        await anyio.sleep(1)
        raise AssertionError("it sleeps on")


@pytest.mark.virtual
async def test_a_failing_rest_is_asked_again() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.reject("BalanceEx", "EService:Unavailable", 5)
        with anyio.fail_after(60):
            async with session.balances_table() as table:
                check(exchange, table)


def asked(exchange: Exchange) -> int:
    return sum(request.method == "BalanceEx" for request in exchange.requests)


@pytest.mark.virtual
@pytest.mark.parametrize("told", ["EGeneral:Permission denied", "EAuth:Account temporary disabled"])
async def test_what_no_repetition_heals_is_raised_on_entering(told: str) -> None:
    """F1, G1: as Kraken said it, asked once, and nothing is left behind."""
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.reject("BalanceEx", told, None)
        with anyio.fail_after(1), pytest.raises(ApiError, match=told):
            async with session.balances_table():
                raise AssertionError
        await settled()
        assert [each.method for each in exchange.requests if each.host == "ws_auth"][-1] == "unsubscribe"
        await anyio.sleep(1000)
        assert asked(exchange) == 1


@pytest.mark.virtual
async def test_a_right_that_is_lost_later_is_told_to_who_waits_and_tried_again_with_the_next_snapshot() -> None:
    """G1, G2."""
    async with opened(markets=[BTC]) as (exchange, session), session.balances_table() as table:
        exchange.reject("BalanceEx", "EGeneral:Permission denied")
        outage(exchange)
        await settled()
        with anyio.fail_after(30), pytest.raises(PermissionDenied):
            await table.synced()
        assert not table.in_sync
        outage(exchange)
        await anyio.sleep(30)
        await table.synced()
        check(exchange, table)


@pytest.mark.virtual
async def test_entering_can_be_cancelled_and_leaves_nothing() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.delay(100, "rest", "BalanceEx")
        with anyio.move_on_after(1) as scope:
            async with session.balances_table():
                raise AssertionError
        assert scope.cancelled_caught
        await settled()
        assert [each.method for each in exchange.requests if each.host == "ws_auth"][-1] == "unsubscribe"


@pytest.mark.virtual
async def test_a_refusal_is_raised() -> None:
    async with opened(markets=[BTC]) as (exchange, session):
        exchange.reject("subscribe", "EGeneral:Invalid arguments", None, "ws_auth")
        with pytest.raises(SubscriptionError, match="refused balances"):
            async with session.balances_table():
                pass
        exchange.clear_faults()
        table = session.balances_table()
        async with table:
            assert "assets" in repr(table)
        with pytest.raises(RuntimeError, match="entered before"):
            await table.__aenter__()


@pytest.mark.virtual
async def test_it_ends_with_its_session() -> None:
    tables: list[BalanceTable] = []

    async def wait(table: BalanceTable) -> None:
        with pytest.raises(StreamClosed, match="the session has ended"):
            await table.synced()
        tables.append(table)

    async with anyio.create_task_group() as tasks:
        async with opened(markets=[BTC]) as (exchange, session):
            table = session.balances_table()
            await table.__aenter__()
            outage(exchange)
            await settled()
            tasks.start_soon(wait, table)
            await settled()
    assert [table.in_sync for table in tables] == [False]


@pytest.mark.virtual
@pytest.mark.parametrize("seed", range(10))
async def test_whatever_the_weather_it_is_the_exchange_s_own_account(seed: int) -> None:
    chance = random.Random(seed)
    async with opened(seed=seed, markets=[BTC], activity=5.0) as (exchange, session), session.balances_table() as table:
        for _ in range(40):
            weather = chance.randrange(6)
            if weather == 0:
                outage(exchange, chance.uniform(0, 4))
            elif weather == 1:
                exchange.lose_report(chance.randint(1, 3), chance.choice(["balances", "executions"]))
            elif weather == 2:
                exchange.refuse("rest", 502, 2)
            side = chance.choice(["buy", "sell"])
            price = {"buy": ["50000.0", "95000.0"], "sell": ["150000.0", "60000.0"]}[side]
            try:
                with anyio.move_on_after(3):
                    await session.orders.add(
                        **resting(side=side, limit_price=chance.choice(price)), via=chance.choice(["ws", "rest"])
                    )
            except KrakenError:
                pass
            await anyio.sleep(chance.uniform(0, 3))
        exchange.clear_faults()
        exchange.maintenance("cancel_only")
        exchange.drop("ws_auth")
        await anyio.sleep(120)
        assert table.in_sync
        check(exchange, table)


async def test_what_is_no_asset_has_no_balance_of_zero() -> None:
    async with opened(markets=[BTC]) as (_, session), session.balances_table() as table:
        assert table["DOGE"].total == 0
        with pytest.raises(InvalidRequest, match="did you mean 'BTC'"):
            _ = table["XBT"]
