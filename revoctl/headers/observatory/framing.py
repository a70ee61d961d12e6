"""Test ``x-frame-options``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/x-frame-options.js``: ``frame-ancestors``
in the merged policy counts for more than the header, which must be one bare word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.headers.observatory.csp import header_policies, read
from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.wire import header, trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page

_VIA_CSP = Outcome(
    "x-frame-options-implemented-via-csp",
    "The policy's frame-ancestors says who may frame the page.",
)
_OPEN = Outcome(
    "x-frame-options-not-implemented",
    "The policy's frame-ancestors lets every site frame the page, and overrides X-Frame-Options.",
)


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade the protection against being framed."""
    lists = _ancestors(page, corrections)
    if not lists:
        return _by_header(page, corrections)
    if "framing-open" in corrections and all(map(_allows_everyone, lists)):
        return _OPEN
    return _VIA_CSP


def _ancestors(page: Page, corrections: Corrections) -> list[tuple[str, ...]]:
    """The ``frame-ancestors`` lists that count, one per policy that has one."""
    if "framing-in-meta" in corrections:
        found = (policy.get("frame-ancestors") for policy in header_policies(page))
        return [directive.values for directive in found if directive]
    directives = read(page, corrections).directives
    if directives is None or "frame-ancestors" not in directives:
        return []
    return [tuple(directives["frame-ancestors"])]


def _allows_everyone(sources: tuple[str, ...]) -> bool:
    from revoctl.headers.syntax.framing import Framing, of_ancestors

    return of_ancestors(sources) is Framing.ANYONE


def _by_header(page: Page, corrections: Corrections) -> Outcome:
    text = header(page, "x-frame-options")
    if not text:
        said = "Neither X-Frame-Options nor frame-ancestors is sent, so every site may frame it."
        return Outcome("x-frame-options-not-implemented", said)
    value = trim(text[:1024]).lower()
    values = [trim(item) for item in value.split(",")]
    several = values if "framing-values" in corrections else [value]
    if not {"deny", "sameorigin"}.isdisjoint(several):
        said = f"X-Frame-Options is {quote(text)}, so no other site may frame the page."
        return Outcome("x-frame-options-sameorigin-or-deny", said)
    if value.startswith("allow-from") and "framing-allow-from" not in corrections:
        said = "X-Frame-Options names one origin by ALLOW-FROM, which browsers no longer obey."
        return Outcome("x-frame-options-allow-from-origin", said)
    said = f"X-Frame-Options is {quote(text)}, which browsers ignore."
    return Outcome("x-frame-options-header-invalid", said)
