"""Make a certificate on the spot for localhost: nothing goes in, a context for each side comes out."""

import ssl


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the server's context and a client context that trusts nothing but this certificate's authority."""
    try:
        import trustme  # noqa: PLC0415 - an extra: memory and plain sockets work without it
    except ModuleNotFoundError as error:
        message = "TLS on loopback needs trustme: install the extra `sim`, or pass tls=False or transport='memory'"
        raise ModuleNotFoundError(message, name="trustme") from error
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(server)  # pyright: ignore[reportUnknownMemberType]
    return server, ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
