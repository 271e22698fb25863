"""Reference data of the simulated exchange, and markets whose precisions change while they are followed."""

from decimal import Decimal

import pytest

from krakenio.sim import ASSETS, Market
from tests.sim.clients import Frame, RawSocket, private_token, raw_rest, raw_socket, still
from tests.sim.reference import RawBook, RawQueues

SYMBOL = "LTC/USD"


async def pairs(socket: RawSocket, kind: str = "snapshot") -> list[Frame]:
    return list((await socket.channel("instrument", kind))["data"]["pairs"])


def decimals(text: Decimal) -> int:
    return len(format(text, "f").partition(".")[2])


@pytest.mark.virtual
async def test_tokenized_assets_are_told_to_those_who_ask_for_them() -> None:
    async with still() as exchange, raw_socket(exchange) as plain, raw_socket(exchange) as curious:
        await plain.send("subscribe", channel="instrument")
        await curious.send("subscribe", channel="instrument", include_tokenized_assets=True)
        listed = {row["symbol"] for row in await pairs(plain)}
        data = (await curious.channel("instrument"))["data"]
        more = [row["symbol"] for row in data["pairs"] if row["symbol"] not in listed]
        assert more == ["TSLAx/USD", "AAPLx/USD", "SPYx/USD"]
        (share,) = [row for row in data["assets"] if row["id"] == "TSLAx"]
        assert (share["class"], share["multiplier"], share["underlying_symbol"]) == ("tokenized_asset", 1, "TSLA")
        exchange.set_market("TSLAx/USD", "maintenance")
        exchange.set_market("BTC/USD", "post_only")
        assert [row["symbol"] for row in await pairs(curious, "update")] == ["TSLAx/USD"]
        assert [row["symbol"] for row in await pairs(plain, "update")] == ["BTC/USD"]
        assert (await curious.ask("unsubscribe", channel="instrument"))["success"]


@pytest.mark.virtual
async def test_a_venue_lists_its_own_pairs() -> None:
    elsewhere = Market(ASSETS["SOL"], ASSETS["USD"], 2, Decimal(150), Decimal("0.02"), venue="bitnomial-exchange")
    async with still(markets=["BTC/USD", elsewhere]) as exchange, raw_socket(exchange) as socket:
        await socket.send("subscribe", channel="instrument", execution_venue="bitnomial-exchange")
        assert [row["symbol"] for row in await pairs(socket)] == ["SOL/USD"]
        async with raw_socket(exchange) as other, raw_rest(exchange) as rest:
            await other.send("subscribe", channel="instrument")
            assert [row["symbol"] for row in await pairs(other)] == ["BTC/USD"]
            listed = await rest.get("/0/public/AssetPairs?execution_venue=bitnomial_exchange")
            assert [row["execution_venue"] for row in listed["result"].values()] == ["bitnomial_exchange"]
            wrong = await other.ask("unsubscribe", channel="instrument")
            assert wrong["success"]
            refused = await other.ask("subscribe", channel="instrument", execution_venue="nowhere")
            assert refused["error"] == "EGeneral:Invalid arguments:execution_venue"


CHANGES: list[dict[str, int]] = [
    {"price": 3},
    {"price": 1},
    {"price": 4, "tick": 5},
    {"qty": 5},
    {"price": 3, "qty": 9},
]


@pytest.mark.virtual
@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_books_go_on_in_new_digits_after_the_precisions_changed(change: dict[str, int]) -> None:
    """Follow both kinds of books through a change and back; every checksum holds in the digits told last."""
    async with (
        still(markets=[SYMBOL, "ADA/USD"], activity=50) as exchange,
        raw_socket(exchange) as socket,
        raw_socket(exchange, "ws_l3") as single,
    ):
        token = await private_token(exchange)
        await socket.send("subscribe", channel="instrument")
        await socket.send("subscribe", channel="book", symbol=[SYMBOL], depth=25)
        await single.send("subscribe", channel="level3", symbol=[SYMBOL], token=token)
        book, queues = RawBook(25, (2, 8)), RawQueues(10, (2, 8))
        await follow(socket, "book", book, 50)
        await follow(single, "level3", queues, 50)
        for price, qty, tick in ((change.get("price", 2), change.get("qty", 8), change.get("tick", 1)), (2, 8, 1)):
            old = book.places
            exchange.set_precision(SYMBOL, price=price, qty=qty, tick=tick)
            (row,) = await until_instrument(socket, book)
            assert (row["price_precision"], row["qty_precision"]) == (price, qty)
            assert row["price_increment"] == Decimal(tick).scaleb(-price)
            book.places = price, qty
            rows = await follow(socket, "book", book, 50)
            assert {(decimals(each["price"]), decimals(each["qty"])) for each in rows} == {(price, qty)}
            assert not any(each["price"] % row["price_increment"] for each in rows if each["qty"])
            await follow(single, "level3", queues, 100, old, (price, qty))


async def follow(
    socket: RawSocket,
    channel: str,
    book: RawBook | RawQueues,
    updates: int,
    old: tuple[int, int] | None = None,
    new: tuple[int, int] | None = None,
) -> list[Frame]:
    """Check every checksum; return the rows. On the other connection `new` digits begin where the `old` ones end."""
    rows: list[Frame] = []
    for _ in range(updates):
        data = (await socket.channel(channel))["data"][0]
        book.apply(data)
        if new is not None and book.checksum() != data["checksum"]:
            assert book.places == old
            book.places = new
        assert book.checksum() == data["checksum"]
        rows += data["bids"] + data["asks"]
    return rows


async def until_instrument(socket: RawSocket, book: RawBook) -> list[Frame]:
    """Follow a book in its old digits until reference data comes; return its pairs."""
    while True:
        frame = await socket.receive()
        if frame.get("channel") == "instrument" and frame["type"] == "update":
            return list(frame["data"]["pairs"])
        if frame.get("channel") == "book":
            book.apply(frame["data"][0])
            assert book.checksum() == frame["data"][0]["checksum"]


@pytest.mark.virtual
async def test_orders_that_fit_the_new_precisions_stay_and_others_are_cancelled() -> None:
    async with still(markets=[SYMBOL]) as exchange, raw_socket(exchange, "ws_auth") as socket:
        token = await private_token(exchange)
        await socket.ask("subscribe", channel="executions", token=token)
        order = {"order_type": "limit", "side": "buy", "symbol": SYMBOL, "order_qty": 1, "token": token}
        kept = (await socket.ask("add_order", **order, limit_price=50.5))["result"]["order_id"]
        lost = (await socket.ask("add_order", **order, limit_price=50.25))["result"]["order_id"]
        exchange.set_precision(SYMBOL, price=1)
        report = await socket.until(lambda frame: "canceled" in str(frame.get("data")))
        assert (report["data"][0]["order_id"], report["data"][0]["reason"]) == (lost, "Tick size changed")
        assert {each.order_id: (each.status, each.limit_price) for each in exchange.orders} == {
            kept: ("new", Decimal("50.5")),
            lost: ("canceled", Decimal("50.25")),
        }
        assert (await socket.ask("add_order", **order, limit_price=50.25))["error"] == "EOrder:Tick size check failed"
        assert (await socket.ask("cancel_order", order_id=[kept], token=token))["success"]


@pytest.mark.virtual
async def test_candles_and_tickers_keep_their_values_in_new_digits() -> None:
    async with still(markets=[SYMBOL], activity=20) as exchange, raw_socket(exchange) as socket:
        names = {"channel": "ohlc", "symbol": [SYMBOL], "interval": 60}
        await socket.send("subscribe", **names)
        before = (await socket.channel("ohlc"))["data"]
        await socket.ask("unsubscribe", **names)
        exchange.set_precision(SYMBOL, price=4, qty=10)
        await socket.send("subscribe", **names)
        after = (await socket.channel("ohlc"))["data"]
        assert {**before[0], "vwap": 0} == {**after[0], "vwap": 0}
        assert abs(before[0]["vwap"] - after[0]["vwap"]) <= Decimal("0.005")
        assert decimals(after[0]["close"]) == 4
        await socket.send("subscribe", channel="ticker", symbol=[SYMBOL])
        ticker = (await socket.channel("ticker"))["data"][0]
        assert ticker["low"] <= ticker["last"] <= ticker["high"]
        assert {decimals(ticker[name]) for name in ("bid", "ask", "last", "low")} == {4}


@pytest.mark.virtual
async def test_orders_of_tokenized_pairs_want_their_class_over_rest_and_so_do_no_others() -> None:
    share = {"pair": "TSLAx/USD", "type": "buy", "ordertype": "market", "volume": "0.1"}
    coin, classed = {**share, "pair": "XBTUSD"}, {"asset_class": "tokenized_asset"}
    async with still() as exchange, raw_rest(exchange) as rest, raw_socket(exchange, "ws_auth") as socket:
        for refused in (share, coin | classed):
            assert (await rest.call("AddOrder", **refused))["error"] == ["EQuery:Unknown asset pair"]
        assert (await rest.call("AddOrder", **share, **classed))["error"] == []
        await socket.send("subscribe", channel="balances", token=await rest.token())
        rows = (await socket.channel("balances"))["data"]
        told = {row["asset"]: row["asset_class"] for row in rows}
        assert (told["TSLAx"], told["BTC"]) == ("tokenized_asset", "currency")
        entries = (await rest.call("Ledgers"))["result"]["ledger"].values()
        classes = {entry["asset"]: entry["aclass"] for entry in entries}
        assert classes == {"TSLAx": "tokenized_asset", "ZUSD": "currency"}


@pytest.mark.virtual
async def test_display_names_are_used_for_the_currency_of_volumes_too() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        for version, currency in (("0", "ZUSD"), ("1", "USD")):
            rows = (await rest.get(f"/0/public/AssetPairs?pair=ADAEUR&assetVersion={version}"))["result"].values()
            assert [row["fee_volume_currency"] for row in rows] == [currency]
