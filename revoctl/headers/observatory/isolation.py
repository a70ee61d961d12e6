"""Tests ``cross-origin-embedder-policy``, ``-opener-policy`` and ``-resource-policy``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/cross-origin-*.js``: the first two are
structured field tokens (parameters allowed, case matters), the third is compared in lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.headers.observatory.result import RESULTS, Corrections, Outcome, quote
from revoctl.headers.observatory.wire import header, trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page


def embedder(page: Page, corrections: Corrections) -> Outcome:
    """Grade what the page may embed."""
    return _by_token(page, "Cross-Origin-Embedder-Policy", "coep")


def opener(page: Page, corrections: Corrections) -> Outcome:
    """Grade which windows may reach the page."""
    return _by_token(page, "Cross-Origin-Opener-Policy", "coop")


def resource(page: Page, corrections: Corrections) -> Outcome:
    """Grade who may embed the response."""
    name = "Cross-Origin-Resource-Policy"
    text = header(page, name.lower())
    value = trim(text[:256])
    if not value:
        return Outcome("corp-not-implemented", f"{name} is not sent.")
    return _known("corp", name, value if "corp-case" in corrections else value.lower(), text)


def _by_token(page: Page, name: str, prefix: str) -> Outcome:
    text = header(page, name.lower())
    if not text:
        return Outcome(f"{prefix}-not-implemented", f"{name} is not sent.")
    value = trim(text[:1024])
    if f"{prefix}-implemented-with-{value}" not in RESULTS:
        value = _token(value)
    return _known(prefix, name, value, text)


def _token(value: str) -> str:
    """The token of a structured field item; empty for everything else."""
    from revoctl.headers.syntax.structured_fields import Invalid, Token, parse_item

    item = parse_item((value,))
    if isinstance(item, Invalid) or not isinstance(item.value, Token):
        return ""
    return str(item.value)


def _known(prefix: str, name: str, value: str, text: str) -> Outcome:
    result = f"{prefix}-implemented-with-{value}"
    if value and result in RESULTS:
        return Outcome(result, f"{name} is {value}.")
    return Outcome(f"{prefix}-header-invalid", f"{name} is {quote(text)}, which browsers ignore.")
