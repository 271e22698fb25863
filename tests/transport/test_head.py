"""Where the head of the answer to the upgrade ends, however it is cut and written."""

import pytest

from krakenio.transport.head import Answer, Head, HeadError

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
REFUSAL = b"HTTP/1.1 429 Too Many Requests\r\n\r\n"
EARLY = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

HEADS: dict[str, tuple[bytes, int, bytes]] = {
    "plain": (ANSWER, 101, ANSWER),
    "refused": (REFUSAL, 429, REFUSAL),
    "LF alone": (ANSWER.replace(b"\r\n", b"\n"), 101, ANSWER.replace(b"\r\n", b"\n")),
    "LF at the end": (ANSWER[:-2] + b"\n", 101, ANSWER[:-2] + b"\n"),
    "no reason": (b"HTTP/1.1 101\r\n\r\n", 101, b"HTTP/1.1 101\r\n\r\n"),
    "a later version": (b"HTTP/1.2 101 S\r\n\r\n", 101, b"HTTP/1.2 101 S\r\n\r\n"),
    "behind interim answers": (EARLY + ANSWER, 101, ANSWER),
    "refused behind interim answers": (EARLY + REFUSAL, 429, REFUSAL),
    "two fields of one name": (
        b"HTTP/1.1 101 S\r\nConnection: Upgrade\r\nX: a\r\n b\r\nconnection:keep-alive\r\n\r\n",
        101,
        b"HTTP/1.1 101 S\r\nX: a\r\n b\r\nConnection: Upgrade,keep-alive\r\n\r\n",
    ),
    "nothing agreed": (
        b"HTTP/1.1 101 S\r\nsec-websocket-extensions: \r\nConnection: Upgrade\r\nSec-WebSocket-Protocol:\r\n\r\n",
        101,
        b"HTTP/1.1 101 S\r\nConnection: Upgrade\r\n\r\n",
    ),
    "something agreed": (
        b"HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: x\r\n\r\n",
        101,
        b"HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: x\r\n\r\n",
    ),
}


def fed(*chunks: bytes) -> Answer | None:
    """Return what the chunks complete; the last one must."""
    head = Head()
    answers = [head.feed(chunk) for chunk in chunks]
    assert answers[:-1] == [None] * (len(chunks) - 1)
    return answers[-1]


@pytest.mark.parametrize("case", HEADS)
def test_whole_and_byte_by_byte_and_with_frames_behind_it_are_the_same(case: str) -> None:
    data, status, head = HEADS[case]
    assert fed(data) == Answer(status, head, b"")
    assert fed(*(data[place : place + 1] for place in range(len(data)))) == Answer(status, head, b"")
    assert fed(data + b"\x81\x00\r\n\r\n") == Answer(status, head, b"\x81\x00\r\n\r\n")


@pytest.mark.parametrize("data", [b"SSH-2.0", b"\r\n" + ANSWER, b"http/1.1 101 S", b"HTTP/2 101 S", b"\x15\x03\x03"])
def test_what_is_no_answer_is_known_by_its_beginning(data: bytes) -> None:
    with pytest.raises(HeadError, match="no HTTP"):
        Head().feed(data)


@pytest.mark.parametrize("status", [b"099", b"1010", b"10", b"abc", b""])
def test_a_status_has_three_digits(status: bytes) -> None:
    with pytest.raises(HeadError, match="no HTTP"):
        Head().feed(b"HTTP/1.1 " + status + b" S\r\n\r\n")


@pytest.mark.parametrize("piece", [b"X: yes\r\n", b"\r\nHTTP/1.1 102 Processing\r\n"])
def test_an_answer_without_an_end_is_given_up(piece: bytes) -> None:
    head = Head()
    with pytest.raises(HeadError, match="endless"):
        fed_for_ever(head, piece)


@pytest.mark.parametrize("size", [65536, 65537])
def test_a_head_of_64_kib_is_taken_and_no_larger_one_however_it_is_cut(size: int) -> None:
    data = EARLY + ANSWER.replace(b"\r\n\r\n", b"\r\nX: " + b"x" * (size - len(EARLY + ANSWER) - 5) + b"\r\n\r\n")
    assert len(data) == size
    for cut in (0, 1, 1000, 65535):
        head = Head()
        head.feed(data[:cut])
        if size == 65536:  # the last that is taken
            assert head.feed(data[cut:] + b"\x81\x00") is not None
        else:
            with pytest.raises(HeadError, match="endless"):
                head.feed(data[cut:] + b"\x81\x00")


def fed_for_ever(head: Head, piece: bytes) -> None:
    head.feed(b"HTTP/1.1 102 Processing\r\n")
    while head.feed(piece) is None:
        pass


@pytest.mark.parametrize(
    ("field", "wait"),
    [
        (b"Retry-After: 30", 30),
        (b"retry-after:7 ", 7),
        (b"Retry-After: Fri, 31 Dec 2026 23:59:59 GMT", 0),
        (b"Retry-After: -5", 0),
        (b"Retry-After: " + b"9" * 5000, 0),
        (b"X-Retry-After: 5", 0),
    ],
)
def test_a_refusal_says_for_how_long(field: bytes, wait: float) -> None:
    answer = fed(b"HTTP/1.1 503 Busy\r\n" + field + b"\r\n\r\n")
    assert answer is not None
    assert answer.wait == wait
