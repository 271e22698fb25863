"""Read what a frame that is no JSON was about: torn text goes in, the channel and symbols that it names come out.

Kraken's messages name their channel first. How many rows were torn off is not known, so the symbols that are left are
all only where a message has one row, as those of books have (ws-v2-market-data §3, §4).
"""

import re

_CHANNEL = re.compile(r'"channel"\s*:\s*"([a-z0-9_-]{1,32})"')
_SYMBOL = re.compile(r'"symbol"\s*:\s*"([^"\\]{1,64})"')
_METHOD = '"method"'
_OF_ONE_ROW = frozenset({"book", "level3"})


def told_by(frame: bytes | str) -> tuple[str | None, list[str]]:
    """Return the channel whose message it was, and the symbols of its rows where there cannot have been others.

    `None` is for a reply, and where no channel is named.
    """
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    named = None if _METHOD in text else _CHANNEL.search(text)
    channel = None if named is None else named[1]
    return channel, _SYMBOL.findall(text) if channel in _OF_ONE_ROW else []
