"""What all enforced policies together allow: the one thing that every CSP judge looks at.

A browser enforces every policy, so something is allowed only if each policy that has a say allows
it. A judge of this module's users is a function ``Posture -> Sequence[Flaw]``; it serves both the
rules over a page and ``csp check`` over a bare policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from revoctl.headers.syntax.csp import Directive, Policy
from revoctl.headers.syntax.csp_cover import Coverage
from revoctl.headers.syntax.csp_edit import Edit, removing
from revoctl.headers.syntax.csp_levels import SCRIPTS, Listing, Reading
from revoctl.headers.syntax.csp_sources import DIGESTS, KEYWORDS, Source, read_source
from revoctl.report.model import Severity

MANY = 16
QUOTE = 120
"""How many characters of a directive or value are quoted."""


class Flaw(msgspec.Struct, frozen=True):
    """One thing wrong with the policies.

    ``policy`` is the index of the one that ``edit`` mends; ``value`` is the source, if one is to
    blame; ``severity`` is given where it differs from the rule's.
    """

    directive: str
    text: str
    value: str = ""
    severity: Severity | None = None
    policy: int = 0
    edit: Edit | None = None

    @property
    def key(self) -> str:
        """Directive and source, without what changes from one answer to the next."""
        return f"{self.directive} {stable(self.value)}".strip()[: 2 * QUOTE]


Finder = Callable[["Posture"], Sequence[Flaw]]


class Governor(msgspec.Struct, frozen=True):
    """Policy number ``policy`` governs requests of ``role`` by ``listing``."""

    policy: int
    role: str
    listing: Listing

    @property
    def name(self) -> str:
        """The directive that decides, which may be one that the role falls back to."""
        return self.listing.directive.name


class Posture:
    """The policies that are enforced together, as a browser of a CSP level reads them.

    ``names`` are those of all directives as sent, whatever the level sees of them; ``words`` all
    their values in lower case: the ``unquoted`` ones (``places``: each with a blank behind it),
    keywords, and the other ``quoted`` ones.
    Judges ask these sets first, since most policies have nothing of what most judges look for.
    """

    def __init__(self, policies: Sequence[Policy], level: int = 3, own_host: str = "") -> None:
        self.policies = policies
        self.level = level
        self.own_host = own_host
        self.readings = [Reading(p, level) for p in policies]
        self.names = frozenset([d.name for p in policies for d in p.directives])
        self.scripts = self._find(SCRIPTS)
        self.marked = any(g.listing.nonced or g.listing.hashed for g in self.scripts)
        values = [v.lower() for p in policies for d in p.directives for v in d.values]
        self.words = frozenset(values)
        self.quoted = [w for w in self.words if w[0] == "'" and w not in KEYWORDS]
        self.unquoted = [w for w in self.words if w[0] != "'"]
        self.places = " ".join(self.unquoted) + " "
        self._governors: dict[tuple[str, ...], list[Governor]] = {SCRIPTS: self.scripts}
        self._coverage: dict[tuple[int, str], Coverage | None] = {}

    def governors(self, roles: tuple[str, ...]) -> list[Governor]:
        """What decides for these kinds of request, each policy's directive once."""
        found = self._governors.get(roles)
        if found is None:
            found = self._governors[roles] = self._find(roles)
        return found

    def _find(self, roles: tuple[str, ...]) -> list[Governor]:
        found: list[Governor] = []
        for i, reading in enumerate(self.readings):
            seen: set[int] = set()
            for role in roles:
                listing = reading.listing(role)
                if listing is not None and id(listing) not in seen:
                    seen.add(id(listing))
                    found.append(Governor(i, role, listing))
        return found

    def governed(self, role: str) -> bool:
        """Whether any policy has a say in this kind of request."""
        return any(reading.listing(role) is not None for reading in self.readings)

    def values(self, name: str) -> list[str]:
        """All policies' values of a directive, as sent."""
        if name not in self.names:
            return []
        found = (policy.get(name) for policy in self.policies)
        return [value for directive in found if directive for value in directive.values]

    def allowing(self, governors: Iterable[Governor], word: str) -> Iterator[Governor]:
        """The governors whose keyword ``word`` is in effect, no other policy forbidding it."""
        for governor in governors:
            if word in governor.listing.words:
                source = read_source(word)
                if self.tolerated(governor, source):
                    yield governor

    def tolerated(self, governor: Governor, source: Source) -> bool:
        """Whether every other policy that has a say lets this source in, too.

        The first :data:`MANY` policies are asked, so that a thousand of them take linear time.
        """
        if len(self.policies) == 1:
            return True
        return all(
            i == governor.policy or self._covered(i, governor.role, source)
            for i in range(min(len(self.readings), MANY))
        )

    def directives(self) -> Iterator[tuple[int, Directive]]:
        """Every directive of every policy with the policy's index."""
        for i, policy in enumerate(self.policies):
            for directive in policy.directives:
                yield i, directive

    def _covered(self, index: int, role: str, source: Source) -> bool:
        key = (index, role)
        if key not in self._coverage:
            listing = self.readings[index].listing(role)
            made = None if listing is None else Coverage(listing.sources, self.own_host)
            self._coverage[key] = made
        coverage = self._coverage[key]
        return coverage is None or coverage.covers(source)


def distinct(flaws: Iterable[Flaw]) -> list[Flaw]:
    """Each directive and value once, the first found."""
    found = list(flaws)
    if len(found) < 2:
        return found
    return list({(f.directive, f.value): f for f in reversed(found)}.values())[::-1]


def stable(value: str) -> str:
    """A value as a key: a nonce or hash, quoted or not, by its kind alone."""
    bare = value.lower().removeprefix("'")
    if bare.startswith("nonce-"):
        return "'nonce-…'"
    return "'hash'" if bare.startswith(_HASHES) else value


_HASHES = tuple(f"{prefix}{name}-" for prefix in ("", "url-", "eval-") for name in DIGESTS)


def quote(text: str) -> str:
    """Text of the response as it may stand in a finding: cut to :data:`QUOTE` characters."""
    return text if len(text) <= QUOTE else text[:QUOTE] + "…"


def removal(name: str, value: str) -> Edit:
    """The edit that takes a source out; an emptied list keeps what such a page mostly needs."""
    rest = "'none'" if name in ("object-src", "base-uri", "frame-ancestors") else "'self'"
    return removing(name, value, rest=rest)
