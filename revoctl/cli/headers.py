"""``revoctl headers``: scan targets, list rules and profiles, check a policy's text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from revoctl.cli.factory import Table, group
from revoctl.cli.options import Common, Gating, takes
from revoctl.errors import RevoctlError

TABLE: Table = {
    "scan": (
        "revoctl.cli.headers_scan:scan",
        "Audit live targets, or saved answers, and grade them.",
    ),
    "emit": ("revoctl.cli.headers:emit", "Write a policy out as configuration of a server."),
    "rules": ("revoctl.cli.headers:rules", "List every rule of the audit."),
    "csp": ("revoctl.cli.headers:csp", "Work on Content-Security-Policy texts."),
    "profiles": ("revoctl.cli.headers:profiles", "List, show and check header policies."),
}
CSP_TABLE: Table = {
    "check": ("revoctl.cli.headers:csp_check", "Say what is weak in a policy's text."),
}
PROFILES_TABLE: Table = {
    "list": ("revoctl.cli.headers:profiles_list", "List the shipped header policies."),
    "show": ("revoctl.cli.headers:profiles_show", "Show a policy with all that it extends."),
    "check": ("revoctl.cli.headers:profiles_check", "Name the weaknesses of a policy."),
}

app = group("Audit of HTTP security headers.", TABLE)
csp = group("Work on Content-Security-Policy texts.", CSP_TABLE)
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


def _servers(incomplete: str) -> list[str]:
    from revoctl.headers.emit import servers

    return [name for name in servers() if name.startswith(incomplete)]


@takes(common=Common)
def emit(
    *,
    server: Annotated[
        str, typer.Option("--for", metavar="SERVER", autocompletion=_servers, help="Which server.")
    ],
    profile: Annotated[
        str, typer.Option("-p", "--profile", metavar="NAME|FILE", help="The policy to write.")
    ] = "owasp",
    common: Common,
) -> int:
    """Write a header policy out as configuration; what the server cannot express is said.

    The configuration goes to standard output, the notes to standard error.

    Example: revoctl headers emit --for nginx --profile strict
    """
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.run import Run
    from revoctl.headers.emit import of_policy, render

    run = Run.start(common)
    snippet = render(server, of_policy(headers_policy(profile)[0]))
    run.streams.data(snippet.text)
    for note in snippet.notes:
        run.streams.note(f"note: {note}")
    return 0


@takes(common=Common, gating=Gating)
def csp_check(
    policies: Annotated[
        list[str] | None,
        typer.Argument(metavar="POLICY…", help="Policy texts, all in force at once."),
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read policies, one a line; - is standard input.")
    ] = None,
    level: Annotated[
        int, typer.Option("--level", min=1, max=3, help="CSP level of the browser.")
    ] = 3,
    common: Common,
    gating: Gating,
) -> int:
    """Say what is weak in one or several policies: bypasses, fallbacks, nonces, syntax.

    Several policies are all enforced: what only one of them allows is not allowed.

    Example: revoctl headers csp check "default-src 'self'; script-src 'unsafe-inline'"
    """
    from revoctl import __version__
    from revoctl.cli.deliver import Delivery
    from revoctl.cli.run import Run
    from revoctl.headers.csp_check import report
    from revoctl.quantities import now

    run = Run.start(common)
    delivery = Delivery.prepare(run, gating, fail_on="high")
    texts = [*(policies or []), *_lines(file)]
    if not texts:
        raise RevoctlError(
            "usage.command-line", "no policy was given", "", "give it as an argument"
        )
    return delivery.deliver([report(texts, level, now=now(), version=__version__)])


def _lines(file: Path | None) -> list[str]:
    from revoctl.files import read

    if file is None:
        return []
    text = sys.stdin.read() if str(file) == "-" else read(file, "the policy").decode("latin-1")
    return [line for line in text.splitlines() if line.strip()]


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
