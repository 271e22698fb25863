"""Funding (Beta): what the paths under /funding/ answer, bare objects without an envelope (docs.kraken.com).

Times are RFC 3339. Kraken says that this part still changes: what is not listed here is passed over.
"""

from decimal import Decimal
from typing import Any

from msgspec import field

from krakenio.wire import Wire


class FundingAsset(Wire, frozen=True, gc=False):
    """An asset by its class (`currency`, `tokenized_asset`) and its name (`USDC`)."""

    name: str
    asset_class: str | None = field(name="class", default=None)


class AssetAmount(Wire, frozen=True, gc=False):
    """An amount of an asset."""

    asset: FundingAsset
    amount: Decimal


class RebasedAmount(Wire, frozen=True, gc=False):
    """An amount, and whether it counts shares or tokens (`rebased`, `base`)."""

    asset_amount: AssetAmount | None = None
    rebase_multiplier: str | None = None


class Network(Wire, frozen=True, gc=False):
    """One network."""

    network_id: str
    name: str | None = None


class NetworkGroup(Wire, frozen=True, gc=False):
    """Networks that share addresses."""

    network_group_id: str
    name: str | None = None
    network_ids: list[str] = field(default_factory=list[str])


class Networks(Wire, frozen=True, gc=False):
    """All networks."""

    networks: list[Network] = field(default_factory=list[Network])
    network_groups: list[NetworkGroup] = field(default_factory=list[NetworkGroup])


class MethodFees(Wire, frozen=True, gc=False):
    """What a method costs: a `base` amount and a `percentage`, between `min` and `max`."""

    base: AssetAmount | None = None
    percentage: Decimal | None = None
    included: bool | None = None
    min: AssetAmount | None = None
    max: AssetAmount | None = None


class MethodNetwork(Wire, frozen=True, gc=False):
    """The network of a method, and its contract there."""

    network_id: str | None = None
    network_name: str | None = None
    contract_address: str | None = None
    on_chain_asset_symbol: str | None = None


class AddressGeneration(Wire, frozen=True, gc=False):
    """Whether addresses can be made: `unsupported`, `unlimited` or `limited` to `limit`."""

    status: str | None = None
    limit: int | None = None


class DepositTerms(Wire, frozen=True, gc=False):
    """What holds for deposits by a method."""

    shares_addresses_with_method_id: str | None = None
    address_setup_fee: AssetAmount | None = None
    address_generation: AddressGeneration | None = None
    allow_credit_cards: bool | None = None
    exempted_withdrawal_hold: bool | None = None


class FundingMethod(Wire, frozen=True, gc=False):
    """One way to deposit or withdraw."""

    method_id: str
    method_name: str | None = None
    asset: FundingAsset | None = None
    minimum_amount: Decimal | None = None
    maximum_amount: Decimal | None = None
    fees: MethodFees | None = None
    network: MethodNetwork | None = None
    deposit: DepositTerms | None = None


class FundingMethods(Wire, frozen=True, gc=False):
    """A page of methods."""

    methods: list[FundingMethod] = field(default_factory=list[FundingMethod])
    next_cursor: str | None = None


class FundingAssets(Wire, frozen=True, gc=False):
    """What can be deposited or withdrawn, by class."""

    currency: list[FundingAsset] = field(default_factory=list[FundingAsset])
    tokenized_asset: list[FundingAsset] = field(default_factory=list[FundingAsset])


class FeeDetails(Wire, frozen=True, gc=False):
    """What a fee is made of."""

    base_fee: AssetAmount | None = None
    fee_percentage: Decimal | None = None


class FeeQuote(Wire, frozen=True, gc=False):
    """A fee; `withdrawal_fee_token` holds it for 5 minutes, and may be used several times."""

    fee: AssetAmount | None = None
    gross_amount: AssetAmount | None = None
    net_amount: AssetAmount | None = None
    fee_details: FeeDetails | None = None
    withdrawal_fee_token: str | None = None


class CryptoAddress(Wire, frozen=True, gc=False):
    """Where on a network; `tag` and `memo` must be given along."""

    address: str
    tag: str | None = None
    memo: str | None = None


class AddressDetails(Wire, frozen=True, gc=False):
    """An address: of a network, or of a bank in whatever fields it has."""

    crypto: CryptoAddress | None = None
    fiat: dict[str, Any] | None = None


class ClaimedAddress(Wire, frozen=True, gc=False):
    """The address that was claimed."""

    address_details: AddressDetails


class BetaDepositAddress(Wire, frozen=True, gc=False):
    """One address to deposit to."""

    id: str | None = None
    method_id: str | None = None
    shares_addresses_with_method_id: str | None = None
    last_used: str | None = None
    expire_time: str | None = None
    address_details: AddressDetails | None = None


class BetaDepositAddresses(Wire, frozen=True, gc=False):
    """A page of addresses to deposit to."""

    addresses: list[BetaDepositAddress] = field(default_factory=list[BetaDepositAddress])
    next_cursor: str | None = None


class SavedAddress(Wire, frozen=True, gc=False):
    """One saved address to withdraw to."""

    address_id: str
    scope: dict[str, str] | None = None
    address_details: AddressDetails | None = None
    name: str | None = None
    description: str | None = None
    modifier: str | None = None
    verified: bool | None = None


class SavedAddresses(Wire, frozen=True, gc=False):
    """A page of saved addresses."""

    addresses: list[SavedAddress] = field(default_factory=list[SavedAddress])
    next_cursor: str | None = None


class AddressSaved(Wire, frozen=True, gc=False):
    """What became of an address that was added or changed."""

    address_id: str | None = None
    verified: bool | None = None


class AddressRemoved(Wire, frozen=True, gc=False):
    """Whether an address was removed."""

    result: bool


class BetaDeposit(Wire, frozen=True, gc=False):
    """One deposit: `status` is `initial`, `pending`, `settled`, `success` or `failure`."""

    deposit_id: str
    status: str
    method_id: str | None = None
    network_id: str | None = None
    amount: AssetAmount | None = None
    fee: AssetAmount | None = None
    create_time: str | None = None


class BetaDeposits(Wire, frozen=True, gc=False):
    """A page of deposits, newest first."""

    deposits: list[BetaDeposit] = field(default_factory=list[BetaDeposit])
    next_cursor: str | None = None


class BetaWithdrawal(Wire, frozen=True, gc=False):
    """One withdrawal: `status` is `pending`, `success` or `failed`."""

    withdrawal_id: str
    status: str
    amount: AssetAmount | None = None
    fee: AssetAmount | None = None
    method_id: str | None = None
    create_time: str | None = None
    address_id: str | None = None
    onchain_transaction: str | None = None
    utxo_vout: int | None = None


class BetaWithdrawals(Wire, frozen=True, gc=False):
    """A page of withdrawals."""

    withdrawals: list[BetaWithdrawal] = field(default_factory=list[BetaWithdrawal])
    next_cursor: str | None = None


class WithdrawalMade(Wire, frozen=True, gc=False):
    """A withdrawal that was taken; `approval_request_id` if somebody must approve it."""

    withdrawal_id: str | None = None
    net_amount: RebasedAmount | None = None
    gross_amount: RebasedAmount | None = None
    fee: RebasedAmount | None = None
    approval_request_id: str | None = None
