"""The splitter: any cut of the same bytes gives the same messages, control bytes, close and error."""

import tracemalloc
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.frames import MAX_CONTROL, FrameSplitter
from tests.transport.peers import frame

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Outcome(NamedTuple):
    """What a splitter made of some bytes."""

    messages: list[bytes]
    control: bytes
    close: tuple[int, str] | None
    error: int | None


def split(*chunks: bytes, limit: int = 1 << 20) -> Outcome:
    splitter = FrameSplitter(limit)
    messages = [message for chunk in chunks for message in splitter.feed(chunk)]
    error = None if splitter.error is None else splitter.error.code
    return Outcome(messages, bytes(splitter.control), splitter.close, error)


def bytewise(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


PLAIN: dict[str, tuple[bytes, list[bytes], bytes]] = {
    "empty": (frame(b""), [b""], b""),
    "short": (frame(b"a" * 125), [b"a" * 125], b""),
    "16 bits": (frame(b"a" * 126) + frame(b"b" * 65535), [b"a" * 126, b"b" * 65535], b""),
    "64 bits": (frame(b"a" * 65536), [b"a" * 65536], b""),
    "16 bits for a short one": (b"\x81\x7e\x00\x01a", [b"a"], b""),
    "64 bits for a short one": (b"\x81\x7f" + (1).to_bytes(8) + b"a", [b"a"], b""),
    "binary": (frame(b"a", BINARY), [b"a"], b""),
    "ping": (frame(b"p", PING) + frame(b"a"), [b"a"], frame(b"p", PING)),
    "a pong that nobody asked for": (frame(b"a") + frame(b"p", PONG) + frame(b"b"), [b"a", b"b"], b""),
    "fragments": (frame(b"a", fin=False) + frame(b"", 0, fin=False) + frame(b"b", 0), [b"ab"], b""),
    "empty fragments": (frame(b"", fin=False) + frame(b"", 0), [b""], b""),
    "a ping between fragments": (
        frame(b"a", fin=False) + frame(b"p", PING) + frame(b"b", 0) + frame(b"c"),
        [b"ab", b"c"],
        frame(b"p", PING),
    ),
}


@pytest.mark.parametrize("case", PLAIN)
def test_whole_and_byte_by_byte_and_with_more_behind_it_are_the_same(case: str) -> None:
    data, messages, control = PLAIN[case]
    expected = Outcome(messages, control, None, None)
    assert split(data) == expected
    assert split(*bytewise(data[:3000]), data[3000:]) == expected
    assert split(data + frame(b"more")) == expected._replace(messages=[*messages, b"more"])


BROKEN: dict[str, tuple[bytes, int]] = {
    "masked": (b"\x81\x81aaaab", 1002),
    "a masked ping": (b"\x89\x80aaaa", 1002),
    "reserved bit 1": (b"\xc1\x00", 1002),
    "reserved bit 3": (b"\x91\x00", 1002),
    "reserved data opcode": (b"\x83\x00", 1002),
    "reserved control opcode": (b"\x8b\x00", 1002),
    "a ping of 126 bytes": (b"\x89\x7e\x00\x7e", 1002),
    "a close of 64 bits": (b"\x88\x7f" + (1).to_bytes(8), 1002),
    "a fragmented ping": (b"\x09\x00", 1002),
    "a continuation of nothing": (b"\x80\x00", 1002),
    "a message inside a message": (frame(b"a", fin=False) + frame(b"b"), 1002),
    "a fragmented one inside a message": (frame(b"a", fin=False) + frame(b"b", fin=False), 1002),
    "too long": (b"\x81\x7f" + ((1 << 20) + 1).to_bytes(8), 1009),
    "the largest length": (b"\x81\x7f\x7f" + b"\xff" * 7, 1009),
    "a length whose first bit is set": (b"\x81\x7f" + b"\xff" * 8, 1002),
    "too long in fragments": (frame(b"a" * (1 << 20), fin=False) + frame(b"b", 0), 1009),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_frame_has_its_code_and_hides_nothing_that_came_before(case: str) -> None:
    data, code = BROKEN[case]
    good = frame(b"good") + frame(b"p", PING)
    messages, control, close, error = expected = split(good + data + frame(b"behind"))
    assert (messages, close, error) == ([b"good"], None, code)
    assert control.startswith(frame(b"p", PING) + b"\x88")  # and a Close, for the library to answer
    assert code.to_bytes(2) in control
    assert split(good, data, frame(b"behind")) == expected
    if len(data) < 100:
        assert split(*bytewise(good + data), frame(b"behind")) == expected


@pytest.mark.parametrize("limit", [1 << 16, 1 << 20])
def test_a_message_of_exactly_the_limit_is_taken(limit: int) -> None:
    """The bulk path does not look at the limit: its frames have 65 535 bytes at most."""
    halves = (frame(b"b" * 500, fin=False), frame(b"c" * (limit - 500), 0))
    assert split(frame(b"a" * limit), *halves, limit=limit).error is None
    assert split(frame(b"a" * (limit + 1)), limit=limit).error == 1009
    assert split(frame(b"b" * 500, fin=False), frame(b"c" * (limit - 499), 0), limit=limit).error == 1009


CLOSES: dict[bytes, tuple[int, str]] = {
    b"": (1005, ""),
    b"\x03": (1002, "a close frame of one byte"),
    (1000).to_bytes(2): (1000, ""),
    (1008).to_bytes(2) + "Änderung".encode(): (1008, "Änderung"),
    (4999).to_bytes(2): (4999, ""),
    (4999).to_bytes(2) + b"\xff\xfe": (4999, "\ufffd\ufffd"),
    (4999).to_bytes(2) + b"bye\r\n\x1b[2J": (4999, "bye???[2J"),
    (1006).to_bytes(2): (1006, ""),
    (0).to_bytes(2) + b"zero": (0, "zero"),
    (65535).to_bytes(2): (65535, ""),
}
ANSWERABLE = {
    b"",
    (1000).to_bytes(2),
    (1008).to_bytes(2) + "Änderung".encode(),
    (4999).to_bytes(2),
    (4999).to_bytes(2) + b"bye\r\n\x1b[2J",
}


@pytest.mark.parametrize("payload", CLOSES)
def test_a_close_tells_its_code_and_ends_everything(payload: bytes) -> None:
    data = frame(b"last") + frame(payload, CLOSE)
    malformed = frame((1002).to_bytes(2) + b"a malformed close frame", CLOSE)
    answerable = frame(payload, CLOSE) if payload in ANSWERABLE else malformed
    expected = Outcome([b"last"], answerable, CLOSES[payload], None)
    assert split(data + frame(b"behind") + b"\xff") == expected
    assert split(*bytewise(data), frame(b"behind")) == expected


def test_of_pings_that_nobody_answers_a_bounded_number_is_kept_and_the_latest() -> None:
    pings = [frame(b"%125d" % number, PING) for number in range(2000)]
    most = MAX_CONTROL // 127
    assert split(b"".join(pings[:most])) == Outcome([], b"".join(pings[:most]), None, None)
    for number in (most + 1, 2000):
        flooded = split(*pings[:number], frame(b"a"))
        assert flooded == Outcome([b"a"], flooded.control, None, None)
        assert len(flooded.control) <= MAX_CONTROL
        assert flooded.control.endswith(pings[number - 1])


def test_a_message_in_tiny_fragments_takes_no_more_memory_than_its_length() -> None:
    tiny, size = frame(b"ab", 0, fin=False), 200_000
    splitter = FrameSplitter()
    tracemalloc.start()
    try:
        splitter.feed(frame(b"", fin=False) + tiny * 10)
        for _ in range(size // 1000):
            assert splitter.feed(tiny * 1000) == []
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert splitter.feed(frame(b"", 0)) == [b"ab" * (size + 10)]
    assert held < 2 * 2 * size


sizes = st.sampled_from([125, 126, 127, 300, 65535, 65536])
payloads = st.one_of(st.binary(max_size=8), sizes.map(lambda size: b"x" * size))
whole = st.tuples(payloads, st.sampled_from([TEXT, BINARY])).map(lambda pair: frame(*pair))
control = st.tuples(st.binary(max_size=125), st.sampled_from([PING, PONG])).map(lambda pair: frame(*pair))
middle = st.one_of(control, payloads.map(lambda each: frame(each, 0, fin=False)))
fragmented = st.tuples(payloads, st.lists(middle, max_size=4), payloads).map(
    lambda parts: frame(parts[0], fin=False) + b"".join(parts[1]) + frame(parts[2], 0)
)
broken = st.sampled_from([data for data, _ in BROKEN.values() if len(data) < 100])
streams = st.tuples(
    st.lists(st.one_of(whole, control, fragmented), max_size=6).map(b"".join),
    st.one_of(st.just(b""), broken, payloads.map(lambda each: frame(each[:125], CLOSE)), st.binary(max_size=20)),
).map(b"".join)


@given(streams, st.data())
def test_any_cut_of_the_same_bytes_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=20)))
    chunks = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert split(*chunks) == split(data)
    if len(data) < 1000:
        assert split(*bytewise(data)) == split(data)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_messages_or_one_error(data: bytes) -> None:
    outcome = split(data)
    assert outcome.error in {None, 1002, 1009}
    assert outcome == split(*bytewise(data))


def test_of_a_large_frame_in_small_pieces_no_byte_is_looked_at_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Joining what is there with each piece would make the cost grow with the square of the length."""
    looked_at: list[int] = []
    cut = FrameSplitter._split  # noqa: SLF001

    def counted(splitter: FrameSplitter, data: bytes, messages: list[bytes]) -> None:
        looked_at.append(len(data))
        cut(splitter, data, messages)

    monkeypatch.setattr(FrameSplitter, "_split", counted)
    data = frame(b"x" * (1 << 20))
    assert split(*(data[place : place + 300] for place in range(0, len(data), 300))).messages == [b"x" * (1 << 20)]
    assert sum(looked_at) <= len(data) + 2 * 300
