"""Hold what REST was opened with: options go in, checked, before anything is opened."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from krakenio.endpoints import Endpoints
from krakenio.errors import InvalidRequest
from krakenio.limits.policy import OnLimit, check_on_limit
from krakenio.limits.rest import TIERS, TierName
from krakenio.rest.chapter import Spawn
from krakenio.tasks import Job


def _nowhere(job: Job, name: str) -> None:  # noqa: ARG001 - the form of a `Spawn`
    """Start nothing: whoever opens REST says where its tasks live."""
    message = f"{name} has no lifetime to live in"
    raise RuntimeError(message)


@dataclass(frozen=True, slots=True)
class RestOptions:
    """What `open_rest` was called with: `clock` gives nanoseconds since 1970, `random` the chance in pauses."""

    endpoints: Endpoints
    clock: Callable[[], int]
    random: Random
    tier: TierName = "starter"
    on_limit: OnLimit = "wait"
    user_agent: str | None = None
    spawn: Spawn = _nowhere

    def __post_init__(self) -> None:
        """Refuse what cannot be right."""
        if self.tier not in TIERS:
            message = f"tier: pass one of {', '.join(map(repr, TIERS))}, not {self.tier!r}"
            raise InvalidRequest(message)
        check_on_limit(self.on_limit)
        agent = self.user_agent
        if agent is not None and not (agent.isascii() and agent.isprintable() and agent.strip()):
            message = f"user_agent: pass visible ASCII text such as 'mybot/1.0', not {agent!r}"
            raise InvalidRequest(message)
