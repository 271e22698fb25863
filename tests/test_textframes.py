"""The loop that takes runs of text frames: compiled, it does to any bytes what it does in Python."""

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from krakenio.textframes import TakeRun, take_run_slowly
from tests.transport.peers import frame

FRAMES = st.lists(
    st.one_of(
        st.builds(frame, st.binary(max_size=300)),
        st.builds(frame, st.binary(max_size=130), st.sampled_from([0, 1, 2, 8, 9, 10]), fin=st.booleans()),
        st.sampled_from([b"\x81\x7e\x00\x01a", b"\x81\x7f" + (3).to_bytes(8) + b"abc", b"\x81\x81maskx", b"\xc1\x01a"]),
        st.binary(max_size=8),
    )
).map(b"".join)


@pytest.fixture(scope="module")
def compiled(native: ModuleType) -> TakeRun:
    take: TakeRun = native.take_run
    return take


@given(data=FRAMES, cut=st.integers(0, 50), start=st.integers(0, 20))
@example(data=frame(b"a" * 65_535) + frame(b"b" * 126), cut=0, start=0)
@example(data=frame(b"ab") * 5, cut=1, start=4)
def test_it_takes_of_any_bytes_what_python_takes(compiled: TakeRun, data: bytes, cut: int, start: int) -> None:
    whole = data[: max(0, len(data) - cut)]
    fast, slow = [b"before"], [b"before"]
    assert compiled(whole, start, fast) == take_run_slowly(whole, start, slow)
    assert fast == slow


@pytest.mark.parametrize(
    "arguments",
    [(), (b"",), (b"", 0), (b"", 0, [], 0), ("text", 0, []), (bytearray(9), 0, []), (b"", "0", []), (b"", -1, [])],
)
def test_wrong_arguments_raise(compiled: Callable[..., object], arguments: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, ValueError)):
        compiled(*arguments)


def test_a_list_that_is_none_raises_and_leaves_nothing_behind(compiled: Callable[..., object]) -> None:
    with pytest.raises((TypeError, SystemError)):
        compiled(frame(b"abc"), 0, ())
    assert compiled(b"\x8a\x00\x00\x00", 0, ()) == 0, "nothing to append, so nothing is looked at"
