"""Keep our token out of what Kraken's words become: they and the secrets go in, the same without these come out.

A complaint may repeat the request that it is about, and its text stands in exceptions and events.
"""

from collections.abc import Iterable

import msgspec

from krakenio.messages.replies import Reply

_HIDDEN = "<token>"


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the secrets.

    >>> hidden("no such token: abc", ["abc"])
    'no such token: <token>'
    """
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def without(reply: Reply, secrets: Iterable[str]) -> Reply:
    """Return a reply as it is or, where it repeats a secret, a copy that does not."""
    text = msgspec.json.encode(reply).decode()
    told = hidden(text, secrets)
    return reply if told == text else msgspec.json.decode(told, type=Reply)
