"""Allow-lists of hosts that are known, or may turn out, to serve script of a visitor's choice.

The method, and when a finding is certain, follow Google's CSP Evaluator 1.1.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_endpoints import Endpoint, known
from revoctl.headers.rules.csp_posture import Flaw, Governor, Posture, distinct, quote, removal
from revoctl.headers.syntax.csp import Directive
from revoctl.headers.syntax.csp_edit import setting
from revoctl.headers.syntax.csp_sources import HOST, Source, read_source
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
STRICT = "https://web.dev/articles/strict-csp"
STUDY = "https://research.google/pubs/pub45542/"
"""Weichselbaum and others, "CSP Is Dead, Long Live CSP!" (2016), on how lists are bypassed."""

SCRIPT_KINDS = frozenset({"jsonp", "angular"})
EVAL_KINDS = SCRIPT_KINDS | {"jsonp-eval"}
FLASH = "application/x-shockwave-flash"
_WORDS = {"jsonp": "a JSONP endpoint", "jsonp-eval": "a JSONP endpoint", "angular": "AngularJS"}


def _hosts(posture: Posture) -> Iterator[tuple[Governor, Source]]:
    """The named hosts that scripts come from; attributes load nothing."""
    for governor in posture.scripts:
        if governor.role == "script-src-attr":
            continue
        for source in governor.listing.sources:
            named = source.kind == HOST and source.host != "*" and "." in source.text
            if named and posture.tolerated(governor, source):
                yield governor, source


def _bypass(governor: Governor, source: Source) -> Endpoint | None:
    kinds = EVAL_KINDS if "'unsafe-eval'" in governor.listing.words else SCRIPT_KINDS
    return known(source, kinds)


@csp_rule(
    "csp-allowlist-bypass",
    "An allowed host is known to run script of a visitor's choice",
    Severity.HIGH,
    why="An injected script element that loads the endpoint runs the attacker's code although the "
    "policy names the host only.",
    fix="Take the host out, or mark scripts with nonces and add 'strict-dynamic'.",
    references=(STRICT, STUDY),
)
def allowlist_bypass(posture: Posture) -> Sequence[Flaw]:
    """A host, or pattern of hosts, in the list of endpoints."""
    return distinct(
        Flaw(
            g.name,
            f"{g.name} allows {quote(s.text)}: {found.host} serves {_WORDS[found.kind]}",
            s.text,
            policy=g.policy,
            edit=removal(g.name, s.text),
        )
        for g, s in _hosts(posture)
        if (found := _bypass(g, s)) is not None
    )


@csp_rule(
    "csp-allowlist-possible-bypass",
    "Allowed hosts may run script of a visitor's choice",
    Severity.LOW,
    why="If such a host serves JSONP, AngularJS or files that users upload, an injected script "
    "element runs the attacker's code from it.",
    fix="Look what the hosts serve, or mark scripts with nonces and add 'strict-dynamic'.",
    references=(STRICT, STUDY),
    grouped=True,
)
def allowlist_possible_bypass(posture: Posture) -> Sequence[Flaw]:
    """Hosts without a known endpoint; 'self' as well, which weighs less."""
    own = (
        Flaw(
            g.name,
            f"{g.name} allows 'self', which bypasses the policy if uploads or JSONP are there",
            "'self'",
            Severity.INFO,
            g.policy,
        )
        for g in posture.allowing(posture.scripts, "'self'")
        if g.role != "script-src-attr"
    )
    others = (
        Flaw(
            g.name,
            f"{g.name} allows {quote(s.text)}, of which no bypass is known",
            s.text,
            policy=g.policy,
        )
        for g, s in _hosts(posture)
        if _bypass(g, s) is None
    )
    return distinct((*own, *others))


@csp_rule(
    "csp-object-allowlist",
    "Plugins are allowed from somewhere",
    Severity.LOW,
    why="An injected object or embed element loads what such a host serves; a Flash movie there "
    "runs script where Flash still exists.",
    fix="Write object-src 'none'.",
    references=(f"{SPEC}#directive-object-src", STRICT),
)
def object_allowlist(posture: Posture) -> Sequence[Flaw]:
    """object-src with anything but 'none', or hosts of Flash movies in what governs objects."""
    if posture.level < 3 and any(_without_flash(p.get("plugin-types")) for p in posture.policies):
        return ()
    return distinct(
        flaw
        for g in posture.governors(("object-src",))
        for s in map(read_source, g.listing.directive.values)
        if s.text != "'none'" and posture.tolerated(g, s) and (flaw := _object(g, s)) is not None
    )


def _without_flash(types: Directive | None) -> bool:
    return types is not None and FLASH not in map(str.lower, types.values)


def _object(governor: Governor, source: Source) -> Flaw | None:
    name, value = governor.name, source.text
    text = f"{name} allows objects from {quote(value)}"
    severity = None
    if source.kind == HOST and (found := known(source, frozenset({"flash"}))) is not None:
        text += f": {found.host} serves a Flash movie that runs script"
        severity = Severity.HIGH
    elif name != "object-src":
        return None
    return Flaw(name, text, value, severity, governor.policy, setting("object-src", "'none'"))


RULES = (allowlist_bypass, allowlist_possible_bypass, object_allowlist)
