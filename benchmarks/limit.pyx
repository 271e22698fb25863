# cython: language_level=3, boundscheck=False, wraparound=False
"""The limit: a blocking socket, TLS through memory or none, frames split in C, msgspec. Nothing in Python is much faster."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE


def pump(socket, incoming, tls, decode, long long first, long long last, want_read, now):
    """Count messages up to `last`, decoding each after `first`; return when that began.

    Everything that one read of the socket brought is decrypted, then split, then decoded. No frame is masked or split.
    Without TLS `incoming` and `tls` are None.
    """
    cdef long long count = 0
    cdef Py_ssize_t position, size, header, end
    cdef const unsigned char* p
    cdef bytes data, rest = b""
    start = None
    receive = socket.recv
    if tls is not None:
        feed, read = incoming.write, tls.read
    while count < last:
        if tls is None:
            data = rest + receive(262144)
        else:
            feed(receive(262144))
            pieces = [rest]
            try:
                while True:
                    pieces.append(read(65536))
            except want_read:
                pass
            data = b"".join(pieces)
        p = <const unsigned char*>PyBytes_AS_STRING(data)
        end = PyBytes_GET_SIZE(data)
        position = 0
        while position + 2 <= end:
            size = p[position + 1] & 127
            header = 2
            if size == 126:
                if position + 4 > end:
                    break
                size = (p[position + 2] << 8) | p[position + 3]
                header = 4
            elif size == 127:
                raise ValueError("the mix has no frame of 64 KiB")
            if position + header + size > end:
                break
            if count == first:
                start = now()
            if count >= first:
                message = decode(PyBytes_FromStringAndSize(<const char*>p + position + header, size))
            count += 1
            position += header + size
            if count == last:
                break
        rest = data[position:]
    return start
