"""Deposits and withdrawals by the older calls, which Kraken has frozen. Source: docs.kraken.com, rest-api, Funding.

Nothing here that moves money or makes an address can be told from a repetition: it is sent once.
"""

from typing import Annotated, Literal, Required, TypedDict, Unpack

from krakenio.models import (
    DepositAddress,
    DepositMethod,
    Reference,
    Transfer,
    TransferPage,
    WithdrawAddress,
    WithdrawInfo,
    WithdrawMethod,
)
from krakenio.models.funding import WireTransfers, transfers
from krakenio.rest.chapter import Chapter, Perform
from krakenio.rest.checks import between, cursor
from krakenio.rest.funding_beta import FundingBeta
from krakenio.rest.methods import Method, finished, read, write
from krakenio.rest.paging import Paged
from krakenio.rest.parameters import Flag, Moment, Number, Text, without_underscore
from krakenio.rest.walks import CursorWalk

AssetClass = Literal["currency", "tokenized_asset"]
Rebase = Literal["rebased", "base"]


class DepositMethodsParams(TypedDict, total=False):
    """Name the asset."""

    asset: Required[Text]
    aclass: AssetClass
    rebase_multiplier: Rebase


class DepositAddressesParams(TypedDict, total=False):
    """Ask for the addresses of a method; `new=True` makes one, and so does `amount`, for Bitcoin Lightning only."""

    asset: Required[Text]
    method: Required[Text]
    aclass: AssetClass
    new: Flag
    amount: Number


class StatusParams(TypedDict, total=False):
    """Ask for what came or went between two times; page with `cursor=True`, then with `next_cursor`."""

    asset: Text
    aclass: AssetClass
    method: Text
    start: Moment
    end: Moment
    cursor: Annotated[bool | str, cursor]
    limit: Annotated[int, between(1, 500)]
    rebase_multiplier: Rebase


class WithdrawMethodsParams(TypedDict, total=False):
    """Narrow the list."""

    asset: Text
    aclass: AssetClass
    network: Text
    rebase_multiplier: Rebase


class WithdrawAddressesParams(TypedDict, total=False):
    """Narrow the list."""

    asset: Text
    aclass: AssetClass
    method: Text
    key: Text
    verified: Flag


class WithdrawInfoParams(TypedDict):
    """Ask what withdrawing `amount` to the address named `key` would cost."""

    asset: Text
    key: Text
    amount: Number


class WithdrawParams(TypedDict, total=False):
    """Withdraw `amount` to the address named `key`; with `address` it must be that one. `max_fee`: refuse above it."""

    asset: Required[Text]
    key: Required[Text]
    amount: Required[Number]
    aclass: AssetClass
    address: Text
    max_fee: Number
    rebase_multiplier: Rebase


class WithdrawCancelParams(TypedDict):
    """Name the withdrawal."""

    asset: Text
    refid: Text


_WalletTransfer = TypedDict(
    "_WalletTransfer",
    {
        "asset": Text,
        "from": Literal["Spot Wallet"],
        "to": Literal["Futures Wallet"],
        "amount": Number,
    },
)


class WalletTransferParams(TypedDict, total=False):
    """Move `amount` to the futures wallet; the other way is the futures API's."""

    asset: Required[Text]
    amount: Required[Number]
    from_: Literal["Spot Wallet"]
    to: Literal["Futures Wallet"]


DEPOSIT_METHODS = read("DepositMethods", list[DepositMethod], DepositMethodsParams)
DEPOSIT_ADDRESSES = read(
    "DepositAddresses", list[DepositAddress], DepositAddressesParams, changing=("new", "amount")
)
DEPOSIT_STATUS: Method[TransferPage] = finished(read("DepositStatus", WireTransfers, StatusParams), transfers)
WITHDRAW_METHODS = read("WithdrawMethods", list[WithdrawMethod], WithdrawMethodsParams)
WITHDRAW_ADDRESSES = read("WithdrawAddresses", list[WithdrawAddress], WithdrawAddressesParams)
WITHDRAW_INFO = read("WithdrawInfo", WithdrawInfo, WithdrawInfoParams)
WITHDRAW = write("Withdraw", Reference, WithdrawParams)
WITHDRAW_STATUS: Method[TransferPage] = finished(read("WithdrawStatus", WireTransfers, StatusParams), transfers)
WITHDRAW_CANCEL = write("WithdrawCancel", bool, WithdrawCancelParams)
WALLET_TRANSFER = write("WalletTransfer", Reference, _WalletTransfer)


def _transfers() -> CursorWalk[Transfer]:
    return CursorWalk(lambda page: page.transfers, lambda transfer: transfer.refid, {"cursor": True})


class Funding(Chapter):
    """Move money in and out; needs keys. `beta` has the calls that will replace these."""

    def __init__(self, perform: Perform) -> None:
        super().__init__(perform)
        self.beta: FundingBeta = FundingBeta(perform)

    async def deposit_methods(self, **params: Unpack[DepositMethodsParams]) -> list[DepositMethod]:
        """Return the ways to deposit an asset."""
        return await self._perform(DEPOSIT_METHODS, params)

    async def deposit_addresses(self, **params: Unpack[DepositAddressesParams]) -> list[DepositAddress]:
        """Return the addresses to deposit to, or make one; only what makes none is asked for again where it fails."""
        return await self._perform(DEPOSIT_ADDRESSES, params)

    def deposit_status(self, **params: Unpack[StatusParams]) -> Paged[TransferPage, Transfer]:
        """Return deposits, newest first: `await` one page, or `async with` it for all pages."""
        return Paged(self._perform, DEPOSIT_STATUS, params, _transfers)

    async def withdraw_methods(self, **params: Unpack[WithdrawMethodsParams]) -> list[WithdrawMethod]:
        """Return the ways to withdraw."""
        return await self._perform(WITHDRAW_METHODS, params)

    async def withdraw_addresses(self, **params: Unpack[WithdrawAddressesParams]) -> list[WithdrawAddress]:
        """Return the saved addresses; their `key` is what `withdraw` takes."""
        return await self._perform(WITHDRAW_ADDRESSES, params)

    async def withdraw_info(self, **params: Unpack[WithdrawInfoParams]) -> WithdrawInfo:
        """Return what would arrive, and the fee."""
        return await self._perform(WITHDRAW_INFO, params)

    async def withdraw(self, **params: Unpack[WithdrawParams]) -> Reference:
        """Withdraw to a saved address. An error that is `ambiguous` leaves it open: look at `withdraw_status`."""
        return await self._perform(WITHDRAW, params)

    def withdraw_status(self, **params: Unpack[StatusParams]) -> Paged[TransferPage, Transfer]:
        """Return withdrawals, newest first: `await` one page, or `async with` it for all pages."""
        return Paged(self._perform, WITHDRAW_STATUS, params, _transfers)

    async def withdraw_cancel(self, **params: Unpack[WithdrawCancelParams]) -> bool:
        """Cancel a withdrawal; `False` if it was too late."""
        return await self._perform(WITHDRAW_CANCEL, params)

    async def wallet_transfer(self, **params: Unpack[WalletTransferParams]) -> Reference:
        """Move money to the futures wallet."""
        named = {"from": "Spot Wallet", "to": "Futures Wallet", **without_underscore(params)}
        return await self._perform(WALLET_TRANSFER, named)
