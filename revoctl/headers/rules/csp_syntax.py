"""Directives that do not say what their author meant: misspelt, run together, outdated.

Source: CSP Level 3, section 2.2 (parsing); browsers pass over each of these silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import QUOTE, Flaw, Posture, distinct, quote
from revoctl.headers.syntax.csp import DIRECTIVES
from revoctl.headers.syntax.csp_edit import dropping, tidied
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
_PARSING = (f"{SPEC}#parse-serialized-policy", MDN)
SUGGESTED = 3
"""For how many unknown names a known one is looked for."""

DEPRECATED = {
    "block-all-mixed-content": "browsers block or upgrade mixed content without it",
    "disown-opener": "Cross-Origin-Opener-Policy took its place",
    "navigate-to": "it was withdrawn before any browser had it",
    "plugin-types": "browsers have no plugins any more; object-src 'none' says it",
    "prefetch-src": "it was withdrawn; default-src governs prefetching",
    "referrer": "the Referrer-Policy header took its place",
    "reflected-xss": "browsers have dropped their filters",
    "require-sri-for": "no browser has it; write integrity attributes",
}


@csp_rule(
    "csp-syntax-unknown-directive",
    "A directive does not exist",
    Severity.MEDIUM,
    why="What the directive was meant to forbid stays allowed.",
    fix="Correct the directive's name.",
    references=(f"{SPEC}#csp-directives", MDN),
    anywhere=True,
)
def unknown_directive(posture: Posture) -> Sequence[Flaw]:
    """A name that no specification defines."""
    if posture.names <= DIRECTIVES:
        return ()
    unknown = [(i, d) for i, d in posture.directives() if d.name not in DIRECTIVES]
    return distinct(
        Flaw(d.name[:QUOTE], _unknown(d.name, n < SUGGESTED), policy=i)
        for n, (i, d) in enumerate(unknown)
    )


def _unknown(name: str, suggest: bool) -> str:
    text = f"no directive is called {quote(name)}"
    if any(c in "'./:*" for c in name.rstrip(":")):
        return f"{text}; sources are separated by blanks, a comma begins another policy"
    if not suggest or len(name) > 40:
        return text
    import difflib

    near = difflib.get_close_matches(name.rstrip(":"), sorted(DIRECTIVES), 1)
    return f"{text}; did you mean {near[0]}?" if near else text


@csp_rule(
    "csp-syntax-missing-semicolon",
    "Two directives run together",
    Severity.MEDIUM,
    why="The second directive is read as a host of the first, so what it forbids stays allowed.",
    fix="Put a semicolon before the second directive.",
    references=_PARSING,
    anywhere=True,
)
def missing_semicolon(posture: Posture) -> Sequence[Flaw]:
    """A directive's name among the values of another."""
    if DIRECTIVES.isdisjoint(posture.words):
        return ()
    return distinct(
        Flaw(d.name, f"{d.name} has {value} among its values, a directive", value, policy=i)
        for i, d in posture.directives()
        for value in d.values
        if value.lower() in DIRECTIVES
    )


@csp_rule(
    "csp-syntax-duplicate-directive",
    "A directive stands twice",
    Severity.LOW,
    why="Browsers read the first only; if the second was meant to be stricter, it is not in force.",
    fix="Merge the two.",
    references=_PARSING,
    anywhere=True,
)
def duplicate_directive(posture: Posture) -> Sequence[Flaw]:
    """A name that an earlier directive of the same policy has."""
    return _passed_over(
        posture, "duplicate-directive", "is sent again, and only the first one is read"
    )


@csp_rule(
    "csp-syntax-non-ascii",
    "A directive holds a non-ASCII character",
    Severity.MEDIUM,
    why="Browsers pass over the whole directive, so what it forbids stays allowed; often the "
    "quotes are typographic ones.",
    fix="Write straight single quotes and plain blanks, and percent-encode other characters.",
    references=_PARSING,
    anywhere=True,
)
def non_ascii(posture: Posture) -> Sequence[Flaw]:
    """Typographic quotes, no-break blanks and the like."""
    return _passed_over(posture, "non-ascii", "holds a non-ASCII character and is not read")


def _passed_over(posture: Posture, kind: str, text: str) -> Sequence[Flaw]:
    if not any(p.problems for p in posture.policies):
        return ()
    return distinct(
        Flaw(p.directive[:QUOTE], f"{quote(p.directive)} {text}", policy=i, edit=tidied)
        for i, policy in enumerate(posture.policies)
        for p in policy.problems
        if p.kind == kind
    )


@csp_rule(
    "csp-deprecated-directive",
    "A directive is out of use",
    Severity.INFO,
    why="It protects nothing in current browsers.",
    fix="Take the directive out, and use what took its place.",
    references=(MDN,),
    anywhere=True,
)
def deprecated_directive(posture: Posture) -> Sequence[Flaw]:
    """A directive that was withdrawn."""
    if posture.names.isdisjoint(DEPRECATED):
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name}: {DEPRECATED[d.name]}",
            policy=i,
            edit=dropping(d.name),
        )
        for i, d in posture.directives()
        if d.name in DEPRECATED
    )


RULES = (
    unknown_directive,
    missing_semicolon,
    duplicate_directive,
    non_ascii,
    deprecated_directive,
)
