"""One finding at length: what was seen and where, why it matters, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from revoctl.report.document import Cell, Code, Detail, Fact, Quote, Tone, fact, severity_cell
from revoctl.report.model import Finding, Fix, Kind, Rule
from revoctl.text import lines, one_line, rfc3339

Snippet = Callable[[Sequence[Fix]], str]
"""Edits of the policy as one configuration to paste; empty where there is nothing to write."""


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


def settled(found: Sequence[Finding]) -> dict[str, Fix]:
    """What each header is to be set to, by lower-case name: the policy's value where there is one.

    Several findings on one header each know an edit that mends them alone; only one can be written.
    """
    chosen: dict[str, Fix] = {}
    for finding in sorted(found, key=lambda f: f.kind is not Kind.DEVIATION):
        if finding.fix and finding.fix.action == "set":
            chosen.setdefault(finding.fix.header.lower(), finding.fix)
    return chosen


def remedies(found: Sequence[Finding], rules: dict[str, Rule]) -> dict[str, list[str]]:
    """What to do, each advice once, and the rules of the findings that it mends."""
    chosen = settled(found)
    grouped: dict[str, dict[str, None]] = {}
    for finding in found:
        fix, rule = finding.fix, rules.get(finding.rule)
        own = fix is None or fix.action != "set" or chosen[fix.header.lower()].value == fix.value
        words = advice(finding, rule) if own or rule is None else one_line(rule.fix)
        grouped.setdefault(words, {})[one_line(finding.rule)] = None
    return {words: list(names) for words, names in grouped.items() if words}


def paste(found: Sequence[Finding], snippet: Snippet) -> tuple[Detail, ...]:
    """All edits together as one configuration to paste; nothing where there is none."""
    chosen = settled(found)
    removed = {f.fix.header: f.fix for f in found if f.fix and f.fix.action == "remove"}
    text = snippet([*chosen.values(), *removed.values()])
    code = Code("Configuration to paste", lines(text.expandtabs(4)))
    label = Cell("fix", Tone.GOOD)
    return (Detail("All of it at once", label, code=(code,)),) if text.strip() else ()


def detail(finding: Finding, rule: Rule | None, snippet: Snippet | None) -> Detail:
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


def _code(finding: Finding, snippet: Snippet | None) -> tuple[Code, ...]:
    text = snippet([finding.fix]) if snippet and finding.fix else ""
    return (Code("Configuration to paste", lines(text.expandtabs(4))),) if text.strip() else ()
