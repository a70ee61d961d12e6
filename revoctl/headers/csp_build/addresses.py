"""From an address in a page to the source expression that lets it in.

Source: CSP Level 3, section 2.3.1 (grammar) and 6.7.2.8 (``'self'`` matches the page's origin);
URL Standard for how addresses resolve.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from revoctl.headers.fetch.url import BadUrl, Url, resolve
from revoctl.headers.syntax.csp_sources import HOST, read_source

LOCAL = ("data", "blob", "filesystem", "mediastream")
"""Schemes whose content is in the page: named by scheme alone."""
SILENT = ("about", "javascript")
"""Schemes that load nothing, so no source is needed (scripts in addresses are dangers)."""
_WEB = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class Named(NamedTuple):
    """A source expression, empty if none is needed; ``danger`` is a kind where one is met."""

    source: str
    danger: str = ""


def source_of(address: str, base: Url, page: Url) -> Named:
    """What lets ``address`` in, as written in ``page`` and resolved against ``base``."""
    text = address.strip("\0\t\n\f\r ").translate({9: None, 10: None, 13: None})
    if not text or text.startswith("#"):
        return Named("")
    scheme = scheme_of(text)
    if scheme in LOCAL:
        return Named(f"{scheme}:")
    if scheme in SILENT:
        return Named("")
    if scheme and scheme not in _WEB:
        return Named("", "unnamed")
    return _web(text, scheme, base, page)


@lru_cache(maxsize=4096)
def _web(text: str, scheme: str, base: Url, page: Url) -> Named:
    socket = scheme in ("ws", "wss")
    try:
        url = resolve(base, _WEB[scheme] + text[len(scheme) :] if socket else text)
    except BadUrl:
        return Named("", "unnamed")
    if not socket and url.origin == page.origin:
        return Named("'self'")
    insecure = url.scheme == "http" and page.scheme == "https"
    secure = "https" if insecure else url.scheme
    # A port of its own that spoke plain http is kept: the operator is warned in any case.
    written = {"http": "ws", "https": "wss"}[secure] if socket else secure
    source = f"{written}://{url.netloc}"
    if read_source(source).kind != HOST:
        return Named("", "unnamed")
    return Named(source, "insecure" if insecure else "")


def scheme_of(text: str) -> str:
    """The scheme of an address in lower case; empty where it has none."""
    scheme, colon, _ = text.partition(":")
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    if colon and plain.isascii() and plain.isalnum() and scheme[:1].isalpha():
        return scheme.lower()
    return ""


def runs(address: str) -> bool:
    """Whether following the address runs it as a script."""
    text = address[:99].strip("\0\t\n\f\r ").translate({9: None, 10: None, 13: None})
    return text[:11].lower() == "javascript:"
