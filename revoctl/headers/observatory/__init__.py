"""The twelve tests of the MDN HTTP Observatory, algorithm 6, as pure functions of a page.

:data:`TESTS` lists them in the Observatory's order. Each takes the page and the set of
:data:`~revoctl.headers.observatory.corrections.CORRECTIONS` that are on; with none its outcome is
exactly the Observatory's.
"""

from __future__ import annotations

from revoctl.headers.observatory import (
    cookies,
    cors,
    csp,
    framing,
    hsts,
    isolation,
    nosniff,
    redirection,
    referrer,
    sri,
)
from revoctl.headers.observatory.corrections import ALL, CORRECTIONS, NONE, of_scale
from revoctl.headers.observatory.result import RESULTS, Corrections, Outcome, Test

__all__ = [
    "ALL",
    "CORRECTIONS",
    "NONE",
    "RESULTS",
    "TESTS",
    "Corrections",
    "Outcome",
    "Test",
    "of_scale",
]

TESTS: dict[str, Test] = {
    "content-security-policy": csp.judge,
    "cookies": cookies.judge,
    "cross-origin-embedder-policy": isolation.embedder,
    "cross-origin-opener-policy": isolation.opener,
    "cross-origin-resource-sharing": cors.judge,
    "redirection": redirection.judge,
    "referrer-policy": referrer.judge,
    "strict-transport-security": hsts.judge,
    "subresource-integrity": sri.judge,
    "x-content-type-options": nosniff.judge,
    "x-frame-options": framing.judge,
    "cross-origin-resource-policy": isolation.resource,
}
