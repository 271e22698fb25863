"""Draw what the exchange makes up: a seed and a purpose go in, the same numbers, ids and keys come out each time."""

import base64
import random
import string

_SIGNS = string.ascii_uppercase + string.digits
_SIGN_OF_BYTE = bytes(ord(_SIGNS[byte % len(_SIGNS)]) for byte in range(256))


def chance(seed: int, purpose: str) -> random.Random:
    """Return a source of its own for each purpose, so that one more draw here changes nothing elsewhere."""
    return random.Random(f"{seed}/{purpose}")  # noqa: S311 - a simulation must replay; nothing here guards real money


class Ids:
    """Make ids in Kraken's forms: orders `O`, trades `T`, ledger entries `L`, then 5-5-6 signs.

    Source: rest-conventions §4.
    """

    def __init__(self, seed: int, purpose: str = "ids") -> None:
        self._random = chance(seed, purpose)

    def make(self, letter: str) -> str:
        """Return a fresh id such as `OABCDE-FGHIJ-KLMNOP`."""
        signs = self._random.randbytes(16).translate(_SIGN_OF_BYTE).decode()
        return f"{letter}{signs[:5]}-{signs[5:10]}-{signs[10:]}"

    def token(self) -> str:
        """Return a WebSocket token: 43 base64 signs, `+` and `/` among them (ws-v2-private §1.2)."""
        return base64.b64encode(self._random.randbytes(32)).decode()[:43]


def make_key(source: random.Random) -> tuple[str, str]:
    """Return a key of 56 signs and a base64 secret of 64 bytes, the lengths of Kraken's own (rest-auth §1)."""
    key = base64.b64encode(source.randbytes(42)).decode()
    return key, base64.b64encode(source.randbytes(64)).decode()
