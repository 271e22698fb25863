"""Subaccounts: `result` of AccountTransfer (docs.kraken.com, rest-api). CreateSubaccount answers `True`."""

from krakenio.wire import Wire


class AccountTransfer(Wire, frozen=True, gc=False):
    """`result` of AccountTransfer: `status` is `pending` or `complete`."""

    transfer_id: str
    status: str
