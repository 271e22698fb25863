"""Gates: closing one takes back what is queued and refuses what comes, in it and in those inside it."""

import pytest

from krakenio import GroupLeft, OrderNotSent, OrdersHalted
from krakenio.orders.intents.gates import Gate


class Queued:
    """A request that notes why it was taken back."""

    def __init__(self) -> None:
        self.why: OrderNotSent | None = None

    def withdraw(self, why: OrderNotSent) -> None:
        self.why = why


def test_an_open_gate_lets_through_and_notes_what_passes() -> None:
    noted: list[object] = []
    gate, queued = Gate(note=noted.append), Queued()
    gate.check()
    gate.enter(queued)
    assert noted == [queued]


def test_closing_takes_back_what_is_queued_and_not_what_has_passed() -> None:
    gate, queued, passed = Gate(), Queued(), Queued()
    for request in (queued, passed):
        gate.enter(request)
    gate.leave(passed)
    gate.close(why := GroupLeft("left"))
    assert (queued.why, passed.why) == (why, None)
    assert gate.closed_because is why


def test_whoever_comes_later_is_told_the_reason_in_an_exception_of_its_own() -> None:
    gate = Gate()
    gate.close(why := GroupLeft("left"))
    with pytest.raises(GroupLeft, match="left") as caught:
        gate.check("mine")
    assert caught.value is not why
    assert caught.value.cl_ord_id == "mine"


def test_an_outer_gate_closes_those_inside_it_and_an_inner_one_only_itself() -> None:
    session = Gate()
    outer = Gate(session)
    inner, queued = Gate(outer), Queued()
    inner.enter(queued)
    inner.close(GroupLeft("left"))
    outer.check()
    session.close(OrdersHalted("halted"))
    assert isinstance(queued.why, OrdersHalted)
    with pytest.raises(OrdersHalted):
        outer.check()
    with pytest.raises(GroupLeft):
        inner.check()
    session.open()
    outer.check()
