"""Real sockets that are written to at once: what they do not take goes out in its order."""

import anyio
import pytest

from krakenio.bytestream import ByteStream, Prompt
from tests.transport.peers import both_ends


async def receive(stream: ByteStream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += await stream.receive()
    return data


async def test_what_the_socket_does_not_take_goes_ahead_of_what_is_sent_next() -> None:
    """B4: a message counts as written when it is sent, so none of it may be lost."""
    near, far = await both_ends()
    assert isinstance(near, Prompt)
    sent: list[bytes] = []
    while near.is_writable():
        sent.append(b"%08d" % len(sent) * 1_000)
        near.send_nowait(sent[-1])
    whole = b"".join([*sent, b"next"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(near.send, b"next")
        assert await receive(far, len(whole)) == whole
    assert near.is_writable()
    near.abort()
    far.abort()
    await anyio.wait_all_tasks_blocked()


async def test_no_more_than_one_message_waits_until_the_socket_takes_it() -> None:
    """B3: what is given to the stream cannot be taken back, so a line that takes nothing is given nothing more."""
    near, far = await both_ends()
    assert isinstance(near, Prompt)
    sent = 0
    while near.is_writable():
        near.send_nowait(bytes(1_000))
        sent += 1
    near.abort()  # what the system has it still delivers
    arrived = 0
    while data := await far.receive():
        arrived += len(data)
    assert arrived >= (sent - 1) * 1_000
    far.abort()
    await anyio.wait_all_tasks_blocked()


async def test_a_stream_that_was_aborted_is_not_writable() -> None:
    near, far = await both_ends()
    assert isinstance(near, Prompt)
    near.abort()
    far.abort()
    assert not near.is_writable()
    await anyio.wait_all_tasks_blocked()


@pytest.mark.backends("trio")
async def test_a_full_socket_takes_nothing_and_keeps_all() -> None:
    near, far = await both_ends()
    assert isinstance(near, Prompt)
    while near.is_writable():
        near.send_nowait(bytes(10_000))
    near.send_nowait(b"")
    near._left = b""  # type: ignore[attr-defined]  # noqa: SLF001 - as if all had gone
    near.send_nowait(b"kept")
    assert not near.is_writable()
    near.abort()
    far.abort()
