"""The WebSocket token: single flight, refreshed in time, one forced refresh, and never seen anywhere."""

# ruff: noqa: PT012 -- the block of a session is the statement that raises

import logging
from collections.abc import Awaitable, Callable
from traceback import format_exception
from typing import Any

import anyio
import pytest

from krakenio import KrakenError, SessionRefused
from krakenio.endpoints import PRODUCTION
from krakenio.errors import TransportError, api_error
from krakenio.events import ConnectionLost, Event, TokenFetched, TokenTrouble
from krakenio.links.context import Context
from krakenio.links.token import Token
from krakenio.messages import Reply
from krakenio.messages.replies import Result
from krakenio.messages.secrets import without
from krakenio.models import WebSocketsToken
from krakenio.process import shared
from tests.opened import RESTING, row
from tests.scripted import Half
from tests.sessions import SYMBOL, quiet, requests, session_on

pytestmark = pytest.mark.virtual
LIFETIME, MARGIN = 900, 60.0


class Desk:
    """Give out tokens, after so many seconds, or fail with what is in `errors` first."""

    def __init__(self, seconds: float = 1.0, errors: list[KrakenError] | None = None) -> None:
        self.asked: list[float] = []
        self.events: list[Event] = []
        self.seconds = seconds
        self.errors = errors or []
        self.open = 0
        budget, spawned = shared(PRODUCTION).budget, list[object]()
        spawn: Any = spawned.append
        context: Any = Context(PRODUCTION, None, float, lambda: 0, Half(), budget, self.events.append, spawn)  # type: ignore[arg-type]
        self.token = Token(self.fetch, MARGIN, context)

    async def fetch(self) -> WebSocketsToken:
        self.asked.append(anyio.current_time())
        self.open += 1
        assert self.open == 1, "single flight"
        number = len(self.asked)
        try:
            await anyio.sleep(self.seconds)
        finally:
            self.open -= 1
        if self.errors:
            raise self.errors.pop(0)
        return WebSocketsToken(token=f"secret {number}", expires=LIFETIME)


async def with_desk(desk: Desk, body: Callable[[], Awaitable[None]]) -> None:
    """Run the refresh task beside the body, within a day."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.token.run)
        await body()
        tasks.cancel_scope.cancel()


async def test_all_who_wait_share_one_fetch() -> None:
    desk, got = Desk(), list[str]()

    async def get() -> None:
        got.append(await desk.token.get())

    async def body() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(get)

    await with_desk(desk, body)
    assert got == ["secret 1"] * 20
    assert len(desk.asked) == 1


async def test_it_is_fetched_anew_a_margin_before_it_expires() -> None:
    desk = Desk()
    begun = anyio.current_time()

    async def body() -> None:
        await anyio.sleep(3 * LIFETIME)

    await with_desk(desk, body)
    assert [moment - begun for moment in desk.asked] == pytest.approx([0, 840, 1680, 2520])


async def test_a_fetch_that_began_before_an_invalidation_does_not_count() -> None:
    """Defect 20 of other clients."""
    desk = Desk(seconds=10)

    async def body() -> None:
        await anyio.sleep(5)
        desk.token.invalidate()
        assert await desk.token.get() == "secret 2"
        desk.token.invalidate()
        assert desk.token.last is None
        assert await desk.token.get() == "secret 3"
        await anyio.sleep(100)

    await with_desk(desk, body)
    assert len(desk.asked) == 3
    assert desk.token.fetched == 2


async def test_an_invalidation_in_the_pause_after_a_failure_causes_no_second_fetch() -> None:
    desk = Desk(errors=[TransportError("down", endpoint="token", ambiguous=False)])

    async def body() -> None:
        await anyio.sleep(1.1)
        desk.token.invalidate()
        assert await desk.token.get() == "secret 2"
        await anyio.sleep(100)

    await with_desk(desk, body)
    assert len(desk.asked) == 2


async def test_a_server_that_asks_to_be_left_alone_is_asked_for_a_token_no_sooner() -> None:
    desk = Desk(errors=[TransportError("busy", endpoint="token", ambiguous=False, wait=40.0)])

    async def body() -> None:
        assert await desk.token.get() == "secret 2"

    await with_desk(desk, body)
    assert desk.asked[1] - desk.asked[0] == desk.seconds + 40


async def test_who_wants_a_token_that_expired_during_an_outage_waits_without_spinning() -> None:
    """G3: degraded until the service is back; a busy loop would stop the virtual clock for ever."""
    busy = api_error("EService:Busy")
    desk = Desk()

    async def body() -> None:
        await desk.token.get()
        desk.errors.extend([busy] * 40)
        await anyio.sleep(LIFETIME + 100)
        assert desk.token.current() is None
        assert desk.token.trouble is busy
        with anyio.fail_after(4000):
            assert (await desk.token.get()).startswith("secret")
        assert desk.token.trouble is None

    with anyio.fail_after(10_000):
        await with_desk(desk, body)
    assert len(desk.asked) == 42
    assert sum(isinstance(event, TokenTrouble) for event in desk.events) == 40


@pytest.mark.parametrize("error", ["EService:Unavailable", "EAPI:Rate limit exceeded", "EGeneral:Temporary lockout"])
async def test_a_failed_refresh_leaves_the_session_degraded_and_working(error: str) -> None:
    """G3: until a reconnect needs the token."""
    async with quiet() as exchange, session_on(exchange) as session, session.balances() as balances:
        await balances.receive()
        exchange.reject("GetWebSocketsToken", error, times=None)
        await anyio.sleep(870)
        assert error in (session.health.token_trouble or "")
        assert not session.health.ok
        assert session.health.links["ws_auth"].state == "up"
        exchange.drop("ws_auth")
        await anyio.sleep(10)
        assert session.health.links["ws_auth"].state == "connecting"
        exchange.clear_faults()
        await anyio.sleep(1000)
        assert session.health.ok
        assert session.health.links["ws_auth"].connects == 2


@pytest.mark.parametrize("error", ["EAPI:Invalid key", "EAPI:Invalid signature", "EGeneral:Permission denied"])
async def test_a_refresh_that_fails_for_good_ends_the_session(error: str) -> None:
    """G1, G3."""
    async with quiet() as exchange:
        with pytest.raises(SessionRefused, match=error) as caught:
            async with session_on(exchange):
                exchange.reject("GetWebSocketsToken", error, times=None)
                await anyio.sleep(870)
    assert error in str(caught.value.__cause__)


async def test_every_reconnect_of_the_private_socket_takes_a_new_token_and_one_of_the_public_takes_none() -> None:
    async with quiet() as exchange, session_on(exchange) as session, session.ticker(SYMBOL):
        for count in range(1, 6):
            exchange.drop("ws")
            await anyio.sleep(70)
            assert exchange.tokens_issued == count
            exchange.drop("ws_auth")
            await anyio.sleep(70)
            assert exchange.tokens_issued == count + 1
        assert session.health.ok


async def test_an_invalid_session_at_a_subscription_is_healed_by_one_forced_refresh() -> None:
    """G2: the engine no longer knows the token, and nothing else tells us so."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        exchange.expire_token()
        async with session.balances() as balances:
            await balances.receive()
        assert exchange.tokens_issued == 2
        assert requests(exchange, "GetWebSocketsToken") == 2
        assert session.health.ok
        seen = [type(await events.receive()) for _ in range(3)]
    assert seen[0] is ConnectionLost
    assert seen.count(TokenFetched) == 1


async def everything_said(caplog: pytest.LogCaptureFixture, tokens: list[str]) -> str:
    """Run a session through all kinds of trouble, and collect every text that it lets out."""
    said: list[object] = []
    async with quiet(token_lifetime=100.0) as exchange:
        tokens += [exchange.keys.api_key]
        try:
            async with session_on(exchange, refresh_margin=10.0) as session, session.events() as events:
                said += [session, session.orders, session.rest]
                steps = (exchange.drop, exchange.expire_token, lambda: exchange.close("ws_auth", 1012), lambda: None)
                for step in steps:
                    tokens.append(await session.token())
                    said += [session.health, vars(session), vars(session)["_token"]]
                    exchange.send_raw("ws_auth", f'{{"token": "{tokens[-1]}", "channel": 7}}')
                    exchange.send_raw("ws_auth", f'{{"error": "bad", "channel": "x", "token": "{tokens[-1]}"')
                    step()
                    async with session.balances() as balances:
                        said.append(await balances.receive())
                    await anyio.sleep(120)
                exchange.reject("GetWebSocketsToken", "EAPI:Invalid key", times=None)
                while True:
                    said.append(await events.receive())
        except KrakenError as error:
            while error is not None:
                said += [error, error.__dict__, error.args, getattr(error, "__notes__", [])]
                error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return "\n".join(map(repr, said)) + "\n".join(map(str, said)) + caplog.text


async def test_no_token_and_no_key_is_ever_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Defect 17 of other clients: repr, log, exceptions, health and events are searched for every token there was."""
    caplog.set_level(logging.DEBUG)
    tokens: list[str] = []
    said = await everything_said(caplog, tokens)
    assert len(set(tokens)) >= 5
    assert "ConnectionLost" in said
    assert "Undecodable" in said
    assert [token for token in tokens if token in said] == []


async def test_a_token_that_a_refusal_repeats_shows_nowhere() -> None:
    """Kraken's complaint may hold the whole request."""
    async with quiet() as exchange, session_on(exchange) as session, session.events() as events:
        token = session._token.last  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert token
        told = f'EGeneral:Invalid arguments:{{"token":"{token}","n":1}}'
        for method in ("add_order", "batch_add", "subscribe"):
            exchange.reject(method, told, times=None)
        caught = [await refused(session.orders.add(**RESTING)), await refused(opened(session.balances()))]
        caught.append(await refused(session.orders.batch_add(symbol=SYMBOL, orders=[row(), row()])))
        await anyio.sleep(1)
        shown = [*map(repr, await events.take_batch()), *caught]
    assert [text for text in shown if token in text] == []
    assert [text for text in shown if "<token>" in text]


@pytest.mark.parametrize("fatal", [False, True])
async def test_a_token_that_the_end_of_a_connection_or_an_odd_frame_repeats_shows_nowhere(fatal: bool) -> None:  # noqa: FBT001
    async with quiet() as exchange:
        session, shown, token = session_on(exchange), list[str](), "none"
        try:
            async with session as s, s.events() as events, s.balances():
                token = await s.token()
                exchange.send_raw("ws_auth", f'{{"error":"no such token: {token}"}}')
                exchange.close("ws_auth", 1008 if fatal else 1012, f"bad: {token}")
                await anyio.sleep(5)
                shown += map(repr, await events.take_batch())
        except KrakenError as error:
            shown += "".join(format_exception(error)), repr(error)
    assert [text for text in shown if token in text] == []
    assert len([text for text in shown if "<token>" in text]) >= 1 + fatal


async def test_a_token_that_advice_repeats_shows_nowhere() -> None:
    advice = Reply("add_order", success=True, result=Result(order_id="O", warnings=["why send abc twice", "and def"]))
    assert without(advice, ["abc", "def"]).row.warnings == ["why send <token> twice", "and <token>"]
    assert without(advice, ["ghi"]) is advice


async def refused(call: Awaitable[object]) -> str:
    """Return all that the caller is told."""
    with pytest.raises(KrakenError) as caught:
        await call
    return "".join(format_exception(caught.value)) + repr(caught.value)


async def opened(stream: Any) -> None:
    async with stream:
        raise AssertionError
