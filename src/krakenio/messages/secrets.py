"""Keep our token out of what Kraken's words become: a message and the secret go in, the message without it comes out.

A complaint may repeat the request that it is about, and its text stands in exceptions and events.
"""

from typing import TypeVar

import msgspec

from krakenio.messages.replies import Reply
from krakenio.messages.system import Notice

_HIDDEN = b"<token>"

MessageT = TypeVar("MessageT", Reply, Notice)


def without(message: MessageT, secret: str | None) -> MessageT:
    """Return the message as it is or, where it repeats the secret, a copy that does not.

    >>> without(Notice(error="no such token: abc"), "abc")
    Notice(error='no such token: <token>')
    """
    if not secret:
        return message
    text = msgspec.json.encode(message)
    hidden = text.replace(secret.encode(), _HIDDEN)
    return message if hidden == text else msgspec.json.decode(hidden, type=type(message))
