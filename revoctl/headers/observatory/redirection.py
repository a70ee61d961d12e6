"""Test ``redirection``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/redirection.js``: the chain from
``http://site/`` must go to https on its first step, on the same host; a chain whose every host is
on the preload list never happens in a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from revoctl.headers.observatory.result import Corrections, Outcome, quote
from revoctl.headers.observatory.session import session, verified

if TYPE_CHECKING:
    from revoctl.headers.page import Page
    from revoctl.headers.snapshot import Hop

_REDIRECTS = (301, 302, 303, 307, 308)


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade how a visitor who comes over plain http gets to https."""
    hops = session(page).entrance
    if hops is None:
        said = "The plain-http entrance was not asked, so this is unknown."
        return Outcome("redirection-not-evaluated", said)
    if not hops:
        said = "Nothing answers over plain http."
        return Outcome("redirection-not-needed-no-http", said)
    if not verified(hops):
        said = "On the way from plain http a certificate is not valid."
        return Outcome("redirection-invalid-cert", said)
    return _by_route(page, _route(hops, corrections))


def _route(hops: tuple[Hop, ...], corrections: Corrections) -> list[SplitResult]:
    """The addresses of the chain; the Observatory takes a missing Location for ``/undefined``."""
    route = [urlsplit(hop.url) for hop in hops]
    last = hops[-1]  # a saved chain may hold addresses alone, which says nothing of Location
    leads_nowhere = last.status in _REDIRECTS and last.fields and not last.values("location")
    if leads_nowhere and "redirect-without-location" not in corrections:
        route.append(route[-1]._replace(path="/undefined", query="", fragment=""))
    return route


def _by_route(page: Page, route: list[SplitResult]) -> Outcome:
    if page.preloaded and all(page.preloaded.lookup(_host(url)) for url in route):
        said = "Browsers know from their preload list to use https for every host on the way."
        return Outcome("redirection-all-redirects-preloaded", said)
    if len(route) == 1:
        return Outcome("redirection-missing", "Over plain http the site answers without redirect.")
    last, second = route[-1], route[1]
    if last.scheme != "https":
        said = f"From plain http the visitor ends at {quote(last.geturl())}, which is not https."
        return Outcome("redirection-not-to-https", said)
    if second.scheme == "http":
        said = f"The first redirect goes to {quote(second.geturl())}, which is plain http still."
        return Outcome("redirection-not-to-https-on-initial-redirection", said)
    if route[0].scheme == "http" and _host(route[0]) != _host(second):
        said = f"The first redirect goes to another host, {quote(_host(second))}."
        return Outcome("redirection-off-host-from-http", said)
    return Outcome("redirection-to-https", "Plain http leads to https on the same host at once.")


def _host(url: SplitResult) -> str:
    return (url.hostname or "").lower()
