"""Hear one WebSocket client: its frames go in, the methods that they call are run, refusals go back.

Every fault that strikes a WebSocket call before it is taken strikes here. Source: ws-v2-overview §2.
"""

from functools import partial

from krakenio.sim.clock import micros
from krakenio.sim.refusal import Refused
from krakenio.sim.wire import encode_reply
from krakenio.sim.ws import methods
from krakenio.sim.ws.calls import Call, check, read
from krakenio.sim.ws.client import Client

TRADING = ("add_order", "amend_order", "edit_order", "batch_add", "batch_cancel", "cancel_order", "cancel_all")


def heard(client: Client, text: str) -> None:
    """Take one frame of the client."""
    core = client.core
    now = core.clock()
    try:
        call = read(text, now)
    except Refused as refused:
        told = {"error": refused.error, "method": "error", "success": False}
        client.push(encode_reply({**told, "time_in": micros(now), "time_out": micros(now)}))
        return
    core.log(client.host, call.method, call.params, call.req_id)
    if wait := core.faults.seconds("hold", client.host, call.method):
        core.later(wait, partial(_handle, client, call), "sim: a call held back")
    else:
        _handle(client, call)


def _handle(client: Client, call: Call) -> None:
    """Do what a call asks; executions may overtake the reply to the order, as on the wire (ws-v2-private §2.8).

    What was held back until its client had gone is not done, but for orders: they are placed whoever hears of it.
    """
    if call.method not in TRADING:
        if not client.gone:
            _attempt(client, call)
    elif client.chance.choice((True, False)):
        with client.replying_first():
            _attempt(client, call)
    else:
        _attempt(client, call)


def _attempt(client: Client, call: Call) -> None:
    try:
        _run(client, call)
    except Refused as refused:
        client.refuse(call, refused)


def _run(client: Client, call: Call) -> None:
    if rule := client.core.faults.take("reject", client.host, call.method):
        raise Refused(str(rule.value))
    if call.method == "ping":
        methods.ping(client, call)
        return
    method = methods.METHODS.get(call.method)
    if method is None:
        raise Refused("Unsupported event")
    check(call)
    method(client, call)
