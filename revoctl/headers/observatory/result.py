"""What the twelve tests can come to: each result's modifier, and whether the test passes with it.

Names and figures are those of the MDN HTTP Observatory, algorithm 6 (mdn/mdn-http-observatory at
94042bb, ``src/grader/charts.js``). The three ``...-not-evaluated`` results are ours: the
Observatory always asks, a saved or narrowed scan may not have.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from msgspec import Struct

from revoctl.report.model import ScorePart

if TYPE_CHECKING:
    from revoctl.headers.page import Page

QUOTE = 120


class Outcome(Struct, frozen=True):
    """The result of one test, and in one sentence what was seen."""

    result: str
    detail: str


Corrections = frozenset[str]
Test = Callable[["Page", Corrections], Outcome]

_CSP = "csp-implemented-"
_COOKIES = "cookies-"
_CORS = "cross-origin-resource-sharing-"
_SRI = "sri-"
RESULTS: dict[str, tuple[int, bool]] = {
    _CSP + "with-no-unsafe-default-src-none": (10, True),
    _CSP + "with-no-unsafe": (5, True),
    _CSP + "with-unsafe-inline-in-style-src-only": (0, True),
    _CSP + "with-insecure-scheme-in-passive-content-only": (-10, True),
    _CSP + "with-unsafe-eval": (-10, False),
    _CSP + "with-unsafe-inline": (-20, False),
    _CSP + "with-insecure-scheme": (-20, False),
    _CSP + "but-duplicate-directives": (0, True),
    "csp-header-invalid": (-25, False),
    "csp-not-implemented": (-25, False),
    "csp-not-implemented-but-reporting-enabled": (-25, False),
    _COOKIES + "secure-with-httponly-sessions-and-samesite": (5, True),
    _COOKIES + "secure-with-httponly-sessions": (0, True),
    _COOKIES + "not-found": (0, True),
    _COOKIES + "without-secure-flag-but-protected-by-hsts": (-5, False),
    _COOKIES + "session-without-secure-flag-but-protected-by-hsts": (-10, False),
    _COOKIES + "without-secure-flag": (-20, False),
    _COOKIES + "samesite-flag-invalid": (-20, False),
    _COOKIES + "anticsrf-without-samesite-flag": (-20, False),
    _COOKIES + "session-without-httponly-flag": (-30, False),
    _COOKIES + "session-without-secure-flag": (-40, False),
    _CORS + "not-implemented": (0, True),
    _CORS + "implemented-with-public-access": (0, True),
    _CORS + "implemented-with-restricted-access": (0, True),
    _CORS + "implemented-with-universal-access": (-50, False),
    _CORS + "not-evaluated": (0, False),
    "coep-not-implemented": (0, True),
    "coep-implemented-with-require-corp": (10, True),
    "coep-implemented-with-credentialless": (10, True),
    "coep-implemented-with-unsafe-none": (0, True),
    "coep-header-invalid": (-5, False),
    "coop-not-implemented": (0, True),
    "coop-implemented-with-same-origin": (10, True),
    "coop-implemented-with-same-origin-allow-popups": (10, True),
    "coop-implemented-with-noopener-allow-popups": (10, True),
    "coop-implemented-with-unsafe-none": (0, True),
    "coop-header-invalid": (-5, False),
    "corp-not-implemented": (0, True),
    "corp-implemented-with-same-origin": (10, True),
    "corp-implemented-with-same-site": (10, True),
    "corp-implemented-with-cross-origin": (0, True),
    "corp-header-invalid": (-5, False),
    "redirection-all-redirects-preloaded": (0, True),
    "redirection-to-https": (0, True),
    "redirection-not-needed-no-http": (0, True),
    "redirection-off-host-from-http": (-5, False),
    "redirection-not-to-https-on-initial-redirection": (-10, False),
    "redirection-not-to-https": (-20, False),
    "redirection-missing": (-20, False),
    "redirection-invalid-cert": (-20, False),
    "redirection-not-evaluated": (0, False),
    "referrer-policy-private": (5, True),
    "referrer-policy-not-implemented": (0, True),
    "referrer-policy-unsafe": (-5, False),
    "referrer-policy-header-invalid": (-5, False),
    "hsts-preloaded": (5, True),
    "hsts-implemented-max-age-at-least-six-months": (0, True),
    "hsts-implemented-max-age-less-than-six-months": (-10, False),
    "hsts-not-implemented": (-20, False),
    "hsts-header-invalid": (-20, False),
    "hsts-not-implemented-no-https": (-20, False),
    "hsts-invalid-cert": (-20, False),
    _SRI + "implemented-and-all-scripts-loaded-securely": (5, True),
    _SRI + "implemented-and-external-scripts-loaded-securely": (5, True),
    _SRI + "not-implemented-response-not-html": (0, True),
    _SRI + "not-implemented-but-no-scripts-loaded": (0, True),
    _SRI + "not-implemented-but-all-scripts-loaded-from-secure-origin": (0, True),
    _SRI + "not-implemented-but-external-scripts-loaded-securely": (-5, False),
    _SRI + "implemented-but-external-scripts-not-loaded-securely": (-20, False),
    _SRI + "not-implemented-and-external-scripts-not-loaded-securely": (-50, False),
    _SRI + "not-evaluated": (0, False),
    "x-content-type-options-nosniff": (0, True),
    "x-content-type-options-header-invalid": (-5, False),
    "x-content-type-options-not-implemented": (-5, False),
    "x-frame-options-implemented-via-csp": (5, True),
    "x-frame-options-sameorigin-or-deny": (5, True),
    "x-frame-options-allow-from-origin": (0, True),
    "x-frame-options-not-implemented": (-20, False),
    "x-frame-options-header-invalid": (-20, False),
}


def part(test: str, outcome: Outcome) -> ScorePart:
    """The addend that an outcome is to the score."""
    modifier, passed = RESULTS[outcome.result]
    return ScorePart(test, outcome.result, modifier, passed, outcome.detail)


def quote(text: str) -> str:
    """A short quotation of a server's text for a sentence."""
    return repr(text if len(text) <= QUOTE else text[:QUOTE] + "…")


def once(test: Test) -> Test:
    """Remember a test's outcome per page and set of corrections, for tests that build on it."""

    @wraps(test)
    def remembered(page: Page, corrections: Corrections) -> Outcome:
        key = (test, corrections)
        if key not in page.memo:
            page.memo[key] = test(page, corrections)
        outcome: Outcome = page.memo[key]
        return outcome

    return remembered
