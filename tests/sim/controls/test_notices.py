"""What is announced stands in `status` and over REST, from the first announcement on."""

import anyio
import pytest

from tests.sim.clients import Frame, RawSocket, raw_rest, raw_socket, still

HOSTS = ("ws", "ws_auth", "ws_l3")


async def status(socket: RawSocket) -> Frame:
    row: Frame = (await socket.channel("status"))["data"][0]
    return row


@pytest.mark.virtual
@pytest.mark.parametrize("host", HOSTS)
async def test_a_maintenance_is_announced_with_both_arrays_and_ends_with_empty_ones(host: str) -> None:
    async with still() as exchange, raw_socket(exchange, host) as socket:
        exchange.maintenance("cancel_only")
        assert not {"upcoming_maintenance", "emergency"} & (await status(socket)).keys()
        number = exchange.announce_maintenance(3600, 600, order_submission="discouraged", cancel_before=3000)
        row = await status(socket)
        assert (row["system"], row["emergency"]) == ("cancel_only", [])
        (event,) = row["upcoming_maintenance"]
        assert (event["event_id"], event["time_to_start_s"], event["phase"]) == (number, 3600, "reminder_24h")
        assert (event["expected_start_utc"], event["expected_end_utc"]) == (
            "2026-11-23T01:00:00Z",
            "2026-11-23T01:10:00Z",
        )
        assert (event["order_submission"], event["cancel_before_utc"]) == ("discouraged", "2026-11-23T00:50:00Z")
        exchange.withdraw(number)
        row = await status(socket)
        assert (row["upcoming_maintenance"], row["emergency"]) == ([], [])


@pytest.mark.virtual
async def test_the_phase_of_an_announcement_follows_the_clock() -> None:
    async with still() as exchange:
        exchange.announce_maintenance(100_000)
        phases = [(100_000, "announced"), (80_000, "reminder_24h"), (1800, "approaching_30m"), (300, "imminent_5m")]
        for left, phase in [*phases, (30, "final_warning_30s")]:
            await anyio.sleep(100_000 - left - anyio.current_time())
            async with raw_rest(exchange) as rest:
                (event,) = (await rest.get("/0/public/SystemStatus"))["result"]["upcoming_maintenance"]
            assert (round(event["time_to_start_s"], -1), event["phase"]) == (left, phase)


@pytest.mark.virtual
async def test_an_emergency_tells_when_services_are_expected_back() -> None:
    async with still() as exchange, raw_socket(exchange) as socket, raw_rest(exchange) as rest:
        exchange.announce_emergency(restart_in=60)
        row = await status(socket)
        (incident,) = row["emergency"]
        assert (incident["incident_status"], incident["impact"]) == ("investigating", "major")
        (step,) = incident["next_steps"]
        assert (step["type"], step["expected_at_utc"]) == ("expected_restart", "2026-11-23T00:01:00Z")
        assert (await rest.get("/0/public/SystemStatus"))["result"]["emergency"] == row["emergency"]
        exchange.announce_emergency("Delayed funding")
        assert [each["next_steps"] for each in (await status(socket))["emergency"]] == [[step], []]


@pytest.mark.virtual
async def test_the_schedule_looks_further_ahead_than_the_status() -> None:
    async with still() as exchange, raw_rest(exchange) as rest:
        later, sooner = exchange.announce_maintenance(100 * 3600), exchange.announce_maintenance(3600)
        events = (await rest.get("/0/public/MaintenanceSchedule"))["result"]["events"]
        assert [event["event_id"] for event in events] == [sooner, later]
        upcoming = (await rest.get("/0/public/SystemStatus"))["result"]["upcoming_maintenance"]
        assert [event["event_id"] for event in upcoming] == [sooner]
