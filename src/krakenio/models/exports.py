"""Reports: `result` of AddExport, ExportStatus and RemoveExport (docs.kraken.com). RetrieveExport gives a zip."""

from decimal import Decimal
from typing import TypeAlias

from krakenio.wire import Wire


class AddedExport(Wire, frozen=True, gc=False):
    """`result` of AddExport: the report's name in the other calls."""

    id: str


class ExportReport(Wire, frozen=True, gc=False):
    """One report: `status` is `Queued`, `Processing` or `Processed`, `error` tells a failure. Times: Unix seconds.

    `flags`, `expiretm` and `aclass` are deprecated; `asset_classes` took the place of the last one.
    """

    id: str
    status: str
    descr: str | None = None
    format: str | None = None
    report: str | None = None
    subtype: str | None = None
    error: str | None = None
    flags: str | None = None
    fields: str | None = None
    createdtm: Decimal | None = None
    starttm: Decimal | None = None
    completedtm: Decimal | None = None
    endtm: Decimal | None = None
    datastarttm: Decimal | None = None
    dataendtm: Decimal | None = None
    expiretm: Decimal | None = None
    aclass: str | None = None
    asset: str | None = None
    asset_classes: list[str] | None = None
    delete: bool | None = None


class RemovedExport(Wire, frozen=True, gc=False):
    """`result` of RemoveExport: which of the two was done."""

    delete: bool | None = None
    cancel: bool | None = None


ExportReports: TypeAlias = list[ExportReport]
"""`result` of ExportStatus."""
