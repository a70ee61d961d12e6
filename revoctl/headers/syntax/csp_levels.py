"""What of a policy takes effect in a browser that implements CSP level 1, 2 or 3.

Sources: CSP 1.0 and CSP Level 2 (W3C), CSP Level 3 sections 6.7.3.2 (inline, nonces, hashes),
8.2 (``'strict-dynamic'``). A nonce or hash switches ``'unsafe-inline'`` off from level 2 on;
``'strict-dynamic'`` switches hosts, schemes, ``'self'`` and ``'unsafe-inline'`` off from level 3
on; ``'none'`` next to anything else says nothing; what a level does not know it does not see.
"""

from __future__ import annotations

import msgspec

from revoctl.headers.syntax.csp import DIRECTIVES, FALLBACKS, SOURCE_LISTS, Directive, Policy
from revoctl.headers.syntax.csp_sources import (
    HASH,
    INVALID,
    KEYWORD,
    KEYWORD_LEVELS,
    KEYWORDS,
    NONCE,
    SCHEME,
    Source,
    read_source,
)

LEVELS = (1, 2, 3)
_FIRST = (
    "default-src",
    "script-src",
    "object-src",
    "style-src",
    "img-src",
    "media-src",
    "frame-src",
    "font-src",
    "connect-src",
    "report-uri",
    "sandbox",
)
_SECOND = (
    "base-uri",
    "child-src",
    "form-action",
    "frame-ancestors",
    "plugin-types",
    "referrer",
    "reflected-xss",
    "upgrade-insecure-requests",
    "block-all-mixed-content",
)
_LEVEL = dict.fromkeys(_FIRST, 1) | dict.fromkeys(_SECOND, 2)
SCRIPTS = ("script-src", "script-src-elem", "script-src-attr")
STYLES = ("style-src", "style-src-elem", "style-src-attr")
_FAMILY = dict.fromkeys((*SCRIPTS, "worker-src"), "script") | dict.fromkeys(STYLES, "style")


class Ignored(msgspec.Struct, frozen=True):
    """A value that a level passes over, and why."""

    directive: str
    value: str
    reason: str


class Listing(msgspec.Struct, frozen=True):
    """The source list that governs one kind of request, reduced to what a level enforces.

    ``directive`` as sent; ``sources`` in effect; ``words`` their texts; ``ignored`` the rest.
    ``nonced`` and ``hashed``: whether scripts or styles may be marked so; ``strict``: whether
    ``'strict-dynamic'`` is in effect.
    """

    directive: Directive
    sources: tuple[Source, ...]
    words: frozenset[str]
    ignored: tuple[Ignored, ...] = ()
    nonced: bool = False
    hashed: bool = False
    strict: bool = False


class Reading:
    """One policy as a browser of one level reads it; listings are made once and kept."""

    def __init__(self, policy: Policy, level: int = 3) -> None:
        self.policy = policy
        self.level = level
        self._index = {
            d.name: d for d in policy.directives if level == 3 or level >= directive_level(d.name)
        }
        self._listings: dict[tuple[str, str], Listing] = {}
        self._roles: dict[str, Listing | None] = {}

    def listing(self, role: str) -> Listing | None:
        """What governs a request of this role (a directive's name); None: nothing does."""
        if role not in self._roles:
            self._roles[role] = self._find(role)
        return self._roles[role]

    def _find(self, role: str) -> Listing | None:
        index = self._index
        for name in FALLBACKS.get(role) or (role,):
            if name in index:
                key = (name, _FAMILY.get(role, ""))
                found = self._listings.get(key)
                if found is None:
                    found = self._listings[key] = _reduce(index[name], key[1], self.level)
                return found
        return None

    def has(self, name: str) -> bool:
        """Whether the level sees a directive of this name."""
        return name in self._index


def directive_level(name: str) -> int:
    """The level of CSP that a directive came with."""
    return _LEVEL.get(name, 3)


def effective(policy: Policy, level: int) -> Policy:
    """The policy that a browser of this level enforces.

    Where ``default-src`` means something else for scripts or styles than for the rest, the script
    or style directive is written out. Problems are dropped: nothing in the result has any.
    """
    reading = Reading(policy, level)
    lists: dict[str, Directive] = {}
    for directive in policy.directives:
        if directive.name in DIRECTIVES and reading.has(directive.name):
            listing = reading.listing(directive.name) if _is_list(directive) else None
            lists[directive.name] = _written(directive.name, listing) if listing else directive
    plain = lists.get("default-src")
    for role in ("script-src", "style-src"):
        listing = reading.listing(role)
        if role not in lists and listing and plain and _written(role, listing) != plain:
            written = _written(role, listing)
            if written.values != plain.values:
                lists[role] = written
    return Policy(tuple(lists.values()))


def ignored(policy: Policy, level: int) -> tuple[Ignored, ...]:
    """All values of the policy's source lists and all directives that this level passes over."""
    reading = Reading(policy, level)
    found: dict[Ignored, None] = {}
    for directive in policy.directives:
        if not reading.has(directive.name):
            found[Ignored(directive.name, "", f"CSP level {level} has no such directive")] = None
        elif _is_list(directive) and (listing := reading.listing(directive.name)):
            found.update(dict.fromkeys(listing.ignored))
    for role in ("script-src", "style-src"):
        if listing := reading.listing(role):
            found.update(dict.fromkeys(listing.ignored))
    return tuple(found)


def _is_list(directive: Directive) -> bool:
    return directive.name in SOURCE_LISTS


def _written(name: str, listing: Listing) -> Directive:
    return Directive(name, tuple(s.text for s in listing.sources) or ("'none'",))


def _reduce(directive: Directive, family: str, level: int) -> Listing:
    """Drop what the level does not see, then what nonces, hashes and strict-dynamic switch off."""
    kept, dropped, kinds = _seen(directive, level)
    words = frozenset([s.text for s in kept])
    if not family:
        return Listing(directive, kept, words, dropped)
    strict = family == "script" and "'strict-dynamic'" in words
    nonced, hashed = NONCE in kinds, HASH in kinds
    if not (nonced or hashed or strict):
        return Listing(directive, kept, words, dropped)
    marked = nonced or hashed
    off = {s: why for s in kept if (why := _switched_off(s, strict, marked))}
    return Listing(
        directive,
        tuple([s for s in kept if s not in off]) if off else kept,
        words.difference([s.text for s in off]),
        (*dropped, *(Ignored(directive.name, s.text, why) for s, why in off.items())),
        nonced,
        hashed,
        strict,
    )


def _seen(
    directive: Directive, level: int
) -> tuple[tuple[Source, ...], tuple[Ignored, ...], set[int]]:
    """The sources that the level sees, those that it does not, and the kinds of the former."""
    kept: list[Source] = []
    dropped: list[Ignored] = []
    kinds: set[int] = set()
    for value in directive.values:
        source = KEYWORDS.get(value) or read_source(value)
        if source.kind < SCHEME and (reason := _unseen(source, level)):
            if source.text != "'none'" or len(directive.values) > 1:
                dropped.append(Ignored(directive.name, value, reason))
            continue
        kept.append(source)
        kinds.add(source.kind)
    return tuple(kept), tuple(dropped), kinds


def _unseen(source: Source, level: int) -> str:
    if source.text == "'none'":
        return "'none' counts only when it stands alone"
    if source.kind == INVALID:
        return "it is not a source expression"
    if level == 3:
        return ""
    if source.kind != KEYWORD:
        return "CSP level 1 knows neither nonces nor hashes" if level < 2 else ""
    known = KEYWORD_LEVELS[source.text] <= level
    return "" if known else f"CSP level {level} has no such keyword"


def _switched_off(source: Source, strict: bool, marked: bool) -> str:
    """Why a source of a script or style list has no effect; empty if it has."""
    if strict and (source.kind >= SCHEME or source.text in ("'self'", "'unsafe-inline'")):
        return "'strict-dynamic' switches it off from CSP level 3 on"
    if marked and source.text == "'unsafe-inline'":
        return "a nonce or hash switches it off from CSP level 2 on"
    return ""
