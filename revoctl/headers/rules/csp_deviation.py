"""Where the enforced policies allow more than the profile's, request by request.

A directive deviates if something that it lets in is let in by no source of the profile. Nonces and
hashes are never compared by value, and count as narrower than any list that lets scripts in: they
mark what the author wrote. What only reports is not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from revoctl.headers.rules.csp_posture import Governor, Posture, quote
from revoctl.headers.syntax.csp import SOURCE_LISTS, parse_lines
from revoctl.headers.syntax.csp_cover import Coverage
from revoctl.headers.syntax.csp_levels import Listing
from revoctl.headers.syntax.csp_sources import HASH, NONCE, TARGETED, Source
from revoctl.report.model import Severity

CHILDREN = frozenset({"frame-src", "worker-src"})
"""Roles that child-src stands in for."""
ALWAYS = frozenset({"script-src", "style-src", "default-src"})
"""Roles compared whoever names them: nonces and strict-dynamic mean something in the first two."""
FLAGS = ("upgrade-insecure-requests", "require-trusted-types-for", "sandbox")
SERIOUS = frozenset(
    ("script-src", "script-src-elem", "script-src-attr", "default-src", "object-src", "base-uri")
) | {"frame-ancestors", "form-action"}
MARKS = frozenset({"'strict-dynamic'", "'unsafe-hashes'"})


class Excess(NamedTuple):
    """A directive that allows more than the profile: in words, and how much that matters."""

    directive: str
    text: str
    severity: Severity


class Role(NamedTuple):
    """What the profile says of one kind of request, and what was sent of it word by word."""

    directive: str
    coverage: Coverage
    words: frozenset[str]
    said: str


class Profile(NamedTuple):
    """The profile's policies: the source lists that it names, roles once looked up, and flags."""

    posture: Posture
    named: frozenset[str]
    flags: tuple[str, ...]
    roles: dict[str, Role | None]


def excesses(posture: Posture, profile: str) -> list[Excess]:
    """Each directive of the posture, or missing from it, that is weaker than the profile's."""
    wanted = _profile(profile, posture.own_host)
    found: dict[str, Excess] = {}
    for name in _roles(posture, wanted):
        role = _role(wanted, name)
        if role is None or _repeats(posture, name, role.words):
            continue
        if excess := _excess(posture, name, role):
            found.setdefault(excess.directive, excess)
    for name in wanted.flags:
        if name not in posture.names:
            text = f"no policy has {name}, which the profile asks for"
            found.setdefault(name, Excess(name, text, Severity.LOW))
    return list(found.values())


@lru_cache(maxsize=64)
def _profile(text: str, own_host: str) -> Profile:
    posture = Posture(parse_lines((text,)), own_host=own_host)
    flags = tuple(f for f in FLAGS if f in posture.names)
    return Profile(posture, posture.names & SOURCE_LISTS, flags, {})


def _roles(posture: Posture, profile: Profile) -> list[str]:
    """The kinds of request that either side names; all others default-src governs on both."""
    names = ALWAYS | profile.named | (posture.names & SOURCE_LISTS)
    return sorted(names | CHILDREN if "child-src" in names else names)


def _role(profile: Profile, name: str) -> Role | None:
    """What the profile says of a role; of several policies the first that has a say counts."""
    if name not in profile.roles:
        governors = profile.posture.governors((name,))
        profile.roles[name] = _made(governors[0], profile.posture.own_host) if governors else None
    return profile.roles[name]


def _made(governor: Governor, own_host: str) -> Role:
    listing = governor.listing
    said = " ".join(listing.directive.values) or "'none'"
    return Role(governor.name, Coverage(listing.sources, own_host), listing.words, said)


def _repeats(posture: Posture, name: str, words: frozenset[str]) -> bool:
    """Whether some policy has nothing but the profile's own words, which is the usual case."""
    for reading in posture.readings:
        listing = reading.listing(name)
        if listing is not None and listing.words <= words:
            return True
    return False


def _excess(posture: Posture, name: str, role: Role) -> Excess | None:
    """What the policies together let in beyond the role, if anything.

    A source of one policy is let in if every other policy that has a say covers it.
    """
    governors = posture.governors((name,))
    if not governors:
        text = f"nothing limits {name}; the profile: {role.directive} {quote(role.said)}"
        return Excess(role.directive, text, _weight(role.directive))
    for governor in governors:
        loose = [s for s in _loose(governor.listing, role) if posture.tolerated(governor, s)]
        if loose:
            return _beyond(governor.name, loose, role)
    return None


def _beyond(name: str, loose: Sequence[Source], role: Role) -> Excess:
    named = quote(" ".join([s.text for s in loose[:20]]))
    text = f"{name} allows {named}; the profile: {role.directive} {quote(role.said)}"
    return Excess(name, text, _weight(name))


def _loose(listing: Listing, role: Role) -> list[Source]:
    """The sources in effect that the profile's list does not cover."""
    return [s for s in listing.sources if s.text not in role.words and not _allowed(s, role)]


def _allowed(source: Source, role: Role) -> bool:
    if source.kind in (NONCE, HASH, TARGETED) or source.text in MARKS:
        return not role.coverage.empty
    return role.coverage.covers(source)


def _weight(directive: str) -> Severity:
    return Severity.MEDIUM if directive in SERIOUS else Severity.LOW
