"""Tell how a session is, without awaiting: one frozen picture each time it is asked for."""

import msgspec


class LinkHealth(msgspec.Struct, frozen=True, gc=False):
    """One socket: `state` is `idle` (nothing wanted), `connecting`, `up` or `waiting` for the next attempt.

    `connects` counts connections that succeeded, `received` messages, `undecodable` frames that were skipped; `trouble`
    says why it is down, `down_for` seconds.
    """

    state: str
    connects: int
    received: int
    undecodable: int
    trouble: str | None
    down_for: float


class Health(msgspec.Struct, frozen=True, gc=False):
    """A session: its sockets by name (`ws`, `ws_auth`, `ws_l3`), and why the token could not be refreshed, if so."""

    links: dict[str, LinkHealth]
    token_trouble: str | None

    @property
    def ok(self) -> bool:
        """Tell whether every socket that is wanted is up and the token could be refreshed."""
        return self.token_trouble is None and all(link.state in {"up", "idle"} for link in self.links.values())
