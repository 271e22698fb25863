"""The limit that everything is compared to: `limit.pyx` on a blocking socket."""

import base64
import os
import socket
import ssl
import struct

from benchmarks.build import LIMIT
from benchmarks.job import Job, Taken, now, since
from benchmarks.watch import Watch
from native.hook import load


def masked(text: str) -> bytes:
    """Return a client's text frame; a mask of zeros is a mask."""
    payload = text.encode()
    return struct.pack(">BBHI", 0x81, 0x80 | 126, len(payload), 0) + payload


def request(job: Job) -> bytes:
    """Return what asks for a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    headers = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13"
    return f"GET {job.path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode()


class Wire:
    """A blocking socket; it reads a byte at a time until the upgrade is answered, never one of what follows."""

    def __init__(self, job: Job) -> None:
        self.socket = socket.create_connection(("localhost", job.port))

    def layers(self) -> tuple[ssl.MemoryBIO | None, ssl.SSLObject | None]:
        """Return what lies between the socket and the frames."""
        return None, None

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def read_head(self) -> None:
        """Read up to the end of the answer."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)


class SecureWire(Wire):
    """TLS over a blocking socket, through memory."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        assert job.tls is not None
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = job.tls.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self._shake_hands()

    def _shake_hands(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.socket.sendall(self.outgoing.read())
                self.incoming.write(self.socket.recv(65536))
            else:
                return self.socket.sendall(self.outgoing.read())

    def layers(self) -> tuple[ssl.MemoryBIO | None, ssl.SSLObject | None]:
        """Return the memory that takes what came, and what decrypts it."""
        return self.incoming, self.tls

    def send(self, data: bytes) -> None:
        """Encrypt and send."""
        self.tls.write(data)
        super().send(self.outgoing.read())

    def read_head(self) -> None:
        """Read the answer, which comes in a record of its own."""
        while True:
            try:
                assert self.tls.read(65536).endswith(b"\r\n\r\n")
            except ssl.SSLWantReadError:
                self.incoming.write(self.socket.recv(1))
            else:
                return


def run(job: Job) -> Taken:
    """Receive everything and do the work of each message."""
    wire, watch = (SecureWire if job.workload.secure else Wire)(job), Watch(job)
    with wire.socket:
        wire.send(request(job))
        wire.read_head()
        wire.send(b"".join(masked(request) for request in job.requests))
        want_read = ssl.SSLWantReadError
        pump = load("limit", LIMIT).pump
        start = pump(wire.socket, *wire.layers(), watch.work, job.preamble, job.last, want_read, now)
        return since(start)._replace(delays=tuple(watch.delays))
