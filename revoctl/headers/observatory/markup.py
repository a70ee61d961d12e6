"""The page's metas and scripts as the Observatory collects them, and as a browser sees them.

Source: mdn/mdn-http-observatory ``src/retriever/utils.js`` and ``src/utils/html-parser.js``: every
``meta`` and ``script`` tag wherever it stands counts; metas count only in bodies of two types,
compared as they are spelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from revoctl.headers.observatory.result import Corrections
from revoctl.headers.observatory.wire import header, trim
from revoctl.headers.page import per_page
from revoctl.headers.syntax.html import Document, read
from revoctl.headers.syntax.html_stream import StartTag, start_tags

if TYPE_CHECKING:
    from revoctl.headers.page import Page

HTML_TYPES = ("text/html", "application/xhtml+xml")
_CSP = "content-security-policy"


class Equivalents(Struct, frozen=True):
    """What metas say in place of headers: policies, and the last referrer policy."""

    policies: tuple[str, ...] = ()
    referrer: str = ""


def mime(page: Page) -> str:
    """The content type before its parameters, exactly as it was sent."""
    return header(page, "content-type").partition(";")[0]


@per_page
def tags(page: Page) -> list[StartTag]:
    """Every ``meta`` and ``script`` start tag of the body."""
    body = page.hop.body
    return start_tags(body.text, "meta", "script") if body else []


@per_page
def document(page: Page) -> Document:
    """The body as a browser reads it; nothing where a browser would not take it for HTML."""
    body = page.hop.body
    return read(body.text) if body and page.is_html else Document()


def equivalents(page: Page, corrections: Corrections) -> Equivalents:
    """The metas that count."""
    if "csp-meta-place" in corrections:
        return _of_browser(page)
    return _of_observatory(page)


@per_page
def _of_browser(page: Page) -> Equivalents:
    seen = document(page)
    policies = tuple(m.content for m in seen.metas if m.http_equiv.lower() == _CSP and m.content)
    return Equivalents(policies, seen.referrers[-1] if seen.referrers else "")


@per_page
def _of_observatory(page: Page) -> Equivalents:
    if mime(page) not in HTML_TYPES:
        return Equivalents()
    policies: list[str] = []
    referrer = ""
    for tag in tags(page):
        if tag.name != "meta":
            continue
        attributes = tag.attributes
        content = attributes.get("content")
        if "http-equiv" in attributes and content is not None:
            if content and trim(attributes["http-equiv"].lower()) == _CSP:
                policies.append(content)
        elif content and trim(attributes.get("name", "").lower()) == "referrer":
            referrer = content
    return Equivalents(tuple(policies), referrer)
