"""Rules of the small switches: X-DNS-Prefetch-Control and X-Permitted-Cross-Domain-Policies."""

from __future__ import annotations

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.report.model import Fix, Severity

_ADOBE = "https://www.adobe.com/devnet-docs/acrobatetk/tools/AppSec/xdomain.html"
_MDN = "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-DNS-Prefetch-Control"
_POLICIES = (
    "none",
    "none-this-response",
    "master-only",
    "by-content-type",
    "by-ftp-filename",
    "all",
)


def _problem(page: Page, header: str, detail: str, value: str) -> Verdict:
    fix = page.policy_fix(header) or Fix("set", header, value)
    return (Problem(quote(detail), "", page.evidence(header.lower()), fix),)


@rule(
    "x-permitted-cross-domain-policies-open",
    "X-Permitted-Cross-Domain-Policies lets any policy file apply",
    Severity.LOW,
    why="Any file on the host that looks like a policy, an uploaded one for example, can open the "
    "site's data to documents of Adobe clients from elsewhere.",
    fix="Send none, or master-only where a policy file is needed.",
    references=(_ADOBE,),
)
def cross_domain_open(page: Page) -> Verdict:
    """The header says ``all`` or a word that clients do not know."""
    lines = page.values("x-permitted-cross-domain-policies")
    if not lines:
        return ABSENT
    value = lines[0].strip().lower()
    if value in _POLICIES and value != "all":
        return ()
    said = "all" if value == "all" else f"{value or '(empty)'}, which clients do not know"
    return _problem(page, "X-Permitted-Cross-Domain-Policies", said, "none")


@rule(
    "x-dns-prefetch-control-invalid",
    "X-DNS-Prefetch-Control is neither on nor off",
    Severity.INFO,
    why="Browsers ignore any other word and go on telling resolvers which hosts a page links to.",
    fix="Send on or off.",
    references=(_MDN,),
)
def dns_prefetch_invalid(page: Page) -> Verdict:
    """The value is not one of the two words."""
    lines = page.values("x-dns-prefetch-control")
    if not lines:
        return ABSENT
    if lines[0].strip().lower() in ("on", "off"):
        return ()
    return _problem(page, "X-DNS-Prefetch-Control", f"without effect: {lines[0]}", "off")


RULES: tuple[HeaderRule, ...] = (cross_domain_open, dns_prefetch_invalid)
