"""Write a message as the one frame that a client sends: text and a mask go in, bytes come out (RFC 6455 section 5).

The protocol libraries do so too, behind their own locks and state, which costs an order a turn of the loop.
"""

_FIN_TEXT = 0x81
_MASKED = 0x80
_SHORT, _LONG = 126, 0x1_0000  # lengths that are written in one byte, and in three


def text_frame(text: bytes, mask: bytes) -> bytes:
    """Return a whole text message as a masked frame; `mask` is 4 bytes that nobody can foretell.

    >>> text_frame(b"Hello", bytes.fromhex("37fa213d")).hex()
    '818537fa213d7f9f4d5158'
    """
    size = len(text)
    stream = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(text) ^ int.from_bytes(stream)).to_bytes(size)
    if size < _SHORT:
        head = bytes([_FIN_TEXT, _MASKED | size])
    elif size < _LONG:
        head = bytes([_FIN_TEXT, _MASKED | _SHORT]) + size.to_bytes(2)
    else:
        head = bytes([_FIN_TEXT, _MASKED | (_SHORT + 1)]) + size.to_bytes(8)
    return head + mask + masked
