"""Test ``cookies``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/cookies.js``: every cookie of the jar is
judged, the worst finding decides. A name with ``login`` or ``sess`` is a session, one with ``csrf``
a token against forged requests; ``heroku-session-affinity`` is left out. An unknown SameSite on any
line of the final response is invalid, whether the cookie got into the jar or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from revoctl.headers.observatory import hsts
from revoctl.headers.observatory.cookie_jar import Cookie, fill
from revoctl.headers.observatory.result import RESULTS, Corrections, Outcome, quote
from revoctl.headers.observatory.session import session
from revoctl.headers.observatory.wire import trim
from revoctl.headers.page import per_page

if TYPE_CHECKING:
    from revoctl.headers.page import Page

_IGNORED = "heroku-session-affinity"
_RANKED = (
    "cookies-without-secure-flag-but-protected-by-hsts",
    "cookies-without-secure-flag",
    "cookies-session-without-secure-flag-but-protected-by-hsts",
    "cookies-samesite-flag-invalid",
    "cookies-anticsrf-without-samesite-flag",
    "cookies-session-without-httponly-flag",
    "cookies-session-without-secure-flag",
)
_WORDS = (
    "lacks Secure, though browsers keep to https",
    "lacks Secure, so it also goes over plain http",
    "is a session and lacks Secure, though browsers keep to https",
    "has a SameSite that browsers do not know, or None without Secure",
    "guards against forged requests and lacks SameSite",
    "is a session that scripts can read, for it lacks HttpOnly",
    "is a session and lacks Secure, so it also goes over plain http",
)


@per_page
def jar(page: Page) -> tuple[Cookie, ...]:
    """The cookies that the visit leaves behind."""
    hops = session(page).chain
    if not any(hop.values("set-cookie") for hop in hops):
        return ()
    found = fill(hops, page.snapshot.taken)
    return tuple(cookie for cookie in found if cookie.name != _IGNORED)


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade the attributes of the cookies."""
    cookies = jar(page)
    if "cookies-deleted" in corrections:
        cookies = tuple(c for c in cookies if not c.expired(page.snapshot.taken))
    if not cookies:
        return Outcome("cookies-not-found", "The response leaves no cookie behind.")
    kept = RESULTS[hsts.judge(page, corrections).result][1]
    faults = [*_unknown_same_site(page, cookies, corrections)]
    faults += [(fault, cookie.name) for cookie in cookies for fault in _faults(cookie, kept)]
    if faults:
        worst, name = max(faults, key=lambda fault: fault[0])
        return Outcome(_RANKED[worst], f"The cookie {quote(name)} {_WORDS[worst]}.")
    if all(cookie.same_site for cookie in cookies):
        said = "Every cookie is Secure and has a SameSite, sessions are HttpOnly."
        return Outcome("cookies-secure-with-httponly-sessions-and-samesite", said)
    said = "Every cookie is Secure and sessions are HttpOnly, but not all have a SameSite."
    return Outcome("cookies-secure-with-httponly-sessions", said)


def _faults(cookie: Cookie, kept: bool) -> Iterator[int]:
    """The faults of a cookie as places in :data:`_RANKED`; ``kept``: browsers keep to https."""
    name = cookie.name.lower()
    is_session = "login" in name or "sess" in name
    if not cookie.secure:
        yield 0 if kept else 1
        if cookie.same_site == "none":
            yield 3
        if is_session:
            yield 2 if kept else 6
    if "csrf" in name and not cookie.same_site:
        yield 4
    if is_session and not cookie.http_only:
        yield 5


def _unknown_same_site(
    page: Page, cookies: tuple[Cookie, ...], corrections: Corrections
) -> Iterator[tuple[int, str]]:
    left = {cookie.name for cookie in cookies}
    for line in page.values("set-cookie"):
        if "samesite" not in line.lower():
            continue
        parts = trim(line).split(";")
        name = trim(parts[0].partition("=")[0])
        if "cookies-deleted" in corrections and name not in left:
            continue
        if any(map(_is_unknown_same_site, parts)):
            yield 3, name


def _is_unknown_same_site(part: str) -> bool:
    key, _, value = part.partition("=")
    if trim(key).lower() != "samesite":
        return False
    return trim(value.partition("=")[0]).lower() not in ("lax", "strict", "none")
