"""Rules of Referrer-Policy."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.headers.syntax import referrer
from revoctl.report.model import Fix, Severity

HEADER = "referrer-policy"
SPEC = "https://www.w3.org/TR/referrer-policy/#parse-referrer-policy-from-header"
_WHY = (
    "Addresses hold search words, record numbers and sometimes tokens, which every site linked to "
    "or embedded then learns."
)


@per_page
def policy(page: Page) -> referrer.ReferrerPolicy | None:
    """The Referrer-Policy of the final response, None where it is absent."""
    lines = page.values(HEADER)
    return referrer.parse(lines) if lines else None


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    sent = referrer.parse(asked.lines).policy or referrer.DEFAULT
    wanted = referrer.parse((asked.setting.value,)).policy
    if not wanted or not referrer.reveals_more(sent, wanted):
        return ()
    return (("", f"{sent} is in force, which reveals more than the policy's {wanted}"),)


_PAIR = pair(
    "Referrer-Policy",
    HEADER,
    (Severity.LOW, Severity.LOW),
    Texts(_WHY, "Send the policy's Referrer-Policy or a stricter one.", (SPEC,)),
    _weaker,
)


def _problem(page: Page, detail: str, severity: Severity | None = None) -> Verdict:
    fix = page.policy_fix("Referrer-Policy") or Fix("set", "Referrer-Policy", referrer.DEFAULT)
    return (Problem(quote(detail), "", page.evidence(HEADER), fix, severity),)


@rule(
    "referrer-policy-unsafe",
    "Referrer-Policy sends full addresses or works without TLS",
    Severity.MEDIUM,
    why=_WHY,
    fix="Send strict-origin-when-cross-origin or a stricter policy.",
    references=(SPEC,),
)
def unsafe(page: Page) -> Verdict:
    """The policy in force reveals more than browsers do by default."""
    found = policy(page)
    if found is None:
        return ABSENT
    if not found.policy or not referrer.reveals_more(found.policy, referrer.DEFAULT):
        return ()
    whole = referrer.POLICIES[found.policy].cross_origin == 2
    what = "the whole address to other origins" if whole else "the origin over plain http too"
    severity = None if whole else Severity.LOW
    return _problem(page, f"{found.policy} sends {what}", severity)


@rule(
    "referrer-policy-invalid",
    "Referrer-Policy has no valid value",
    Severity.LOW,
    why="Browsers ignore words they do not know and fall back to their default, which may not be "
    "what was meant.",
    fix="Send one of the eight policies of the specification.",
    references=(SPEC,),
)
def invalid(page: Page) -> Verdict:
    """No token of the header is known."""
    found = policy(page)
    if found is None:
        return ABSENT
    if found.policy:
        return ()
    return _problem(page, f"browsers know none of: {', '.join(found.unknown) or '(empty)'}")


RULES: tuple[HeaderRule, ...] = (*_PAIR, unsafe, invalid)
