"""What is weak in policies by themselves: ``revoctl headers csp check``.

The judges are those of the CSP rules over a page (``rules/csp_*.py``); this module runs them on
bare texts at a CSP level. :data:`EVALUATOR_TYPES` relates our rules to the finding types of
Google's CSP Evaluator (npm csp_evaluator 1.1.8), whose depth this has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from revoctl.headers.rules import (
    csp_bypass,
    csp_fallback,
    csp_keywords,
    csp_nonces,
    csp_reporting,
    csp_sources,
    csp_strict,
    csp_syntax,
    csp_values,
)
from revoctl.headers.rules.csp_delivery import LIMIT, CspRule, fix_of
from revoctl.headers.rules.csp_posture import Flaw, Posture
from revoctl.headers.rules.rule import HeaderRule
from revoctl.headers.syntax.csp import Directive, Policy, parse_lines
from revoctl.headers.syntax.csp_levels import LEVELS, Ignored, effective, ignored
from revoctl.report.model import (
    Check,
    Evidence,
    Finding,
    Model,
    ProfileRef,
    Report,
    Severity,
    Status,
    Subject,
    Tool,
    fingerprint,
)

SCHEMA = "revoctl.headers.csp/v1"

_ALL: tuple[HeaderRule, ...] = (
    *csp_keywords.RULES,
    *csp_sources.RULES,
    *csp_fallback.RULES,
    *csp_bypass.RULES,
    *csp_strict.RULES,
    *csp_nonces.RULES,
    *csp_reporting.RULES,
    *csp_syntax.RULES,
    *csp_values.RULES,
    *csp_nonces.NOTES,
)
RULES: tuple[CspRule, ...] = tuple(r for r in _ALL if isinstance(r, CspRule))
"""The rules that need no page, in the order of their findings."""

EVALUATOR_TYPES = {
    "csp-script-unsafe-inline": "SCRIPT_UNSAFE_INLINE",
    "csp-script-unsafe-hashes": "SCRIPT_UNSAFE_HASHES",
    "csp-script-unsafe-eval": "SCRIPT_UNSAFE_EVAL",
    "csp-style-unsafe-inline": "STYLE_UNSAFE_INLINE",
    "csp-wildcard-source": "PLAIN_WILDCARD",
    "csp-plain-scheme": "PLAIN_URL_SCHEMES",
    "csp-insecure-source": "SRC_HTTP",
    "csp-ip-source": "IP_SOURCE",
    "csp-missing-script-src": "MISSING_DIRECTIVES",
    "csp-missing-object-src": "MISSING_DIRECTIVES",
    "csp-missing-base-uri": "MISSING_DIRECTIVES",
    "csp-allowlist-bypass": "SCRIPT_ALLOWLIST_BYPASS",
    "csp-allowlist-possible-bypass": "SCRIPT_ALLOWLIST_BYPASS",
    "csp-object-allowlist": "OBJECT_ALLOWLIST_BYPASS",
    "csp-script-host-allowlist": "STRICT_DYNAMIC",
    "csp-strict-dynamic-without-nonce": "STRICT_DYNAMIC_NOT_STANDALONE",
    "csp-strict-dynamic-not-backward-compatible": "ALLOWLIST_FALLBACK",
    "csp-nonce-not-backward-compatible": "UNSAFE_INLINE_FALLBACK",
    "csp-trusted-types-missing": "REQUIRE_TRUSTED_TYPES_FOR_SCRIPTS",
    "csp-nonce-short": "NONCE_LENGTH",
    "csp-nonce-charset": "NONCE_CHARSET",
    "csp-reporting-missing": "REPORTING_DESTINATION_MISSING",
    "csp-reporting-only-report-to": "REPORT_TO_ONLY",
    "csp-syntax-unknown-directive": "UNKNOWN_DIRECTIVE",
    "csp-syntax-missing-semicolon": "MISSING_SEMICOLON",
    "csp-syntax-unquoted-keyword": "INVALID_KEYWORD",
    "csp-syntax-invalid-keyword": "INVALID_KEYWORD",
    "csp-deprecated-directive": "DEPRECATED_DIRECTIVE",
    "csp-source-ignored": "IGNORED",
}
"""CSP Evaluator's name for what a rule finds; rules that it has not are not listed."""


class CspFinding(Model, frozen=True):
    """One finding: ``evaluator`` is CSP Evaluator's type, if it has one; ``policy`` counts from 0.

    ``directive`` and ``value`` are those at fault; ``value`` is empty where a directive is missing.
    """

    rule: str
    severity: Severity
    directive: str
    text: str
    value: str = ""
    evaluator: str = ""
    policy: int = 0


class Effect(Model, frozen=True):
    """What a browser of one CSP level enforces of one policy, and what it passes over."""

    level: int
    policy: int
    text: str
    ignored: tuple[Ignored, ...] = ()


def check(policies: Sequence[str], level: int = 3) -> tuple[CspFinding, ...]:
    """Judge policies that are enforced together, as a browser of CSP level 1, 2 or 3 reads them.

    Each text is a header line, in which commas separate policies. Any text is answered.
    """
    posture = Posture(_read(policies), level)
    return tuple(
        CspFinding(
            rule.rule.id,
            flaw.severity or rule.rule.severity,
            flaw.directive,
            flaw.text,
            flaw.value,
            EVALUATOR_TYPES.get(rule.rule.id, ""),
            flaw.policy,
        )
        for rule, flaw in _flaws(posture)
    )


def effects(policies: Sequence[str]) -> tuple[Effect, ...]:
    """What browsers of each level enforce: every policy at level 1, then at level 2 and 3."""
    return tuple(
        Effect(level, i, str(effective(policy, level)), ignored(policy, level))
        for level in LEVELS
        for i, policy in enumerate(_read(policies))
    )


def report(policies: Sequence[str], level: int = 3, *, now: datetime, version: str) -> Report:
    """The findings of :func:`check` as a report; each policy is a subject, counted from 1."""
    read = _read(policies)
    posture = Posture(read, level)
    found = list(_flaws(posture))
    failed = {(rule.rule.id, flaw.policy) for rule, flaw in found}
    return Report(
        schema=SCHEMA,
        tool=Tool("revoctl", version),
        started=now,
        finished=now,
        profile=ProfileRef(f"CSP level {level}"),
        subjects=tuple(Subject(_name(i), facts=_facts(p)) for i, p in enumerate(read)),
        rules=tuple(r.rule for r in RULES),
        checks=tuple(
            Check(r.rule.id, _name(i), Status.FAIL if (r.rule.id, i) in failed else Status.PASS)
            for i in range(len(read))
            for r in RULES
        ),
        findings=tuple(
            _finding(posture, rule, flaw, n < LIMIT) for n, (rule, flaw) in enumerate(found)
        ),
    )


def _read(policies: Sequence[str]) -> tuple[Policy, ...]:
    """The policies, empty ones left out; if nothing is left, one that says nothing."""
    return parse_lines(policies) or (Policy(),)


def _flaws(posture: Posture) -> Iterator[tuple[CspRule, Flaw]]:
    for rule in RULES:
        for flaw in rule.find(posture):
            yield rule, flaw


def _finding(posture: Posture, rule: CspRule, flaw: Flaw, mend: bool) -> Finding:
    """A flaw as a finding. ``mend``: with the edited policy, which is costly for thousands."""
    subject = _name(flaw.policy)
    directive = posture.policies[flaw.policy].get(flaw.directive)
    lines = (Evidence(subject, _excerpt(directive)),) if directive else ()
    return Finding(
        rule.rule.id,
        flaw.severity or rule.rule.severity,
        rule.rule.kind,
        subject,
        rule.rule.title,
        flaw.text,
        fingerprint(rule.rule.id, subject, flaw.key),
        lines,
        fix_of(posture, flaw) if mend else None,
    )


def _excerpt(directive: Directive) -> str:
    """The directive's beginning; written in full for each of its sources it would take long."""
    return " ".join((directive.name, *directive.values[:30]))[:300]


def _name(index: int) -> str:
    return f"policy {index + 1}"


def _facts(policy: Policy) -> tuple[tuple[str, str], ...]:
    return (
        ("sent", str(policy)),
        *((f"level {level}", str(effective(policy, level))) for level in LEVELS),
    )
