"""Answer with what an account did: fills, ledger entries, amends. Source: rest-endpoints §3."""

from msgspec import Raw

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import Account, decimals
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import class_of
from krakenio.sim.markets.orders import Amend, Entry, Fill, Order
from krakenio.sim.markets.wallets import SPOT, SUFFIXES
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.account import listed_name
from krakenio.sim.rest.pages import Listing, page
from krakenio.sim.rest.params import Params, asset, chosen, is_true, names, needed, size_of
from krakenio.sim.wire import fixed, text

_KINDS = ("all", "any position", "closed position", "closing position", "no position")
_TYPES = (
    "all", "trade", "deposit", "withdrawal", "transfer", "margin", "adjustment", "rollover", "credit", "settled",
    "staking", "dividend", "sale", "nft_rebate",
)  # fmt: skip


def trades_history(_core: Core, key: Key, params: Params) -> object:
    """Return a page of fills; nothing here is on margin, so positions have none."""
    kind, named = chosen(params, "type", _KINDS, "all"), params.get("pair")

    def wanted(fill: Fill) -> bool:
        return kind in {"all", "no position"} and (not named or named in _names(fill))

    size = size_of(params, 50, 100)
    listing = Listing(_traded, lambda fill: _fill(key.account, fill, params), wanted, size)
    rows, beside = page({fill.exec_id: fill for fill in key.account.fills}, params, listing)
    return {"trades": rows, **beside}


def query_trades(_core: Core, key: Key, params: Params) -> object:
    """Return named fills."""
    fills = {fill.exec_id: fill for fill in key.account.fills}
    wanted = names(params, "txid", 20)
    if any(name not in fills for name in wanted):
        raise Refused("EOrder:Invalid order")
    return {name: _fill(key.account, fills[name], params) for name in wanted}


def ledgers(core: Core, key: Key, params: Params) -> object:
    """Return a page of what changed balances."""
    kind = chosen(params, "type", _TYPES, "all")
    assets = {_place(core, part) for part in params.get("asset", "all").split(",") if part not in {"", "all"}}

    def wanted(entry: Entry) -> bool:
        return kind in {"all", entry.cause.kind} and (not assets or (entry.asset, entry.cause.wallet) in assets)

    rows, beside = page(key.account.entries, params, Listing(lambda entry: (entry.time,), _entry, wanted))
    return {"ledger": rows, **beside}


def query_ledgers(_core: Core, key: Key, params: Params) -> object:
    """Return named entries."""
    wanted = names(params, "id", 20)
    if any(name not in key.account.entries for name in wanted):
        raise Refused("EQuery:Unknown ledger")
    return {name: _entry(key.account.entries[name]) for name in wanted}


def order_amends(_core: Core, key: Key, params: Params) -> object:
    """Return what an order was, and each change of it, the oldest first."""
    order = key.account.orders.get(needed(params, "order_id")[0])
    if order is None:
        raise Refused("EOrder:Invalid order")
    rows = [_amend(order, amend) for amend in order.amends]
    return {"count": len(rows), "amends": rows}


def open_positions(_core: Core, _key: Key, params: Params) -> object:
    """Return no positions: an empty array, consolidated or not."""
    chosen(params, "consolidation", ("", "market"), "")
    return []


def credit_lines(_core: Core, _key: Key, _params: Params) -> object:
    """Return null: the account has none."""
    return None


def _amend(order: Order, amend: Amend) -> dict[str, object]:
    """Return a state of an order, what is not set absent; its time is in nanoseconds."""
    price, qty = order.market.price_precision, order.market.qty_precision
    prices = {"limit_price": amend.price, "trigger_price": amend.trigger}
    shown = {"display_qty": text(amend.display, qty)} if amend.display else {}
    return {
        "amend_id": amend.amend_id,
        "amend_type": amend.kind,
        "order_qty": text(amend.qty, qty),
        **shown,
        "remaining_qty": text(amend.remaining, qty),
        **{name: text(value, price) for name, value in prices.items() if value},
        **({} if amend.kind == "original" else {"reason": "User requested", "post_only": order.post_only}),
        "timestamp": amend.time,
    }


def _traded(fill: Fill) -> tuple[int]:
    return (fill.trade.time,)


def _names(fill: Fill) -> tuple[str, ...]:
    market = fill.order.market
    return market.rest, market.altname, market.wsname, market.symbol


def _fill(account: Account, fill: Fill, params: Params) -> dict[str, object]:
    market, order = fill.order.market, fill.order
    ledger = [entry.ledger_id for entry in account.entries.values() if entry.ref_id == fill.exec_id]
    return {
        "ordertxid": order.order_id,
        "postxid": "TKH2SE-M7IF5-CFI7LT",
        "pair": market.rest,
        "aclass": market.pair_class,
        "time": Raw(text(fill.trade.time, 9).encode()),
        "type": order.side,
        "ordertype": order.order_type,
        "price": text(fill.trade.price, market.price_precision),
        "cost": fixed(fill.cost, market.cost_precision),
        "fee": fixed(fill.fee, market.cost_precision),
        "vol": text(fill.trade.qty, market.qty_precision),
        "margin": fixed(fill.fee * 0, market.cost_precision),
        "leverage": "0",
        "misc": "",
        "trade_id": fill.trade.trade_id,
        "maker": fill.maker,
        **({"ledgers": ledger} if is_true(params, "ledgers") else {}),
    }


def _place(core: Core, name: str) -> tuple[str, str]:
    """Return the asset that a ledger names, and its wallet: `ETH.F` is not `XETH`."""
    short, dot, _ = name.partition(".")
    wallet = next((each for each, suffix in SUFFIXES.items() if dot and name == short + suffix), SPOT)
    return asset(core, name if wallet == SPOT else short).id, wallet


def _entry(entry: Entry) -> dict[str, object]:
    places = decimals(entry.asset)
    return {
        "refid": entry.ref_id,
        "time": Raw(text(entry.time, 9).encode()),
        "type": entry.cause.kind,
        "subtype": entry.cause.subtype,
        "aclass": class_of(entry.asset),
        "asset": listed_name(entry.asset, entry.cause.wallet),
        "amount": fixed(entry.amount, places),
        "fee": fixed(entry.fee, places),
        "balance": fixed(entry.balance, places),
    }
