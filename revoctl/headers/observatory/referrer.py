"""Test ``referrer-policy``.

Fact from mdn/mdn-http-observatory ``src/analyzer/tests/referrer-policy.js``: of all words between
commas, those of the header and then those of the meta, the last known one decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.headers.observatory.markup import equivalents
from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.wire import header, trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page

_PRIVATE = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
_UNSAFE = ("origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade what other sites learn of the visitor's address."""
    values = [header(page, "referrer-policy")] if page.values("referrer-policy") else []
    meta = equivalents(page, corrections).referrer
    if meta:
        values.append(meta)
    if not values:
        said = "Referrer-Policy is not sent, so the browser's own default applies."
        return Outcome("referrer-policy-not-implemented", said)
    text = ", ".join(values)
    words = [trim(word.lower()) for word in text.split(",")]
    known = [word for word in words if word in _PRIVATE or word in _UNSAFE]
    if not known:
        said = f"Referrer-Policy is {quote(text)}, of which browsers know nothing."
        return Outcome("referrer-policy-header-invalid", said)
    if known[-1] in _PRIVATE:
        said = f"Referrer-Policy is {known[-1]}: other sites learn at most the origin."
        return Outcome("referrer-policy-private", said)
    said = f"Referrer-Policy is {known[-1]}, which tells more than other sites should know."
    return Outcome("referrer-policy-unsafe", said)
