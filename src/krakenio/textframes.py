"""Take runs of text frames: a chunk and a place in it go in, whole messages and the place behind them come out.

Nearly all that Kraken sends is whole text frames, so this loop is what a message pays for its frame. It is there twice:
in Python, and in C (`native/frames.c`).
"""

from collections.abc import Callable
from struct import Struct
from typing import TypeAlias

from krakenio.compiled import compiled

TakeRun: TypeAlias = Callable[[bytes, int, list[bytes]], int]

_TWO_SHORTS = Struct(">HH").unpack_from

_TEXT_SHORT = 0x8100  # FIN, text, length below 126: the low byte is the length
_TEXT_16 = 0x817E  # FIN, text, the length stands in the next two bytes

LARGEST = 0xFFFF
"""Bytes of the largest message that such a frame can hold."""


def take_run_slowly(data: bytes, position: int, messages: list[bytes]) -> int:
    """Take text frames as long as one is whole; return where the next one, which is not, begins."""
    size, unpack, append = len(data), _TWO_SHORTS, messages.append
    while position + 4 <= size:
        head, length = unpack(data, position)
        if head == _TEXT_16:
            start = position + 4
        elif _TEXT_SHORT <= head < _TEXT_16:
            start, length = position + 2, head - _TEXT_SHORT
        else:
            break
        end = start + length
        if end > size:
            break
        append(data[start:end])
        position = end
    return position


take_run: TakeRun = compiled("take_run") or take_run_slowly
