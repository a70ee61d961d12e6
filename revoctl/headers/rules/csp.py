"""Whether a Content-Security-Policy is delivered, enforced, and as strict as the profile's."""

from __future__ import annotations

from revoctl.headers.page import Page
from revoctl.headers.rules.csp_delivery import (
    ENFORCED,
    HEADER,
    REPORTED,
    delivered,
    enforced,
    evidence,
)
from revoctl.headers.rules.csp_deviation import excesses
from revoctl.headers.rules.csp_posture import Posture, quote
from revoctl.headers.rules.demand import ABSENT, Demand, demand
from revoctl.headers.rules.rule import HeaderRule, Problem, Skip, Verdict, not_applicable, rule
from revoctl.headers.syntax.csp import parse_lines
from revoctl.report.model import Fix, Kind, Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
_META = "https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-content-security-policy"
_XSS = (
    "Markup that an attacker injects runs script as the page itself: reads what the user sees, "
    "and acts in the user's name."
)
_OWN_VALUE = not_applicable("the policy leaves the value to the application")
_NO_REPORT_ONLY = not_applicable("no report-only policy is sent")
_NO_META = not_applicable("no meta element delivers a policy")


@rule(
    "csp-missing",
    "Content-Security-Policy is missing",
    Severity.HIGH,
    Kind.DEVIATION,
    why=_XSS,
    fix="Send the profile's policy, first as Content-Security-Policy-Report-Only to see what "
    "it would block.",
    references=(SPEC, MDN),
)
def missing(page: Page) -> Verdict:
    """The profile asks for a policy, and none is enforced by header or meta element."""
    asked = demand(page, ENFORCED)
    if isinstance(asked, Skip):
        return asked
    if not isinstance(_posture(page, asked), Skip):
        return ()
    detail = f"the response has no enforced {HEADER}"
    if asked.lines:
        detail = f"{HEADER} is sent without any directive that a browser reads"
    elif asked.hop.values(REPORTED):
        detail += "; its report-only form is there, which protects nothing"
    lines = page.evidence(ENFORCED, REPORTED, hop=asked.hop)
    return (Problem(detail, "", lines, page.policy_fix(ENFORCED)),)


@rule(
    "csp-deviates",
    "Content-Security-Policy allows more than the profile",
    Severity.MEDIUM,
    Kind.DEVIATION,
    why=f"What the profile forbids is open. {_XSS}",
    fix="Take the sources out that the profile does not have, or write them into the profile.",
    references=(SPEC, MDN),
)
def deviates(page: Page) -> Verdict:
    """A directive lets something in that the profile's policy does not."""
    asked = demand(page, ENFORCED)
    if isinstance(asked, Skip):
        return asked
    if asked.setting.mode == "default":
        return _OWN_VALUE
    if asked.lines == (asked.setting.value,):
        return ()
    posture = _posture(page, asked)
    if isinstance(posture, Skip):
        return ABSENT
    lines = evidence(page) if asked.hop is page.hop else page.evidence(ENFORCED, hop=asked.hop)
    return [
        Problem(e.text[:300], e.directive, lines, page.policy_fix(ENFORCED), e.severity)
        for e in excesses(posture, asked.setting.value)
    ]


def _posture(page: Page, asked: Demand) -> Posture | Skip:
    if asked.hop is page.hop:
        return enforced(page)
    policies = tuple(p for p in parse_lines(asked.lines) if p.directives)
    return Posture(policies, own_host=page.host) if policies else ABSENT


@rule(
    "csp-report-only",
    "The policy is only reported, not enforced",
    Severity.MEDIUM,
    why=f"A report-only policy stops nothing. {_XSS}",
    fix="Send it as Content-Security-Policy once its reports are clean.",
    references=("https://www.w3.org/TR/CSP3/#cspro-header", f"{MDN}-Report-Only"),
)
def report_only(page: Page) -> Verdict:
    """Content-Security-Policy-Report-Only without any enforced policy."""
    found = delivered(page)
    if not page.values(REPORTED):
        return _NO_REPORT_ONLY
    if found.enforced:
        return ()
    value = ", ".join(map(str, found.reported))
    fix = Fix("set", HEADER, value) if value else page.policy_fix(ENFORCED)
    detail = f"{HEADER}-Report-Only is sent and no policy is enforced"
    return (Problem(detail, "", page.evidence(REPORTED), fix),)


@rule(
    "csp-meta-directive-ignored",
    "A meta element cannot deliver the directive",
    Severity.LOW,
    why="frame-ancestors, report-uri and sandbox are passed over in a meta element: framing stays "
    "open, or reports stay away.",
    fix="Send the directive in the Content-Security-Policy header.",
    references=(_META, f"{SPEC}#meta-element"),
)
def meta_directive_ignored(page: Page) -> Verdict:
    """A directive of a meta policy that only a header can deliver, and no header does."""
    found = delivered(page)
    if not found.metas:
        return _NO_META
    names = dict.fromkeys(d for d in found.lost if not any(p.get(d.name) for p in found.enforced))
    return [
        Problem(
            f"the meta element's {quote(str(d))} is passed over",
            d.name,
            evidence(page),
            page.policy_fix(ENFORCED) or Fix("set", HEADER, str(d)),
        )
        for d in {d.name: d for d in names}.values()
    ]


RULES: tuple[HeaderRule, ...] = (missing, deviates, report_only, meta_directive_ignored)
