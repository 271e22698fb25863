"""A body is read within a bound, and is what its head promised or an error."""

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio.rest.bodies import Body, BodyError, UnwantedError


def read(coding: str, chunks: list[bytes], limit: int = 1000) -> bytes:
    body = Body(coding, limit)
    for chunk in chunks:
        if not body.feed(chunk):
            break
    return body.finish()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


CODINGS = st.sampled_from(["", "identity", "gzip", "x-gzip"])


@given(st.binary(max_size=1000), st.lists(st.integers(0, 2000), max_size=5), CODINGS)
def test_any_cut_of_the_same_bytes_gives_the_same_body(data: bytes, places: list[int], coding: str) -> None:
    sent = gzip.compress(data) if "gzip" in coding else data
    assert read(coding, cut(sent, places)) == data


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.lists(st.integers(0, 2000), max_size=5))
def test_a_body_may_be_of_several_members_with_padding_and_whatever_follows(
    pieces: list[bytes], places: list[int]
) -> None:
    sent = b"\0".join(gzip.compress(piece) for piece in pieces)
    for behind in (b"", b"\0\0", b"\0no member\x1f\x8b"):
        assert read("gzip", cut(sent + behind, places)) == b"".join(pieces)


@pytest.mark.parametrize(
    ("coding", "sent", "told"),
    [
        ("br", b"", "not asked for"),
        ("", b"x" * 1001, "too long"),
        ("gzip", gzip.compress(b"x" * 1001, mtime=0), "too long"),
        ("gzip", gzip.compress(b"x" * 1_000_000, mtime=0), "too long"),
        ("gzip", gzip.compress(b"x" * 100, mtime=0)[:-1], "cut off"),
        ("gzip", b"<html>", "damaged"),
        ("gzip", gzip.compress(b"x" * 700, mtime=0) * 2, "too long"),
        ("gzip", gzip.compress(b"x" * 100, mtime=0) + gzip.compress(b"y", mtime=0)[:-1], "cut off"),
        ("gzip", gzip.compress(b"x" * 100, mtime=0) + b"\x1f\x8c" + bytes(9), "damaged"),
    ],
)
def test_a_body_that_breaks_its_promise_is_an_error(coding: str, sent: bytes, told: str) -> None:
    for chunks in ([sent], [sent[:7], sent[7:]], [sent, b""]):
        with pytest.raises(BodyError, match=told):
            read(coding, chunks)


def test_nothing_more_is_kept_once_a_body_is_too_long() -> None:
    body = Body("", 10)
    assert [body.feed(b"x" * 8), body.feed(b"x" * 8), body.feed(b"x" * 8)] == [True, False, False]
    assert body.fault == "is too long"


def test_an_empty_body_may_claim_to_be_compressed() -> None:
    assert read("gzip", []) == b""


class Kept:
    """Take a long body, up to so many bytes."""

    def __init__(self, most: int = 1_000) -> None:
        self.data = b""
        self._most = most

    def begin(self, content_type: str, length: int | None) -> bool:  # noqa: ARG002 - the protocol's signature
        return True

    def write(self, data: bytes) -> bool:
        self.data += data
        return len(self.data) < self._most


def test_a_long_body_that_was_cut_off_is_told_too() -> None:
    sink = Kept()
    body = Body("gzip", sink=sink)
    assert body.feed(gzip.compress(b"report", mtime=0)[:-1])
    with pytest.raises(BodyError, match="cut off"):
        body.finish()
    assert sink.data == b"report"


def test_a_body_that_nobody_takes_any_more_is_read_no_further_nor_asked_for_again() -> None:
    sink = Kept(most=4)
    body = Body("", sink=sink)
    assert body.feed(b"rep")
    assert not body.feed(b"ort")
    assert not body.feed(b"s")
    with pytest.raises(UnwantedError):
        body.finish()
    assert sink.data == b"report"
