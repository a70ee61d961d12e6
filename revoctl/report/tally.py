"""Counting what reports say: what is open, what is waived, and what the checks came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from revoctl.report.model import Check, Failure, Finding, Report, Severity, Status, Subject
from revoctl.text import plural

_STATUS_WORDS = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.WAIVED: "waived",
    Status.NOT_APPLICABLE: "not applicable",
    Status.NOT_EVALUATED: "not evaluated",
}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, the worst first, then by rule and subject."""
    return sorted(findings, key=lambda f: (-f.severity.rank, f.rule, f.subject, f.fingerprint))


def open_findings(reports: Iterable[Report]) -> list[Finding]:
    """The findings that no waiver covers, the worst first."""
    return worst_first(f for r in reports for f in r.findings if not f.waived)


def waived_findings(reports: Iterable[Report]) -> list[Finding]:
    """The findings that a waiver covers, the worst first."""
    return worst_first(f for r in reports for f in r.findings if f.waived)


def checks(reports: Iterable[Report], *statuses: Status) -> list[Check]:
    """All checks, or those with one of the statuses, in the reports' order."""
    return [c for r in reports for c in r.checks if not statuses or c.status in statuses]


def failures(reports: Iterable[Report]) -> list[Failure]:
    """The targets without a verdict, in the reports' order."""
    return [e for r in reports for e in r.errors]


def by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings each severity has, the worst first, without those that have none."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return {severity: n for severity, n in counts.items() if n}


def by_status(reports: Iterable[Report]) -> dict[Status, int]:
    """How many checks came to each status; every status is there."""
    counts = dict.fromkeys(Status, 0)
    for check in checks(reports):
        counts[check.status] += 1
    return counts


def severity_words(findings: Iterable[Finding]) -> str:
    """``1 critical, 3 low``; empty without findings."""
    return ", ".join(f"{n} {severity}" for severity, n in by_severity(findings).items())


def kind_words(findings: Sequence[Finding]) -> str:
    """``2 deviations, 1 weakness``; empty without findings."""
    deviations = sum(f.kind == "deviation" for f in findings)
    weaknesses = len(findings) - deviations
    parts = (
        plural(deviations, "deviation") if deviations else "",
        plural(weaknesses, "weakness", "weaknesses") if weaknesses else "",
    )
    return ", ".join(p for p in parts if p)


def status_words(reports: Iterable[Report]) -> str:
    """``41 passed, 9 failed, 3 not evaluated``; ``none`` without checks."""
    counts = by_status(reports)
    return ", ".join(f"{n} {_STATUS_WORDS[s]}" for s, n in counts.items() if n) or "none"


def subjects(reports: Iterable[Report]) -> list[Subject]:
    """Every target that a report names anywhere, each once, with its score where there is one.

    A report of one target may keep the score to itself; the target then has it.
    """
    found: dict[str, Subject] = {}
    for report in reports:
        for subject in report.subjects:
            found[subject.name] = _scored(subject, report)
        named = [c.subject for c in report.checks] + [f.subject for f in report.findings]
        for name in (*named, *(e.subject for e in report.errors)):
            found.setdefault(name, Subject(name))
    return list(found.values())


def _scored(subject: Subject, report: Report) -> Subject:
    if subject.score is None and len(report.subjects) == 1 and report.score is not None:
        return Subject(subject.name, report.score, subject.facts)
    return subject
