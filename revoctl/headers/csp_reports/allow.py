"""A policy edited so that it allows what the reports say it should."""

from __future__ import annotations

from revoctl.headers.csp_reports.model import Summary, Verdict
from revoctl.headers.syntax.csp import FALLBACKS, Directive, Policy, parse
from revoctl.headers.syntax.csp_edit import with_directive, with_sources
from revoctl.headers.syntax.csp_sources import INVALID, read_source


def allowed(summary: Summary, policy: str = "") -> str:
    """``policy``, or the one that most reports were about, with every allowed source added.

    A directive that the policy lacks starts from what governs it now. What a reporter wrote into
    the policy and no browser could have read is left out.
    """
    edited = _readable(parse(policy or summary.policy))
    for group in summary.groups:
        if group.verdict is Verdict.ALLOW and group.source:
            edited = _with(edited, group.directive, group.source)
    return str(edited)


def _with(policy: Policy, directive: str, source: str) -> Policy:
    name = next((n for n in FALLBACKS.get(directive, (directive,)) if policy.get(n)), "")
    if name and name != "default-src":
        return with_sources(policy, name, source)
    broad = directive.removesuffix("-elem").removesuffix("-attr")
    inherited = policy.get("default-src") if name else None
    if inherited is None:
        return policy  # nothing governs it: nothing was blocked by this policy
    return with_sources(with_directive(policy, broad, *inherited.values), broad, source)


def _readable(policy: Policy) -> Policy:
    """Without directives or sources that hold what no policy can."""
    return Policy(
        tuple(
            Directive(d.name, tuple(v for v in d.values if _plain(d.name, v)))
            for d in policy.directives
            if d.name.replace("-", "").isalnum()
        )
    )


def _plain(name: str, value: str) -> bool:
    if not (value.isascii() and value.isprintable()):
        return False
    return not name.endswith("-src") or read_source(value).kind != INVALID
