"""GitLab's code quality report: a JSON array of what is open, and of targets without a verdict.

GitLab compares two branches by fingerprint, which therefore is unique within the array.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from revoctl.render.items import encodable, need_reports
from revoctl.render.json import compact
from revoctl.report import tally
from revoctl.report.model import Failure, Finding, Severity, fingerprint
from revoctl.text import one_line

if TYPE_CHECKING:
    from revoctl.render.style import Style

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(item: object, style: Style) -> str:
    """The report of one or several audits; waived findings are left out."""
    reports = need_reports(item, "gitlab")
    entries = [_finding(f) for f in tally.open_findings(reports)]
    entries += [_failure(e) for e in tally.failures(reports)]
    return compact(_distinct(entries), indent=2, order=None) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.evidence[0].source if finding.evidence else finding.subject
    said = f"{finding.title}: {finding.detail}" if finding.detail else finding.title
    return _entry(finding.rule, said, finding.fingerprint, _SEVERITIES[finding.severity], source)


def _failure(failure: Failure) -> dict[str, Any]:
    said = f"No verdict: {failure.what}. {failure.why}".rstrip(". ")
    mark = fingerprint(encodable(failure.code), encodable(failure.subject))
    return _entry(failure.code, said, mark, "major", failure.subject)


def _entry(check: str, said: str, mark: str, severity: str, source: str) -> dict[str, Any]:
    return {
        "description": one_line(said),
        "check_name": one_line(check),
        "fingerprint": encodable(mark),
        "severity": severity,
        "location": {"path": one_line(source) or "target", "lines": {"begin": 1}},
    }


def _distinct(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    for entry in entries:
        mark = entry["fingerprint"]
        seen[mark] = seen.get(mark, 0) + 1
        if seen[mark] > 1:
            again = f"{mark}\0{seen[mark]}".encode()
            entry["fingerprint"] = hashlib.blake2b(again, digest_size=10).hexdigest()
    return entries
