"""Look at a link, without awaiting: a link and the time go in, a frozen picture of it comes out."""

from krakenio.health import LinkHealth
from krakenio.links.link import Link


def health_of(link: Link, now: float) -> LinkHealth:
    """Return how a link is."""
    return LinkHealth(
        link.state,
        link.connects,
        link.received,
        link.undecodable,
        None if link.trouble is None else str(link.trouble),
        0.0 if link.down_since is None else now - link.down_since,
    )
