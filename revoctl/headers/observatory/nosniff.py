"""Test ``x-content-type-options``.

Fact from mdn/mdn-http-observatory ``src/analyzer/tests/x-content-type-options.js``: the whole value
must be ``nosniff``, in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.wire import header, trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade whether browsers may guess the type of the response."""
    name = "x-content-type-options"
    text = header(page, name)
    if not text:
        said = "X-Content-Type-Options is not sent, so browsers may guess the type."
        return Outcome("x-content-type-options-not-implemented", said)
    if _says_nosniff(page.values(name), text, corrections):
        said = "Browsers keep to the declared type (nosniff)."
        return Outcome("x-content-type-options-nosniff", said)
    said = f"X-Content-Type-Options is {quote(text)}, which browsers ignore."
    return Outcome("x-content-type-options-header-invalid", said)


def _says_nosniff(lines: tuple[str, ...], text: str, corrections: Corrections) -> bool:
    if trim(text[:256]).lower() == "nosniff":
        return True
    if "nosniff-first-item" not in corrections:
        return False
    from revoctl.headers.syntax.nosniff import is_nosniff

    return is_nosniff(lines)
