"""Deposits and withdrawals by the paths under /funding/. Source: docs.kraken.com, Funding (Beta).

Signed by headers alone, answered without an envelope. What is not GET is sent once.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Required, TypedDict, Unpack

from krakenio.models.funding_beta import (
    AddressRemoved,
    AddressSaved,
    BetaDepositAddresses,
    BetaDeposits,
    BetaWithdrawals,
    ClaimedAddress,
    FeeQuote,
    FundingAssets,
    FundingMethods,
    Networks,
    SavedAddresses,
    WithdrawalMade,
)
from krakenio.models.funding_limits import DepositLimits, WithdrawalLimits
from krakenio.rest.chapter import Chapter
from krakenio.rest.checks import between, mapping
from krakenio.rest.methods import beta
from krakenio.rest.parameters import Flag, Number, Rfc3339, Text

Class = Literal["currency", "tokenized_asset"]
Direction = Literal["deposit", "withdraw"]
Tree = Annotated[Mapping[str, Any], mapping]
"""An object, such as `{"class": "currency", "name": "USDC"}` for an asset or `{"method_id": "..."}` for a scope."""


class WalletParams(TypedDict, total=False):
    """Mean one wallet, by an id from `list_wallet_accounts`; without it the default one."""

    account_id: Text


class AmountsParams(WalletParams, total=False):
    """Ask for amounts of tokenised shares in units of the share, or of the token (`"base"`)."""

    rebase_multiplier: Literal["rebased", "base"]


class MethodsParams(AmountsParams, total=False):
    """Ask for ways to deposit or to withdraw, of one asset or of all."""

    direction: Required[Direction]
    asset: Tree
    limit: Annotated[int, between(1, 10_000)]
    cursor: Text


class AssetsParams(WalletParams, total=False):
    """Ask for what can be deposited or withdrawn."""

    direction: Required[Direction]
    asset_class: Class


class FeesParams(AmountsParams, total=False):
    """Ask what a method costs for an amount."""

    method_id: Required[Text]
    amount: Number
    fee_included: Flag
    withdrawal_fee_token: Text


class LimitsParams(AmountsParams, total=False):
    """Ask for the limits of one asset."""

    asset_class: Required[Class]
    asset: Required[Text]
    preferred_asset: Tree


class ClaimParams(WalletParams, total=False):
    """Name the method."""

    method_id: Required[Text]


class PageParams(WalletParams, total=False):
    """Narrow by `scope` (one of method_id, network_id, network_group_id), or go on with `cursor` alone."""

    scope: Tree
    limit: Annotated[int, between(1, 500)]
    cursor: Text


class AssetPageParams(PageParams, total=False):
    """Narrow by asset too."""

    asset: Tree


class TransfersParams(AssetPageParams, AmountsParams, total=False):
    """Narrow by `status` (`{"list": [...]}` or `{"range": {"start": ..., "end": ...}}`) and time too."""

    status: Tree
    start_time: Rfc3339
    end_time: Rfc3339


class WithdrawalsParams(AssetPageParams, AmountsParams, total=False):
    """Narrow by status and time too."""

    status: Literal["pending", "success", "failed"]
    start_time: Rfc3339
    end_time: Rfc3339


class AddAddressParams(WalletParams, total=False):
    """Save an address of a network: `address_details={"crypto": {"address": ..., "tag": ...}}`."""

    scope: Required[Tree]
    address_details: Required[Tree]
    name: Required[Text]
    description: Text


class ChangeAddressParams(WalletParams, total=False):
    """Rename a saved address."""

    address_id: Required[Text]
    name: Text
    description: Text


class AddressParams(WalletParams, total=False):
    """Name a saved address."""

    address_id: Required[Text]


class WithdrawParams(WalletParams, total=False):
    """Withdraw to a saved address: `amount={"asset_amount": {"asset": ..., "amount": "1.5"}}`.

    `fee={"fee_included": False, "quoted_fee": {"token": ...}}`, or `"current_fee"` with a `max_fee` in its place.
    """

    scope: Required[Tree]
    address_id: Required[Text]
    amount: Required[Tree]
    fee: Required[Tree]
    expected_address: Text


NETWORKS = beta("GET", "v1/networks", Networks, WalletParams)
METHODS = beta("GET", "v1/methods/{direction}", FundingMethods, MethodsParams)
ASSETS = beta("GET", "v1/assets/{direction}", FundingAssets, AssetsParams)
FEES = beta("GET", "v1/fees/{method_id}", FeeQuote, FeesParams)
DEPOSIT_LIMITS = beta("GET", "v1/limits/deposit/{asset_class}/{asset}", DepositLimits, LimitsParams)
WITHDRAWAL_LIMITS = beta("GET", "v1/limits/withdrawal/{asset_class}/{asset}", WithdrawalLimits, LimitsParams)
CLAIM_ADDRESS = beta("PUT", "v1/deposit/address", ClaimedAddress, ClaimParams)
DEPOSIT_ADDRESSES = beta("GET", "v2/deposit/addresses", BetaDepositAddresses, AssetPageParams)
ADDRESSES = beta("GET", "v1/addresses", SavedAddresses, PageParams)
ADD_ADDRESS = beta("POST", "v1/addresses", AddressSaved, AddAddressParams)
CHANGE_ADDRESS = beta("PUT", "v1/addresses/{address_id}", AddressSaved, ChangeAddressParams)
REMOVE_ADDRESS = beta("DELETE", "v1/addresses/{address_id}", AddressRemoved, AddressParams)
DEPOSITS = beta("GET", "v1/deposits", BetaDeposits, TransfersParams)
WITHDRAWALS = beta("GET", "v1/withdrawals", BetaWithdrawals, WithdrawalsParams)
WITHDRAW = beta("POST", "v1/withdrawals", WithdrawalMade, WithdrawParams)


class FundingBeta(Chapter):
    """Move money in and out by the new calls; needs keys."""

    async def networks(self, **params: Unpack[WalletParams]) -> Networks:
        """Return the networks."""
        return await self._perform(NETWORKS, params)

    async def methods(self, **params: Unpack[MethodsParams]) -> FundingMethods:
        """Return the ways to deposit or withdraw."""
        return await self._perform(METHODS, params)

    async def assets(self, **params: Unpack[AssetsParams]) -> FundingAssets:
        """Return what can be deposited or withdrawn."""
        return await self._perform(ASSETS, params)

    async def fees(self, **params: Unpack[FeesParams]) -> FeeQuote:
        """Return a fee, and a token that holds it for 5 minutes."""
        return await self._perform(FEES, params)

    async def deposit_limits(self, **params: Unpack[LimitsParams]) -> DepositLimits:
        """Return the limits of deposits of one asset."""
        return await self._perform(DEPOSIT_LIMITS, params)

    async def withdrawal_limits(self, **params: Unpack[LimitsParams]) -> WithdrawalLimits:
        """Return the limits of withdrawals of one asset."""
        return await self._perform(WITHDRAWAL_LIMITS, params)

    async def claim_deposit_address(self, **params: Unpack[ClaimParams]) -> ClaimedAddress:
        """Take a deposit address of one's own."""
        return await self._perform(CLAIM_ADDRESS, params)

    async def deposit_addresses(self, **params: Unpack[AssetPageParams]) -> BetaDepositAddresses:
        """Return the addresses to deposit to."""
        return await self._perform(DEPOSIT_ADDRESSES, params)

    async def addresses(self, **params: Unpack[PageParams]) -> SavedAddresses:
        """Return the saved addresses to withdraw to."""
        return await self._perform(ADDRESSES, params)

    async def add_address(self, **params: Unpack[AddAddressParams]) -> AddressSaved:
        """Save an address; it is verified at once."""
        return await self._perform(ADD_ADDRESS, params)

    async def change_address(self, **params: Unpack[ChangeAddressParams]) -> AddressSaved:
        """Rename a saved address."""
        return await self._perform(CHANGE_ADDRESS, params)

    async def remove_address(self, **params: Unpack[AddressParams]) -> AddressRemoved:
        """Forget a saved address."""
        return await self._perform(REMOVE_ADDRESS, params)

    async def deposits(self, **params: Unpack[TransfersParams]) -> BetaDeposits:
        """Return deposits, newest first."""
        return await self._perform(DEPOSITS, params)

    async def withdrawals(self, **params: Unpack[WithdrawalsParams]) -> BetaWithdrawals:
        """Return withdrawals, newest first."""
        return await self._perform(WITHDRAWALS, params)

    async def withdraw(self, **params: Unpack[WithdrawParams]) -> WithdrawalMade:
        """Withdraw to a saved address. An error that is `ambiguous` leaves it open: look at `withdrawals`."""
        return await self._perform(WITHDRAW, params)
