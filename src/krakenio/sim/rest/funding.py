"""Answer deposits and withdrawals by the older calls. Source: rest-endpoints §5, errors.md (EFunding).

A withdrawal takes its amount at once and arrives a minute later, unless it was cancelled before.
"""

from decimal import Decimal

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import decimals
from krakenio.sim.accounts.vault import Move, Saved, method_of
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import Asset
from krakenio.sim.markets.wallets import TO_FUTURES, WITHDRAWAL
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.account import rest_name
from krakenio.sim.rest.params import Params, asset, decimal, is_true, needed, positive, size_of, whole
from krakenio.sim.wire import fixed

FEE = Decimal("0.0001")
MINIMUM = Decimal("0.001")
MOST_ADDRESSES = 5


def deposit_methods(core: Core, _key: Key, params: Params) -> object:
    """Return the ways to deposit."""
    coin = asset(core, needed(params, "asset")[0])
    row = {"method": method_of(coin.id), "limit": False, "fee": "0.0000000000", "gen-address": True}
    return [{**row, "minimum": format(MINIMUM, "f")}]


def deposit_addresses(core: Core, key: Key, params: Params) -> object:
    """Return the addresses of a method, or make one."""
    coin, method = asset(core, needed(params, "asset")[0]), needed(params, "method")[0]
    if method != method_of(coin.id):
        raise Refused("EFunding:No funding method")
    known = key.account.vault.addresses.setdefault(coin.id, [])
    fresh = is_true(params, "new")
    if fresh:
        new_address(core, key, coin)
    rows: list[dict[str, object]] = [{"address": address, "expiretm": "0"} for address in reversed(known)]
    return [{**row, "new": True} if fresh and place == 0 else row for place, row in enumerate(rows)]


def new_address(core: Core, key: Key, coin: Asset) -> str:
    """Make an address to deposit to, unless there are enough."""
    known = key.account.vault.addresses.setdefault(coin.id, [])
    if len(known) >= MOST_ADDRESSES:
        raise Refused("EFunding:Too many addresses")
    known.append(core.ids.make("addr-"))
    return known[-1]


def deposit_status(core: Core, key: Key, params: Params) -> object:
    """Return deposits, newest first: a list, or with `cursor` a page."""
    return _status(core, key.account.vault.deposits, params, "deposit", 25)


def withdraw_methods(core: Core, _key: Key, params: Params) -> object:
    """Return the ways to withdraw, filtered."""
    coins = [asset(core, params["asset"])] if params.get("asset") else [asset(core, "BTC"), asset(core, "ETH")]
    return [
        {
            "asset": rest_name(coin.id),
            "method": method_of(coin.id),
            "network": method_of(coin.id),
            "minimum": format(MINIMUM, "f"),
            "method_id": f"method-{coin.id}",
            "network_id": f"network-{coin.id}",
            "fee": {"aclass": "currency", "asset": rest_name(coin.id), "fee": format(FEE, "f")},
            "limits": list[object](),
        }
        for coin in coins
        if params.get("network") in {None, "", method_of(coin.id)}
    ]


def withdraw_addresses(core: Core, key: Key, params: Params) -> object:
    """Return the saved addresses, filtered; all of them are verified."""
    wanted = asset(core, params["asset"]).id if params.get("asset") else None
    unverified = bool(params.get("verified")) and not is_true(params, "verified")
    found = [
        saved
        for saved in key.account.vault.saved.values()
        if wanted in {None, asset(core, saved.asset).id}
        and params.get("key") in {None, "", saved.key}
        and params.get("method") in {None, "", saved.method}
        and not unverified
    ]
    return [_address(core, saved) for saved in found]


def withdraw_info(core: Core, key: Key, params: Params) -> object:
    """Return what a withdrawal would cost; one below the minimum is refused here too."""
    coin, amount = asset(core, needed(params, "asset")[0]), positive(params, "amount")
    _saved(core, key, params, coin)
    _check_minimum(amount)
    amounts = {"limit": key.account.available(coin.id), "amount": amount - FEE, "fee": FEE}
    return {"method": method_of(coin.id), **{name: fixed(each, decimals(coin.id)) for name, each in amounts.items()}}


def withdraw(core: Core, key: Key, params: Params) -> object:
    """Withdraw to a saved address: the amount leaves the balance at once."""
    coin, amount = asset(core, needed(params, "asset")[0]), positive(params, "amount")
    saved = _saved(core, key, params, coin)
    if params.get("address") not in {None, saved.address}:
        raise Refused("Invalid withdrawal address")
    if params.get("max_fee") and positive(params, "max_fee") < FEE:
        raise Refused("EFunding:Max fee exceeded")
    return {"refid": send(core, key, coin, amount, saved).refid}


def send(core: Core, key: Key, coin: Asset, amount: Decimal, saved: Saved) -> Move:
    """Take an amount and its fee out of the balance."""
    _check_minimum(amount)
    if amount > key.account.available(coin.id):
        raise Refused("EFunding:Insufficient funds")
    now = core.clock()
    move = Move(core.ids.make("FT"), coin.id, amount - FEE, FEE, now, saved.method, saved.address, saved.key)
    core.book(key.account, move.refid, coin.id, (-move.amount, FEE), WITHDRAWAL)
    key.account.vault.withdrawals.append(move)
    return move


def _check_minimum(amount: Decimal) -> None:
    if amount < MINIMUM:
        raise Refused("EFunding:Invalid amount")


def withdraw_status(core: Core, key: Key, params: Params) -> object:
    """Return withdrawals, newest first: a list, or with `cursor` a page."""
    return _status(core, key.account.vault.withdrawals, params, "withdrawals", 500)


def withdraw_cancel(core: Core, key: Key, params: Params) -> object:
    """Take a withdrawal back; false once it has arrived."""
    refid = needed(params, "asset", "refid")[1]
    move = next((move for move in key.account.vault.withdrawals if move.refid == refid), None)
    if move is None:
        raise Refused("EFunding:Unknown reference id")
    if move.canceled or move.settled(core.clock()):
        return False
    move.canceled = True
    core.book(key.account, refid, move.asset, (move.amount + move.fee, Decimal(0)), WITHDRAWAL)
    return True


def wallet_transfer(core: Core, key: Key, params: Params) -> object:
    """Move money to the futures wallet, which is outside of this exchange."""
    coin, amount = asset(core, needed(params, "asset")[0]), positive(params, "amount")
    if needed(params, "from", "to") != ("Spot Wallet", "Futures Wallet"):
        raise Refused("EGeneral:Invalid arguments:to")
    if amount > key.account.available(coin.id):
        raise Refused("EFunding:Insufficient funds")
    refid = core.ids.make("B")
    core.book(key.account, refid, coin.id, (-amount, Decimal(0)), TO_FUTURES)
    return {"refid": refid}


def _saved(core: Core, key: Key, params: Params, coin: Asset) -> Saved:
    saved = key.account.vault.saved.get(needed(params, "key")[0])
    if saved is None or asset(core, saved.asset) is not coin:
        raise Refused("EFunding:Unknown withdraw key")
    return saved


def _address(core: Core, saved: Saved) -> dict[str, object]:
    coin = asset(core, saved.asset)
    row = {"address": saved.address, "asset": coin.altname, "method": saved.method, "key": saved.key}
    return {**row, "tag": None, "memo": None, "verified": True}


def _status(core: Core, moves: list[Move], params: Params, member: str, default: int) -> object:
    """Return moves as they stand; which form the answer has depends on `cursor` being there."""
    now, size = core.clock(), size_of(params, default)
    found = _found(core, moves, params)
    cursor = params.get("cursor", "").lower()
    if not cursor or cursor == "false":
        return [_move(move, now) for move in found[:size]]
    begin = 0 if cursor == "true" else whole(params, "cursor", 0)
    after = str(begin + size) if len(found) > begin + size else ""
    return {member: [_move(move, now) for move in found[begin : begin + size]], "next_cursor": after}


def _found(core: Core, moves: list[Move], params: Params) -> list[Move]:
    """Return the moves of an asset, a method and a span of seconds, both its ends included, the newest first."""
    wanted = asset(core, params["asset"]).id if params.get("asset") else None
    start, end = decimal(params, "start", Decimal(0)), decimal(params, "end", Decimal("Infinity"))
    found = [move for move in reversed(moves) if wanted in {None, move.asset} and start <= move.time // SECOND <= end]
    return [move for move in found if params.get("method") in {None, "", move.method}]


def _move(move: Move, now: int) -> dict[str, object]:
    places = decimals(move.asset)
    status = "Failure" if move.canceled else "Success" if move.settled(now) else "Pending"
    return {
        "method": move.method,
        "network": move.method,
        "aclass": "currency",
        "asset": rest_name(move.asset),
        "refid": move.refid,
        "txid": move.txid or None,
        "info": move.info,
        "amount": fixed(move.amount, places),
        "fee": fixed(move.fee, places),
        "time": move.time // SECOND,
        "status": status,
        **({"status-prop": "canceled"} if move.canceled else {}),
        **({"key": move.key} if move.key else {}),
    }
