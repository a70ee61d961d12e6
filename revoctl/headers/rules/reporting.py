"""Rules of Reporting-Endpoints and NEL: where browsers send what went wrong."""

from __future__ import annotations

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.headers.syntax import reporting
from revoctl.report.model import Fix, Severity

_REPORTING = "https://www.w3.org/TR/reporting-1/#header"
_NEL_FIX = Fix("advise", "NEL", note='{"report_to": "group", "max_age": 2592000}')
_NEL = "https://www.w3.org/TR/network-error-logging/#nel-response-header"


@rule(
    "reporting-endpoints-invalid",
    "Reporting-Endpoints names endpoints that browsers ignore",
    Severity.LOW,
    why="Reports of blocked attacks never arrive, so nobody notices them.",
    fix='Write name="https://reports.example/path", entries between commas.',
    references=(_REPORTING,),
)
def endpoints_invalid(page: Page) -> Verdict:
    """The header is not a structured dictionary of https addresses in quotes."""
    lines = page.values("reporting-endpoints")
    if not lines:
        return ABSENT
    fix = Fix("advise", "Reporting-Endpoints", note='name="https://address"')
    evidence = page.evidence("reporting-endpoints")
    return [
        Problem(quote(f"{name}: {reason}" if name else reason), name, evidence, fix)
        for name, reason in reporting.endpoint_problems(lines)
    ]


@rule(
    "nel-invalid",
    "NEL is malformed and ignored",
    Severity.INFO,
    why="Browsers then report no network errors, among them those of an attacker on the path.",
    fix='Write {"report_to": "group", "max_age": 2592000}.',
    references=(_NEL,),
)
def nel_invalid(page: Page) -> Verdict:
    """The header is not the JSON object that the specification asks for."""
    lines = page.values("nel")
    if not lines:
        return ABSENT
    reason = reporting.nel_problem(lines)
    if not reason:
        return ()
    return (Problem(quote(f"{reason}: {', '.join(lines)}"), "", page.evidence("nel"), _NEL_FIX),)


RULES: tuple[HeaderRule, ...] = (endpoints_invalid, nel_invalid)
