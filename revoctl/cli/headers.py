"""``revoctl headers``: the group, the list of rules, and the header policies."""

from __future__ import annotations

from typing import Annotated

import typer

from revoctl.cli.factory import Table, group
from revoctl.cli.options import Common, Gating, takes

TABLE: Table = {
    "scan": (
        "revoctl.cli.headers_scan:scan",
        "Audit live targets, or saved answers, and grade them.",
    ),
    "emit": ("revoctl.cli.headers_emit:emit", "Write a policy out as configuration of a server."),
    "rules": ("revoctl.cli.headers:rules", "List every rule of the audit."),
    "csp": ("revoctl.cli.headers_csp:csp", "Work on Content-Security-Policy texts."),
    "profiles": ("revoctl.cli.headers:profiles", "List, show and check header policies."),
}
PROFILES_TABLE: Table = {
    "list": ("revoctl.cli.headers:profiles_list", "List the shipped header policies."),
    "show": ("revoctl.cli.headers:profiles_show", "Show a policy with all that it extends."),
    "check": ("revoctl.cli.headers:profiles_check", "Name the weaknesses of a policy."),
}

app = group("Audit of HTTP security headers.", TABLE)
profiles = group(
    "Header policies: the one file that is scanned for, enforced and scored.", PROFILES_TABLE
)


@takes(common=Common)
def rules(*, common: Common) -> int:
    """List every rule of the audit with its severity and kind.

    Example: revoctl headers rules -o json
    """
    from revoctl.cli.deliver import show
    from revoctl.cli.run import Run
    from revoctl.headers.catalogue import rules as catalogue

    run = Run.start(common)
    columns = ("id", "severity", "kind", "title")
    rows = [(r.rule.id, str(r.rule.severity), str(r.rule.kind), r.rule.title) for r in catalogue()]
    return show(run, "Rules", columns, rows)


@takes(common=Common)
def profiles_list(*, common: Common) -> int:
    """List the shipped header policies.

    Example: revoctl headers profiles list
    """
    from revoctl.cli.deliver import show
    from revoctl.cli.run import Run
    from revoctl.profiles import load, shipped

    run = Run.start(common)
    rows = [
        (n, p.data.get("title", ""), p.digest[:12])
        for n in shipped("headers")
        for p in [load("headers", n)]
    ]
    return show(run, "Header policies", ("name", "title", "digest"), rows)


@takes(common=Common)
def profiles_show(
    name: Annotated[str, typer.Argument(help="A shipped policy's name, or a file.")],
    *,
    common: Common,
) -> int:
    """Show a header policy with all that it extends; -o yaml prints it to start your own from.

    Example: revoctl headers profiles show owasp
    """
    from revoctl.cli.deliver import publish, show
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.run import Run

    run = Run.start(common)
    policy, profile = headers_policy(name)
    if run.output in ("json", "jsonl", "yaml"):
        return publish(run, profile.data)
    rows = [
        (s.name, s.value, s.scope, s.mode, ", ".join(s.paths)) for s in policy.settings.values()
    ]
    rows += [(r, "", "must not be sent", "", "") for r in policy.remove]
    return show(
        run, policy.title or policy.name, ("header", "value", "scope", "mode", "paths"), rows
    )


@takes(common=Common, gating=Gating)
def profiles_check(
    name: Annotated[str, typer.Argument(help="A shipped policy's name, or a file.")],
    *,
    common: Common,
    gating: Gating,
) -> int:
    """Name the weaknesses of a policy: what a service that obeys it would still be told.

    Example: revoctl headers profiles check revoagent
    """
    from revoctl import __version__
    from revoctl.cli.deliver import Delivery
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.run import Run
    from revoctl.headers.audit import audit_policy
    from revoctl.quantities import now
    from revoctl.report.model import Tool

    run = Run.start(common)
    delivery = Delivery.prepare(run, gating)
    policy, _ = headers_policy(name)
    return delivery.deliver([audit_policy(policy, tool=Tool("revoctl", __version__), at=now())])
