"""One finding at length: what was seen and where, why it matters, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable

from revoctl.report.document import Code, Detail, Fact, Quote, fact, severity_cell
from revoctl.report.model import Finding, Fix, Rule
from revoctl.text import lines, one_line, rfc3339


def advice(finding: Finding, rule: Rule | None) -> str:
    """What to do, on one line: the finding's own edit, else the rule's words."""
    said = fix_words(finding.fix) if finding.fix else ""
    return said or (one_line(rule.fix) if rule else "")


def fix_words(fix: Fix) -> str:
    """An edit of the policy in words: ``set NAME: VALUE``, ``remove NAME``, or its note."""
    if fix.action == "set":
        return one_line(f"set {fix.header}: {fix.value}")
    if fix.action == "remove":
        return one_line(f"remove {fix.header}")
    return one_line(fix.note)


def detail(finding: Finding, rule: Rule | None, snippet: Callable[[Fix], str] | None) -> Detail:
    """The detail of a finding, grouped by its subject; ``snippet`` renders the fix to copy."""
    return Detail(
        title=one_line(finding.title),
        label=severity_cell(finding.severity),
        group=one_line(finding.subject),
        facts=_facts(finding, rule),
        text=tuple(t for t in (one_line(finding.detail), one_line(rule.why) if rule else "") if t),
        quotes=tuple(
            Quote(one_line(e.source), lines(e.excerpt), rfc3339(e.at) if e.at else "")
            for e in finding.evidence
        ),
        code=_code(finding, snippet),
        links=rule.references if rule else (),
    )


def _facts(finding: Finding, rule: Rule | None) -> tuple[Fact, ...]:
    note = finding.fix.note if finding.fix and finding.fix.action != "advise" else ""
    said = (
        ("Rule", finding.rule),
        ("Kind", str(finding.kind)),
        ("Fix", advice(finding, rule)),
        ("Note", note),
        ("Waived", finding.waived),
    )
    return tuple(fact(label, one_line(value)) for label, value in said if value)


def _code(finding: Finding, snippet: Callable[[Fix], str] | None) -> tuple[Code, ...]:
    text = snippet(finding.fix) if snippet and finding.fix else ""
    return (Code("Configuration to paste", lines(text)),) if text.strip() else ()
