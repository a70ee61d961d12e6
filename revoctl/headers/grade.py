"""The grade of a page: a number from 0 to 150, and its letter.

Two scales share tests, result names and modifiers: ``mdn`` is exactly the MDN HTTP Observatory's
algorithm 6, ``owasp`` is the same with its known defects corrected (see
:data:`revoctl.headers.observatory.corrections.CORRECTIONS`). Facts: mdn/mdn-http-observatory at
94042bb, ``src/grader/charts.js`` and ``src/scanner/index.js``.
"""

from __future__ import annotations

from collections.abc import Iterable

from revoctl.headers import observatory
from revoctl.headers.observatory.result import part
from revoctl.headers.page import Page
from revoctl.headers.snapshot import Ending
from revoctl.report.model import Score, ScorePart

START = 100
EXTRA_CREDIT_FROM = 90
HIGHEST = 150
# One letter per full five points, from 0 to 100.
_CHART = "F F F F F D- D D D+ C- C C C+ B- B B B+ A- A A A+".split()  # noqa: SIM905
GRADES = tuple(dict.fromkeys(reversed(_CHART)))
"""The letters from best to worst."""
_GIVEN_UP = (Ending.LOOP, Ending.TOO_MANY)
_ENDINGS = {
    Ending.LOOP: "the redirects go in a circle, so there is no page to grade",
    Ending.TOO_MANY: "there are too many redirects, so there is no page to grade",
    Ending.BAD_LOCATION: "a redirect leads to no address, so there is no page to grade",
    Ending.REFUSED_SCHEME: "a redirect leads away from http, so there is no page to grade",
    Ending.REFUSED_ADDRESS: "a redirect leads to an address that was not to be asked",
    Ending.BROKEN: "a redirect leads where nothing answers, so there is no page to grade",
}


def grade(page: Page, scale: str = "owasp") -> Score | None:
    """Grade a page on a scale, ``mdn`` or ``owasp``; None where there is nothing to grade.

    :func:`ungraded` says why.
    """
    if ungraded(page, scale):
        return None
    corrections = observatory.of_scale(scale)
    return score((part(name, t(page, corrections)) for name, t in observatory.TESTS.items()), scale)


def ungraded(page: Page, scale: str = "owasp") -> str:
    """Why a page has no grade, in words; empty if it has one."""
    ending = page.snapshot.ending
    corrections = observatory.of_scale(scale)
    given_up = ending in _GIVEN_UP and "redirect-loop" not in corrections
    if ending is not Ending.FINAL and not given_up:
        return _ENDINGS[ending]
    status = page.hop.status
    if 200 <= status < 400 or status in (401, 403):
        return ""
    return f"status {status} is an error page, whose headers say nothing of the site"


def score(parts: Iterable[ScorePart], scale: str = "owasp") -> Score:
    """Add the parts up. Gains count only if the losses alone leave 90 points or more."""
    parts = tuple(parts)
    losses = sum(each.modifier for each in parts if each.modifier < 0)
    value = START + losses
    if value >= EXTRA_CREDIT_FROM:
        value += sum(each.modifier for each in parts if each.modifier > 0)
    value = max(value, 0)
    return Score(value, letter(value), scale, parts)


def letter(value: int) -> str:
    """The letter of a number of points."""
    return _CHART[min(max(value, 0), 100) // 5]
