"""Every rule of this wing by family, and the one function that applies them all to a page."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import LONGEST_QUOTE, quote
from revoctl.headers.rules.rule import HeaderRule, Judge, Problem, Skip
from revoctl.policy.headers import RuleSetting
from revoctl.report.model import (
    Check,
    Evidence,
    Finding,
    Rule,
    Severity,
    Status,
    fingerprint,
)

_HERE = "revoctl.headers.rules"

FAMILIES = {
    "csp": f"{_HERE}.csp:RULES",
    "csp-syntax": f"{_HERE}.csp_syntax:RULES",
    "csp-keywords": f"{_HERE}.csp_keywords:RULES",
    "csp-values": f"{_HERE}.csp_values:RULES",
    "csp-sources": f"{_HERE}.csp_sources:RULES",
    "csp-fallback": f"{_HERE}.csp_fallback:RULES",
    "csp-nonces": f"{_HERE}.csp_nonces:RULES",
    "csp-strict": f"{_HERE}.csp_strict:RULES",
    "csp-bypass": f"{_HERE}.csp_bypass:RULES",
    "csp-reporting": f"{_HERE}.csp_reporting:RULES",
    "hsts": f"{_HERE}.hsts:RULES",
    "hsts-flaws": f"{_HERE}.hsts_flaws:RULES",
    "framing": f"{_HERE}.framing:RULES",
    "nosniff": f"{_HERE}.nosniff:RULES",
    "referrer": f"{_HERE}.referrer:RULES",
    "permissions": f"{_HERE}.permissions:RULES",
    "isolation": f"{_HERE}.isolation:RULES",
    "cookies": f"{_HERE}.cookies:RULES",
    "cors": f"{_HERE}.cors:RULES",
    "sri": f"{_HERE}.sri:RULES",
    "redirects": f"{_HERE}.redirects:RULES",
    "redirect-stops": f"{_HERE}.redirect_stops:RULES",
    "transport": f"{_HERE}.transport:RULES",
    "caching": f"{_HERE}.caching:RULES",
    "clear-site-data": f"{_HERE}.clear_site_data:RULES",
    "reporting": f"{_HERE}.reporting:RULES",
    "controls": f"{_HERE}.controls:RULES",
    "deprecated": f"{_HERE}.deprecated:RULES",
    "disclosure": f"{_HERE}.disclosure:RULES",
    "declared": f"{_HERE}.declared:RULES",
    "response": f"{_HERE}.response:RULES",
}
"""Family to ``module:attribute`` of its tuple of rules, in the order of a report."""


@cache
def rules() -> tuple[HeaderRule, ...]:
    """All rules, family by family."""
    return tuple(rule for address in FAMILIES.values() for rule in _load(address))


@cache
def metadata() -> tuple[Rule, ...]:
    """What every rule says of itself, in the catalogue's order."""
    return tuple(one.rule for one in rules())


def _load(address: str) -> tuple[HeaderRule, ...]:
    module, _, attribute = address.partition(":")
    found: tuple[HeaderRule, ...] = getattr(import_module(module), attribute)
    return found


@cache
def _index() -> dict[str, HeaderRule]:
    return {one.rule.id: one for one in rules()}


def find(id: str) -> HeaderRule | None:
    """The rule of that id, None if there is none."""
    return _index().get(id)


def judge(page: Page, subject: str) -> tuple[tuple[Check, ...], tuple[Finding, ...]]:
    """Apply every rule to a page: one check for each, and the findings, in the catalogue's order.

    The policy's settings of rules are obeyed: ``off`` makes a rule not applicable for the reason
    that the policy gives, and another severity replaces the rule's own. ``subject`` names the page
    in checks, findings and fingerprints.
    """
    checks: list[Check] = []
    findings: list[Finding] = []
    settings = page.policy.rules
    for id, judge_page, one in _plan():
        if id in settings and settings[id].severity == "off":
            checks.append(Check(id, subject, Status.NOT_APPLICABLE, f"off: {settings[id].reason}"))
            continue
        verdict = judge_page(page)
        if isinstance(verdict, Skip):
            checks.append(Check(id, subject, verdict.status, verdict.reason))
        elif not verdict:
            checks.append(Check(id, subject, _PASS))
        else:
            checks.append(Check(id, subject, Status.FAIL))
            findings += [_finding(one, subject, each, settings.get(id)) for each in verdict]
    return tuple(checks), tuple(findings)


_PASS = Status.PASS
"""Looked up once: reading a member of an enumeration costs as much as making a check."""


@cache
def _plan() -> tuple[tuple[str, Judge, HeaderRule], ...]:
    return tuple((one.rule.id, one.judge, one) for one in rules())


def _finding(
    one: HeaderRule, subject: str, problem: Problem, setting: RuleSetting | None
) -> Finding:
    rule = one.rule
    severity = Severity(setting.severity) if setting else problem.severity or rule.severity
    return Finding(
        rule=rule.id,
        severity=severity,
        kind=rule.kind,
        subject=subject,
        title=rule.title,
        detail=problem.detail,
        fingerprint=fingerprint(rule.id, subject, problem.key),
        evidence=tuple(_cut(e) for e in problem.evidence),
        fix=problem.fix,
    )


def _cut(evidence: Evidence) -> Evidence:
    """Evidence with an excerpt that a report can hold, however long the header was."""
    if len(evidence.excerpt) <= LONGEST_QUOTE:
        return evidence
    return Evidence(evidence.source, quote(evidence.excerpt), evidence.at, evidence.digest)
