"""Rules of X-Content-Type-Options."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.headers.syntax.nosniff import is_nosniff
from revoctl.report.model import Fix, Severity

HEADER = "x-content-type-options"
FETCH = "https://fetch.spec.whatwg.org/#x-content-type-options-header"
_WHY = (
    "A browser that guesses content types can run an uploaded file or an API answer as a script or "
    "a document."
)


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    return () if is_nosniff(asked.lines) else (("", "the first item of the list is not nosniff"),)


_PAIR = pair(
    "X-Content-Type-Options",
    HEADER,
    (Severity.MEDIUM, Severity.MEDIUM),
    Texts(_WHY, "Send X-Content-Type-Options: nosniff on every response.", (FETCH,)),
    _weaker,
)


@rule(
    "x-content-type-options-invalid",
    "X-Content-Type-Options is not nosniff",
    Severity.MEDIUM,
    why=f"Only the first item counts, and it must be the word nosniff. {_WHY}",
    fix="Send the one word nosniff.",
    references=(FETCH,),
)
def invalid(page: Page) -> Verdict:
    """The header is there and has no effect."""
    lines = page.values(HEADER)
    if not lines:
        return ABSENT
    if is_nosniff(lines):
        return ()
    fix = page.policy_fix("X-Content-Type-Options") or Fix(
        "set", "X-Content-Type-Options", "nosniff"
    )
    detail = quote(f"without effect: {', '.join(lines) or '(empty)'}")
    return (Problem(detail, "", page.evidence(HEADER), fix),)


RULES: tuple[HeaderRule, ...] = (*_PAIR, invalid)
