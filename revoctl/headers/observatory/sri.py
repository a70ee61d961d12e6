"""Test ``subresource-integrity``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/subresource-integrity.js``: every script
tag of an HTML body counts; ``http(s)://`` addresses are of the site if they share its registrable
domain (the list's private section apart), ``//host`` is foreign and insecure, all else is relative.
The worst script decides. An address that no browser could load is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from revoctl.headers.observatory.markup import HTML_TYPES, document, mime, tags
from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.session import session
from revoctl.headers.public_suffix import registrable

if TYPE_CHECKING:
    from revoctl.headers.page import Page

_RANKED = (
    "sri-implemented-and-all-scripts-loaded-securely",
    "sri-implemented-but-external-scripts-not-loaded-securely",
    "sri-not-implemented-but-external-scripts-loaded-securely",
    "sri-not-implemented-and-external-scripts-not-loaded-securely",
)
_WORDS = {
    _RANKED[0]: "the site's own scripts carry integrity digests, first {src}",
    _RANKED[1]: "{src} has a digest but comes over an insecure address",
    _RANKED[2]: "{src} comes from another site without an integrity digest",
    _RANKED[3]: "{src} comes over an insecure address without an integrity digest",
}


class Source(Struct, frozen=True):
    """One script: whether it has a digest, is the site's own, and comes over https."""

    src: str
    digest: bool
    own: bool
    secure: bool


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade whether foreign scripts can be swapped unnoticed."""
    if not _is_html(page, corrections):
        said = "The response is no HTML, so it loads no scripts."
        return Outcome("sri-not-implemented-response-not-html", said)
    if page.hop.body is None:
        said = "The body was not kept, so its scripts are unknown."
        return Outcome("sri-not-evaluated", said)
    resolved = "sri-address" in corrections
    scripts = _as_browser(page) if resolved else _as_observatory(page)
    if not scripts:
        return Outcome("sri-not-implemented-but-no-scripts-loaded", "The page has no scripts.")
    strict = "sri-insecure-same-site" in corrections
    return _worst([s for s in scripts if s], strict and session(page).secure)


def _is_html(page: Page, corrections: Corrections) -> bool:
    if "csp-meta-place" in corrections:
        return page.is_html
    kind = mime(page)
    return not kind or kind in HTML_TYPES


def _worst(scripts: list[Source], strict: bool) -> Outcome:
    worst: str | None = None
    culprit = ""
    foreign = False
    for script in scripts:
        foreign = foreign or not script.own
        result = _result(script, strict, first=worst is None)
        if result and (worst is None or _RANKED.index(result) > _RANKED.index(worst)):
            worst, culprit = result, script.src
    if worst is not None:
        words = _WORDS[worst].format(src=quote(culprit))
        return Outcome(worst, f"Of the page's scripts {words}.")
    if foreign:
        said = "Every script of another site carries an integrity digest."
        return Outcome("sri-implemented-and-external-scripts-loaded-securely", said)
    said = "Every script comes from the site itself."
    return Outcome("sri-not-implemented-but-all-scripts-loaded-from-secure-origin", said)


def _result(script: Source, strict: bool, first: bool) -> str | None:
    """What one script comes to, if it says anything."""
    if script.own and (script.secure or not strict):
        return _RANKED[0] if script.digest and script.secure and first else None
    if script.digest:
        return None if script.secure else _RANKED[1]
    return _RANKED[2] if script.secure else _RANKED[3]


def _as_observatory(page: Page) -> list[Source | None]:
    """The scripts in order; None for what has no address or one that cannot be loaded."""
    site = session(page)
    found: list[Source | None] = []
    for tag in tags(page):
        if tag.name == "script":
            src = tag.attributes.get("src", "")
            digest = bool(tag.attributes.get("integrity"))
            found.append(_literally(src, digest, site.host, site.secure) if src else None)
    return found


def _literally(src: str, digest: bool, host: str, secure: bool) -> Source | None:
    if src.startswith("//") and src[2:3] not in ("", "/"):
        return Source(src, digest, own=False, secure=False)
    if src.startswith(("https://", "http://")):
        theirs = _host(src)
        if not theirs:
            return None
        own = registrable(theirs, private=False) == registrable(host, private=False)
        return Source(src, digest, own, src.startswith("https:"))
    return Source(src, digest, own=True, secure=secure)


def _as_browser(page: Page) -> list[Source | None]:
    """The scripts in order, their addresses resolved against the page's and its ``base``."""
    seen = document(page)
    base = _join(page.hop.url, seen.base or "")
    return [
        _resolved(base, script.src, bool(script.integrity), page.host) if script.src else None
        for script in seen.scripts
    ]


def _resolved(base: str, src: str, digest: bool, host: str) -> Source | None:
    url = _join(base, src.strip("\t\n\f\r \0"))
    scheme = url.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        return None  # data: and blob: load nothing from elsewhere
    theirs = _host(url)
    if not theirs:
        return None
    return Source(src, digest, _same_site(theirs, host), scheme == "https")


def _same_site(theirs: str, host: str) -> bool:
    if theirs == host:
        return True
    site = registrable(host)
    return site is not None and registrable(theirs) == site


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
