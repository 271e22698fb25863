"""The bugs that the tests must catch: each is a change of a few words, and names the tests that notice it.

Planted into a copy of the source by `test_planted`. Where a place has moved, move the row with it.
"""

from dataclasses import dataclass

Edit = tuple[str, str]
"""What stands there, once in the file, and what the bug makes of it."""


@dataclass(frozen=True)
class Bug:
    """One bug: `edits` by file of the source, `tests` as pytest's `-k` chooses them from the file `noticed_by`."""

    edits: dict[str, list[Edit]]
    noticed_by: str
    tests: str


def bug(file: str, there: str, instead: str, noticed_by: str, tests: str) -> Bug:
    """Make a bug of one change."""
    return Bug({file: [(there, instead)]}, noticed_by, tests)


INTENT, OUTBOX, LEDGER = "orders/intents/intent.py", "links/outbox.py", "orders/resolving/ledger.py"
CANCELS, SHARED = "orders/resolving/cancelledger.py", "orders/resolving/sharedreading.py"
SWEEP, OUTCOMES = "orders/intents/test_sweep.py", "orders/intents/test_outcomes.py"
RESOLVING = "orders/resolving/test_resolving.py"
REPLIES = "orders/intents/test_replies.py"
SWITCH = "orders/switches/test_switch.py"
GROUPS, MEMBERS = "orders/groups/test_groups.py", "orders/groups/test_group_members.py"
ANYWHERE = "test_an_add_cancelled_anywhere_tells_the_truth"

BUGS = {
    "A3: a cancel is swallowed": bug(
        INTENT,
        "        finally:\n            self._gate.leave(self)",
        "        except anyio.get_cancelled_exc_class():\n            pass\n"
        "        finally:\n            self._gate.leave(self)",
        SWEEP, f"{ANYWHERE} and idle",
    ),
    "A3: cleanup awaits": bug(
        INTENT,
        "            self._leave(request)\n",
        "            await anyio.lowlevel.checkpoint()\n            self._leave(request)\n",
        SWEEP, f"{ANYWHERE} and behind",
    ),
    "A6: an entry is left in the outbox": bug(
        OUTBOX,
        "if self._unanswered.pop(request.req_id, None) is None:",
        "if self._unanswered.get(request.req_id) is None:",
        SWEEP, f"{ANYWHERE} and contended",
    ),
    "B3: a frame is sent after its caller was cancelled": bug(
        OUTBOX,
        "        del (self._paced if request.paced else self._urgent)[request.req_id]\n",
        "",
        OUTCOMES, "test_a_cancelled_order_that_is_still_queued_never_goes_out",
    ),
    "B3: what is sent is told not sent": bug(
        INTENT,
        "if request.give_up() and not",
        "if (request.give_up() or True) and not",
        SWEEP, f"{ANYWHERE} and idle",
    ),
    "B3: a request counts as written after its bytes": Bug(
        {
            OUTBOX: [("        request.waiter.written()\n        return request", "        return request")],
            "links/connection.py": [("send(request.frame)\n", "send(request.frame); request.waiter.written()\n")],
        },
        SWEEP, f"{ANYWHERE} and back-pressured",
    ),
    "B6: a late reply is dropped": bug(
        OUTBOX,
        "(request.req_id, None) is not None:\n            self._keep(request)",
        "(request.req_id, None) is not None:\n            pass",
        OUTCOMES, "test_a_late_reply_updates",
    ),
    "B7: a lost connection tells that nothing was written": bug(
        OUTBOX,
        "request.waiter.lost(written=True)",
        "request.waiter.lost(written=False)",
        OUTCOMES, "test_a_lost_connection_tells_the_queued_from_the_written",
    ),
    "B8: the deadline is not waited for": bug(
        INTENT,
        "while self.outcome is Outcome.UNKNOWN and (seconds",
        "while False and (seconds",
        RESOLVING, "test_an_order_that_comes_to_rest_later_is_found",
    ),
    "B8: the closed orders are not looked at": bug(
        LEDGER,
        "self._own(intent, closed.closed)",
        "self._own(intent, {})",
        RESOLVING, "test_an_order_that_is_closed_already_is_found",
    ),
    "B8: an add that is on its way counts as gone": bug(
        CANCELS, "        for add in adds:", "        for add in []:",
        "orders/resolving/test_cancelledger.py", "on_its_way_is_not_gone",
    ),
    "B8: what the tables do not list yet counts as gone": bug(
        CANCELS, "return Outcome.ACKED if await", "return Outcome.ACKED if True or await",
        "orders/resolving/test_cancelledger.py", "not_in_the_tables",
    ),
    "B8: any edit of the order counts": bug(
        "orders/resolving/verdicts.py",
        "return Verdict(Outcome.NOT_ACCEPTED)\n    executed",
        "pass\n    executed",
        RESOLVING, "test_an_edit_is_not_taken_for_another_one",
    ),
    "B9: the deadline is in our time": bug(
        "links/context.py",
        "return steady + self.skew.offset",
        "return self.clock()",
        "orders/intents/test_scopes.py", "test_the_deadline_is_what_the_callers_scopes_leave",
    ),
    "B9: what waits for its turn is sent however late": bug(
        INTENT,
        "- self._road.least if self._timed",
        "+ REPLY_WITHIN if self._timed",
        "orders/intents/test_scopes.py", "test_an_order_that_waits_until_too_little_time_is_left",
    ),
    "B10: an id is sent twice": bug(
        "orders/desk.py",
        "if used is not None:",
        "if used is not None and False:",
        "orders/intents/test_identity.py", "test_an_id_is_not_sent_twice",
    ),
    "B11: all orders of a batch that was taken are taken": bug(
        "orders/batch/legs.py",
        "            self.refused(self.refusal(row.error))",
        "            self.accept(acknowledged_row(row))",
        "orders/test_changing.py", "test_b11_a_batch_has_an_outcome_for_each_order",
    ),
    "B11: a row of a batch decides the order in its place, whichever it names": bug(
        "orders/batch/legs.py",
        'legs = [by_name.get(same_form(row.cl_ord_id or "")) for row in rows]',
        "legs = [*self.legs][: len(rows)]",
        REPLIES, "test_a_row_decides_the_order_that_it_names",
    ),
    "B4: an answer without a reason refuses": bug(
        "messages/replies.py",
        "return self.error or None",
        'return self.error or "no reason"',
        REPLIES, "test_a_reply_that_does_not_say_that_an_order_was_refused",
    ),
    "C1: the lanes of one key do not wait for each other": bug(
        "rest/lane.py",
        "async with self._lock:",
        "if self is not None:",
        "rest/test_pacing.py", "test_two_clients_of_one_key",
    ),
    "C3: a write is repeated": bug(
        "rest/client.py",
        "if not call.repeatable:",
        "if not call.path:",
        "rest/test_retries.py", "test_c3_a_write_is_sent_once",
    ),
    "C4: a broken answer is told not sent": bug(
        "orders/sending/roads.py",
        "intent.failed(outcome, written=written)",
        "intent.failed(outcome, written=False)",
        "orders/sending/test_over_rest.py", "test_what_was_written_and_not_answered_is_unknown",
    ),
    "D2: an item is taken before a wait": bug(
        "streams/stream.py",
        '"""Wait for the next item; raises `StreamClosed` when none will come any more."""\n',
        '"""Take it first."""\n        if early := self._intake.items and self._take():\n'
        "            await anyio.lowlevel.checkpoint()\n            return early\n",
        "streams/test_reading.py", "test_cancelling_a_read_anywhere",
    ),
    "D3: a lost connection shows no gap": bug(
        "subscriptions/wanted.py",
        "                tell_gap(wire, gap)\n",
        "                pass\n",
        "streams/test_reading.py", "test_a_reconnect_shows_before_any_later_item",
    ),
    "D5: a book is served while it is stale": bug(
        "books/kept.py",
        "        if self._stale is not None:",
        "        if self._stale is not None and False:",
        "streams/test_books.py", "test_a_lost_connection_makes_books_stale",
    ),
    "F1: what the body raised is wrapped": bug(
        "tasks.py",
        "    if left is not None:\n        raise left",
        "    if left is not None:\n        raise BaseExceptionGroup('', [left])",
        "test_lifetime.py", "test_what_the_body_raises_leaves_bare",
    ),
    "G2: a token is used again after a reconnect": bug(
        "links/link.py",
        "            self._token.invalidate()",
        "            pass",
        "test_token.py", "test_every_reconnect_of_the_private_socket_takes_a_new_token",
    ),
    "H1: the switch stands in line": bug(
        "orders/sending/asking.py",
        "answer, first=True)",
        "answer)",
        SWITCH, "test_it_goes_ahead_of_other_requests",
    ),
    "H2: an error disarms the switch": bug(
        "orders/switches/deadman.py",
        "        if error is not None:\n            self._abandon()\n            return\n",
        "",
        SWITCH, "test_any_other_exit_leaves_it_armed",
    ),
    "H3: nobody hears that the switch is late": bug(
        "orders/switches/deadman.py",
        "            self._tell_late()\n",
        "            self.late = True\n",
        SWITCH, "test_the_user_hears_before_it_fires",
    ),
    "I1: a cancelled block leaves its orders": bug(
        "orders/groups/group.py",
        "        leaving.send()\n        if self._desk",
        "        await anyio.lowlevel.checkpoint()\n        leaving.send()\n        if self._desk",
        GROUPS, "test_a_cancelled_block_cancels_its_orders_too",
    ),
    "I2: Ctrl-C hides what may be open": bug(
        "orders/groups/group.py",
        "        except BaseException as error:  # noqa: BLE001 - as above: Ctrl-C must not hide what may be open\n"
        "            cancels.insert(0, error)\n",
        "",
        "orders/groups/test_group_struck.py", "test_ctrl_c_while_a_group_is_left_has_the_note",
    ),
    "I2: REST's count of cancelled orders is trusted": bug(
        "orders/groups/groupcancels.py",
        "return cancelled.count > 0 and not cancelled.pending",
        "return cancelled.count > 0",
        GROUPS, "test_a_cancel_that_rest_has_only_taken_confirms_nothing",
    ),
    "I3: an unknown order counts as gone": bug(
        "orders/groups/leaving.py",
        "        if intent.outcome is Outcome.UNKNOWN:\n            return False",
        "        if intent.outcome is Outcome.UNKNOWN:\n            return True",
        MEMBERS, "test_an_unknown_order_counts_as_unconfirmed",
    ),
    "I4: a group that is left takes orders": bug(
        "orders/groups/group.py",
        "        self._gate.close(GroupLeft(_BEING_LEFT))\n",
        "",
        MEMBERS, "test_no_order_can_be_added_to_a_group_that_is_being_left",
    ),
    "the kill switch forgets what is on its way": Bug(
        {"orders/switches/halting.py": [
            (" and not any(self._desk.undecided())", ""), ("= not any(self._desk.undecided()), None", "= True, None"),
        ]},
        "orders/test_changing.py", "test_an_edit_that_is_on_its_way_may_still_become_an_order",
    ),
    "the kill switch confirms by a cancel that came too early": bug(
        "orders/switches/halting.py",
        "return settled and (self._is_clear() or",
        "return self._is_clear() or (settled and",
        "orders/switches/test_halting.py", "test_it_confirms_by_a_cancel_of_all_that_follows_each_answer",
    ),
    "B8: an add without a final answer counts as open for ever": bug(
        INTENT,
        "self._desk.hold(self, self.seconds_until_deadline(MARGIN))",
        "self._desk.hold(self, 1e9)",
        "orders/switches/test_halting.py", "test_an_add_whose_answer_decides_nothing",
    ),
    "B8: what was read before an order was decided tells of it": bug(
        SHARED,
        "return reading.began_ns + self._context.skew.offset >= decided_ns + MARGIN * 1e9",
        "return True",
        "orders/resolving/test_survey.py", "test_what_was_read_too_early",
    ),
    "B8: what was read before a cancel was decided tells of it": bug(
        SHARED,
        "return reading.began_ns + self._context.skew.offset >= decided_ns + MARGIN * 1e9",
        "return True",
        "orders/resolving/test_resolving_together.py", "test_what_was_read_before_a_cancel_was_sent",
    ),
    "B8: what was read before an order came tells that it is gone": bug(
        CANCELS,
        " and not targets.among(table.coming)",
        "",
        "orders/resolving/test_resolving_together.py", "test_what_was_read_before_an_order_could_come",
    ),
    "D3: a missed fill goes by the clock alone": bug(
        "orders/account/interleaving.py",
        "order.clamp(bisect_left(latest, time), row)",
        "bisect_left(latest, time)",
        "executions/test_interleaving.py", "test_fills_of_one_order_go_by_their_numbers",
    ),
    "the kill switch fills the counter of calls": bug(
        "orders/sending/asking.py",
        "if anyio.current_time() < self._rest_after:",
        "if not params is not None:",
        "orders/switches/test_halting.py", "test_while_kraken_refuses_it_leaves_room",
    ),
}  # fmt: skip
