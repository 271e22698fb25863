"""Read for how long a server wants to be left alone: its `Retry-After` and `Date` go in, seconds come out. Pure.

A time is measured by the clock that named it, the `Date` beside it: ours may be wrong. Source: RFC 9110, sections
10.2.3 and 6.6.1.
"""

import re
from email.utils import parsedate_to_datetime

from krakenio.backoff import BAN

_SECONDS = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


def asked_for(retry_after: str, date: str) -> float:
    """Return the seconds, 0 where it asks for none or cannot be read."""
    if _SECONDS.fullmatch(retry_after):
        return min(float(retry_after), BAN)
    until, now = _time(retry_after), _time(date)
    return 0.0 if until is None or now is None else min(max(0.0, until - now), BAN)


def _time(text: str) -> float | None:
    """Return Unix seconds, of the one form that may be sent."""
    try:
        return parsedate_to_datetime(text).timestamp() if _DATE.fullmatch(text) else None
    except ValueError:  # the 32nd, or an hour 25
        return None
