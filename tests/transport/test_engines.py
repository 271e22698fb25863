"""Both WebSocket engines against peers that behave, misbehave and end: in memory, time virtual."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import anyio
import pytest

from krakenio.bytestream import ByteStream, Prompt
from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.transport import WebSocket, open_websocket
from tests.transport.peers import URL, Peer, Script, frame, serving

pytestmark = pytest.mark.virtual
CLOSE, PING, PONG, TEXT = 8, 9, 10, 1
CHUNK = 200


async def stay(_peer: Peer) -> None:
    await anyio.sleep_forever()


async def until_the_end(script: Script) -> tuple[list[bytes], Disconnected]:
    """Receive everything; return it and how the socket ended."""
    messages: list[bytes] = []
    async with serving(script) as endpoints:
        try:
            async with open_websocket(URL, endpoints) as socket:
                while True:
                    messages += await socket.receive()
        except Disconnected as error:
            return messages, error
    raise AssertionError


async def refusal(script: Script) -> Disconnected:
    """Return why the upgrade failed."""
    messages, error = await until_the_end(script)
    assert messages == []
    return error


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 520, 530, 200, 301])
@pytest.mark.parametrize("body", ["none", "short", "endless", "late"])
async def test_a_refused_upgrade_tells_its_status_at_once(status: int, body: str) -> None:
    """G1, G2: 400, 401 and 404 are fatal, whatever follows the head of the answer."""
    length = {"none": b"0", "short": b"3"}.get(body, b"1000000")

    async def refuse(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(b"HTTP/1.1 %d No\r\nContent-Length: %s\r\n\r\n" % (status, length))
        if body == "short":
            await peer.stream.send(b"no!")
        while body == "endless":
            await peer.stream.send(b"no" * 1000)
        await anyio.sleep_forever() if body == "late" else None

    begun = anyio.current_time()
    error = await refusal(refuse)
    assert (error.code, error.fatal) == (status, status in {400, 401, 404})
    assert anyio.current_time() == begun


GARBAGE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "binary": bytes(range(256)),
    "bad header": b"HTTP/1.1 101 Switching Protocols\r\n: nothing\r\n\r\n",
    "no upgrade": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "wrong key": (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: x\r\n\r\n"
    ),
    "a header that is not ASCII": b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, \xff\r\n\r\n",
    "lines in LF alone, no upgrade": b"HTTP/1.1 101 Switching Protocols\n\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 101 Switching",
}


@pytest.mark.parametrize("answer", GARBAGE)
@pytest.mark.parametrize("ends", [True, False])
async def test_an_answer_that_is_no_upgrade_is_a_transient_end(answer: str, ends: bool) -> None:  # noqa: FBT001 -- a row
    """G2."""

    async def babble(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(GARBAGE[answer])
        if not ends:
            await anyio.sleep_forever()

    begun = anyio.current_time()
    error = await refusal(babble)
    assert not error.fatal
    assert anyio.current_time() - begun <= 10


ODD_HEADS: dict[str, Callable[[bytes], bytes]] = {
    "lines in LF alone": lambda head: head.replace(b"\r\n", b"\n"),
    "an empty line of LF alone": lambda head: head[:-2] + b"\n",
    "a later version": lambda head: head.replace(b"HTTP/1.1", b"HTTP/1.2"),
    "nothing agreed": lambda head: head[:-2] + b"Sec-WebSocket-Extensions:\r\nSec-WebSocket-Protocol: \r\n\r\n",
    "an interim answer before it": lambda head: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + head,
    "two Connection fields": lambda head: head.replace(b"Upgrade: w", b"Connection: Upgrade\r\nUpgrade: w").replace(
        b"\r\nConnection: Upgrade\r\nSec", b"\r\nConnection: keep-alive\r\nSec"
    ),
}


@pytest.mark.parametrize("odd", ODD_HEADS)
async def test_an_upgrade_may_be_answered_oddly(odd: str) -> None:
    """Where the head's end was not seen, the library and the session read the same stream, and messages were lost."""

    async def answer(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(ODD_HEADS[odd](peer.accept()) + frame(b"one"))
        await anyio.sleep(1)
        await peer.stream.send(frame(b"two") + frame(b"", CLOSE))

    with anyio.fail_after(5):
        messages, error = await until_the_end(answer)
    assert messages == [b"one", b"two"]
    assert error.code == 1005


async def test_endless_headers_are_cut_off() -> None:
    async def babble(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            await peer.stream.send(b"X-Header: yes\r\n" * 100)

    begun = anyio.current_time()
    assert not (await refusal(babble)).fatal
    assert anyio.current_time() == begun


async def test_an_upgrade_that_hangs_is_given_up_after_ten_seconds() -> None:
    """E3."""
    begun = anyio.current_time()
    assert "took more than 10 s" in str(await refusal(stay))
    assert anyio.current_time() - begun == pytest.approx(10)


async def test_messages_in_the_same_packet_as_the_upgrade_are_not_lost() -> None:
    answers: list[tuple[int, bytes]] = []

    async def greet(peer: Peer) -> None:
        halves = (frame(b"two", fin=False), frame(b"", PING), frame(b" halves", 0))
        await peer.open(frame(b"one"), *halves, frame(b"", CLOSE))
        answers.extend([await peer.next_frame(), await peer.next_frame()])

    messages, error = await until_the_end(greet)
    assert answers == [(PONG, b""), (CLOSE, b"")]
    assert messages == [b"one", b"two halves"]
    assert error.code == 1005


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 4000])
async def test_a_close_is_answered_and_tells_its_code(code: int) -> None:
    """G1, G2: 1008 alone is fatal."""
    answers: list[tuple[int, bytes]] = []

    async def close(peer: Peer) -> None:
        await peer.open(frame(b"last"), frame(code.to_bytes(2) + b"why", CLOSE))
        answers.append(await peer.next_frame())

    messages, error = await until_the_end(close)
    assert messages == [b"last"]
    assert (error.code, error.fatal, "why" in str(error)) == (code, code == 1008, True)
    assert answers[0][0] == CLOSE
    assert answers[0][1][:2] == code.to_bytes(2)


async def test_a_ping_and_a_close_in_one_read_are_both_answered_at_once() -> None:
    """G2: a ping that comes with the goodbye must not cost its answer, nor a second until the end is told."""
    answers: list[tuple[int, bytes]] = []

    async def leave(peer: Peer) -> None:
        await peer.open()
        await peer.stream.send(frame(b"last") + frame(b"z", PING) + frame((1012).to_bytes(2), CLOSE))
        answers.extend([await peer.next_frame(), await peer.next_frame()])

    begun = anyio.current_time()
    messages, error = await until_the_end(leave)
    assert (messages, error.code, anyio.current_time()) == ([b"last"], 1012, begun)
    assert answers == [(PONG, b"z"), (CLOSE, (1012).to_bytes(2))]


async def test_very_many_messages_of_one_read_are_taken_by_turns_and_whole_before_the_end() -> None:
    """D4: of frames without a byte a read may bring thousands, each of which costs an event."""
    payloads = [b"", b"x"] * 2500

    async def flood(peer: Peer) -> None:
        await peer.open(*map(frame, payloads), frame(b"\x03\xe9", CLOSE))
        await stay(peer)

    turns, batches = 0, list[tuple[int, list[bytes]]]()

    async def others() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with serving(flood) as endpoints, anyio.create_task_group() as tasks:
        async with open_websocket(URL, endpoints) as socket:
            await anyio.sleep(1)
            tasks.start_soon(others)
            while sum(len(batch) for _, batch in batches) < len(payloads):
                batches.append((turns, await socket.receive()))
            with pytest.raises(Disconnected, match="code 1001"):
                await socket.receive()
        tasks.cancel_scope.cancel()
    assert [message for _, batch in batches for message in batch] == payloads
    assert max(len(batch) for _, batch in batches) < 1000
    assert batches[-1][0] - batches[0][0] >= len(batches) // 2, "others have turns between, in trio's random order"


async def test_a_close_is_told_to_who_sends_as_to_who_receives() -> None:
    """G1: a writer that meets it first must not turn 1008 into something that passes."""

    async def close(peer: Peer) -> None:
        await peer.open(frame((1008).to_bytes(2), CLOSE))
        await peer.next_frame()

    async with serving(close) as endpoints, open_websocket(URL, endpoints) as socket:
        with pytest.raises(Disconnected) as received:
            await socket.receive()
        with pytest.raises(Disconnected) as sent:
            await socket.send(b"too late")
    assert [(each.value.code, each.value.fatal) for each in (received, sent)] == [(1008, True)] * 2


async def test_pings_are_answered_while_messages_blast_and_nobody_reads_them() -> None:
    """D4: the library's own task answers, whatever our consumer does."""
    answered: list[bytes] = []

    async def blast(peer: Peer) -> None:
        await peer.open()
        for number in range(50):
            await peer.stream.send(frame(b"x" * CHUNK) * 20 + frame(b"%d" % number, PING))
            opcode, payload = await peer.next_frame()
            assert opcode == PONG
            answered.append(payload)
        await anyio.sleep_forever()

    async with serving(blast) as endpoints, open_websocket(URL, endpoints) as socket:
        received = 0
        while received < 1000:
            received += len(await socket.receive())
            assert len(answered) >= received // 20 - 1
        await anyio.wait_all_tasks_blocked()
    assert answered == [b"%d" % number for number in range(50)]


class Slow:
    """A byte stream that takes a few bytes at a time, as a full socket does."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.receive, self.abort = stream.receive, stream.abort

    async def send(self, data: bytes) -> None:
        for place in range(0, len(data), 7):
            await anyio.sleep(0.001)
            await self._stream.send(data[place : place + 7])


async def test_a_pong_does_not_cut_into_a_message_that_is_half_sent() -> None:
    """A4: what the library answers and what the session's writer sends go out whole, one after the other."""
    heard: list[tuple[int, bytes]] = []

    async def ask(peer: Peer) -> None:
        await peer.open()
        for number in range(40):
            await peer.stream.send(frame(b"%d" % number, PING))
            heard.append(await peer.next_frame())
        await anyio.sleep_forever()

    async with serving(ask) as fast:
        reach = fast.dial
        assert reach is not None

        async def dial(host: str, port: int) -> ByteStream:
            return Slow(await reach(host, port))

        async with open_websocket(URL, replace(fast, dial=dial)) as socket, anyio.create_task_group() as tasks:
            tasks.start_soon(socket.receive)
            for number in range(10):
                await socket.send(b"%d" % number * 200)
            await anyio.sleep(5)
            tasks.cancel_scope.cancel()
    assert [text for opcode, text in heard if opcode == 1] == [b"%d" % number * 200 for number in range(10)]
    pongs = [text for opcode, text in heard if opcode == PONG]
    assert pongs == [b"%d" % number for number in range(30)]


async def test_a_message_goes_out_in_the_moment_in_which_it_is_sent_unless_another_is_being_written() -> None:
    """A4: what waits for a slow socket is not cut into, and not overtaken."""
    heard: list[tuple[int, bytes]] = []
    go, large = anyio.Event(), b"large" * 12_000

    async def listen(peer: Peer) -> None:
        await peer.open()
        await go.wait()
        while True:
            heard.append(await peer.next_frame())

    async with serving(listen) as endpoints, open_websocket(URL, endpoints) as socket:
        assert isinstance(socket, Prompt)
        assert socket.is_writable()
        for number in range(3):
            socket.send_nowait(b"%d" % number)
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(socket.send, large)
            await anyio.wait_all_tasks_blocked()
            assert not socket.is_writable()
            go.set()
        assert socket.is_writable()
        socket.send_nowait(b"last")
        await anyio.wait_all_tasks_blocked()
    assert [text for _, text in heard] == [b"0", b"1", b"2", large, large, b"last"]


def through(endpoints: Endpoints, wrap: Callable[[ByteStream], ByteStream]) -> Endpoints:
    """Return endpoints whose byte streams are wrapped."""
    reach = endpoints.dial
    assert reach is not None

    async def dial(host: str, port: int) -> ByteStream:
        return wrap(await reach(host, port))

    return replace(endpoints, dial=dial)


async def test_nothing_is_sent_at_once_after_a_goodbye_or_through_a_stream_that_waits() -> None:
    async def listen(peer: Peer) -> None:
        await peer.open()
        await anyio.sleep_forever()

    async with serving(listen) as endpoints, open_websocket(URL, endpoints) as socket:
        assert isinstance(socket, Prompt)
        with anyio.move_on_after(1):
            await socket.close()
        assert not socket.is_writable()

    async with serving(listen) as endpoints:
        async with open_websocket(URL, through(endpoints, Slow)) as socket:
            assert isinstance(socket, Prompt)
            assert not socket.is_writable()


async def test_a_message_that_breaks_the_stream_ends_the_connection() -> None:
    """B4: whoever sent it need not know; the reader tells."""
    go = anyio.Event()

    async def leave(peer: Peer) -> None:
        await peer.open()
        await go.wait()
        peer.stream.abort()

    async with serving(leave) as endpoints, open_websocket(URL, endpoints) as socket:
        assert isinstance(socket, Prompt)
        assert socket.is_writable()
        go.set()
        await anyio.wait_all_tasks_blocked()
        assert not socket.is_writable()
        socket.send_nowait(b"lost")
        with pytest.raises(Disconnected, match="the connection broke"):
            await socket.receive()


BROKEN = {
    "masked": (b"\x81\x81aaaab", 1002),
    "reserved bit": (b"\xc1\x01a", 1002),
    "reserved opcode": (b"\x83\x01a", 1002),
    "long ping": (b"\x89\x7e\x00\x80" + b"a" * 128, 1002),
    "fragmented ping": (b"\x09\x01a", 1002),
    "continuation": (b"\x80\x01a", 1002),
    "too long": (b"\x81\x7f" + (1 << 40).to_bytes(8), 1009),
}


class Full(Slow):
    """A byte stream that takes nothing at once, as a full socket does, but keeps it for the next `send`."""

    left = b""

    def is_writable(self) -> bool:
        return not self.left

    def send_nowait(self, data: bytes) -> None:
        self.left += data

    async def send(self, data: bytes) -> None:
        data, self.left = self.left + data, b""
        await super().send(data)


@pytest.mark.backends("trio-virtual")
async def test_what_a_full_socket_keeps_goes_out_though_nobody_sends_any_more() -> None:
    """A4: asyncio's transports do so by themselves."""
    heard: list[bytes] = []

    async def listen(peer: Peer) -> None:
        await peer.open()
        while True:
            heard.append((await peer.next_frame())[1])

    async with serving(listen) as endpoints:
        async with open_websocket(URL, through(endpoints, Full)) as socket:
            assert isinstance(socket, Prompt)
            for number in range(2):
                socket.send_nowait(b"%d" % number * 100)
                assert not socket.is_writable()
                await anyio.sleep(1)
                assert heard[-1] == b"%d" % number * 100
            assert socket.is_writable()
            socket.send_nowait(b"kept")
            await socket.send(b"overtakes nothing")
            await anyio.sleep(1)
    assert heard[2:] == [b"kept", b"overtakes nothing"]


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_no_frame_ends_the_connection_after_what_came_before(case: str) -> None:
    """And the peer is told what it did (RFC 6455 section 7.1.7)."""
    data, code = BROKEN[case]
    heard: list[tuple[int, bytes]] = []

    async def break_rules(peer: Peer) -> None:
        await peer.open(frame(b"good"), data)
        heard.append(await peer.next_frame())
        await anyio.sleep_forever()

    begun = anyio.current_time()
    messages, error = await until_the_end(break_rules)
    assert messages == [b"good"]
    assert (error.code, error.fatal) == (code, False)
    assert [(opcode, payload[:2]) for opcode, payload in heard] == [(CLOSE, code.to_bytes(2))]
    assert anyio.current_time() == begun


@pytest.mark.parametrize("payload", [b"x", (1006).to_bytes(2), (999).to_bytes(2), (1000).to_bytes(2) + b"\xff"])
async def test_a_malformed_close_is_answered_by_what_is_wrong(payload: bytes) -> None:
    heard: list[tuple[int, bytes]] = []

    async def close(peer: Peer) -> None:
        await peer.open(frame(b"good"), frame(payload, CLOSE))
        heard.append(await peer.next_frame())

    messages, error = await until_the_end(close)
    assert (messages, error.fatal) == ([b"good"], False)
    assert [(opcode, payload[:2]) for opcode, payload in heard] == [(CLOSE, (1002).to_bytes(2))]


async def test_a_server_that_leaves_without_a_word_is_an_abnormal_end() -> None:
    async def leave(peer: Peer) -> None:
        await peer.open(frame(b"good"), frame(b"half")[:3])

    messages, error = await until_the_end(leave)
    assert messages == [b"good"]
    assert (error.code, error.fatal) == (1006, False)


async def test_a_farewell_to_a_peer_that_hangs_up_does_not_wait() -> None:
    """E1."""

    async def hang_up(peer: Peer) -> None:
        await peer.open()
        await peer.next_frame()

    async with serving(hang_up) as endpoints, open_websocket(URL, endpoints) as socket:
        assert await seconds_to_close(socket) == 0


async def test_a_farewell_is_answered_by_a_polite_peer() -> None:
    """E1."""

    async def polite(peer: Peer) -> None:
        await peer.open()
        opcode, payload = await peer.next_frame()
        assert opcode == CLOSE
        await peer.stream.send(frame(payload, CLOSE))
        await anyio.sleep_forever()

    async with serving(polite) as endpoints, open_websocket(URL, endpoints) as socket:
        assert await seconds_to_close(socket) == 0


async def test_a_farewell_waits_for_the_peer_though_that_sends_pings_before_its_answer() -> None:
    """Of a ping behind our close frame the libraries would make an error, which cut the farewell short or hung it."""
    heard: list[tuple[int, bytes]] = []

    async def slow(peer: Peer) -> None:
        await peer.open()
        heard.append(await peer.next_frame())
        await peer.stream.send(frame(b"p", PING) * 3 + frame(b"late"))
        await anyio.sleep(0.5)
        await peer.stream.send(frame(b"p", PING) + frame(heard[0][1], CLOSE))
        await anyio.sleep_forever()

    with anyio.fail_after(5):
        async with serving(slow) as endpoints, open_websocket(URL, endpoints) as socket:
            assert await seconds_to_close(socket) == pytest.approx(0.5)
    assert heard == [(CLOSE, (1000).to_bytes(2))]


async def test_a_flood_of_pings_is_answered_up_to_the_last_and_hides_no_message() -> None:
    """RFC 6455 section 5.5.3: not each of them."""
    last = b""

    async def flood(peer: Peer) -> None:
        nonlocal last
        await peer.open()
        await peer.stream.send(frame(b"", PING) * 100_000 + frame(b"last", PING) + frame(b"text"))
        while last != b"last":
            _, last = await peer.next_frame()
        await peer.stream.send(frame(b"", CLOSE))

    messages, error = await until_the_end(flood)
    assert (messages, error.code, last) == ([b"text"], 1005, b"last")


async def seconds_to_close(socket: WebSocket) -> float:
    """Say goodbye while a reader is at work, as a session does; return how long that took."""

    async def read() -> None:
        with suppress(Disconnected):
            while True:
                await socket.receive()

    begun = -1.0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        begun = anyio.current_time()
        await socket.close()
    return anyio.current_time() - begun


async def test_a_peer_that_stops_reading_blocks_the_sender_only() -> None:
    """D4, rule 7: messages still arrive, and leaving the block takes no time."""

    async def deaf(peer: Peer) -> None:
        await peer.open()
        for _ in range(20):
            await anyio.sleep(1)
            await peer.stream.send(frame(b"tick"))
        await anyio.sleep_forever()

    async def talk(socket: WebSocket) -> None:
        while True:
            await socket.send(b"x" * 10_000)

    async with serving(deaf) as endpoints:
        begun = anyio.current_time()
        async with open_websocket(URL, endpoints) as socket, anyio.create_task_group() as tasks:
            tasks.start_soon(talk, socket)
            assert [message for _ in range(20) for message in await socket.receive()] == [b"tick"] * 20
            tasks.cancel_scope.cancel()
        assert anyio.current_time() - begun == pytest.approx(20)
