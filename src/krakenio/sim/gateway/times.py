"""Check moments of requests: texts and deadlines go in, nanoseconds or Kraken's refusal come out.

Source: ws-v2-trading §0 (`deadline`), §1.1.
"""

from krakenio.sim.clock import SECOND, parse
from krakenio.sim.core import Core
from krakenio.sim.gateway.requests import invalid
from krakenio.sim.refusal import Refused

MIN_DEADLINE, MAX_DEADLINE = SECOND // 2, 60 * SECOND
DEADLINE = 5 * SECOND
"""What holds where a request names no deadline."""


def moment(text: str | None, name: str) -> int | None:
    """Read an RFC 3339 time; refuses what is none."""
    if text is None:
        return None
    found = parse(text)
    if found is None:
        raise invalid(name)
    return found


def check_deadline(core: Core, received: int, asked: int | None) -> None:
    """Refuse a deadline that was never 500 ms to 60 s ahead, and one that has passed."""
    deadline = received + DEADLINE if asked is None else asked
    if deadline <= core.clock():
        raise Refused("EService:Deadline elapsed")
    if not MIN_DEADLINE <= deadline - received <= MAX_DEADLINE:
        raise invalid("deadline")


def check_service(core: Core) -> None:
    """Refuse everything while the exchange is closed."""
    if core.status == "maintenance":
        raise Refused("EService:Unavailable")
