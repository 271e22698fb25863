"""Read and write Kraken's times: RFC 3339 text on one side, nanoseconds since 1970 in UTC on the other."""

import re
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache

from krakenio.errors import DecodeError

_SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,12}))?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?",
)


def unix_ns(text: str) -> int:
    """Read a time to the nanosecond.

    Any number of fraction digits is taken and a missing zone means UTC: samples of Kraken's own documentation have
    both. The last year that `datetime` has is refused: what is reckoned from it, as a deadline, could not be written.

    >>> unix_ns("2026-11-02T10:00:03.000000001Z")
    1793613603000000001
    """
    match = _RFC3339.fullmatch(text)
    whole = _datetime(match) if match else None
    if match is None or whole is None:
        message = "a time is not in the form of RFC 3339"
        raise DecodeError(message)
    seconds = (whole - _EPOCH) // timedelta(seconds=1)
    return seconds * _SECOND + int((match["fraction"] or "").ljust(9, "0")[:9])


def is_rfc3339(text: str) -> bool:
    """Tell whether text is a time as Kraken wants it in requests: with its zone, and one that exists.

    >>> is_rfc3339("2026-11-02T10:00:03Z"), is_rfc3339("2026-11-02T10:00:03"), is_rfc3339("2026-13-02T10:00:03Z")
    (True, False, False)
    """
    match = _RFC3339.fullmatch(text)
    if match is None or match["zone"] in {None, "z"} or text[10] != "T":
        return False
    return _datetime(match) is not None


def rfc3339(nanoseconds: int, digits: int = 3) -> str:
    """Write a time as Kraken takes it, cut (not rounded) to `digits` of the second's fraction, 0 to 9.

    Raises `DecodeError` for one that REST told as a number, of a year that there is not.

    >>> rfc3339(1793613603_250_000_000)
    '2026-11-02T10:00:03.250Z'
    """
    seconds, fraction = divmod(nanoseconds, _SECOND)
    whole = _whole(seconds)
    return f"{whole}.{fraction:09}"[: len(whole) + digits + bool(digits)] + "Z"


@lru_cache(maxsize=64)
def _whole(seconds: int) -> str:
    """Write a time without its fraction; orders of the same second have the same."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        pass  # raised outside of this block: nothing is chained to it
    message = "a time lies beyond the years that can be written"
    raise DecodeError(message)


def _datetime(match: re.Match[str]) -> datetime | None:
    zone = (match["zone"] or "Z").upper().replace("Z", "+00:00")
    try:
        time = datetime.fromisoformat(f"{match['date']}T{match['time']}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):  # with its zone it may lie before the first year
        return None
    return time if time.year < MAXYEAR else None
