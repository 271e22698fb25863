"""The requests that subscribe and unsubscribe: keys that share all parameters go in, parameters to send come out."""

from typing import NamedTuple

from krakenio.subscriptions.channels import Key
from krakenio.subscriptions.wires import Method

MAX_SYMBOLS = 100
"""Symbols in one request: Kraken documents no limit, and asks for few large messages."""

# Sent with each subscribe but no part of the identity; explicit, since Kraken's own texts disagree about the defaults.
_SUBSCRIBE_EXTRA: dict[str, dict[str, object]] = {
    "executions": {"snap_orders": True, "snap_trades": True, "ratecounter": True},
    "balances": {"snapshot": True},
}
# Only depth, interval and event_trigger are documented as what an unsubscribe repeats, and unknown keys are refused.
_SUBSCRIBE_ONLY = frozenset({"snapshot", "execution_venue", "include_tokenized_assets", "rebased", "users"})


class Batch(NamedTuple):
    """One request to send: symbols that share all parameters."""

    method: Method
    keys: tuple[Key, ...]

    def params(self) -> dict[str, object]:
        """Return the request's parameters, without a token."""
        channel, symbol, rest = self.keys[0]
        params: dict[str, object] = {"channel": channel}
        if symbol is not None:
            params["symbol"] = [key.symbol for key in self.keys]
        if self.method == "subscribe":
            return params | dict(rest) | _SUBSCRIBE_EXTRA.get(channel, {})
        return params | {name: value for name, value in rest if name not in _SUBSCRIBE_ONLY}


def in_batches(method: Method, keys: list[Key]) -> list[Batch]:
    """Return as few requests as say it."""
    return [Batch(method, tuple(keys[start : start + MAX_SYMBOLS])) for start in range(0, len(keys), MAX_SYMBOLS)]
