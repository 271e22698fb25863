"""A frame of ours is what a protocol library reads as the same text (RFC 6455 section 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import Frame, FrameProtocol

from krakenio.masking import text_frame


def read(data: bytes) -> list[Frame]:
    """Read as a server does."""
    server = FrameProtocol(client=False, extensions=[])
    server.receive_bytes(data)
    return list(server.received_frames())


@given(st.text(), st.binary(min_size=4, max_size=4))
def test_a_server_reads_the_text_that_was_written(text: str, mask: bytes) -> None:
    frames = read(text_frame(text.encode(), mask))
    assert "".join(str(frame.payload) for frame in frames) == text
    assert frames[-1].message_finished


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 0xFFFF, 0x1_0000, 300_000])
def test_every_length_is_written_in_its_shortest_form(size: int) -> None:
    data = text_frame(b"x" * size, b"\x00\xff\x12\x34")
    assert len(data) == 6 + size + (0 if size < 126 else 2 if size < 0x1_0000 else 8)
    assert "".join(str(frame.payload) for frame in read(data)) == "x" * size


def test_the_mask_hides_the_text() -> None:
    assert b"Hello" not in text_frame(b"Hello", b"\x37\xfa\x21\x3d")
