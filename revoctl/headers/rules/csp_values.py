"""Values that do not say what their author meant: misquoted, misspelt, contradictory.

Source: CSP Level 3, the grammar of section 2.3; browsers pass over each of these silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Posture, distinct, quote
from revoctl.headers.syntax.csp import SOURCE_LISTS
from revoctl.headers.syntax.csp_edit import removing, replacing
from revoctl.headers.syntax.csp_sources import DIGESTS, INVALID, KEYWORDS, read_source
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
_GRAMMAR = (f"{SPEC}#framework-directive-source-list", MDN)

UNQUOTED = frozenset(k.strip("'") for k in KEYWORDS)
OTHER_KEYWORDS = {
    "require-trusted-types-for": frozenset({"'script'"}),
    "trusted-types": frozenset({"'none'", "'allow-duplicates'"}),
    "webrtc": frozenset({"'allow'", "'block'"}),
}
OWN_WORDS = frozenset(
    {"plugin-types", "referrer", "reflected-xss", "report-to", "require-sri-for", "sandbox"}
)
"""Directives whose values are words or names of their own, never quoted."""


@csp_rule(
    "csp-syntax-unquoted-keyword",
    "A keyword, nonce or hash lacks its quotes",
    Severity.MEDIUM,
    why="It is read as the name of a host: what it should allow is blocked, what 'none' should "
    "forbid is governed by a host that anyone may own on a local network.",
    fix="Put the value in single quotes.",
    references=_GRAMMAR,
    anywhere=True,
)
def unquoted_keyword(posture: Posture) -> Sequence[Flaw]:
    """``self``, ``none``, ``nonce-…`` and the like as bare words in a source list."""
    if not any(_is_unquoted(w) for w in posture.unquoted):
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has {quote(value)}, which is a keyword only in single quotes",
            value,
            policy=i,
            edit=replacing(d.name, value, f"'{value}'"),
        )
        for i, d in posture.directives()
        if d.name not in OWN_WORDS
        for value in d.values
        if _is_unquoted(value.lower())
    )


def _is_unquoted(word: str) -> bool:
    return word in UNQUOTED or (
        word.startswith(("nonce-", "sha")) and word.partition("-")[0] in ("nonce", *DIGESTS)
    )


@csp_rule(
    "csp-syntax-invalid-keyword",
    "A quoted value is not a keyword",
    Severity.MEDIUM,
    why="Browsers pass over it: what it should allow is blocked, and where it was the only value "
    "the list allows nothing.",
    fix="Correct the spelling, or take the value out.",
    references=_GRAMMAR,
    anywhere=True,
)
def invalid_keyword(posture: Posture) -> Sequence[Flaw]:
    """Something that begins with a quote and is neither keyword nor nonce nor hash."""
    if not posture.quoted and posture.names.isdisjoint(OTHER_KEYWORDS):
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has {quote(value)}, which means nothing there",
            value,
            policy=i,
            edit=removing(d.name, value),
        )
        for i, d in posture.directives()
        for value in d.values
        if value[0] == "'" and not _is_known(d.name, value)
    )


def _is_known(name: str, value: str) -> bool:
    others = OTHER_KEYWORDS.get(name)
    if others is not None:
        return value.lower() in others
    return read_source(value).kind != INVALID


@csp_rule(
    "csp-syntax-invalid-source",
    "A source is not valid",
    Severity.LOW,
    why="Browsers pass over it, so that what it should allow is blocked.",
    fix="Write scheme, host, port and path as in https://cdn.example.com:443/lib/.",
    references=_GRAMMAR,
    anywhere=True,
)
def invalid_source(posture: Posture) -> Sequence[Flaw]:
    """An unquoted value in a source list that is neither host nor scheme."""
    if not any(read_source(w).kind == INVALID for w in posture.unquoted):
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has {quote(value)}, which is neither host nor scheme",
            value,
            policy=i,
            edit=removing(d.name, value),
        )
        for i, d in posture.directives()
        if d.name in SOURCE_LISTS
        for value in d.values
        if value[0] != "'" and read_source(value).kind == INVALID
    )


@csp_rule(
    "csp-syntax-none-mixed",
    "'none' stands beside other sources",
    Severity.MEDIUM,
    why="'none' counts only alone: the other sources are allowed, although the list says none.",
    fix="Take out 'none', or everything else.",
    references=_GRAMMAR,
    anywhere=True,
)
def none_mixed(posture: Posture) -> Sequence[Flaw]:
    """'none' in a source list of several values."""
    if "'none'" not in posture.words:
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has 'none' beside other sources, which count",
            "'none'",
            policy=i,
            edit=removing(d.name, "'none'"),
        )
        for i, d in posture.directives()
        if len(d.values) > 1 and d.name in SOURCE_LISTS and "'none'" in map(str.lower, d.values)
    )


RULES = (unquoted_keyword, invalid_keyword, invalid_source, none_mixed)
