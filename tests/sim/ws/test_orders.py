"""Private channels and orders of the simulated exchange, seen by a raw client."""

from decimal import Decimal

import anyio
import pytest

from tests.sim.clients import Frame, private_token, raw_rest, raw_socket, still
from tests.sim.traders import RESTING, Trader, trading


@pytest.mark.virtual
async def test_a_resting_order_is_pending_new_then_new_then_canceled() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        await trader.socket.send("add_order", 5, **RESTING, cl_ord_id="bot-1", token=trader.token)
        pending, new = await trader.reports(2)
        assert pending["exec_type"] == pending["order_status"] == "pending_new"
        assert (pending["symbol"], pending["side"], pending["time_in_force"]) == ("ADA/EUR", "buy", "GTC")
        assert sorted(new) == ["cl_ord_id", "exec_type", "order_id", "order_status", "timestamp"]
        assert exchange.orders[0].status == "new"
        await trader.socket.send("cancel_order", 6, cl_ord_id=["bot-1"], token=trader.token)
        (canceled,) = await trader.reports(1)
        assert (canceled["exec_type"], canceled["reason"]) == ("canceled", "User requested")
        assert "symbol" not in canceled
        assert exchange.orders[0].status == "canceled"


@pytest.mark.virtual
async def test_a_post_only_order_says_so_at_its_beginning_and_its_end() -> None:
    """Captured 2025-02, with the order of the fields; the keys of replies are sorted in all captures."""
    async with still() as exchange, trading(exchange, "executions") as trader:
        reply = await trader.add(post_only=True)
        assert list(reply) == sorted(reply)
        pending, new = await trader.reports(2)
        await trader.socket.send("cancel_order", 6, order_id=[new["order_id"]], token=trader.token)
        (canceled,) = await trader.reports(1)
        assert [row["post_only"] for row in (pending, new, canceled)] == [True] * 3
        names = ["order_userref", "post_only", "order_id"]
        assert list(new) == ["timestamp", "order_status", "exec_type", *names]
        assert list(canceled)[-5:] == ["order_userref", "post_only", "cancel_reason", "reason", "order_id"]
        refused = await trader.add(symbol="XBT/USD")
        assert list(refused) == sorted(refused)


@pytest.mark.virtual
async def test_the_reply_may_come_before_or_after_the_executions() -> None:
    async with still(limits=False) as exchange, trading(exchange, "executions") as trader:
        firsts: list[bool] = []
        for _ in range(20):
            await trader.socket.send("add_order", **RESTING, token=trader.token)
            frames = [await trader.socket.until(lambda frame: frame.get("channel") != "heartbeat") for _ in range(3)]
            firsts.append("method" in frames[0])
            assert [frame["data"][0]["exec_type"] for frame in frames if "data" in frame] == ["pending_new", "new"]
        assert len(set(firsts)) == 2


@pytest.mark.virtual
async def test_a_market_order_trades_at_the_best_price_and_moves_the_balances() -> None:
    async with still() as exchange, trading(exchange, "executions", "balances") as trader:
        before, (bid, _) = exchange.balances, exchange.best("ADA/EUR")
        order = {"order_type": "market", "side": "sell", "symbol": "ADA/EUR", "order_qty": 25}
        await trader.socket.send("add_order", **order, token=trader.token)
        pending, new, trade, filled = await trader.reports(4)
        assert [row["exec_type"] for row in (pending, new, trade, filled)] == ["pending_new", "new", "trade", "filled"]
        assert (trade["order_status"], trade["last_price"], trade["liquidity_ind"]) == ("partially_filled", bid, "t")
        assert trade["cost"] == round(bid * 25, 5) == filled["cum_cost"]
        base, quote = [(await trader.socket.channel("balances", "update")) for _ in range(2)]
        assert [base["sequence"], quote["sequence"]] == [2, 3]
        assert base["data"][0]["ref_id"] == quote["data"][0]["ref_id"] == trade["exec_id"]
        assert exchange.balances["ADA"] == before["ADA"] - 25 == base["data"][0]["balance"]
        row = quote["data"][0]
        assert exchange.balances["EUR"] == before["EUR"] + row["amount"] - row["fee"] == row["balance"]


@pytest.mark.virtual
async def test_a_good_price_gets_filled_by_the_takers_of_the_exchange() -> None:
    async with still(activity=20, markets=["ADA/EUR"]) as exchange, trading(exchange, "executions") as trader:
        ask = exchange.best("ADA/EUR")[1]
        order = RESTING | {"limit_price": float(ask - Decimal("0.000001")), "post_only": True}
        await trader.socket.send("add_order", **order, token=trader.token)
        with anyio.fail_after(600):
            trade = next(row for row in await trader.reports(3) if row["exec_type"] == "trade")
        assert trade["liquidity_ind"] == "m"


@pytest.mark.virtual
async def test_sequences_count_per_channel_and_can_skip() -> None:
    async with still() as exchange, trading(exchange, "executions", "balances") as trader:
        exchange.skip_sequence("executions")
        await trader.socket.send("add_order", **RESTING, token=trader.token)
        assert [(await trader.socket.channel("executions"))["sequence"] for _ in range(2)] == [3, 4]


@pytest.mark.virtual
async def test_the_snapshot_holds_open_orders_and_on_request_the_fills() -> None:
    async with still() as exchange, trading(exchange) as trader:
        await trader.add(cl_ord_id="rests")
        await trader.add(order_type="market", limit_price=None, cl_ord_id="trades")
        await trader.socket.send("subscribe", channel="executions", token=trader.token, snap_trades=True)
        told = (await trader.socket.reply("subscribe"))["result"]
        assert (told["maxratecount"], told["warnings"][0]) == (125, "cancel_reason is deprecated, use reason")
        rows = (await trader.socket.channel("executions", "snapshot"))["data"]
        assert [(row["cl_ord_id"], row["exec_type"], row["order_status"]) for row in rows] == [
            ("rests", "new", "new"),
            ("trades", "trade", "filled"),
        ]
        assert "cum_qty" not in rows[1]
        (fee,) = rows[1]["fees"]
        assert (fee["asset"], rows[1]["fee_usd_equiv"]) == ("EUR", round(fee["qty"] * Decimal("1.08"), 4))


REFUSED: list[tuple[Frame, str]] = [
    ({"limit_price": 0.4000001}, "EOrder:Tick size check failed"),
    ({"limit_price": 0}, "EOrder:Invalid price"),
    ({"limit_price": "0.2"}, "Limit_price field must be a number_float"),
    ({"limit_price": None}, "limit_price(s) not found"),
    ({"order_qty": 1}, "EGeneral:Invalid arguments:volume minimum not met"),
    ({"order_qty": 5.000000001}, "EGeneral:Invalid arguments:volume"),
    ({"order_qty": -5}, "EGeneral:Invalid arguments:volume"),
    ({"limit_price": 0.01}, "EOrder:Cost minimum not met"),
    ({"order_qty": 10_000_000}, "EOrder:Insufficient funds"),
    ({"limit_price": 9.0, "post_only": True}, "EOrder:Post only order"),
    ({"symbol": "XBT/USD"}, "Currency pair not supported XBT/USD"),
    ({"order_type": "stop"}, "EGeneral:Invalid arguments:ordertype"),
    ({"cl_ord_id": "x" * 19}, "EGeneral:Invalid arguments:cl_ord_id"),
    ({"cl_ord_id": "x", "order_userref": 1}, "EGeneral:Invalid arguments:cl_ord_id"),
    ({"leverage": 2}, "Unsupported field: 'leverage' for the given msg type: add_order"),
    ({"deadline": "2026-11-22T23:59:59Z"}, "EService:Deadline elapsed"),
    ({"deadline": "2026-11-23T00:00:00.4Z"}, "EGeneral:Invalid arguments:deadline"),
    ({"deadline": "2026-11-23T00:02:00Z"}, "EGeneral:Invalid arguments:deadline"),
    ({"deadline": "soon"}, "EGeneral:Invalid arguments:deadline"),
    ({"time_in_force": "gtd"}, "EGeneral:Invalid arguments:expire_time"),
]


@pytest.mark.virtual
async def test_a_post_only_order_that_would_trade_is_refused_or_taken_and_cancelled() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        exchange.take_post_only()
        taken, refused = [await trader.add(limit_price=9.0, post_only=True) for _ in range(2)]
        assert refused["error"] == "EOrder:Post only order"
        order_id = taken["result"]["order_id"]
        assert [order.order_id for order in exchange.orders] == [order_id]
        told = [await trader.report(kind, order_id) for kind in ("pending_new", "canceled")]
        assert [row["order_status"] for row in told] == ["pending_new", "canceled"]
        assert told[1]["reason"] == "Post only order"


@pytest.mark.virtual
@pytest.mark.parametrize(("change", "error"), REFUSED)
async def test_a_bad_order_is_refused_in_krakens_words(change: Frame, error: str) -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await trader.add(**change)
        assert (answer.get("error"), answer["success"]) == (error, False)
        assert exchange.orders == []


@pytest.mark.virtual
async def test_a_client_id_is_unique_among_open_orders_only() -> None:
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(cl_ord_id="one"))["result"]["cl_ord_id"] == "one"
        assert (await trader.add(cl_ord_id="one"))["error"] == "EGeneral:Invalid arguments:cl_ord_id not unique"
        assert (await trader.ask("cancel_order", cl_ord_id=["one"]))["success"]
        assert (await trader.add(cl_ord_id="one"))["success"]


@pytest.mark.virtual
async def test_a_client_id_is_the_same_with_and_without_dashes_in_either_case() -> None:
    told, other = "6d1b345e-2821-40e2-ad83-4ecb18a06876", "6D1B345E282140E2AD834ECB18A06876"
    async with still() as exchange, trading(exchange) as trader:
        assert (await trader.add(cl_ord_id=told))["success"]
        assert (await trader.add(cl_ord_id=other))["error"] == "EGeneral:Invalid arguments:cl_ord_id not unique"
        async with raw_rest(exchange) as rest:
            (order,) = (await rest.call("OpenOrders", cl_ord_id=other))["result"]["open"].values()
        assert order["cl_ord_id"] == told
        assert (await trader.ask("cancel_order", cl_ord_id=[other]))["success"]
        assert (await trader.add(cl_ord_id=told.replace("-", "")))["success"]


@pytest.mark.virtual
async def test_validate_places_nothing() -> None:
    async with still() as exchange, trading(exchange) as trader:
        answer = await trader.add(validate=True)
        assert (answer["success"], answer["result"]["order_id"], exchange.orders) == (True, "", [])


@pytest.mark.virtual
async def test_a_request_that_is_late_misses_its_deadline() -> None:
    async with still() as exchange, trading(exchange) as trader:
        exchange.hold(5, "ws_auth", "add_order", times=1)
        assert (await trader.add())["error"] == "EService:Deadline elapsed"
        assert exchange.orders == []


@pytest.mark.virtual
async def test_cancelling_several_orders_answers_for_each_and_names_no_failure() -> None:
    async with still() as exchange, trading(exchange) as trader:
        ids = [(await trader.add())["result"]["order_id"] for _ in range(2)]
        asked = [ids[0], "OAAAAA-BBBBB-CCCCCC", ids[1]]
        await trader.socket.send("cancel_order", 8, order_id=asked, token=trader.token)
        answers = [await trader.socket.reply("cancel_order") for _ in range(3)]
        assert [answer.get("result") for answer in answers] == [{"order_id": ids[0]}, None, {"order_id": ids[1]}]
        assert (answers[1]["error"], answers[1]["req_id"]) == ("EOrder:Unknown order", 8)


@pytest.mark.virtual
async def test_cancel_all_counts_and_the_dead_mans_switch_fires_once() -> None:
    async with still() as exchange, trading(exchange) as trader:
        await trader.add()
        await trader.add()
        assert (await trader.ask("cancel_all"))["result"] == {"count": 2}
        await trader.add()
        armed = (await trader.ask("cancel_all_orders_after", timeout=10))["result"]
        assert sorted(armed) == ["currentTime", "triggerTime"]
        await anyio.sleep(9)
        await trader.ask("cancel_all_orders_after", timeout=10)
        await anyio.sleep(9)
        assert exchange.orders[-1].status == "new"
        await anyio.sleep(2)
        assert exchange.orders[-1].status == "canceled"
        assert (await trader.ask("cancel_all_orders_after", timeout=0))["result"]["triggerTime"] == "0"


@pytest.mark.virtual
async def test_time_in_force_decides_what_becomes_of_the_rest() -> None:
    async with still(markets=["ADA/EUR"], limits=False) as exchange, trading(exchange) as trader:
        ask = float(exchange.best("ADA/EUR")[1])
        await trader.add(time_in_force="ioc", limit_price=ask, order_qty=50_000)
        await trader.add(time_in_force="fok", limit_price=ask, order_qty=50_000)
        soon = "2026-11-23T00:00:30Z"
        await trader.add(time_in_force="gtd", expire_time=soon)
        partly, killed, waiting = exchange.orders
        assert (partly.status, 0 < partly.filled_qty < 50_000) == ("canceled", True)
        assert (killed.status, killed.filled_qty) == ("canceled", Decimal(0))
        assert waiting.status == "new"
        await anyio.sleep(31)
        assert exchange.orders[2].status == "expired"


@pytest.mark.virtual
async def test_an_account_does_not_trade_with_itself() -> None:
    async with still(limits=False) as exchange, trading(exchange) as trader:
        bid = exchange.best("ADA/EUR")[0]
        price = float(bid + Decimal("0.000001"))
        for stp, expected in (("cancel_newest", ["new", "canceled"]), ("cancel_both", ["canceled", "canceled"])):
            first = await trader.add(side="buy", limit_price=price)
            second = await trader.add(side="sell", limit_price=price, stp_type=stp)
            ids = [first["result"]["order_id"], second["result"]["order_id"]]
            assert [order.status for order in exchange.orders if order.order_id in ids] == expected
            await trader.ask("cancel_all")


@pytest.mark.virtual
async def test_a_token_expires_unless_a_private_subscription_lives_by_it() -> None:
    async with still(token_lifetime=100, idle=10_000) as exchange:
        async with trading(exchange, "executions") as trader:
            await anyio.sleep(200)
            assert (await trader.add())["success"]
            token = trader.token
        await anyio.sleep(1)
        async with raw_socket(exchange, "ws_auth") as socket:
            trader = Trader(socket, token)
            assert (await trader.add())["error"] == "ESession:Invalid session"


@pytest.mark.virtual
async def test_an_expired_token_is_refused_while_its_stream_goes_on() -> None:
    async with still() as exchange, trading(exchange, "executions") as trader:
        exchange.expire_token()
        assert (await trader.add())["error"] == "ESession:Invalid session"
        assert (await trader.socket.ask("cancel_all"))["error"] == "Token(s) not found"
        trader.token = await private_token(exchange)
        assert (await trader.add())["success"]
        assert exchange.tokens_issued == 2


@pytest.mark.virtual
async def test_a_key_without_permission_gets_a_token_and_no_order() -> None:
    async with still() as exchange, raw_socket(exchange, "ws_auth") as socket:
        keys = exchange.add_keys(["create-ws-token", "query-open-trades"])
        async with raw_rest(exchange, keys) as rest:
            trader = Trader(socket, await rest.token())
            assert (await trader.ask("subscribe", channel="executions"))["success"]
            assert (await trader.add())["error"] == "EGeneral:Permission denied"
            assert (await trader.ask("subscribe", channel="balances"))["error"] == "EGeneral:Permission denied"


@pytest.mark.virtual
async def test_public_channels_and_orders_keep_to_their_hosts() -> None:
    async with still() as exchange, raw_socket(exchange, "ws_auth") as private, raw_socket(exchange, "ws") as public:
        assert (await private.ask("subscribe", channel="ticker", symbol=["BTC/USD"]))["error"] == "Unsupported event"
        assert (await public.ask("cancel_all", token="x"))["error"] == "Unsupported event"


@pytest.mark.virtual
async def test_the_engines_counter_refuses_a_burst_and_decays() -> None:
    async with still(tier="starter") as exchange, trading(exchange) as trader:
        answers = [await trader.add(validate=True) for _ in range(61)]
        assert [answer["success"] for answer in answers] == [True] * 60 + [False]
        assert answers[-1]["error"] == "EOrder:Rate limit exceeded"
        await anyio.sleep(2)
        assert (await trader.add(validate=True))["success"]


@pytest.mark.virtual
async def test_an_empty_private_connection_is_closed_where_asked_for() -> None:
    async with still(unsubscribed=5) as exchange, raw_socket(exchange, "ws_auth") as socket:
        with pytest.raises(EOFError):
            await socket.receive()
        assert socket.closed == 1000


@pytest.mark.virtual
async def test_maintenance_lets_nothing_in_and_tells_everybody() -> None:
    async with still() as exchange, trading(exchange) as trader:
        await trader.add()
        exchange.maintenance("maintenance")
        assert (await trader.socket.channel("status"))["data"][0]["system"] == "maintenance"
        assert (await trader.add())["error"] == "EService:Unavailable"
        assert (await trader.ask("cancel_all"))["error"] == "EService:Unavailable"
        exchange.maintenance("cancel_only")
        assert (await trader.add())["error"] == "EService:Market in cancel_only mode"
        assert (await trader.ask("cancel_all"))["result"] == {"count": 1}
        exchange.maintenance("post_only")
        assert (await trader.add(post_only=True))["success"]
        exchange.maintenance("online")
        assert (await trader.add())["success"]


@pytest.mark.virtual
async def test_private_channels_can_be_left_and_begin_anew_at_one() -> None:
    async with still() as exchange, trading(exchange, "executions", "balances") as trader:
        for channel in ("executions", "balances"):
            assert (await trader.ask("subscribe", channel=channel))["error"] == "Already subscribed"
            assert (await trader.ask("unsubscribe", channel=channel))["result"] == {"channel": channel}
            assert (await trader.ask("unsubscribe", channel=channel))["error"] == "Subscription Not Found"
        await trader.add()
        await trader.ask("subscribe", channel="executions")
        snapshot = await trader.socket.channel("executions")
        assert (snapshot["sequence"], len(snapshot["data"])) == (1, 1)


@pytest.mark.virtual
async def test_all_users_means_no_snapshot() -> None:
    async with still() as exchange, trading(exchange) as trader:
        for channel in ("executions", "balances"):
            assert (await trader.ask("subscribe", channel=channel, users="all"))["success"]
        await trader.socket.send("add_order", **RESTING, token=trader.token)
        first = await trader.socket.channel("executions")
        assert (first["type"], first["sequence"]) == ("update", 1)


@pytest.mark.virtual
async def test_reports_can_carry_the_rate_counter_and_leave_out_pending_new() -> None:
    async with still() as exchange, trading(exchange) as trader:
        await trader.ask("subscribe", channel="executions", order_status=False, ratecounter=True)
        await trader.socket.send("add_order", **RESTING, token=trader.token)
        (report,) = await trader.reports(1)
        assert (report["exec_type"], report["ratecount"]) == ("new", 1)
        await trader.socket.send("cancel_all", token=trader.token)
        assert (await trader.reports(1))[0]["exec_type"] == "canceled"


@pytest.mark.virtual
async def test_a_tag_cancels_all_its_orders_and_names_are_not_mixed() -> None:
    async with still() as exchange, trading(exchange) as trader:
        for _ in range(2):
            assert (await trader.add(order_userref=7))["result"]["order_userref"] == 7
        mixed = await trader.ask("cancel_order", order_userref=[7], cl_ord_id=["x"])
        assert mixed["error"] == "EGeneral:Invalid arguments"
        await trader.socket.send("cancel_order", order_userref=[7], token=trader.token)
        answers = [await trader.socket.reply("cancel_order") for _ in range(2)]
        assert [answer["success"] for answer in answers] == [True, True]
        assert {order.status for order in exchange.orders} == {"canceled"}


@pytest.mark.virtual
async def test_open_orders_are_limited_and_young_cancels_cost_most() -> None:
    async with still(tier="starter", idle=1000) as exchange, trading(exchange) as trader:
        for _ in range(6):
            assert (await trader.add())["success"]
        ids = [order.order_id for order in exchange.orders]
        answers = [await trader.ask("cancel_order", order_id=[order_id]) for order_id in ids]
        assert [answer["success"] for answer in answers] == [True] * 6
        for _ in range(6):
            await trader.add()
        last = await trader.ask("cancel_order", order_id=[exchange.orders[-1].order_id])
        assert last["error"] == "EOrder:Rate limit exceeded"
        await anyio.sleep(60)
        for _ in range(54):
            await trader.add()
            await anyio.sleep(1)
        assert (await trader.add())["error"] == "EOrder:Orders limit exceeded"


@pytest.mark.virtual
async def test_what_is_held_cannot_be_spent_twice() -> None:
    async with still(balances={"ADA": 30}) as exchange, trading(exchange) as trader:
        sell = {"side": "sell", "limit_price": 9.0}
        assert (await trader.add(**sell))["success"]
        assert (await trader.add(**sell))["error"] == "EOrder:Insufficient funds"
        assert (await trader.ask("cancel_all"))["result"] == {"count": 1}
        assert (await trader.add(**sell))["success"]


@pytest.mark.virtual
async def test_a_market_in_another_mode_says_so() -> None:
    async with still() as exchange, trading(exchange) as trader:
        exchange.set_market("ADA/EUR", "limit_only")
        assert (await trader.add())["success"]
        answer = await trader.add(order_type="market", limit_price=None)
        assert answer["error"] == "EService:Market in limit_only mode"


@pytest.mark.virtual
async def test_an_answer_can_say_that_an_accepted_order_failed() -> None:
    async with still() as exchange, trading(exchange) as trader:
        exchange.fail_after_acceptance("add_order", "EService:Deadline elapsed")
        exchange.reject("add_order", "EGeneral:Internal error")
        assert (await trader.add())["error"] == "EGeneral:Internal error"
        assert (await trader.add())["error"] == "EService:Deadline elapsed"
        assert len(exchange.orders) == 1


@pytest.mark.virtual
async def test_an_order_on_its_way_is_placed_although_its_sender_is_gone() -> None:
    async with still() as exchange:
        exchange.hold(3, "ws_auth")
        token = await private_token(exchange)
        async with raw_socket(exchange, "ws_auth") as socket:
            await socket.send("subscribe", channel="executions", token=token)
            await socket.send("add_order", **RESTING, token=token)
            await anyio.sleep(1)
        await anyio.sleep(5)
        assert [order.status for order in exchange.orders] == ["new"]
