"""Account data: trades, ledgers and reports of them. Source: docs.kraken.com, rest-api, Account Data."""

from collections.abc import Sequence
from typing import Annotated, Literal, Required, TypedDict, Unpack

from krakenio.models import (
    AccountTrade,
    AddedExport,
    ExportReports,
    LedgerEntry,
    Ledgers,
    QueryLedgers,
    QueryTrades,
    RemovedExport,
    TradesHistory,
)
from krakenio.rest.chapter import Chapter
from krakenio.rest.checks import between, up_to
from krakenio.rest.methods import read, write
from krakenio.rest.paging import Paged
from krakenio.rest.parameters import Assets, Flag, Moment, Names, Seconds, Text
from krakenio.rest.walks import HistoryWalk

Report = Literal["trades", "ledgers"]
Rebase = Literal["rebased", "base"]
UpTo20 = Annotated[str | Sequence[str], up_to(20)]


class PageParams(TypedDict, total=False):
    """Ask for rows after `start` up to `end` (times, or ids of such rows), newest first, 50 a page.

    Page by `with_cursor=True` and then `cursor`, or by `ofs`, which shifts as new rows come: then fix `end`.
    """

    account_id: Text
    start: Moment
    end: Moment
    ofs: Annotated[int, between(0, 2**31)]
    without_count: Flag
    with_cursor: Flag
    cursor: Text
    rebase_multiplier: Rebase


class TradesHistoryParams(PageParams, total=False):
    """Ask for trades; `ledgers` adds the ids of their entries, and takes longer."""

    type: Literal["all", "any position", "closed position", "closing position", "no position"]
    trades: Flag
    consolidate_taker: Flag
    ledgers: Flag
    aclass: Literal["forex", "equity_pair", "futures_contract", "synthetic_pair", "external_pair"]
    pair: Text
    limit: Annotated[int, between(1, 100)]


class QueryTradesParams(TypedDict, total=False):
    """Ask for up to 20 trades by `txid`."""

    account_id: Text
    txid: Required[UpTo20]
    trades: Flag
    ledgers: Flag
    rebase_multiplier: Rebase


class LedgersParams(PageParams, total=False):
    """Ask for changes of balances, of some assets or of one `type`."""

    asset: Assets
    aclass: Text
    type: Literal[
        "all", "trade", "deposit", "withdrawal", "transfer", "margin", "adjustment", "rollover", "credit", "settled",
        "staking", "dividend", "sale", "nft_rebate",
    ]  # fmt: skip


class QueryLedgersParams(TypedDict, total=False):
    """Ask for up to 20 entries by `id`."""

    account_id: Text
    id: Required[UpTo20]
    trades: Flag
    rebase_multiplier: Rebase


class AddExportParams(TypedDict, total=False):
    """Order a report from `starttm` (the first of the month) to `endtm` (now), in Unix seconds; all `fields`."""

    report: Required[Report]
    description: Required[Text]
    format: Literal["CSV", "TSV"]
    fields: Names
    starttm: Seconds
    endtm: Seconds


class ExportStatusParams(TypedDict):
    """Ask for the reports of one kind."""

    report: Report


class RetrieveExportParams(TypedDict):
    """Name the report."""

    id: Text


class RemoveExportParams(TypedDict):
    """Name the report: `delete` one that is processed, `cancel` one that is not."""

    id: Text
    type: Literal["delete", "cancel"]


TRADES_HISTORY = read("TradesHistory", TradesHistory, TradesHistoryParams)
QUERY_TRADES = read("QueryTrades", QueryTrades, QueryTradesParams)
LEDGERS = read("Ledgers", Ledgers, LedgersParams)
QUERY_LEDGERS = read("QueryLedgers", QueryLedgers, QueryLedgersParams)
ADD_EXPORT = write("AddExport", AddedExport, AddExportParams)
EXPORT_STATUS = read("ExportStatus", ExportReports, ExportStatusParams)
RETRIEVE_EXPORT = read("RetrieveExport", bytes, RetrieveExportParams)
REMOVE_EXPORT = write("RemoveExport", RemovedExport, RemoveExportParams)


class History(Chapter):
    """Ask for what happened on the account."""

    def trades_history(self, **params: Unpack[TradesHistoryParams]) -> Paged[TradesHistory, AccountTrade]:
        """Return fills, newest first: `await` one page, or `async with` it for all pages."""
        return Paged(self._perform, TRADES_HISTORY, params, lambda: HistoryWalk("trades"))

    async def query_trades(self, **params: Unpack[QueryTradesParams]) -> QueryTrades:
        """Return fills by their ids."""
        return await self._perform(QUERY_TRADES, params)

    def ledgers(self, **params: Unpack[LedgersParams]) -> Paged[Ledgers, LedgerEntry]:
        """Return what changed balances, newest first: `await` one page, or `async with` it for all pages."""
        return Paged(self._perform, LEDGERS, params, lambda: HistoryWalk("ledger"))

    async def query_ledgers(self, **params: Unpack[QueryLedgersParams]) -> QueryLedgers:
        """Return entries by their ids."""
        return await self._perform(QUERY_LEDGERS, params)

    async def add_export(self, **params: Unpack[AddExportParams]) -> AddedExport:
        """Order a report."""
        return await self._perform(ADD_EXPORT, params)

    async def export_status(self, **params: Unpack[ExportStatusParams]) -> ExportReports:
        """Return how far the reports are."""
        return await self._perform(EXPORT_STATUS, params)

    async def retrieve_export(self, **params: Unpack[RetrieveExportParams]) -> bytes:
        """Return a report: a zip with one file."""
        return await self._perform(RETRIEVE_EXPORT, params)

    async def remove_export(self, **params: Unpack[RemoveExportParams]) -> RemovedExport:
        """Remove a report, or stop its making."""
        return await self._perform(REMOVE_EXPORT, params)
