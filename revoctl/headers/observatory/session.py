"""Which hops answer the Observatory's three questions: over https, over http, and at last.

The Observatory opens two sessions, ``https://site/`` and ``http://site/``, and judges the https
one wherever it answered, even with a bad certificate. A snapshot holds one chain and perhaps the
``http`` probe; this module lays the one over the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from revoctl.headers.page import per_page
from revoctl.headers.snapshot import Ending, Hop, Probe

if TYPE_CHECKING:
    from revoctl.headers.page import Page

ENDED = (Ending.FINAL, Ending.LOOP, Ending.TOO_MANY)


class Session(Struct, frozen=True):
    """The chains. ``entrance`` is the plain-http chain: empty if nothing answers there, None if
    it was not asked. ``https`` and ``verified`` are of the judged chain, ``secure`` of its start.
    """

    host: str
    secure: bool
    https: bool
    verified: bool
    chain: tuple[Hop, ...]
    entrance: tuple[Hop, ...] | None


@per_page
def session(page: Page) -> Session:
    """Find the chains of a page's snapshot."""
    hops = page.snapshot.hops
    host = (urlsplit(hops[0].url).hostname or "").lower()
    start = _https_start(hops, host)
    chain = hops[start:] if start is not None else hops
    secure = start is not None
    return Session(host, secure, secure, verified(chain), chain, _entrance(page))


def verified(hops: tuple[Hop, ...]) -> bool:
    """Whether no certificate on the way was refused."""
    return all(hop.tls is None or hop.tls.verified for hop in hops)


def _https_start(hops: tuple[Hop, ...], host: str) -> int | None:
    """Where the https session of the asked host begins in a chain, if it does at all."""
    for at, hop in enumerate(hops):
        if hop.url.startswith("https:"):
            same = at == 0 or (urlsplit(hop.url).hostname or "").lower() == host
            return at if same else None
    return None


def _entrance(page: Page) -> tuple[Hop, ...] | None:
    probe = _http_probe(page)
    if probe is not None:
        return probe.hops if probe.ending in ENDED else ()
    hops = page.snapshot.hops
    return hops if hops[0].url.startswith("http:") else None


def _http_probe(page: Page) -> Probe | None:
    return next((probe for probe in page.snapshot.probes if probe.kind == "http"), None)
