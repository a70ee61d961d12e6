"""Rules of Clear-Site-Data, which belongs on the answer that signs a visitor out."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, rule
from revoctl.headers.syntax import clear_site_data
from revoctl.report.model import Fix, Severity

HEADER = "clear-site-data"
SPEC = "https://www.w3.org/TR/clear-site-data/#header"
_WHY = "What stays in the browser after signing out can be read by the next person at the computer."


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    sent = clear_site_data.parse(asked.lines)
    wanted = clear_site_data.parse((asked.setting.value,))
    if sent.covers(wanted):
        return ()
    less = sorted(set(wanted.types) - set(sent.types))
    return (("", f"does not clear {', '.join(less)}; the policy says {asked.setting.value}"),)


_PAIR = pair(
    "Clear-Site-Data",
    HEADER,
    (Severity.LOW, Severity.LOW),
    Texts(_WHY, "Send it on the answer that signs out, each type in double quotes.", (SPEC,)),
    _weaker,
)


@rule(
    "clear-site-data-invalid",
    "Clear-Site-Data holds what browsers ignore",
    Severity.LOW,
    why=f"Types must stand in double quotes and in their exact case, or nothing is cleared. {_WHY}",
    fix='Write "cache", "cookies", "storage", with the quotes.',
    references=(SPEC,),
)
def invalid(page: Page) -> Verdict:
    """An item is not a quoted type that browsers know."""
    lines = page.values(HEADER)
    if not lines:
        return ABSENT
    found = clear_site_data.parse(lines)
    if not found.ignored:
        return ()
    detail = quote(f"browsers ignore: {', '.join(found.ignored) or '(empty)'}")
    fix = page.policy_fix("Clear-Site-Data") or Fix(
        "set", "Clear-Site-Data", '"cache", "cookies", "storage"'
    )
    return (Problem(detail, "", page.evidence(HEADER), fix),)


RULES: tuple[HeaderRule, ...] = (*_PAIR, invalid)
