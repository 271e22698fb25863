"""Deposits and withdrawals: `result` of each call of the older funding chapter (docs.kraken.com, rest-api).

Amounts are in the asset, fees beside them; times are Unix seconds.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import field

from krakenio.wire import Wire


class DepositMethod(Wire, frozen=True, gc=False):
    """One way to deposit: `limit` is `False` where there is none; `fee` or `fee_percentage`, few methods have both."""

    method: str
    limit: Decimal | bool | None = None
    fee: Decimal | None = None
    fee_percentage: Decimal | None = field(name="fee-percentage", default=None)
    address_setup_fee: Decimal | None = field(name="address-setup-fee", default=None)
    gen_address: bool | None = field(name="gen-address", default=None)
    minimum: Decimal | None = None


class DepositAddress(Wire, frozen=True, gc=False):
    """Where to send: `expiretm` is 0 if never; `tag` and `memo` must be given along, or the money is lost."""

    address: str
    expiretm: Decimal = Decimal(0)
    new: bool | None = None
    tag: str | None = None
    memo: str | None = None


class Transfer(Wire, frozen=True, gc=False):
    """One deposit or withdrawal.

    `status`: `Initial`, `Pending`, `Settled`, `Success`, `Failure`, of deposits also `EarlyConfirmed`; `status_prop`
    says more: `return`, `onhold`, `cancel-pending`, `canceled`, `cancel-denied`. `refid` is Kraken's name, `txid` the
    network's, `info` the address. `key`: the name of the address withdrawn to.
    """

    refid: str
    asset: str
    amount: Decimal
    status: str
    method: str | None = None
    network: str | None = None
    aclass: str | None = None
    txid: str | None = None
    info: str | None = None
    fee: Decimal | None = None
    time: Decimal | None = None
    status_prop: str | None = field(name="status-prop", default=None)
    key: str | None = None
    originators: list[str] | None = None


class TransferPage(Wire, frozen=True, gc=False):
    """`result` of DepositStatus and WithdrawStatus: newest first; `next_cursor` goes on, if pages were asked for."""

    transfers: list[Transfer]
    next_cursor: str | None = None


class WirePage(Wire, frozen=True, gc=False):
    """A page as it is on the wire: sources disagree on the member's number, and on whether one alone is a list."""

    deposit: list[Transfer] | Transfer | None = None
    deposits: list[Transfer] | Transfer | None = None
    withdrawal: list[Transfer] | Transfer | None = None
    withdrawals: list[Transfer] | Transfer | None = None
    next_cursor: str | None = None


WireTransfers: Any = list[Transfer] | WirePage | None
"""What comes: a list, or a page where pages were asked for; checkers need not see that it is a union."""


def transfers(answer: Any) -> TransferPage:  # noqa: ANN401 - either shape of `WireTransfers`
    """Bring both shapes into one: a plain list without a cursor, a page with one."""
    if not isinstance(answer, WirePage):
        return TransferPage(list(answer or ()))
    told = answer.deposit or answer.deposits or answer.withdrawal or answer.withdrawals or ()
    return TransferPage(list(told) if isinstance(told, Sequence) else [told], answer.next_cursor or None)


class WithdrawFee(Wire, frozen=True, gc=False):
    """What a withdrawal costs: a fixed `fee` in `asset`, or a share of it."""

    asset: str | None = None
    aclass: str | None = None
    fee: Decimal | None = None
    fee_percentage: Decimal | None = None


class WindowLimit(Wire, frozen=True, gc=False):
    """How much may leave within a window of time."""

    maximum: Decimal | None = None
    remaining: Decimal | None = None
    used: Decimal | None = None


class WithdrawLimit(Wire, frozen=True, gc=False):
    """One limit; `limits` by the window's length in seconds, as text."""

    description: str | None = None
    limit_type: str | None = None
    limits: dict[str, WindowLimit] = field(default_factory=dict[str, WindowLimit])


class WithdrawMethod(Wire, frozen=True, gc=False):
    """One way to withdraw; `minimum` in the asset."""

    asset: str
    method: str
    network: str | None = None
    minimum: Decimal | None = None
    method_id: str | None = None
    network_id: str | None = None
    fee: WithdrawFee | None = None
    limits: list[WithdrawLimit] | None = None


class WithdrawAddress(Wire, frozen=True, gc=False):
    """One saved address: `key` is its name, which `withdraw` takes."""

    address: str
    key: str
    asset: str | None = None
    method: str | None = None
    tag: str | None = None
    memo: str | None = None
    verified: bool | None = None


class WithdrawInfo(Wire, frozen=True, gc=False):
    """`result` of WithdrawInfo: `amount` is what arrives, `limit` what may be withdrawn now."""

    method: str
    limit: Decimal
    amount: Decimal
    fee: Decimal


class Reference(Wire, frozen=True, gc=False):
    """`result` of Withdraw and WalletTransfer: Kraken's name for it."""

    refid: str
