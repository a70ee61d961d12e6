"""``revoctl explain``: one rule at length, out of the tables of all wings."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from revoctl.cli.options import Common, takes
from revoctl.cli.run import Run
from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from revoctl.report.document import Code, Document
    from revoctl.report.model import Rule

CATALOGUES = {"headers": "revoctl.headers.catalogue:metadata"}
"""Where each wing keeps its rules: a function that gives their metadata."""


def all_rules() -> Iterator[tuple[str, Rule]]:
    """Every rule of every wing, with the wing's name."""
    for wing, target in CATALOGUES.items():
        module, _, attribute = target.partition(":")
        for rule in getattr(import_module(module), attribute)():
            yield wing, rule


def _ids(incomplete: str) -> list[str]:
    return [rule.id for _, rule in all_rules() if rule.id.startswith(incomplete)]


@takes(common=Common)
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", autocompletion=_ids, help="A rule's id.")],
    *,
    server: Annotated[
        str, typer.Option("--for", metavar="SERVER", help="Write the fix for this server only.")
    ] = "",
    profile: Annotated[
        str, typer.Option("-p", "--profile", metavar="NAME|FILE", help="Whose values to write.")
    ] = "owasp",
    common: Common,
) -> int:
    """Say what a rule means, what an attacker gains, and how to mend it on each server.

    Example: revoctl explain hsts-missing --for nginx
    """
    from revoctl.cli.deliver import publish

    run = Run.start(common)
    wing, found = _find(rule)
    if run.output in ("json", "jsonl", "yaml"):
        return publish(run, found)
    return publish(run, document(wing, found, server, profile))


def _find(rule: str) -> tuple[str, Rule]:
    import difflib

    known = {r.id: (wing, r) for wing, r in all_rules()}
    if rule in known:
        return known[rule]
    near = difflib.get_close_matches(rule, known, 1)
    fix = f"did you mean {near[0]}?" if near else "revoctl headers rules lists them"
    raise RevoctlError("rule.unknown", f"there is no rule {rule!r}", "", fix)


def document(wing: str, rule: Rule, server: str, profile: str) -> Document:
    """One rule as a page: what, why, fix, the fix for each server, references, since when."""
    from revoctl.report.document import Detail, Document, fact, severity_cell

    facts = (
        fact("Rule", f"{wing}: {rule.id}"),
        fact("Severity", f"{rule.severity}, unless the policy says otherwise"),
        fact("Kind", f"{rule.kind}: {_KINDS[str(rule.kind)]}"),
        fact("Since", rule.since),
        *(fact("Demanded", _DEMANDED.format(name)) for name in _demanded_by(rule)),
    )
    detail = Detail(
        title=rule.title,
        label=severity_cell(rule.severity),
        text=(f"Why: {rule.why}", f"Fix: {rule.fix}"),
        code=tuple(_snippets(rule, server, profile)),
        links=rule.references,
    )
    return Document("revoctl.rule/v1", rule.title, facts=facts, details=(detail,))


_DEMANDED = "by the policy {} all the same: obeying it is no deviation, and this weakness stays"
_KINDS = {
    "deviation": "the target does not do what the policy says",
    "weakness": "what it does is not good enough, whoever asked for it",
}


def _snippets(rule: Rule, server: str, profile: str) -> Iterator[Code]:
    from revoctl.cli.policies import headers_policy
    from revoctl.headers.emit import Edit, check, render, servers
    from revoctl.report.document import Code

    if server:
        check(server)
    policy, _ = headers_policy(profile)
    setting = policy.setting(_header(rule.id, tuple(policy.settings)))
    if setting is None:
        return
    for name in [server] if server else servers():
        yield Code(name, render(name, [Edit.of_setting(setting)]).text.expandtabs(4))


_SHORT = {
    "hsts": "strict-transport-security",
    "csp": "content-security-policy",
    "coop": "cross-origin-opener-policy",
    "coep": "cross-origin-embedder-policy",
    "corp": "cross-origin-resource-policy",
}


def _header(rule: str, known: tuple[str, ...]) -> str:
    """The header that a rule's id begins with, in short or in full; empty if it is none."""
    short = _SHORT.get(rule.partition("-")[0], "")
    return short or next((name for name in known if rule.startswith(f"{name}-")), "")


def _demanded_by(rule: Rule) -> Iterator[str]:
    """The shipped policies that themselves ask for what this rule finds wrong."""
    from revoctl import __version__
    from revoctl.cli.policies import headers_policy
    from revoctl.headers.audit import audit_policy
    from revoctl.profiles import shipped
    from revoctl.quantities import now
    from revoctl.report.model import Kind, Tool

    if rule.kind is not Kind.WEAKNESS:
        return
    for name in shipped("headers"):
        report = audit_policy(headers_policy(name)[0], tool=Tool("revoctl", __version__), at=now())
        if any(finding.rule == rule.id for finding in report.findings):
            yield name
