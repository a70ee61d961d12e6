"""``revoctl headers csp``: the group, and the check of a policy's text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from revoctl.cli.factory import Table, group
from revoctl.cli.options import Common, Gating, takes
from revoctl.errors import RevoctlError

CSP_TABLE: Table = {
    "check": ("revoctl.cli.headers_csp:check", "Say what is weak in a policy's text."),
    "build": ("revoctl.cli.headers_csp_build:build", "Propose a policy from what pages load."),
    "report": ("revoctl.cli.headers_csp_report:report", "Group violation reports into what to do."),
}

csp = group("Work on Content-Security-Policy texts.", CSP_TABLE)


@takes(common=Common, gating=Gating)
def check(
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
