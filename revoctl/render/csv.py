"""CSV for spreadsheets and line tools: a header, then one record a line (RFC 4180, ending in LF).

Cells that a spreadsheet would run as a formula start with an apostrophe (OWASP, CSV injection);
line breaks and control characters are visible escapes, so that a record is always one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from revoctl.render.items import as_reports, plain
from revoctl.text import printable

if TYPE_CHECKING:
    from revoctl.render.style import Style
    from revoctl.report.document import Document, Table
    from revoctl.report.model import Report

FINDING_COLUMNS = (
    "subject",
    "status",
    "severity",
    "kind",
    "rule",
    "title",
    "detail",
    "fix",
    "waived",
    "source",
    "fingerprint",
)
_FORMULA = frozenset("=+-@\t\r＝＋－＠")  # noqa: RUF001 - full-width forms run too
_QUOTED = frozenset(',;"')


def render(item: object, style: Style) -> str:
    """Findings and failures of reports; the tables of a page; else a row for each entry."""
    from revoctl.report.document import Document

    reports = as_reports(item)
    if reports is not None:
        return _records(FINDING_COLUMNS, _findings(reports))
    if isinstance(item, Document):
        return _document(item)
    return _data(plain(item))


def cell(value: object) -> str:
    """One value as a CSV field; numbers stay numbers, texts are made harmless."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if text.lstrip(" ")[:1] in _FORMULA and text.strip(" "):
        text = f"'{text}"
    text = printable(text)
    quoted = not _QUOTED.isdisjoint(text) or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if quoted else text


def _records(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    return "".join(",".join(map(cell, row)) + "\n" for row in (header, *rows))


def _findings(reports: tuple[Report, ...]) -> Iterable[tuple[object, ...]]:
    from revoctl.report import tally
    from revoctl.report.details import advice

    rules = {rule.id: rule for report in reports for rule in report.rules}
    for f in (*tally.open_findings(reports), *tally.waived_findings(reports)):
        fix = advice(f, rules.get(f.rule))
        source = f.evidence[0].source if f.evidence else ""
        status = "waived" if f.waived else "open"
        said = (f.title, f.detail, fix, f.waived, source, f.fingerprint)
        yield (f.subject, status, str(f.severity), str(f.kind), f.rule, *said)
    for e in tally.failures(reports):
        yield (e.subject, "error", "", "", e.code, e.what, e.why, e.fix, "", "", "")


def _document(document: Document) -> str:
    tables = [t for t in document.tables if t.rows]
    if not tables:
        return _records(("label", "value"), ((f.label, f.value.text) for f in document.facts))
    return "\n".join(_table(t) for t in tables)


def _table(table: Table) -> str:
    header = [c.key or "_".join(c.title.lower().split()) for c in table.columns]
    return _records(header, ([c.text for c in row] for row in table.rows))


def _data(tree: Any) -> str:
    entries = tree if isinstance(tree, list) else [tree]
    if not all(isinstance(entry, Mapping) for entry in entries):
        return _records(("value",), ([_flat(entry)] for entry in entries))
    header = list(dict.fromkeys(key for entry in entries for key in entry))
    return _records(header, ([_flat(entry.get(key)) for key in header] for entry in entries))


def _flat(value: object) -> object:
    if isinstance(value, dict | list):
        from revoctl.render.json import compact

        return compact(value)
    return value
