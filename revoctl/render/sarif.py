"""SARIF 2.1.0 (OASIS) for code scanning: one run for each tool and profile.

A finding is a result of kind ``fail``; a waived one carries an accepted suppression. A target
without a verdict makes the invocation unsuccessful; a check that was not evaluated is a
notification. Under ``-v`` every other check is a result too: ``pass``, ``notApplicable``, ``open``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from revoctl.render.items import need_reports
from revoctl.render.json import compact
from revoctl.render.sarif_results import check_result, level, result
from revoctl.report import tally
from revoctl.report.model import Kind, Report, Rule, Severity, Status
from revoctl.text import one_line, rfc3339

if TYPE_CHECKING:
    from revoctl.render.style import Style

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}


def render(item: object, style: Style) -> str:
    """The SARIF log of one or several reports."""
    groups: dict[tuple[str, str, str, str], list[Report]] = {}
    for report in need_reports(item, "sarif"):
        key = (report.tool.name, report.tool.version, report.profile.name, report.profile.digest)
        groups.setdefault(key, []).append(report)
    runs = _named(_run(group, style.verbose) for group in groups.values())
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return compact(log, indent=2, order=None) + "\n"


def _named(runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs with distinct ``automationDetails.id``: a reader refuses two of one category."""
    named: dict[str, dict[str, Any]] = {}
    for run in runs:
        category = run["automationDetails"]["id"]
        unique, number = category, 1
        while unique in named:
            number += 1
            unique = f"{category}{number}/"
        run["automationDetails"]["id"] = unique
        named[unique] = run
    return list(named.values())


def _run(reports: Sequence[Report], verbose: int) -> dict[str, Any]:
    rules = _rules(reports)
    index = {rule.id: number for number, rule in enumerate(rules)}
    found = tally.worst_first(f for r in reports for f in r.findings)
    results = [result(f, index) for f in found]
    if verbose:
        statuses = (Status.PASS, Status.NOT_APPLICABLE, Status.NOT_EVALUATED)
        results += [check_result(c, index) for c in tally.checks(reports, *statuses)]
    tool = reports[0].tool
    driver = {
        "name": one_line(tool.name),
        "version": one_line(tool.version),
        "rules": [_descriptor(rule) for rule in rules],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{one_line(tool.name)}/{one_line(reports[0].profile.name)}/"},
        "invocations": [_invocation(report, index) for report in reports],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }


def _rules(reports: Sequence[Report]) -> list[Rule]:
    """Every rule once, and a bare one for each finding whose rule the reports do not describe."""
    known = {rule.id: rule for report in reports for rule in report.rules}
    for report in reports:
        for f in report.findings:
            known.setdefault(f.rule, Rule(f.rule, f.title, f.severity, f.kind, "", ""))
        for c in report.checks:
            if c.rule not in known:
                known[c.rule] = Rule(c.rule, c.rule, Severity.INFO, Kind.WEAKNESS, "", "")
    return list(known.values())


def _descriptor(rule: Rule) -> dict[str, Any]:
    title, why, fix = one_line(rule.title), one_line(rule.why), one_line(rule.fix)
    links = [one_line(url) for url in rule.references]
    said = [p for p in (why, f"Fix: {fix}" if fix else "") if p] or [title]
    markdown = said + [f"- {url}" for url in links]
    described = {
        "id": one_line(rule.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why or title},
        "help": {"text": "\n\n".join(said + links), "markdown": "\n\n".join(markdown)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "security-severity": SECURITY_SEVERITY[rule.severity],
            "tags": ["security", str(rule.kind)],
            "precision": "high",
        },
    }
    uri = next((url for url in links if url.startswith("https://") and url.isascii()), "")
    return described | ({"helpUri": uri} if uri and " " not in uri else {})


def _invocation(report: Report, index: dict[str, int]) -> dict[str, Any]:
    failed = [
        {
            "level": "error",
            "descriptor": {"id": one_line(e.code)},
            "message": {"text": one_line(". ".join(t for t in (e.what, e.why, e.fix) if t))},
        }
        for e in report.errors
    ]
    unknown = [
        {
            "level": "note",
            "associatedRule": {"id": one_line(c.rule), "index": index[c.rule]},
            "message": {"text": one_line(f"{c.subject} was not evaluated: {c.reason}")},
        }
        for c in report.checks
        if c.status is Status.NOT_EVALUATED
    ]
    return {
        "executionSuccessful": not report.errors,
        "startTimeUtc": rfc3339(report.started),
        "endTimeUtc": rfc3339(report.finished),
        "toolExecutionNotifications": failed + unknown,
    }
