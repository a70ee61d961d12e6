"""Test ``cross-origin-resource-sharing``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/cors.js``: what an OPTIONS request with a
foreign Origin is answered. Universal access means that this very Origin comes back with
credentials (a live run of the Observatory never sees the Origin it sent and so never says it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.session import session
from revoctl.headers.observatory.wire import trim

if TYPE_CHECKING:
    from revoctl.headers.page import Page
    from revoctl.headers.snapshot import Probe

_PREFIX = "cross-origin-resource-sharing-"
_ORIGIN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade which other sites may read what the page says."""
    probes = [p for p in page.snapshot.probes if p.kind in ("cors-get", "cors-preflight")]
    preflights = [p for p in probes if p.kind == "cors-preflight"]
    if not preflights:
        said = "No request from a foreign origin was made, so this is unknown."
        return Outcome(_PREFIX + "not-evaluated", said)
    foreign = next((p for p in preflights if p.origin != "null"), preflights[0])
    if "cors-credentials" in corrections:
        trusted = next((p for p in probes if _trusts_stranger(p, session(page).host)), None)
        return _universal(trusted) if trusted else _by_answer(foreign)
    if _reflects(foreign):
        return _universal(foreign)
    return _by_answer(foreign)


def _by_answer(probe: Probe) -> Outcome:
    text = _line(probe, _ORIGIN)
    if not text:
        said = "No other origin may read the response."
        return Outcome(_PREFIX + "not-implemented", said)
    if trim(text[:256]) == "*":
        said = "Every site may read what the response says without the visitor's cookies."
        return Outcome(_PREFIX + "implemented-with-public-access", said)
    said = f"Access-Control-Allow-Origin is {quote(text)} for a foreign origin."
    return Outcome(_PREFIX + "implemented-with-restricted-access", said)


def _universal(probe: Probe) -> Outcome:
    said = f"The origin {quote(probe.origin)} may read responses made with the visitor's cookies."
    return Outcome(_PREFIX + "implemented-with-universal-access", said)


def _line(probe: Probe, name: str) -> str:
    return ", ".join(probe.hops[-1].values(name)) if probe.hops else ""


def _reflects(probe: Probe) -> bool:
    """The Observatory's comparison."""
    return (
        bool(probe.origin)
        and _line(probe, _ORIGIN) == probe.origin
        and trim(_line(probe, _CREDENTIALS).lower()) == "true"
    )


def _trusts_stranger(probe: Probe, host: str) -> bool:
    """A browser's comparison, for an origin that is not the site's own."""
    from urllib.parse import urlsplit

    if not probe.hops or probe.hops[-1].values(_CREDENTIALS) != ("true",):
        return False
    allowed = probe.hops[-1].values(_ORIGIN)
    if allowed == ("null",):
        return True  # a sandboxed frame on any site has this origin
    theirs = (urlsplit(probe.origin).hostname or "").lower()
    own = theirs == host or theirs.endswith(f".{host}")
    return allowed == (probe.origin,) and not own
