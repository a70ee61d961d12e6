"""What the policy asks of Strict-Transport-Security, on the https answer of the asked host."""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, NOT_ASKED, absence, quote
from revoctl.headers.rules.hosts import host_of
from revoctl.headers.rules.rule import (
    HeaderRule,
    Problem,
    Verdict,
    not_applicable,
    rule,
)
from revoctl.headers.snapshot import Hop
from revoctl.headers.syntax import hsts
from revoctl.report.model import Fix, Kind, Severity

HEADER = "strict-transport-security"
_NO_HTTPS = not_applicable("no answer came over https")
_IP_HOST = not_applicable("user agents keep no HSTS for IP addresses")
RFC = "https://www.rfc-editor.org/rfc/rfc6797"


class Seen(Struct, frozen=True):
    """The header of one host: ``key`` is empty for the host that was asked, else ``final``."""

    key: str
    hop: Hop
    host: str
    lines: tuple[str, ...]
    first: hsts.Hsts


class Picture(Struct, frozen=True):
    """The hosts that answered over https, those that sent the header, and where else it stood."""

    seen: tuple[Seen, ...] = ()
    sent: tuple[Seen, ...] = ()
    on_ip: tuple[Hop, ...] = ()
    over_http: tuple[Hop, ...] = ()
    https: bool = False


@per_page
def picture(page: Page) -> Picture:
    """Which hops carry the header, host by host.

    A browser obeys the header at every hop, so a host's last https answer that has it counts.
    """
    hosts: dict[str, Seen] = {}
    on_ip: list[Hop] = []
    over_http: list[Hop] = []
    asked = host_of(page.snapshot.target)
    hops = page.snapshot.hops
    https = False
    for hop in hops:
        lines = page.values(HEADER) if hop is hops[-1] else hop.values(HEADER)
        if not hop.url.startswith("https:"):
            over_http += [hop] * bool(lines)
            continue
        https = True
        host = host_of(hop.url)
        if is_ip(host):
            on_ip += [hop] * bool(lines)
        elif (host == asked or hop is hops[-1]) and (lines or host not in hosts):
            first = hsts.parse(lines[0]) if lines else hsts.Hsts()
            hosts[host] = Seen("" if host == asked else "final", hop, host, lines, first)
    seen = tuple(hosts.values())
    sent = tuple(one for one in seen if one.lines)
    return Picture(seen, sent, tuple(on_ip), tuple(over_http), https)


def is_ip(host: str) -> bool:
    """Whether a URL's host is an address: it holds a colon, or its last label is a number."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def problem(page: Page, seen: Seen, detail: str, severity: Severity | None = None) -> Problem:
    """A problem of one host, with its name in front and the policy's header as the fix."""
    fix = page.policy_fix(HEADER) or Fix(
        "set", "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
    )
    evidence = page.evidence(HEADER, hop=seen.hop) if seen.lines else absence(page, seen.hop)
    return Problem(quote(f"{seen.host}: {detail}"), seen.key, evidence, fix, severity)


def nothing_seen(found: Picture) -> Verdict:
    """Why there is no host to judge."""
    return _IP_HOST if found.https else _NO_HTTPS


@rule(
    "hsts-missing",
    "Strict-Transport-Security is missing",
    Severity.HIGH,
    Kind.DEVIATION,
    why="Without it a browser goes to the plain-http address first, where anyone on the path can "
    "read the request, strip TLS and keep the visitor on http.",
    fix="Send Strict-Transport-Security on every https response of the host, redirects included.",
    references=(RFC,),
)
def missing(page: Page) -> Verdict:
    """The policy asks for it, and a host that answered over https does not send it."""
    setting = page.policy.settings.get(HEADER)
    if setting is None:
        return NOT_ASKED
    found = picture(page)
    if not found.seen:
        return nothing_seen(found)
    return [
        problem(page, seen, f"no Strict-Transport-Security; the policy says: {setting.value}")
        for seen in found.seen
        if not seen.lines
    ]


@rule(
    "hsts-deviates",
    "Strict-Transport-Security is weaker than the policy",
    Severity.MEDIUM,
    Kind.DEVIATION,
    why="The shorter the time and the fewer the hosts that are covered, the more often a browser "
    "still tries plain http, where it can be held.",
    fix="Send the policy's max-age and flags on the first line of the header.",
    references=(RFC,),
)
def deviates(page: Page) -> Verdict:
    """The header is there, with less time or fewer flags than the policy has."""
    setting = page.policy.settings.get(HEADER)
    if setting is None:
        return NOT_ASKED
    found = picture(page)
    if not found.seen:
        return nothing_seen(found)
    if not found.sent:
        return ABSENT
    wanted = hsts.parse(setting.value)
    return [
        problem(page, seen, words)
        for seen in found.sent
        if (words := _shortfall(seen.first, wanted))
    ]


def _shortfall(first: hsts.Hsts, wanted: hsts.Hsts) -> str:
    if not first.valid:
        return "the header does not follow its grammar, so the policy is not in force"
    less = []
    if (first.max_age or 0) < (wanted.max_age or 0):
        less.append(f"max-age is {first.max_age}, the policy has {wanted.max_age}")
    if wanted.include_subdomains and not first.include_subdomains:
        less.append("includeSubDomains is missing")
    if wanted.preload and not first.preload:
        less.append("preload is missing")
    return "; ".join(less)


RULES: tuple[HeaderRule, ...] = (missing, deviates)
