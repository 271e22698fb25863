"""Name the wallets of an account, and say why money came into one or left it, in the words of Kraken's ledgers.

Source: ws-v2-private §3.2-3.3 (wallets, types, subtypes), rest-endpoints §3 (Ledgers; Balance: suffixes).
"""

from collections.abc import Mapping
from dataclasses import dataclass

SPOT = "main"
"""The wallet that one trades from."""
SUFFIXES: Mapping[str, str] = {SPOT: "", "flexible": ".F", "bonded": ".B"}
"""What REST writes behind an asset for the wallet that it is in; all but the first are of Earn."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Say what changed a balance, and in which wallet."""

    kind: str
    subtype: str = ""
    wallet: str = SPOT


TRADE = Cause("trade", "tradespot")
DEPOSIT = Cause("deposit")
WITHDRAWAL = Cause("withdrawal")
TRANSFER = Cause("transfer")
TO_FUTURES = Cause("transfer", "spottofutures")


def into_earn(wallet: str) -> tuple[Cause, Cause]:
    """Return why money leaves for a wallet of Earn, and why it arrives there."""
    return Cause("transfer", "spottostaking"), Cause("transfer", "stakingfromspot", wallet=wallet)


def out_of_earn(wallet: str) -> tuple[Cause, Cause]:
    """Return why money leaves a wallet of Earn, and why it is back."""
    return Cause("transfer", "stakingtospot", wallet=wallet), Cause("transfer", "spotfromstaking")


def type_of(wallet: str) -> str:
    """Return the type of a wallet: `spot` or `earn`."""
    return "spot" if wallet == SPOT else "earn"
