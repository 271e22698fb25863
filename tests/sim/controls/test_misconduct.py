"""Faults by seed, a clock that is wrong, and bytes in pieces: what a client sees, and that a seed replays."""

import anyio
import pytest

from krakenio.sim import Exchange
from krakenio.sim.controls.misconduct import FAULTS
from tests.sim.clients import RawSocket, private_token, raw_rest, raw_socket, still
from tests.sim.test_replay import replay
from tests.sim.traders import RESTING, status, trading


@pytest.mark.virtual
async def test_the_exchanges_clock_may_be_wrong_and_orders_expire_by_it() -> None:
    async with still(idle=1000) as exchange, trading(exchange) as trader:
        order_id = await trader.placed(time_in_force="gtd", expire_time="2026-11-23T00:01:00Z")
        begun = anyio.current_time()
        exchange.skew_clock(50)
        answer = await trader.ask("cancel_all_orders_after", timeout=0)
        assert answer["time_in"].startswith("2026-11-23T00:00:50")
        await anyio.sleep(11)
        assert (status(exchange, order_id), anyio.current_time() - begun < 12) == ("expired", True)
        exchange.skew_clock(-100)
        later = await trader.add(deadline="2026-11-23T00:00:30Z")
        assert later["error"] == "EGeneral:Invalid arguments:deadline"
        assert (await trader.add())["success"]


@pytest.mark.virtual
async def test_a_clock_that_jumps_gives_no_budget() -> None:
    async with still(tier="starter") as exchange, trading(exchange) as trader:
        for _ in range(60):
            await trader.add(validate=True)
        exchange.skew_clock(1000)
        assert (await trader.add(validate=True))["error"] == "EOrder:Rate limit exceeded"
        exchange.skew_clock(-2000)
        assert (await trader.add(validate=True))["error"] == "EOrder:Rate limit exceeded"


@pytest.mark.virtual
async def test_bytes_come_in_pieces_on_demand() -> None:
    async with still() as exchange, raw_socket(exchange) as socket:
        exchange.slice("ws", 3)
        assert len(await _pieces(socket)) > 5
        exchange.clear_faults()
        assert len(await _pieces(socket)) == 1


async def _pieces(socket: RawSocket) -> list[bytes]:
    """Ping, and return the bytes of the pong as they came."""
    await socket.send("ping")
    pieces: list[bytes] = []
    while not b"".join(pieces).endswith(b"}"):
        pieces.append(await socket.stream.receive())
    return pieces


@pytest.mark.virtual
@pytest.mark.parametrize("kind", FAULTS)
async def test_every_fault_can_be_drawn_and_is_lifted(kind: str) -> None:
    async with still(activity=5, markets=2, idle=10_000) as exchange:
        exchange.misbehave(seed=3, rate=2, kinds=[kind])
        async with raw_rest(exchange) as rest:
            with anyio.move_on_after(20):
                while True:
                    await anyio.sleep(1)
                    await _disturb(exchange)
        assert {each.kind for each in exchange.misdeeds} == {kind}
        exchange.behave()
        struck = len(exchange.misdeeds)
        await anyio.sleep(30)
        assert len(exchange.misdeeds) == struck > 2
        async with raw_rest(exchange) as rest:
            rest.nonce = 10**19
            assert (await rest.call("Balance"))["error"] == []


async def _disturb(exchange: Exchange) -> None:
    """Be a client that something can happen to, and bear it."""
    try:
        async with raw_socket(exchange) as socket:
            await socket.send("subscribe", channel="book", symbol=exchange.symbols)
            with anyio.move_on_after(0.5):
                while True:
                    await socket.receive_text()
    except (OSError, EOFError, AssertionError):
        return


async def record(seed: int) -> list[str]:
    """Return what a client hears that places orders while all goes wrong, and what went wrong."""
    heard: list[str] = []
    async with still(seed=seed, activity=10, markets=2, idle=10_000) as exchange:
        exchange.misbehave(seed=seed, rate=3)
        while exchange.clock.steady() < 60 * 10**9:
            try:
                token = await private_token(exchange)
                async with raw_socket(exchange, "ws_auth") as socket:
                    await _live(socket, token, heard)
            except (OSError, EOFError, AssertionError, KeyError, ValueError) as error:
                heard.append(type(error).__name__)
                await anyio.sleep(1)
        return heard + [f"misdeed {each.kind} at {each.time}" for each in exchange.misdeeds]


async def _live(socket: RawSocket, token: str, heard: list[str]) -> None:
    await socket.send("subscribe", channel="executions", token=token)
    for number in range(20):
        await socket.send("add_order", number, **RESTING, token=token)
        with anyio.move_on_after(2):
            while True:
                heard.append(await socket.receive_text())


@pytest.mark.parametrize("seed", range(4, 8))
def test_a_seed_misbehaves_the_same_each_time_on_both_loops(seed: int) -> None:
    first = replay("trio-virtual", seed, record)
    assert first == replay("trio-virtual", seed, record) == replay("asyncio-virtual", seed, record)
    assert len([each for each in first if each.startswith("misdeed")]) > 20


async def test_unknown_faults_are_refused_at_once() -> None:
    async with still() as exchange:
        with pytest.raises(ValueError, match="expected some of drop, close, freeze"):
            exchange.misbehave(kinds=["earthquake"])
        with pytest.raises(ValueError, match="expected some of"):
            exchange.misbehave(kinds=[])
