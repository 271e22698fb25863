"""Answer the calls for reports: a report that was ordered becomes a zip after a while.

Source: rest-endpoints §3; how a report is written: importers that read real ones, 2017 to 2026.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from msgspec import Raw

from krakenio.sim.accounts.access import Key
from krakenio.sim.accounts.vault import Report
from krakenio.sim.clock import SECOND
from krakenio.sim.core import Core
from krakenio.sim.markets.wallets import type_of
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.activity import ledgers, trades_history
from krakenio.sim.rest.params import Params, chosen, needed, refuse, whole

KINDS = ("trades", "ledgers")
FIELDS: dict[str, tuple[str, ...]] = {
    "trades": ("ordertxid", "time", "ordertype", "price", "cost", "fee", "vol", "margin", "misc", "ledgers"),
    "ledgers": ("refid", "time", "type", "subtype", "aclass", "asset", "amount", "fee", "balance", "wallet"),
}
"""What `fields` may name; a report of all of them has more beside."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "trades": ("ordertxid", "pair", "aclass", "time", "type", *FIELDS["trades"][2:]),
    "ledgers": ("refid", "time", "type", "subtype", "aclass", "asset", "wallet", "amount", "fee", "balance"),
}
"""In the order of real reports, of which the newest have some more."""
_NUMBERS = frozenset({"price", "cost", "fee", "vol", "margin", "amount", "balance"})
_SEPARATORS = {"CSV": ",", "TSV": "\t"}


def add_export(core: Core, key: Key, params: Params) -> object:
    """Order a report: since the month began, and of all up to now, where no times are named."""
    needed(params, "report", "description")
    now, kind = core.clock(), chosen(params, "report", KINDS, "")
    report = Report(
        core.ids.make("X")[:4],
        kind,
        params["description"],
        chosen(params, "format", tuple(_SEPARATORS), "CSV"),
        _fields(params, kind),
        now,
        whole(params, "starttm", _month_of(now)) * SECOND,
        whole(params, "endtm", 0) * SECOND if params.get("endtm") else (now // SECOND + 1) * SECOND,
    )
    key.account.vault.reports[report.report_id] = report
    return {"id": report.report_id}


def _month_of(now: int) -> int:
    """Return when the month began, in Unix seconds."""
    first = datetime.fromtimestamp(now // SECOND, UTC).replace(day=1, hour=0, minute=0, second=0)
    return int(first.timestamp())


def export_status(core: Core, key: Key, params: Params) -> object:
    """Return the reports of one kind."""
    kind = chosen(params, "report", KINDS, "")
    return [_row(report, core.clock()) for report in key.account.vault.reports.values() if report.kind == kind]


def retrieve_export(core: Core, key: Key, params: Params) -> bytes:
    """Return the zip of a report that is ready."""
    report = _named(key, params)
    if report.status(core.clock()) != "Processed":
        raise Refused("EExport:Not ready")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        name = zipfile.ZipInfo(f"{report.kind}.{report.form.lower()}", (2026, 1, 1, 0, 0, 0))
        archive.writestr(name, _table(core, key, report))
    return packed.getvalue()


def remove_export(core: Core, key: Key, params: Params) -> object:
    """Delete a report that is ready, or cancel one that is not."""
    report, done = _named(key, params), "Processed"
    kind = chosen(params, "type", ("delete", "cancel"), "")
    if (report.status(core.clock()) == done) != (kind == "delete"):
        raise Refused("EExport:Invalid type")
    del key.account.vault.reports[report.report_id]
    return {kind: True}


def _fields(params: Params, kind: str) -> str:
    fields = params.get("fields") or "all"
    if fields != "all" and not set(fields.split(",")) <= set(FIELDS[kind]):
        raise refuse("fields")
    return fields


def _named(key: Key, params: Params) -> Report:
    report = key.account.vault.reports.get(needed(params, "id")[0])
    if report is None:
        raise Refused("EExport:Unknown report")
    return report


def _table(core: Core, key: Key, report: Report) -> str:
    """Write the rows of the report's time as text with separators, the oldest first."""
    rows, wanted = list(_rows(core, key, report))[::-1], report.fields.split(",")
    names = [name for name in COLUMNS[report.kind] if report.fields == "all" or name in wanted]
    table = [['"txid"', *(f'"{name}"' for name in names)]]
    table += [[f'"{txid}"', *(_cell(name, row[name], report.kind) for name in names)] for txid, row in rows]
    return "".join(_SEPARATORS[report.form].join(line) + "\n" for line in table)


def _rows(core: Core, key: Key, report: Report) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield all rows, the newest first, with what only reports have."""
    act, member = (trades_history, "trades") if report.kind == "trades" else (ledgers, "ledger")
    params = {"start": str(report.start // SECOND), "end": str(report.end // SECOND), "ledgers": "true"}
    params["with_cursor"], after = "true", ""
    while after is not None:
        answer: Any = act(core, key, {**params, "cursor": after})
        yield from ((txid, {**row, **_wallet(key, txid)}) for txid, row in answer[member].items())
        after = answer["cursor"]["next"]


def _wallet(key: Key, txid: str) -> dict[str, object]:
    """Return the wallet of a change of a balance; trades have none."""
    entry = key.account.entries.get(txid)
    return {} if entry is None else {"wallet": f"{type_of(entry.cause.wallet)} / {entry.cause.wallet}"}


def _cell(name: str, value: object, kind: str) -> str:
    """Write a value as text: in quotation marks, but for numbers."""
    if name == "time" and isinstance(value, Raw):
        return f'"{_time(Decimal(bytes(value).decode()), kind)}"'
    if isinstance(value, list):
        return f'"{",".join(map(str, cast("list[object]", value)))}"'
    return str(value) if name in _NUMBERS else f'"{value}"'


def _time(seconds: Decimal, kind: str) -> str:
    """Write a time in UTC: of a trade with four decimals, of a change of a balance with none."""
    text = f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}"
    return f"{text}.{int(seconds % 1 * 10_000):04}" if kind == "trades" else text


def _row(report: Report, now: int) -> dict[str, object]:
    return {
        "id": report.report_id,
        "descr": report.description,
        "format": report.form,
        "report": report.kind,
        "subtype": "all",
        "status": report.status(now),
        "flags": "0",
        "fields": report.fields,
        "createdtm": str(report.created // SECOND),
        "expiretm": str(report.created // SECOND + 1_209_600),
        "starttm": str(report.created // SECOND),
        "completedtm": str(report.created // SECOND + 10),
        "datastarttm": str(report.start // SECOND),
        "dataendtm": str(report.end // SECOND),
        "endtm": str(report.end // SECOND),
        "aclass": "forex",
        "asset": "all",
        "asset_classes": ["forex"],
        "delete": False,
    }
