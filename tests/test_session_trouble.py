"""Contract G: what ends a session, what it lives through, and how it shows."""

# ruff: noqa: PT012 -- the block of a session is the statement that raises; one that is not entered fails the test:
# pyright: reportPossiblyUnboundVariable=false

import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import pytest

from krakenio import Gap, SessionOutage, SessionRefused, Stream, open_session
from krakenio.backoff import AFTER_MAINTENANCE, STABLE, Backoff, ConnectionBudget
from krakenio.endpoints import Endpoints
from krakenio.errors import Disconnected
from krakenio.events import ConnectionLost, Event, SubscriptionRepeated, SystemStatus, Undecodable
from krakenio.process import shared
from krakenio.sim import Exchange, open_exchange
from tests.sessions import SYMBOL, quiet, requests, session_on
from tests.test_virtual_day import busiest
from tests.transport.peers import Peer, serving
from tests.virtual import hold_up

virtual = pytest.mark.virtual
FATAL: dict[str, tuple[Callable[[Exchange], object], str]] = {
    **{
        f"upgrade {status}": (partial(Exchange.refuse, host="ws_auth", http_status=status, times=None), str(status))
        for status in (400, 401, 404)
    },
    **{
        error: (partial(Exchange.reject, method="GetWebSocketsToken", error=error, times=None), error)
        for error in (
            "EAPI:Invalid key",
            "EAPI:Invalid signature",
            "EGeneral:Permission denied",
            "EAuth:Account temporary disabled",
        )
    },
}
TRANSIENT: dict[str, Callable[[Exchange], object]] = {
    **{
        f"upgrade {status}": partial(Exchange.refuse, host="ws_auth", http_status=status, times=2)
        for status in (403, 429, 500, 502, 503, 520, 530)
    },
    **{
        error: partial(Exchange.reject, method="GetWebSocketsToken", error=error, times=4)
        for error in ("EService:Unavailable", "EService:Busy", "EAPI:Invalid nonce", "EAPI:Rate limit exceeded")
    },
    "lockout": lambda exchange: exchange.reject("GetWebSocketsToken", "EGeneral:Temporary lockout", times=1),
    "maintenance": lambda exchange: exchange.maintenance(),
}


async def events_of(stream: Stream[Event]) -> list[Event]:
    """Return what waits in the stream of events."""
    with anyio.move_on_after(0.001):
        return [event for event in await stream.take_batch() if not isinstance(event, Gap)]
    return []


@virtual
@pytest.mark.parametrize("case", FATAL)
async def test_what_no_repetition_heals_ends_the_session_at_the_next_connection(case: str) -> None:
    """G1: with one attempt, and the cause beside it."""
    trouble, text = FATAL[case]
    async with quiet() as exchange:
        with pytest.raises(SessionRefused, match=text) as caught:
            async with session_on(exchange):
                attempts = len(exchange.attempts)
                trouble(exchange)
                exchange.drop("ws_auth")
                await anyio.sleep(300)
        assert len(exchange.attempts) <= attempts + 3
    assert caught.value.__cause__ is not None


@virtual
@pytest.mark.parametrize("case", TRANSIENT)
async def test_what_passes_shows_in_health_and_events_and_never_in_the_body(case: str) -> None:
    """G2, G4."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        TRANSIENT[case](exchange)
        exchange.drop("ws_auth")
        await anyio.sleep(0.01)
        assert not session.health.ok
        await anyio.sleep(120)
        exchange.maintenance("online")
        await anyio.sleep(1000)
        assert session.health.ok
        assert session.health.links["ws_auth"].connects == 2
        assert any(isinstance(event, ConnectionLost) for event in await events_of(events))


@virtual
@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 1013, 4000])
async def test_every_close_code_but_policy_violation_passes(code: int) -> None:
    """G1, G2."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        exchange.close("ws_auth", code) if code != 1006 else exchange.drop("ws_auth")
        await anyio.sleep(100)
        assert session.health.ok
        lost = [event for event in await events_of(events) if isinstance(event, ConnectionLost)]
        assert [(event.link, event.code) for event in lost] == [("ws_auth", code)]


@pytest.mark.parametrize("hosts", [("rest",), ("ws_auth",), ("rest", "ws_auth")])
@pytest.mark.parametrize("wrong", ["certificate", "name"])
async def test_a_bad_certificate_is_fatal_at_once_wherever_it_is_met(hosts: tuple[str, ...], wrong: str) -> None:
    """G1: on real sockets; not a matter of ten seconds and a timeout."""
    async with open_exchange(activity=0, markets=1) as good, open_exchange(activity=0, markets=1) as other:
        source = other if wrong == "certificate" else good
        moved = {name: getattr(source.endpoints, name) for name in hosts}
        if wrong == "name":  # the same address, written otherwise
            moved = {name: url.replace("127.0.0.1", "127.1") for name, url in moved.items()}
        endpoints = replace(good.endpoints, **moved)
        with anyio.fail_after(5), pytest.raises(SessionRefused, match="certificate"):
            async with open_session(good.keys, endpoints=endpoints):
                raise AssertionError


@virtual
async def test_max_outage_ends_a_session_that_stays_without_connection() -> None:
    """G4."""
    async with quiet() as exchange:
        with pytest.raises(SessionOutage, match="for 60 s") as caught:
            async with session_on(exchange, max_outage=60):
                await anyio.sleep(100)
                begun = anyio.current_time()
                exchange.refuse("ws_auth", 503, times=None)
                exchange.drop("ws_auth")
                await anyio.sleep_forever()
        assert 60 <= anyio.current_time() - begun <= 60.1
    assert isinstance(caught.value.__cause__, Disconnected)


@virtual
async def test_without_max_outage_a_session_tries_for_ever_and_an_outage_that_ends_in_time_counts_for_nothing() -> None:
    """G4."""
    async with quiet() as exchange, session_on(exchange) as session, session_on(exchange, max_outage=400) as strict:
        for _ in range(3):
            exchange.refuse("ws_auth", 503, times=None)
            exchange.drop("ws_auth")
            await anyio.sleep(300)
            exchange.clear_faults()
            await anyio.sleep(100)
            assert session.health.ok
            assert strict.health.ok


@virtual
async def test_an_accept_then_close_server_meets_a_growing_back_off_and_the_budget() -> None:
    """G5, defect 13 of other clients: each success is too short to count, over two sessions."""
    async with quiet() as exchange, anyio.create_task_group() as tasks:

        async def close_everything() -> None:
            while True:
                await anyio.sleep(0.25)
                exchange.close(None, 1001)

        async def follow() -> None:
            async with open_session(endpoints=exchange.endpoints, clock=exchange.clock) as session:
                async with session.ticker(SYMBOL), session.trades(SYMBOL):
                    await anyio.sleep_forever()

        tasks.start_soon(follow)
        tasks.start_soon(follow)
        await anyio.sleep(1)
        tasks.start_soon(close_everything)
        await anyio.sleep(4000)
        moments = [attempt.time for attempt in exchange.attempts]
        assert busiest(moments, ConnectionBudget.WINDOW) <= ConnectionBudget.LIMIT
        last = [moment for moment in moments if moment > moments[-1] - 10**12]
        assert len(last) < 90  # 1000 s: 30 s on average, twice
        tasks.cancel_scope.cancel()


@virtual
async def test_the_budget_holds_over_many_sessions_of_equal_endpoints() -> None:
    """G5: Kraken counts addresses, not objects."""
    async with quiet() as exchange:
        for _ in range(130):
            endpoints = replace(exchange.endpoints)
            with anyio.move_on_after(1):
                async with open_session(endpoints=endpoints, clock=exchange.clock) as session, session.ticker(SYMBOL):
                    pass
            del endpoints
        moments = [attempt.time for attempt in exchange.attempts]
        assert busiest(moments, ConnectionBudget.WINDOW) <= ConnectionBudget.LIMIT


def test_the_budget_belongs_to_the_hosts_whatever_else_the_endpoints_say() -> None:
    """G5: another TLS context, and objects that are gone, are the same Kraken."""
    budget = shared(Endpoints(rest="https://budget.example")).budget
    assert shared(Endpoints(rest="https://budget.example", ssl_context=ssl.create_default_context())).budget is budget
    assert shared(Endpoints(rest="https://other.example")).budget is not budget


def test_the_back_off_grows_is_jittered_and_resets_after_a_stable_connection_only() -> None:
    """G5."""
    backoff = Backoff()
    assert [backoff.failed(1.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.lived(STABLE - 0.1)
    assert backoff.failed(0.5) == 30
    assert backoff.failed(0.0) == 0
    assert backoff.failed(0.0, least=5) == 5
    backoff.lived(STABLE)
    assert backoff.failed(1.0) == 1


def test_a_wall_clock_that_is_set_back_delays_by_ten_minutes_at_most() -> None:
    """G5."""
    budget, now = ConnectionBudget(), 10**18
    for _ in range(budget.LIMIT):
        budget.spend(now)
    assert budget.seconds_until_free(now) == 600
    assert budget.seconds_until_free(now - 10**15) <= 600
    assert budget.seconds_until_free(now + budget.WINDOW) == 0


@virtual
async def test_silence_of_more_than_five_seconds_means_reconnect() -> None:
    """G6: once something is subscribed; heartbeats are messages."""
    async with quiet() as exchange, session_on(exchange) as session, session.ticker(SYMBOL), session.events() as events:
        await anyio.sleep(600)
        assert session.health.links["ws"].connects == 1
        await events_of(events)
        begun = exchange.clock()
        exchange.freeze("ws", 30)
        await anyio.sleep(8)
        lost = [event for event in await events_of(events) if isinstance(event, ConnectionLost)]
        assert [event.link for event in lost] == ["ws"]
        assert 5 * 10**9 < lost[0].at - begun < 8 * 10**9
        await anyio.sleep(100)
        assert session.health.ok


@virtual
@pytest.mark.parametrize("seconds", [4, 7, 40])
async def test_a_program_that_holds_the_loop_up_loses_no_connection(seconds: float) -> None:
    """G6: silence counts while there is somebody to hear; after it the peer has its five seconds again."""
    async with quiet() as exchange, session_on(exchange) as session, session.ticker(SYMBOL):
        for _ in range(30):
            hold_up(seconds)
            await anyio.sleep(3)
        assert [link.connects for link in session.health.links.values()] == [1, 1]
        exchange.freeze("ws", 1000)
        hold_up(seconds)
        await anyio.sleep(8)
        assert session.health.links["ws"].state != "up"


@virtual
async def test_an_acknowledgement_without_its_snapshot_is_repeated() -> None:
    """G6: and one without an answer too."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        exchange.lose_replies(1, "subscribe", "ws_auth")
        async with session.balances() as balances:
            await balances.receive()
        repeated = [event for event in await events_of(events) if isinstance(event, SubscriptionRepeated)]
        assert [event.channel for event in repeated] == ["balances"]


POISON = [
    "",
    "null",
    "7",
    '"text"',
    "[]",
    "[" * 5000,
    "{",
    "not JSON",
    "\u0000",
    "{}",
    '{"channel": "unknown", "type": "update", "data": []}',
    '{"channel": 7}',
    '{"channel": null, "method": null}',
    '{"channel": "ticker"}',
    '{"channel": "ticker", "type": "update", "data": "text"}',
    '{"channel": "ticker", "type": "update", "data": [{"symbol": 7}]}',
    '{"channel": "ticker", "type": "strange", "data": []}',
    '{"channel": "executions", "type": "update", "data": []}',
    '{"channel": "executions", "type": "snapshot", "data": [{"exec_type": "new", "order_id": "O"}], "sequence": 0.5}',
    '{"channel": "balances", "type": "update", "data": [{}], "sequence": 99999}',
    '{"channel": "status", "data": []}',
    '{"channel": "status", "type": "update", "data": [{"system": "on_fire"}]}',
    '{"channel": "heartbeat", "surprise": 1}',
    '{"method": "subscribe"}',
    '{"method": "subscribe", "success": true, "req_id": 4096}',
    '{"method": "subscribe", "success": false, "error": "x", "req_id": "text"}',
    '{"method": "pong", "req_id": 1, "time_in": "yesterday", "time_out": "today"}',
    '{"method": "add_order", "success": true, "req_id": 1, "result": 7}',
    '{"method": "unheard_of", "success": true}',
    '{"error": "Malformed request", "success": false}',
    '{"error": "Malformed request", "method": "error", "success": false}',
    '{"channel": "book", "type": "update", "data": []}',
    '{"channel": "book", "type": "update", "data": [{"symbol": "BTC/USD", "bids": [{"price": 1e999}], "asks": []}]}',
    '{"channel": "trade", "type": "update", "data": [{"symbol": "BTC/USD", "price": "NaN"}]}',
]


@virtual
async def test_poison_is_counted_shown_and_survived() -> None:
    """G7: on both sockets, each frame alone and all at once."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        async with session.ticker(SYMBOL), session.trades(SYMBOL), session.book_updates(SYMBOL), session.balances():
            for frame in [*POISON, *POISON]:
                exchange.send_raw("ws", frame)
                exchange.send_raw("ws_auth", frame)
            for frame in POISON:
                exchange.send_raw(None, frame)
                await anyio.sleep(1)
            links = session.health.links
            assert [(link.connects, link.state) for link in links.values()] == [(1, "up")] * 2
            shown = [event for event in await events_of(events) if isinstance(event, Undecodable)]
            assert len(shown) == links["ws"].undecodable + links["ws_auth"].undecodable
            assert links["ws"].undecodable >= 3 * 13
            assert all("yesterday" not in event.reason for event in shown)
        async with session.ticker(SYMBOL) as ticker, session.balances() as balances:
            await ticker.receive()
            await balances.receive()


@virtual
async def test_a_complaint_of_any_length_is_shown_in_short_and_hides_the_token_first() -> None:
    """G7: events wait for whoever reads them, and a complaint may repeat what was sent."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        token = await session.token()
        exchange.send_raw("ws_auth", json.dumps({"error": "x" * 490 + token + "y" * 10_000}))
        await anyio.sleep(1)
        [reason] = [event.reason for event in await events_of(events) if isinstance(event, Undecodable)]
        assert len(reason) == 500
        assert reason.startswith("x" * 490)
        assert token[:5] not in reason


ODD_STATUS = {
    "seconds with a fraction": '"upcoming_maintenance": [{"event_id": 1, "time_to_start_s": 3600.5}], "emergency": []',
    "an announcement that is no list": '"upcoming_maintenance": null, "emergency": {}',
    "services as text": '"upcoming_maintenance": [{"affected_services": "all"}]',
    "steps as texts": '"emergency": [{"next_steps": ["restart"]}]',
    "a version as number": '"version": 2',
}


@virtual
@pytest.mark.parametrize("odd", ODD_STATUS.values(), ids=ODD_STATUS)
async def test_an_oddity_beside_the_state_of_the_engine_is_counted_and_costs_nothing_of_it(odd: str) -> None:
    """G7: `system` alone decides what the engine accepts, every other field of a status is optional."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        row = f'{{"system": "maintenance", {odd}}}'
        exchange.send_raw("ws_auth", f'{{"channel": "status", "type": "update", "data": [{row}]}}')
        await anyio.sleep(1)
        exchange.drop("ws_auth")
        await anyio.sleep(60)
        told = await events_of(events)
        states = [(event.link, event.system) for event in told if isinstance(event, SystemStatus)]
        assert states == [("ws_auth", "maintenance"), ("ws_auth", "online")]
        assert [event.channel for event in told if isinstance(event, Undecodable)] == ["status"]
        [lost] = [event for event in told if isinstance(event, ConnectionLost)]
        assert lost.retry_in >= AFTER_MAINTENANCE


@virtual
async def test_a_subscription_that_is_refused_for_good_is_fatal_for_executions_only() -> None:
    """G1: without executions no order is safe."""
    async with quiet() as exchange:
        exchange.reject("subscribe", "EGeneral:Permission denied", times=1, host="ws_auth")
        with pytest.raises(SessionRefused, match=r"executions.*Permission denied; the key needs to query orders"):
            async with session_on(exchange):
                raise AssertionError
        assert requests(exchange, "subscribe") == 1


@virtual
async def test_a_key_without_the_permission_for_a_token_is_told_which_it_lacks() -> None:
    async with quiet() as exchange:
        exchange.reject("GetWebSocketsToken", "EGeneral:Permission denied")
        with pytest.raises(SessionRefused, match="Permission denied; the key needs create-ws-token"):
            async with session_on(exchange):
                raise AssertionError


@virtual
@pytest.mark.parametrize(
    ("status", "asked", "waited"),
    [(503, 30, 30), (503, 10**8, 60), (429, 2, 2), (429, 480, 480), (429, 10**8, 600), (429, 0, 60), (403, 90, 90)],
)
async def test_a_server_that_says_when_to_come_back_is_left_alone_till_then(
    status: int, asked: int, waited: int
) -> None:
    """Not for as long as it likes: a session that stays away for years is dead. A ban is of 10 minutes (limits.md)."""

    async def busy(peer: Peer) -> None:
        await peer.read_request()
        await peer.stream.send(b"HTTP/1.1 %d Busy\r\nRetry-After: %d\r\n\r\n" % (status, asked))

    async with serving(busy) as endpoints, open_session(endpoints=endpoints) as session:
        async with session.events() as events, anyio.create_task_group() as tasks:
            tasks.start_soon(enter, session.ticker(SYMBOL))
            lost = await events.receive()
            tasks.cancel_scope.cancel()
    assert isinstance(lost, ConnectionLost)
    assert (lost.code, lost.retry_in) == (status, waited)


async def enter(stream: Stream[Any]) -> None:
    async with stream:
        raise AssertionError
