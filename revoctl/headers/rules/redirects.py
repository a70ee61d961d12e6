"""Rules of redirects: the way from plain http to https, and chains that go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.hosts import host_of, is_loopback
from revoctl.headers.rules.rule import (
    HeaderRule,
    Problem,
    Skip,
    Verdict,
    not_applicable,
    not_evaluated,
    rule,
)
from revoctl.headers.snapshot import Ending, Hop
from revoctl.report.model import Evidence, Fix, Severity

HTTP = "https://www.rfc-editor.org/rfc/rfc9110#section-15.4"
_HSTS = "https://www.rfc-editor.org/rfc/rfc6797#section-7.2"
_NOT_PROBED = not_evaluated("the plain-http entrance was not probed")
_CLOSED = not_applicable("nothing answers over plain http")
_LOOPBACK = not_applicable("the address is this very machine, which needs no TLS")
_NO_REDIRECT = not_applicable("nothing redirects")


class Entrance(Struct, frozen=True):
    """What answers over plain http: the hops from there on."""

    hops: tuple[Hop, ...]

    @property
    def first(self) -> Hop:
        """The answer over plain http."""
        return self.hops[0]

    @property
    def reaches_https(self) -> bool:
        """Whether the chain comes to https at all."""
        return any(hop.url.startswith("https:") for hop in self.hops)


@per_page
def entrance(page: Page) -> Entrance | Skip:
    """The chain that starts at plain http: the scan's own, or the probe's."""
    snapshot = page.snapshot
    if is_loopback(snapshot.target):
        return _LOOPBACK
    if snapshot.hops[0].url.startswith("http:"):
        return Entrance(snapshot.hops)
    if "http" not in snapshot.probed:
        return _NOT_PROBED
    hops = next((probe.hops for probe in snapshot.probes if probe.kind == "http"), ())
    return Entrance(hops) if hops and hops[0].url.startswith("http:") else _CLOSED


def _way(page: Page, hops: Sequence[Hop]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(hop.url, f"{hop.status} {hop.reason}".strip(), page.snapshot.taken)
        for hop in hops[:10]
    )


def one(page: Page, detail: str, hops: Sequence[Hop], advice: str, key: str = "") -> Problem:
    """A problem whose evidence is the chain."""
    return Problem(quote(detail), key, _way(page, hops), Fix("advise", "Location", note=advice))


@rule(
    "redirect-to-https-missing",
    "Plain http is not redirected to https",
    Severity.HIGH,
    why="Visitors who type the name or follow an old link stay in the clear, where anyone on the "
    "path can read and change the page.",
    fix="Answer every plain-http request with 301 or 308 to the same address over https.",
    references=(_HSTS,),
)
def https_missing(page: Page) -> Verdict:
    """The chain from plain http never comes to https."""
    found = entrance(page)
    if isinstance(found, Skip):
        return found
    if found.reaches_https:
        return ()
    last = found.hops[-1]
    detail = f"{last.url} answers {last.status} over plain http"
    problem = one(page, detail, found.hops, "redirect to https with 301 or 308")
    if last.status < 400:
        return (problem,)
    return (Problem(problem.detail, "", problem.evidence, problem.fix, Severity.LOW),)


@rule(
    "redirect-first-hop-insecure",
    "Plain http is redirected to plain http first",
    Severity.MEDIUM,
    why="Every further hop in the clear is one more that can be held there, and none of them can "
    "set HSTS.",
    fix="Go to https on the same host at once, and change the host afterwards.",
    references=(_HSTS,),
)
def first_hop_insecure(page: Page) -> Verdict:
    """https comes, but not with the first redirect."""
    found = entrance(page)
    if isinstance(found, Skip):
        return found
    if not found.reaches_https or found.hops[1].url.startswith("https:"):
        return ()
    detail = f"{found.first.url} goes to {found.hops[1].url} before https"
    return (one(page, detail, found.hops, "go to https with the first redirect"),)


@rule(
    "redirect-off-host",
    "Plain http is redirected to another host before https",
    Severity.LOW,
    why="The host that was typed never answers over https, so it can set no HSTS and stays open to "
    "being held on plain http each time.",
    fix="Go to https on the same host first, then to the other host.",
    references=(_HSTS,),
)
def off_host(page: Page) -> Verdict:
    """The first https answer comes from another host than the one that was asked."""
    found = entrance(page)
    if isinstance(found, Skip):
        return found
    secure = next((hop for hop in found.hops if hop.url.startswith("https:")), None)
    if secure is None or host_of(secure.url) == host_of(found.first.url):
        return ()
    detail = f"{found.first.url} goes to {secure.url}"
    return (one(page, detail, found.hops, "go to https on the same host first"),)


@rule(
    "redirect-downgrade",
    "A redirect leads from https to plain http",
    Severity.HIGH,
    why="The rest of the visit is in the clear, where anyone on the path can read and change it.",
    fix="Redirect to https addresses only; look for a proxy that hides TLS from the application.",
    references=(HTTP, _HSTS),
)
def downgrade(page: Page) -> Verdict:
    """An https hop is followed by a plain-http one."""
    moving = [hops for _, hops, _, _ in chains(page) if len(hops) > 1]
    if not moving:
        return _NO_REDIRECT
    for hops in moving:
        for before, after in pairwise(hops):
            if before.url.startswith("https:") and after.url.startswith("http:"):
                detail = f"{before.url} goes to {after.url}"
                return (one(page, detail, hops, "redirect to https addresses only"),)
    return ()


def chains(page: Page) -> Iterator[tuple[str, Sequence[Hop], Ending, str]]:
    """The chains of the scan and of the plain-http probe, with a key, and how each ended."""
    snapshot = page.snapshot
    yield "", snapshot.hops, snapshot.ending, snapshot.ending_detail
    for probe in snapshot.probes:
        if probe.kind == "http" and probe.hops:
            yield "http", probe.hops, probe.ending, probe.error


RULES: tuple[HeaderRule, ...] = (https_missing, first_hop_insecure, off_host, downgrade)
