"""'strict-dynamic' and Trusted Types: is a strict policy used, and do older browsers cope?

Sources: CSP Level 3, section 8.2 ('strict-dynamic'); Trusted Types (W3C); the questions are those
of Google's CSP Evaluator 1.1.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Posture, distinct
from revoctl.headers.syntax.csp import Directive
from revoctl.headers.syntax.csp_edit import adding, setting
from revoctl.headers.syntax.csp_sources import HASH, NONCE, read_source
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
STRICT = "https://web.dev/articles/strict-csp"


def _script_directives(posture: Posture) -> Iterator[tuple[int, Directive]]:
    """The directive that governs scripts in each policy, as sent."""
    for i, policy in enumerate(posture.policies):
        if (found := policy.governing("script-src")) is not None:
            yield i, found


@csp_rule(
    "csp-script-host-allowlist",
    "Scripts are allowed by where they come from",
    Severity.LOW,
    why="Most lists of hosts let in some endpoint that answers with script of the attacker's "
    "choice, so that injected markup runs it.",
    fix="Mark scripts with a nonce or hash and add 'strict-dynamic'.",
    references=(STRICT, f"{SPEC}#strict-dynamic-usage"),
)
def script_host_allowlist(posture: Posture) -> Sequence[Flaw]:
    """Hosts or schemes in the list for scripts, and no 'strict-dynamic' that switches them off."""
    if not posture.unquoted:
        return ()
    return distinct(
        Flaw(d.name, f"{d.name} lists hosts or schemes without 'strict-dynamic'", policy=i)
        for i, d in _script_directives(posture)
        if "'strict-dynamic'" not in map(str.lower, d.values) and _places(posture, i, d)
    )


def _places(posture: Posture, index: int, directive: Directive) -> bool:
    """Whether a host or scheme, valid or not, is listed and every other policy lets it in."""
    places = [v for v in directive.values if v[0] != "'"]
    if len(posture.policies) == 1 or not places:
        return bool(places)
    governors = [g for g in posture.scripts if g.policy == index]
    return any(posture.tolerated(g, read_source(v)) for g in governors[:1] for v in places)


@csp_rule(
    "csp-strict-dynamic-without-nonce",
    "'strict-dynamic' stands without nonce or hash",
    Severity.INFO,
    why="It switches the listed hosts off and nothing is marked as trusted: every script is "
    "blocked, and such a policy tends to be lifted altogether.",
    fix="Mark scripts with a nonce or hash, or take 'strict-dynamic' out.",
    references=(f"{SPEC}#strict-dynamic-usage", STRICT),
)
def strict_dynamic_without_nonce(posture: Posture) -> Sequence[Flaw]:
    """'strict-dynamic' in the list for scripts, with nothing that could start the trust."""
    if "'strict-dynamic'" not in posture.words:
        return ()
    return distinct(
        Flaw(d.name, f"{d.name} has 'strict-dynamic' and neither nonce nor hash", policy=i)
        for i, d in _script_directives(posture)
        if "'strict-dynamic'" in map(str.lower, d.values) and not _marked(d)
    )


def _marked(directive: Directive) -> bool:
    return any(v[0] == "'" and read_source(v).kind in (NONCE, HASH) for v in directive.values)


@csp_rule(
    "csp-strict-dynamic-not-backward-compatible",
    "Browsers without 'strict-dynamic' have no list to fall back to",
    Severity.INFO,
    why="Nothing is gained by an attacker; in a browser of CSP level 2 scripts that are loaded by "
    "scripts do not run.",
    fix="Add https: and http: next to 'strict-dynamic', which switches them off where it is known.",
    references=(STRICT, f"{SPEC}#strict-dynamic-usage"),
)
def strict_dynamic_fallback(posture: Posture) -> Sequence[Flaw]:
    """'strict-dynamic' and neither a wide scheme nor a host."""
    if "'strict-dynamic'" not in posture.words:
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} has 'strict-dynamic' and no host or scheme for older browsers",
            policy=i,
            edit=adding(d.name, "https:", "http:"),
        )
        for i, d in _script_directives(posture)
        if "'strict-dynamic'" in map(str.lower, d.values)
        and not any(v.lower() in ("http:", "https:", "*") or "." in v for v in d.values)
    )


@csp_rule(
    "csp-nonce-not-backward-compatible",
    "Browsers without nonces have nothing to fall back to",
    Severity.INFO,
    why="Nothing is gained by an attacker; in a browser of CSP level 1 marked inline scripts do "
    "not run.",
    fix="Add 'unsafe-inline' next to nonce or hash, which switch it off where they are known.",
    references=(STRICT, f"{SPEC}#unsafe-inline"),
)
def nonce_fallback(posture: Posture) -> Sequence[Flaw]:
    """A nonce or hash for scripts without 'unsafe-inline' beside it."""
    if not posture.quoted:
        return ()
    return distinct(
        Flaw(
            d.name,
            f"{d.name} marks scripts and has no 'unsafe-inline' for older browsers",
            policy=i,
            edit=adding(d.name, "'unsafe-inline'"),
        )
        for i, d in _script_directives(posture)
        if _marked(d) and "'unsafe-inline'" not in map(str.lower, d.values)
    )


@csp_rule(
    "csp-trusted-types-missing",
    "Trusted Types are not required",
    Severity.INFO,
    why="Text that an attacker controls may reach innerHTML and other sinks, and become script.",
    fix="Add require-trusted-types-for 'script' once the page's scripts work with it.",
    references=("https://www.w3.org/TR/trusted-types/", "https://web.dev/articles/trusted-types"),
)
def trusted_types_missing(posture: Posture) -> Sequence[Flaw]:
    """No policy requires Trusted Types for scripts."""
    name = "require-trusted-types-for"
    if "'script'" in map(str.lower, posture.values(name)):
        return ()
    text = "no policy has require-trusted-types-for 'script'"
    return (Flaw(name, text, edit=setting(name, "'script'")),)


RULES = (
    script_host_allowlist,
    strict_dynamic_without_nonce,
    strict_dynamic_fallback,
    nonce_fallback,
    trusted_types_missing,
)
