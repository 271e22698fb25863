"""Look at what a socket has to say without taking it: a socket goes in, whether it is silent comes out."""

import socket


def nothing_came(connected: socket.socket) -> bool:
    """Tell whether a non-blocking socket has nothing to be read: neither bytes nor the end nor an error."""
    try:
        connected.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:  # also where it is closed
        return False
    return False
