"""Where violations of the policies are reported to.

Sources: CSP Level 3, section 6.5 (reporting directives); Reporting API (W3C), section 3.2: a
report-to group is defined by the header Reporting-Endpoints, formerly Report-To.
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page
from revoctl.headers.rules.csp_delivery import csp_rule, enforced, evidence
from revoctl.headers.rules.csp_posture import Flaw, Posture, quote
from revoctl.headers.rules.rule import Problem, Skip, Verdict, not_applicable, rule
from revoctl.report.model import Fix, Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
REPORTING = "https://www.w3.org/TR/reporting-1/#header"
_REFERENCES = (f"{SPEC}#directives-reporting", f"{MDN}/report-to")
_NO_GROUP = not_applicable("no policy has report-to")


@csp_rule(
    "csp-reporting-missing",
    "Violations are not reported",
    Severity.INFO,
    why="Attacks that the policy stops, and pages that it breaks, go unnoticed.",
    fix="Add report-to with a group of the Reporting-Endpoints header, and report-uri for browsers "
    "without it.",
    references=_REFERENCES,
)
def reporting_missing(posture: Posture) -> Sequence[Flaw]:
    """Neither report-to nor report-uri in any policy."""
    if posture.values("report-uri") or posture.values("report-to"):
        return ()
    return (Flaw("report-uri", "no policy says where violations are reported"),)


@csp_rule(
    "csp-reporting-only-report-to",
    "Violations are reported by report-to alone",
    Severity.INFO,
    why="Browsers without the Reporting API report nothing, so part of the attacks go unnoticed.",
    fix="Add report-uri with the same address.",
    references=_REFERENCES,
)
def only_report_to(posture: Posture) -> Sequence[Flaw]:
    """report-to without report-uri."""
    if posture.values("report-uri") or not posture.values("report-to"):
        return ()
    return (Flaw("report-to", "no policy has report-uri beside report-to"),)


@csp_rule(
    "csp-reporting-only-report-uri",
    "Violations are reported by report-uri alone",
    Severity.INFO,
    why="report-uri is to be withdrawn; once a browser drops it, attacks go unnoticed.",
    fix="Add report-to with a group of the Reporting-Endpoints header.",
    references=_REFERENCES,
)
def only_report_uri(posture: Posture) -> Sequence[Flaw]:
    """report-uri without report-to."""
    if posture.values("report-to") or not posture.values("report-uri"):
        return ()
    return (Flaw("report-uri", "no policy has report-to beside report-uri"),)


@rule(
    "csp-reporting-endpoint-undefined",
    "report-to names a group that no header defines",
    Severity.LOW,
    why="Browsers that know report-to send nothing, and pass over report-uri because of it: "
    "attacks go unnoticed.",
    fix="Define the group in the Reporting-Endpoints header.",
    references=(REPORTING, *_REFERENCES),
)
def endpoint_undefined(page: Page) -> Verdict:
    """The group stands neither in Reporting-Endpoints nor in Report-To."""
    posture = enforced(page)
    if isinstance(posture, Skip):
        return posture
    groups = posture.values("report-to")
    if not groups:
        return _NO_GROUP
    defined = " ".join((*page.values("reporting-endpoints"), *page.values("report-to")))
    return [
        Problem(
            f"report-to names {quote(group)}, which no Reporting-Endpoints header defines",
            "report-to",
            evidence(page),
            Fix("set", "Reporting-Endpoints", f'{quote(group)}="https://reports.example/csp"'),
        )
        for group in groups[:1]
        if f"{group}=" not in defined and f'"{group}"' not in defined
    ]


RULES = (reporting_missing, only_report_to, only_report_uri, endpoint_undefined)
