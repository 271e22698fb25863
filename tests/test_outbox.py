"""The outbox is the border between "not sent" and "unknown": a request can be withdrawn until the writer takes it."""

from functools import partial

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import recent
from krakenio.errors import DecodeError
from krakenio.links.outbox import BURST, PACE, Outbox, Request
from krakenio.messages import Reply, encode
from tests.injection import Injection, sweep

pytestmark = pytest.mark.virtual


class Hearing:
    """A waiter that remembers what it was told."""

    def __init__(self, expected: int = 1) -> None:
        self.told: list[str] = []
        self.expected = expected

    def written(self) -> None:
        self.told.append("written")

    def answered(self, reply: Reply) -> bool:
        self.told.append(f"answered {reply.error or 'well'}")
        self.expected -= 1
        return self.expected == 0

    def lost(self, *, written: bool) -> None:
        self.told.append("lost written" if written else "lost unwritten")


def request(req_id: int, *, paced: bool = False, expected: int = 1) -> tuple[Request, Hearing]:
    hearing = Hearing(expected)
    return Request(req_id, encode("add_order", None, req_id), hearing, paced=paced), hearing


def reply(req_id: int | None, error: str | None = None) -> Reply:
    return Reply("add_order", error is None, req_id, error)


async def test_a_request_withdrawn_before_the_writer_takes_it_is_never_written() -> None:
    """B3."""
    box, (first, heard), (second, _) = Outbox(), request(1), request(2)
    box.put(first)
    box.put(second)
    assert first.give_up()
    assert (await box.take()) is second
    assert heard.told == []
    assert not first.give_up()  # only the one who took it back may say "not sent"
    box.close()
    assert heard.told == []


async def test_a_request_that_the_writer_took_can_not_be_withdrawn() -> None:
    """B3, B4: it counts as written before its first byte is."""
    box, (taken, heard) = Outbox(), request(1)
    box.put(taken)
    await box.take()
    assert heard.told == ["written"]
    assert not taken.give_up()
    assert box.counts() == (0, 0, 1)
    assert box.answer(reply(1))
    assert heard.told == ["written", "answered well"]
    assert box.counts() == (0, 0, 0)


@pytest.mark.parametrize(
    ("asked", "told", "success"),
    [
        ("add_order", "amend_order", True),
        ("add_order", "amend_order", False),
        ("add_order", "add_order ", True),
        ("add_order", "pong", None),
        ("add_order", "error", True),
        ("add_order", "subscribe", False),
        ("cancel_all_orders_after", "cancel_all", True),
        ("cancel_all", "cancel_all_orders_after", True),
        ("ping", "error", True),
        ("unsubscribe", "subscribe", True),
        ("subscribe", "unsubscribe", False),
    ],
)
async def test_a_reply_of_another_method_answers_nobody(asked: str, told: str, success: bool | None) -> None:  # noqa: FBT001
    box, heard = Outbox(), Hearing()
    box.put(Request(7, encode(asked, None, 7), heard))
    await box.take()
    with pytest.raises(DecodeError, match="another method's request"):
        box.answer(Reply(told, success, 7))
    assert box.counts() == (0, 1, 0)
    assert box.answer(Reply(asked, True, 7))
    assert heard.told == ["written", "answered well"]


@pytest.mark.parametrize(
    ("asked", "told", "success"),
    [
        ("ping", "pong", None),
        ("ping", "ping", False),
        ("add_order", "error", False),  # what could not be read (captured 2026-01)
        ("unsubscribe", "subscribe", False),  # `Subscription Not Found` (docs/assumptions.md)
    ],
)
async def test_a_reply_in_a_name_that_kraken_gives_the_method_is_its_own(
    asked: str, told: str, success: bool | None  # noqa: FBT001
) -> None:
    box, heard = Outbox(), Hearing()
    box.put(Request(7, encode(asked, None, 7), heard))
    await box.take()
    assert box.answer(Reply(told, success, 7))


async def test_orders_go_out_ahead_of_subscriptions_and_each_kind_in_its_order() -> None:
    box = Outbox()
    for req_id in range(6):
        box.put(request(req_id, paced=req_id % 2 == 0)[0])
    assert [(await box.take()).req_id for _ in range(6)] == [1, 3, 5, 0, 2, 4]


async def test_subscriptions_are_paced_after_a_burst_and_orders_are_not() -> None:
    box, begun, sent = Outbox(), anyio.current_time(), list[float]()
    for req_id in range(BURST + 5):
        box.put(request(req_id, paced=True)[0])
    for _ in range(BURST + 5):
        await box.take()
        sent.append(anyio.current_time() - begun)
    assert sent[:BURST] == pytest.approx([0.0] * BURST, abs=0.001)
    assert sent[BURST:] == pytest.approx([PACE * number for number in range(1, 6)], abs=0.001)
    box.put(request(98, paced=True)[0])
    box.put(request(99)[0])
    before = anyio.current_time()
    assert (await box.take()).req_id == 99
    assert anyio.current_time() == before


async def test_an_idle_time_gives_no_more_than_one_burst() -> None:
    box = Outbox()
    await anyio.sleep(1000)
    for req_id in range(2 * BURST):
        box.put(request(req_id, paced=True)[0])
    begun = anyio.current_time()
    for _ in range(2 * BURST):
        await box.take()
    assert anyio.current_time() - begun == pytest.approx(BURST * PACE, abs=0.001)


async def test_an_order_wakes_a_writer_that_waits_for_the_pace() -> None:
    box, taken = Outbox(), list[int]()
    for req_id in range(BURST + 1):
        box.put(request(req_id, paced=True)[0])
    for _ in range(BURST):
        await box.take()

    async def write() -> None:
        taken.append((await box.take()).req_id)

    begun = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        await anyio.lowlevel.checkpoint()
        box.put(request(99)[0])
    assert taken == [99]
    assert anyio.current_time() == begun


async def test_a_reply_that_nobody_waits_for_is_nobodys() -> None:
    box = Outbox()
    assert not box.answer(reply(7))
    assert not box.answer(reply(None))


async def test_a_request_of_many_replies_is_done_with_the_last() -> None:
    """Defect 6: several answers with one `req_id`."""
    box, (many, heard) = Outbox(), request(1, expected=3)
    box.put(many)
    await box.take()
    assert [box.answer(reply(1)) for _ in range(4)] == [True, True, True, False]
    assert len(heard.told) == 4
    assert box.counts() == (0, 0, 0)


async def test_a_lost_connection_tells_the_unwritten_from_the_written() -> None:
    """B7."""
    box = Outbox()
    (queued, unsent), (paced, slow), (written, waits), (abandoned, gone) = (
        request(1), request(2, paced=True), request(3), request(4),
    )  # fmt: skip
    for each in (abandoned, written):
        box.put(each)
        await box.take()
    abandoned.give_up()
    box.put(queued)
    box.put(paced)
    box.close()
    assert unsent.told == slow.told == ["lost unwritten"]
    assert waits.told == gone.told == ["written", "lost written"]
    assert box.counts() == (0, 0, 0)
    assert not queued.give_up()
    assert not written.give_up()
    assert box.counts() == (0, 0, 0)


async def test_what_waits_for_a_late_reply_is_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """B6."""
    monkeypatch.setattr(recent, "KEPT", 20)
    box = Outbox()
    hearings = [await abandoned(box, req_id) for req_id in range(50)]
    assert box.counts() == (0, 0, 20)
    assert not box.answer(reply(29))
    assert box.answer(reply(30))
    assert hearings[30].told[-1] == "answered well"


async def test_what_waits_for_a_late_reply_is_bounded_in_time() -> None:
    """B6."""
    box = Outbox()
    await abandoned(box, 1)
    await anyio.sleep(601)
    await abandoned(box, 2)
    assert box.counts() == (0, 0, 1)


async def test_requests_that_nobody_gives_up_do_not_pile_up_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """A6: a subscription that is repeated because no reply came leaves its first request behind."""
    monkeypatch.setattr(recent, "KEPT", 20)
    box = Outbox()
    for req_id in range(50):
        box.put(request(req_id, paced=True)[0])
        await box.take()
    assert sum(box.counts()) == 20


async def abandoned(box: Outbox, req_id: int) -> Hearing:
    given_up, heard = request(req_id)
    box.put(given_up)
    await box.take()
    assert not given_up.give_up()
    return heard


async def test_a_cancelled_writer_has_either_taken_a_request_or_left_it() -> None:
    """B3: at no checkpoint of `take` can a request be marked as written and then be dropped."""

    async def universe(inject: Injection) -> None:
        box, (waiting, heard) = Outbox(), request(1, paced=True)
        box._paced_until = anyio.current_time() + PACE * BURST  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(put_later, box, waiting))
            taken = (await inject(box.take)).value
            assert (taken is waiting) == (heard.told == ["written"]) == (waiting.state == "written")

    assert await sweep(universe) >= 2


async def put_later(box: Outbox, waiting: Request) -> None:
    await anyio.lowlevel.checkpoint()
    box.put(waiting)


STEPS = st.lists(st.tuples(st.sampled_from(["put", "pace", "take", "give up", "answer"]), st.integers(0, 9)))


@given(steps=STEPS)
async def test_whatever_happens_everyone_is_told_just_that(steps: list[tuple[str, int]]) -> None:
    """B2 to B6: against a dictionary that says where each request is."""
    model = Model()
    for step, number in steps:
        await model.do(step, number)
        model.check()


class Model:
    """Do the same to an outbox and to a dictionary."""

    def __init__(self) -> None:
        self.box = Outbox()
        self.where: dict[int, str] = {}
        self.made: list[tuple[Request, Hearing]] = []

    async def do(self, step: str, number: int) -> None:
        """Take one step, on the request that a number means if there is one."""
        if step in {"put", "pace"}:
            self.put(paced=step == "pace")
        elif step == "take" and "queued" in self.where.values():
            self.moved((await self.box.take()).req_id, "queued", "written")
        elif step in {"give up", "answer"} and self.made:
            self.end(step, self.made[number % len(self.made)][0])

    def put(self, *, paced: bool) -> None:
        """Queue one more."""
        self.made.append(request(len(self.made), paced=paced))
        self.where[len(self.made) - 1] = "queued"
        self.box.put(self.made[-1][0])

    def end(self, step: str, each: Request) -> None:
        """Give a request up, or answer it."""
        if step == "give up":
            if each.give_up():
                self.moved(each.req_id, "queued", "withdrawn")
            else:
                assert self.where[each.req_id] != "queued"
        elif self.box.answer(reply(each.req_id)):
            self.moved(each.req_id, "written", "answered")
        else:
            assert self.where[each.req_id] != "written"

    def moved(self, req_id: int, start: str, end: str) -> None:
        """Note that a request went from one place to another."""
        assert self.where[req_id] == start
        self.where[req_id] = end

    def check(self) -> None:
        """Compare."""
        told = {"queued": [], "withdrawn": [], "written": ["written"], "answered": ["written", "answered well"]}
        places = list(self.where.values())
        assert [heard.told for _, heard in self.made] == [told[place] for place in places]
        queued, waited_for, kept = self.box.counts()
        assert (queued, waited_for + kept) == (places.count("queued"), places.count("written"))


class Sent(list[bytes]):
    """Remember what a waiter had been told when the first message was sent."""

    def __init__(self, heard: Hearing) -> None:
        super().__init__()
        self.heard, self.heard_before = heard, list[str]()

    def append(self, item: bytes) -> None:
        self.heard_before = list(self.heard.told)
        super().append(item)


class Socket:
    """A socket that takes what is sent at once, or not."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.free = True

    def is_writable(self) -> bool:
        return self.free

    def send_nowait(self, data: bytes) -> None:
        self.sent.append(data)


async def test_a_request_goes_at_once_where_the_socket_takes_it() -> None:
    """B3, B4: then it was written, and nobody can take it back."""
    socket = Socket()
    box, (sent, heard) = Outbox(socket), request(1)
    box.put(sent)
    assert (socket.sent, heard.told) == ([sent.frame], ["written"])
    assert not sent.give_up()
    assert box.answer(reply(1))
    assert heard.told == ["written", "answered well"]
    assert box.counts() == (0, 0, 0)


async def test_a_request_counts_as_written_before_its_first_byte() -> None:
    """B3."""
    socket = Socket()
    box, (sent, heard) = Outbox(socket), request(1)
    socket.sent = told = Sent(heard)
    box.put(sent)
    assert told.heard_before == ["written"]


async def test_no_request_overtakes_those_that_wait_for_the_writer() -> None:
    socket = Socket()
    box, (first, _), (second, _), (urgent, _) = Outbox(socket), request(1), request(2), request(3)
    socket.free = False
    box.put(first)
    socket.free = True
    box.put(second)
    box.put(urgent, first=True)
    assert socket.sent == []
    assert [(await box.take()).req_id for _ in range(3)] == [3, 1, 2]


async def test_subscriptions_keep_their_pace_though_the_socket_takes_them_at_once() -> None:
    socket = Socket()
    box, (paced, heard), (order, _) = Outbox(socket), request(1, paced=True), request(2)
    box.put(paced)
    box.put(order)
    assert (socket.sent, heard.told) == ([order.frame], [])
    assert (await box.take()) is paced
