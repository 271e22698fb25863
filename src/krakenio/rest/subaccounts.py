"""Subaccounts, with a key of the master account. Source: docs.kraken.com, rest-api, Subaccounts."""

from typing import Literal, Required, TypedDict, Unpack

from krakenio.models import AccountTransfer
from krakenio.rest.chapter import Chapter
from krakenio.rest.methods import write
from krakenio.rest.parameters import Number, Text, without_underscore


class CreateSubaccountParams(TypedDict):
    """Name the new account."""

    username: Text
    email: Text


_Transfer = TypedDict(
    "_Transfer",
    {
        "asset": Required[Text],
        "amount": Required[Number],
        "from": Required[Text],
        "to": Required[Text],
        "asset_class": Literal["currency", "tokenized_asset"],
    },
    total=False,
)

CREATE_SUBACCOUNT = write("CreateSubaccount", bool, CreateSubaccountParams)
ACCOUNT_TRANSFER = write("AccountTransfer", AccountTransfer, _Transfer)


class TransferParams(TypedDict, total=False):
    """Move `amount` of `asset` between accounts, named by their public ids (`ABCD 1234 EFGH 5678`)."""

    asset: Required[Text]
    amount: Required[Number]
    from_: Required[Text]
    to: Required[Text]
    asset_class: Literal["currency", "tokenized_asset"]


class Subaccounts(Chapter):
    """Make subaccounts and move money between them. Nothing here can be told from a repetition: it is sent once."""

    async def create_subaccount(self, **params: Unpack[CreateSubaccountParams]) -> bool:
        """Make a subaccount."""
        return await self._perform(CREATE_SUBACCOUNT, params)

    async def account_transfer(self, **params: Unpack[TransferParams]) -> AccountTransfer:
        """Move money between the master account and its subaccounts; `from_` is Kraken's `from`."""
        return await self._perform(ACCOUNT_TRANSFER, without_underscore(params))
