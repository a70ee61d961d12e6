"""The verdict on one kind of violation: whose doing it is, and what to add, if anything.

Reports can be forged by anyone who can reach the collector, so nothing is proposed that would let
in foreign code only because it was reported: a third party must be a known service seen on many
pages, or be named by the operator. Inline code is never allowed on the strength of a report.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from revoctl.headers.csp_reports.model import Verdict, Violation
from revoctl.headers.csp_reports.parties import (
    EXTENSION_SCHEMES,
    EXTENSION_WORDS,
    injector,
    service,
)
from revoctl.headers.fetch.url import BadUrl, parse_url
from revoctl.headers.public_suffix import registrable
from revoctl.headers.syntax.csp import FETCH
from revoctl.headers.syntax.csp_sources import HOST, read_source

MANY_PAGES = 3
"""Different pages on which a known service must have been seen."""
WORDS = frozenset((
    "inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink", "self", "data",
    "blob", "filesystem", "mediastream",
))  # fmt: skip
PASSIVE = frozenset(("img-src", "font-src", "media-src"))
BLOBS = PASSIVE | {"worker-src", "connect-src", "child-src"}
_WEB = ("http", "https", "ws", "wss")
OWN_INLINE = (
    "inline code of the page itself, or injected into it: headers csp build gives the hash of what "
    "is yours"
)


class Key(NamedTuple):
    """What is counted together. ``origin`` is the document's, ``own`` whether its code did it."""

    directive: str
    blocked: str
    origin: str
    own: bool


class Opinion(NamedTuple):
    """A verdict with its reason, the source to add and whose it is."""

    verdict: Verdict
    why: str
    source: str = ""
    party: str = ""


def key_of(found: Violation) -> Key:
    """The group of a violation."""
    page = origin_of(found.page)
    source = found.source
    own = bool(source) and _is_own(source, page)
    if source and _extension(source):
        return Key(found.directive, f"code of {_scheme(source) or source[:40]}", page, own=False)
    return Key(found.directive, origin_of(found.blocked), page, own)


def opinion(key: Key, pages: int, trusted: Collection[str] = ()) -> Opinion:
    """The verdict on a group seen on ``pages`` pages; ``trusted`` are hosts that may be allowed."""
    blocked = key.blocked
    if blocked.startswith("code of ") or _extension(blocked):
        return Opinion(Verdict.INJECTED, "a browser extension, or the browser itself")
    if blocked in WORDS or not blocked:
        return _word(key)
    if _scheme(blocked) not in _WEB:
        return Opinion(Verdict.UNEXPLAINED, "an address that no web page loads")
    return _place(key, pages, trusted)


def origin_of(address: str) -> str:
    """The origin of an address, the bare word of anything else, at most 100 characters."""
    return _origin(address) if len(address) <= 500 else _origin.__wrapped__(address)


@lru_cache(maxsize=4096)
def _origin(address: str) -> str:
    scheme = _scheme(address)
    if scheme in ("ws", "wss"):
        plain = _origin.__wrapped__("http" + address[2:])
        return "ws" + plain[4:] if plain.startswith("http") else plain
    if scheme in ("http", "https"):
        try:
            return parse_url(address.partition("#")[0]).origin
        except BadUrl:
            return address[:100]
    if scheme:
        return scheme if scheme in WORDS else f"{scheme}:"
    return address.strip().lower()[:100]


def _scheme(address: str) -> str:
    scheme, colon, _ = address.partition(":")
    plain = scheme.replace("-", "").replace("+", "").replace(".", "")
    return scheme.lower() if colon and plain.isascii() and plain.isalnum() else ""


def _extension(address: str) -> bool:
    return _scheme(address) in EXTENSION_SCHEMES or address.lower().rstrip(":") in EXTENSION_WORDS


def _is_own(source: str, page: str) -> bool:
    """Whether a source file is of the site: its origin, or its domain."""
    origin = origin_of(source)
    return origin == page or _related(_host(origin), _host(page))


def _related(host: str, other: str) -> bool:
    if not host or not other:
        return False
    if host == other:
        return True
    domain = registrable(other)
    if domain is None or not (host == domain or host.endswith(f".{domain}")):
        return False
    return registrable(host) == domain  # a public suffix may stand between the two


def _host(origin: str) -> str:
    authority = origin.partition("://")[2]
    return authority.partition("]")[0] if authority[:1] == "[" else authority.partition(":")[0]


def _word(key: Key) -> Opinion:
    """Inline code and what has no host."""
    blocked = key.blocked or "inline"
    if not key.own:
        why = "injected: no file of the site is behind it"
        return Opinion(Verdict.INJECTED, why)
    kind = key.directive.removesuffix("-elem").removesuffix("-attr")
    if (blocked == "data" and kind in PASSIVE) or (blocked == "blob" and kind in BLOBS):
        return Opinion(Verdict.ALLOW, "made by the site's own code", f"{blocked}:", "first party")
    if blocked in ("eval", "wasm-eval"):
        word = "'unsafe-eval'" if blocked == "eval" else "'wasm-unsafe-eval'"
        why = f"code of the site, or injected into it, turns text into code; it would take {word}"
        return Opinion(Verdict.UNEXPLAINED, why)
    if blocked.startswith("trusted-types"):
        return Opinion(Verdict.UNEXPLAINED, "code of the site writes text where code could be")
    if blocked in ("inline", "self"):
        return Opinion(Verdict.UNEXPLAINED, OWN_INLINE)
    return Opinion(Verdict.UNEXPLAINED, f"{blocked}: could hold anybody's code here")


def _place(key: Key, pages: int, trusted: Collection[str]) -> Opinion:
    """A host: of the site, of a known service, of an injector, or of nobody known."""
    host = _host(key.blocked)
    if key.origin.startswith("https:") and _scheme(key.blocked) in ("http", "ws"):
        return Opinion(Verdict.UNEXPLAINED, "loaded over plain http by an https page")
    if what := injector(host):
        return Opinion(Verdict.INJECTED, what)
    source = _source(key)
    if _related(host, _host(key.origin)) and source:
        return Opinion(Verdict.ALLOW, "the site's own", source, "first party")
    name = host in trusted and "named by you"
    if name and source:
        return Opinion(Verdict.ALLOW, name, source, "third party")
    if key.directive not in FETCH:
        return Opinion(Verdict.UNEXPLAINED, "another site, where only your own should be")
    if party := service(host):
        if pages >= MANY_PAGES and source:
            return Opinion(Verdict.ALLOW, f"a known service on {pages} pages", source, party)
        return Opinion(Verdict.UNEXPLAINED, f"a known service, on {pages} pages only", "", party)
    return Opinion(Verdict.UNEXPLAINED, "a host that is neither yours nor a known service")


def _source(key: Key) -> str:
    """The source expression of the blocked origin, empty where CSP cannot name it."""
    if key.blocked == key.origin:
        return "'self'"
    return key.blocked if read_source(key.blocked).kind == HOST else ""
