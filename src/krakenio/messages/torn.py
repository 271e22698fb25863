"""Read what a frame that is no JSON was about: torn text goes in, the channel and symbols that it names come out.

Kraken's messages name their channel first. How many rows were torn off is not known, so the symbols that are left are
all only where a message has one row, as those of books have (ws-v2-market-data §3, §4).
"""

import re

_CHANNEL = re.compile(r'"channel"\s*:\s*"([a-z0-9_-]{1,32})"')
_SYMBOL = re.compile(r'"symbol"\s*:\s*"([^"\\]{1,64})"')
_METHOD = '"method"'
_OF_ONE_ROW = frozenset({"book", "level3"})


def channel_of(frame: bytes | str) -> str | None:
    """Return the channel whose message it was; `None` for a reply, and where none is named."""
    text = _text(frame)
    named = None if _METHOD in text else _CHANNEL.search(text)
    return None if named is None else named[1]


def symbols_of(frame: bytes | str) -> list[str]:
    """Return the symbols of its rows, or none where there may have been others."""
    return _SYMBOL.findall(_text(frame)) if channel_of(frame) in _OF_ONE_ROW else []


def _text(frame: bytes | str) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")
