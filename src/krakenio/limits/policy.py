"""Say what happens to what a counter of Kraken's would refuse: the user's choice goes in, checked."""

from typing import Literal, get_args

from krakenio.errors import InvalidRequest

OnLimit = Literal["wait", "raise", "ignore"]
"""What becomes of an order request, or of a call of REST, that would lift its counter over the threshold."""


def check_on_limit(value: object) -> None:
    """Refuse a policy that does not exist."""
    if value not in get_args(OnLimit):
        raise InvalidRequest(f"on_limit: pass one of {', '.join(map(repr, get_args(OnLimit)))}, not {value!r}")
