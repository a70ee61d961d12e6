"""Workflow commands that GitHub Actions shows as annotations, the worst first.

It shows ten of each level for a step, so the summary is the first notice. The escapes are those of
the runner: ``%``, CR and LF in a message, and ``:`` and ``,`` in a property as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from revoctl.render.items import need_reports
from revoctl.report import tally
from revoctl.report.details import advice
from revoctl.report.model import Finding, Report, Rule, Severity
from revoctl.text import one_line

if TYPE_CHECKING:
    from revoctl.render.style import Style

_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}


def render(item: object, style: Style) -> str:
    """A command for each failure and each open finding, one a line, after a summary."""
    from revoctl.report.overview import document

    reports = need_reports(item, "github")
    headline = document(reports).headline
    words = (headline.caption, headline.verdict) if headline else ()
    summary = command("notice", "revoctl", ". ".join(w for w in words if w))
    rules = {rule.id: rule for report in reports for rule in report.rules}
    failed = [
        command("error", e.code, ". ".join(t.rstrip(". ") for t in (e.what, e.why, e.fix) if t))
        for e in tally.failures(reports)
    ]
    return "".join(f"{c}\n" for c in (summary, *failed, *_commands(reports, rules)))


def command(level: str, title: str, message: str) -> str:
    """``::LEVEL title=TITLE::MESSAGE`` with all escaped that could end or start a command."""
    name = _data(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={name}::{_data(message)}"


def _data(text: str) -> str:
    flat = one_line(text)
    return flat.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _commands(reports: tuple[Report, ...], rules: dict[str, Rule]) -> Iterator[str]:
    for finding in tally.open_findings(reports):
        level = _LEVELS.get(finding.severity, "notice")
        title = f"{finding.rule} ({finding.severity})"
        yield command(level, title, _message(finding, rules.get(finding.rule)))


def _message(finding: Finding, rule: Rule | None) -> str:
    fix = advice(finding, rule)
    said = (f"{finding.subject}: {finding.title}", finding.detail, f"Fix: {fix}" if fix else "")
    return ". ".join(s.rstrip(". ") for s in said if s)
