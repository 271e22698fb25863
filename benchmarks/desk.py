"""Answer order requests on a loopback port as Kraken does: `python -m benchmarks.desk SECONDS [CERTIFICATE KEY]`.

Out comes its port. One process, blocking sockets, one thread a connection: REST for the token, WebSocket v2 for the
rest; over TLS where it is given a certificate. An order is answered so many seconds later; its id says when its request
had arrived, as it came from the socket, and when the reply left, not yet enciphered, by the monotonic clock.
"""

import base64
import hashlib
import json
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TOKEN = b'{"error":[],"result":{"token":"benchmark","expires":900}}'
TEXT, CLOSE = 1, 8
FOREVER = 10**6  # the rate counter's threshold: nothing waits for it here


def serve(connection: socket.socket, seconds: float) -> None:
    """Serve one client to its end."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := connection.recv(65_536)):
                return
            head += data
        if b"sec-websocket-key" in head.lower():
            upgrade(connection, head)
            talk(connection, seconds)
        else:
            length = b"Content-Length: %d\r\n" % len(TOKEN)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"Connection: close\r\n\r\n" + TOKEN)


def upgrade(connection: socket.socket, head: bytes) -> None:
    """Shake hands."""
    lines = [line.partition(b":") for line in head.split(b"\r\n")]
    key = next(value.strip() for name, _, value in lines if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324 - RFC 6455 asks for it
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
    )


def talk(connection: socket.socket, seconds: float) -> None:
    """Answer each frame; a bare client may ask with the same frame for ever."""
    buffer = bytearray()
    while True:
        select.select([connection], [], [])
        arrived = time.monotonic_ns()
        if not (data := connection.recv(65_536)):
            return
        buffer += data
        for opcode, payload in taken(buffer):
            if opcode == CLOSE:  # answered, or a session waits for its farewell as long as it may
                connection.sendall(bytes([128 | CLOSE, len(payload)]) + payload)
                return
            for reply in answers(json.loads(payload), arrived, seconds) if opcode == TEXT else ():
                connection.sendall(reply)


def taken(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take the masked frames out of the buffer that are whole: opcode and payload."""
    while len(buffer) >= 6:
        size, start = buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        if len(buffer) < start + 4 + size:
            return
        opcode, mask = buffer[0] & 15, (buffer[start : start + 4] * (size // 4 + 1))[:size]
        payload = (int.from_bytes(buffer[start + 4 : start + 4 + size]) ^ int.from_bytes(mask)).to_bytes(size)
        del buffer[: start + 4 + size]
        yield opcode, payload


def answers(request: dict[str, Any], arrived: int, seconds: float) -> Iterator[bytes]:
    """Return what Kraken would send, frame by frame."""
    number, method, params = request.get("req_id"), request["method"], request.get("params", {})
    reply = {"method": method, "req_id": number, "success": True}
    if method == "ping":
        yield frame({"method": "pong", "req_id": number})
    elif method == "subscribe":
        yield frame({**reply, "result": {"channel": "executions", "maxratecount": FOREVER}})
        yield frame({"channel": "executions", "type": "snapshot", "data": [], "sequence": 1})
    else:
        time.sleep(seconds)
        names = {"order_id": f"{arrived}-{time.monotonic_ns()}", "cl_ord_id": params.get("cl_ord_id")}
        yield frame({**reply, "result": names})


def frame(message: dict[str, object]) -> bytes:
    """Encode a message as a frame without a mask."""
    text = json.dumps(message).encode()
    head = bytes([129, len(text)]) if len(text) < 126 else bytes([129, 126]) + len(text).to_bytes(2)
    return head + text


def main() -> None:
    """Listen until the parent ends."""
    seconds, *certificate = float(sys.argv[1]), *sys.argv[2:]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection = enciphered(listener.accept()[0], *certificate)
            threading.Thread(target=serve, args=(connection, seconds), daemon=True).start()


def enciphered(connection: socket.socket, *certificate: str) -> socket.socket:
    """Speak TLS if there is a certificate, without a handshake yet: it comes with the first bytes."""
    if not certificate:
        return connection
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


if __name__ == "__main__":
    main()
