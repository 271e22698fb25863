"""Say more of a refusal than Kraken does: an error goes in and gets notes of what was asked and what one can do. Pure.

Kraken's text stays the error's own; notes show in tracebacks alone.
"""

from krakenio.errors.api import ApiError, PermissionDenied
from krakenio.errors.base import KrakenError
from krakenio.errors.library import TransportError


def explain(error: ApiError, asked: str, needs: str) -> None:
    """Note what Kraken refused, which permissions that needs, and what one can do about it."""
    lacking = f", for which the key needs {needs}" if needs and type(error) is PermissionDenied else ""
    error.add_note(f"Kraken's answer to {asked}{lacking}")
    if advised := advice(error):
        error.add_note(advised)


def warn_of_repetition(error: KrakenError) -> None:
    """Note that a write whose answer was lost may have been done (contract C4)."""
    if isinstance(error, TransportError) and error.ambiguous:
        error.add_note("Kraken may have done what was asked: look before you ask for it again.")


def advice(error: Exception) -> str:
    """Return the first line of its class's docstring where it says `what it is: what to do`, else nothing."""
    line = (type(error).__doc__ or "").partition("\n")[0]
    return line if ": " in line else ""
