"""Names only, one a line, for scripts: what can be handed on to another command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from revoctl.render.items import as_reports, plain
from revoctl.text import one_line

if TYPE_CHECKING:
    from revoctl.render.style import Style

_KEYS = ("id", "name", "subject", "target", "rule")


def render(item: object, style: Style) -> str:
    """``RULE SUBJECT`` of each open finding; the first cells of a page's tables; else names."""
    return "".join(f"{one_line(name)}\n" for name in _names(item))


def _names(item: object) -> Iterable[str]:
    from revoctl.report.document import Document

    reports = as_reports(item)
    if reports is not None:
        from revoctl.report.tally import open_findings

        return [f"{f.rule} {f.subject}" for f in open_findings(reports)]
    if isinstance(item, Document):
        return [row[0].text for t in item.tables if not t.appendix for row in t.rows if row]
    tree = plain(item)
    return map(_name, tree if isinstance(tree, list) else [tree])


def _name(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    return str(next((entry[key] for key in _KEYS if key in entry), next(iter(entry.values()), "")))
