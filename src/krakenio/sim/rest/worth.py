"""Tell what an account's money is worth and what its trades cost: balances and fills go in, one currency comes out.

Source: rest-endpoints §3 (TradeBalance, TradeVolume).
"""

from decimal import Decimal

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.account import MAKER_FEE, TAKER_FEE, cost_of, decimals
from krakenio.sim.core import Core
from krakenio.sim.markets.listing import USD_RATES
from krakenio.sim.markets.wallets import SPOT
from krakenio.sim.rest.market import key as rest_key
from krakenio.sim.rest.market import pair
from krakenio.sim.rest.params import Params, asset, is_true
from krakenio.sim.wire import fixed

_NEXT = ("nextfee", "tiervolume", "nextvolume")


def trade_balance(core: Core, key: Key, params: Params) -> object:
    """Return what the account is worth in `asset`, at the last prices; nothing here is on margin.

    What is in Earn is owned, but nothing to trade with.
    """
    unit = asset(core, params.get("asset") or "ZUSD").id
    worths = [(wallet, worth(core, amount, name, unit)) for wallet, name, amount in key.account.held_in()]
    owned = fixed(sum((amount for _, amount in worths), Decimal(0)), decimals(unit))
    equity = fixed(sum((amount for wallet, amount in worths if wallet == SPOT), Decimal(0)), decimals(unit))
    nothing = fixed(Decimal(0), decimals(unit))
    unexecuted = fixed(_unexecuted(core, key, unit), decimals(unit))
    sums = {"eb": owned, **dict.fromkeys(("tb", "e", "mf", "mfo"), equity), "uv": unexecuted}
    return sums | dict.fromkeys(("m", "n", "c", "v"), nothing)


def _unexecuted(core: Core, key: Key, unit: str) -> Decimal:
    """Return what is left of all open orders, at their own prices."""
    orders = key.account.open.values()
    costs = ((cost_of(order, order.hold_price, order.remaining), order.market.quote.id) for order in orders)
    return sum((worth(core, cost, quote, unit) for cost, quote in costs), Decimal(0))


def worth(core: Core, amount: Decimal, name: str, unit: str) -> Decimal:
    """Return what an amount of an asset is worth in another one."""
    each = usd(core, unit)
    return amount * usd(core, name) / each if each else Decimal(0)


def usd(core: Core, name: str) -> Decimal:
    """Return the dollars of one unit of an asset at the last price, by way of euros or bitcoins if need be, else 0."""
    if name == "USD":
        return Decimal(1)
    for quote in ("USD", "EUR", "BTC"):
        price = _last(core, name, quote)
        if price is not None:
            return price * (_last(core, quote, "USD") or USD_RATES[quote])
    return USD_RATES.get(name, Decimal(0))


def trade_volume(core: Core, key: Key, params: Params) -> object:
    """Return the volume of the account in USD, and the fees of the pairs asked for, in percent: there is one tier."""
    volume = sum((fill.cost * usd(core, fill.order.market.quote.id) for fill in key.account.fills), Decimal(0))
    inputs = {"domain_spot_volume_30d": volume, "domain_futures_volume_30d": 0, "domain_assets_on_platform": 0}
    answer: dict[str, object] = {
        "currency": "ZUSD",
        "asset_class": "currency",
        "volume": f"{volume:.4f}",
        "inputs": {name: f"{each:.4f}" for name, each in inputs.items()},
    }
    places = [pair(core, part) for part in params.get("pair", "").split(",") if part]
    if not places:
        return {**answer, "fees": None, "fees_maker": None}
    if is_true(params, "fee_schedule"):
        answer["schedules"] = [_schedule(rest_key(place, {}), place.market.aclass) for place in places]
    rates = {"fees": TAKER_FEE, "fees_maker": MAKER_FEE}
    return answer | {name: {rest_key(place, {}): _tier(rate) for place in places} for name, rate in rates.items()}


def _last(core: Core, base: str, quote: str) -> Decimal | None:
    place = core.engine.places.get(f"{base}/{quote}")
    return None if place is None else Decimal(place.last).scaleb(-place.market.price_precision)


def _tier(rate: Decimal) -> dict[str, object]:
    fee = _percent(rate)
    return {"fee": fee, "minfee": "0.0000", "maxfee": fee, **dict.fromkeys(_NEXT), "tiervolume": "0.0000"}


def _schedule(name: str, aclass: str) -> dict[str, object]:
    least = dict.fromkeys(("min_spot_volume", "min_futures_volume", "min_assets_on_platform"), "0.0000")
    tier = {"maker_fee": _percent(MAKER_FEE), "taker_fee": _percent(TAKER_FEE), **least, "active": True}
    return {"pair": name, "class": aclass, "tiers": [tier]}


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.4f}"
