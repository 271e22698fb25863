"""Hold what a session was opened with: options go in, and those that cannot be right are refused before it opens."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from krakenio.auth import Keys
from krakenio.endpoints import Endpoints
from krakenio.errors import CredentialsError, InvalidRequest
from krakenio.limits.policy import OnLimit
from krakenio.limits.rest import TierName
from krakenio.links.context import Clock
from krakenio.transport import Connect


@dataclass(frozen=True, slots=True)
class Options:
    """What `open_session` was called with."""

    keys: Keys | None
    endpoints: Endpoints
    refresh_margin: float
    numbers: type[Any]
    max_outage: float | None
    connect: Connect
    clock: Clock
    chance: random.Random
    on_limit: OnLimit
    tier: TierName


def check_options(keys: object, endpoints: object, refresh_margin: object, numbers: object, max_outage: object) -> None:
    """Refuse arguments that cannot be right, before anything is opened."""
    if keys is not None and not isinstance(keys, Keys):
        message = (
            f"keys: pass krakenio.Keys(api_key, api_secret) or krakenio.Keys.from_env(), not {type(keys).__name__}"
        )
        raise CredentialsError(message)
    if not isinstance(endpoints, Endpoints):
        message = f"endpoints: pass krakenio.Endpoints(...), not {type(endpoints).__name__}"
        raise InvalidRequest(message)
    if numbers is not Decimal and numbers is not float:
        message = f"numbers: pass Decimal or float, not {numbers!r}"
        raise InvalidRequest(message)
    _check_seconds("refresh_margin", refresh_margin)
    if max_outage is not None:
        _check_seconds("max_outage", max_outage)


def _check_seconds(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < float("inf"):
        message = f"{name}: pass a number of seconds, not {value!r}"
        raise InvalidRequest(message)
