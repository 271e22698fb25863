"""Keep a WebSocket client's connection alive, or end it: nothing comes in, heartbeats and a close frame go out.

Source: ws-v2-overview §4.2 (heartbeat), §5 (idle and empty connections).
"""

import anyio

from krakenio.sim.ws.client import Client

HEARTBEAT = b'{"channel":"heartbeat"}'


async def pulse(client: Client) -> None:
    """Send heartbeats into silence, and close a connection that is idle or has no business being open."""
    while True:
        await anyio.sleep_until(_next_deadline(client))
        now = anyio.current_time()
        if now >= _end(client):
            client.websocket.close(1000)
            return
        if client.beating and now >= client.websocket.sent + client.core.timing.heartbeat:
            client.push(HEARTBEAT)


def _next_deadline(client: Client) -> float:
    pause, now = client.core.timing.heartbeat, anyio.current_time()
    beat = client.websocket.sent + pause
    return min(_end(client), beat if beat > now else now + pause)


def _end(client: Client) -> float:
    """Return when the connection ends if nothing else happens."""
    idle = client.websocket.received + client.core.timing.idle
    empty = client.core.timing.unsubscribed
    if client.host != "ws_auth" or empty is None or client.sequences:
        return idle
    return min(idle, max(client.opened, client.websocket.received) + empty)
