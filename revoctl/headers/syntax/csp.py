"""Content-Security-Policy as a browser reads it: text in, policies and their problems out.

Source: W3C Content Security Policy Level 3, section 2.2 (parsing) and 6.8.3 (fallback lists). A
comma separates policies in a header, and only there; a semicolon separates directives; the first
directive of a name wins; a directive that holds a non-ASCII character is not read at all. White
space is ASCII white space, so a no-break space is part of a (non-ASCII, hence lost) directive.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

FALLBACKS: dict[str, tuple[str, ...]] = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "script-src-attr": ("script-src-attr", "script-src", "default-src"),
    "style-src-elem": ("style-src-elem", "style-src", "default-src"),
    "style-src-attr": ("style-src-attr", "style-src", "default-src"),
    "worker-src": ("worker-src", "child-src", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    "fenced-frame-src": ("fenced-frame-src", "frame-src", "child-src", "default-src"),
    **{
        name: (name, "default-src")
        for name in (
            "script-src",
            "style-src",
            "child-src",
            "connect-src",
            "font-src",
            "img-src",
            "manifest-src",
            "media-src",
            "object-src",
            "prefetch-src",
        )
    },
    "default-src": ("default-src",),
}
"""The directives that govern a kind of request, the first present one decides."""

FETCH = frozenset(FALLBACKS)
SOURCE_LISTS = FETCH | {"base-uri", "form-action", "frame-ancestors", "navigate-to"}
DIRECTIVES = SOURCE_LISTS | {
    "block-all-mixed-content",
    "disown-opener",
    "plugin-types",
    "referrer",
    "reflected-xss",
    "report-to",
    "report-uri",
    "require-sri-for",
    "require-trusted-types-for",
    "sandbox",
    "trusted-types",
    "upgrade-insecure-requests",
    "webrtc",
}
"""Every directive that some specification defined, in force or withdrawn."""

META_IGNORED = frozenset({"frame-ancestors", "report-uri", "sandbox"})
"""What a policy in a meta element cannot say (HTML, "content security policy state")."""


class Directive(msgspec.Struct, frozen=True):
    """One directive: its name in lower case, its values as they were sent."""

    name: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.name, *self.values))


class SyntaxProblem(msgspec.Struct, frozen=True):
    """Something that a browser passes over: ``duplicate-directive`` or ``non-ascii``."""

    kind: str
    directive: str
    detail: str = ""


class Policy(msgspec.Struct, frozen=True, dict=True):
    """One policy: directives in the order sent, each name once, and what was passed over.

    ``str`` serialises it; parsing that text gives the same directives again.
    """

    directives: tuple[Directive, ...] = ()
    problems: tuple[SyntaxProblem, ...] = ()

    @cached_property
    def _index(self) -> dict[str, Directive]:
        return {d.name: d for d in self.directives}

    def get(self, name: str) -> Directive | None:
        """The directive of this name (lower case), if the policy has it."""
        return self._index.get(name)

    def governing(self, name: str) -> Directive | None:
        """The directive that decides for ``name``: itself, or what it falls back to."""
        index = self._index
        for candidate in FALLBACKS.get(name, (name,)):
            if candidate in index:
                return index[candidate]
        return None

    def __str__(self) -> str:
        return "; ".join([" ".join((d.name, *d.values)) for d in self.directives])


def parse(text: str) -> Policy:
    """Read one serialized policy. A comma has no meaning here: see :func:`parse_lines`."""
    directives: dict[str, Directive] = {}
    problems: list[SyntaxProblem] = []
    plain = text.isascii() and text.isprintable()  # then a blank is the only white space
    for token in text.split(";"):
        parts = token.split() if plain else _split(token)
        if not parts:
            continue
        name = parts[0].lower()
        if not plain and not token.isascii():
            problems.append(SyntaxProblem("non-ascii", name, token))
        elif name in directives:
            problems.append(SyntaxProblem("duplicate-directive", name, token))
        else:
            directives[name] = Directive(name, tuple(parts[1:]))
    return Policy(tuple(directives.values()), tuple(problems))


def parse_lines(lines: Iterable[str]) -> tuple[Policy, ...]:
    """Read all lines of the header. Each comma begins a policy; empty ones do not exist.

    A policy whose every directive was passed over is kept, without directives, for its problems.
    """
    policies = (parse(piece) for line in lines for piece in line.split(","))
    return tuple(p for p in policies if p.directives or p.problems)


def parse_meta(content: str) -> tuple[Policy, tuple[Directive, ...]]:
    """Read a meta element's policy: what it enforces, and the directives that do not count there.

    A comma has no meaning in a meta element (HTML, "pragma directives").
    """
    policy = parse(content)
    lost = tuple(d for d in policy.directives if d.name in META_IGNORED)
    if not lost:
        return policy, ()
    kept = tuple(d for d in policy.directives if d.name not in META_IGNORED)
    return Policy(kept, policy.problems), lost


def _split(token: str) -> list[str]:
    for space in "\t\n\f\r":
        token = token.replace(space, " ")
    return [t for t in token.split(" ") if t]
