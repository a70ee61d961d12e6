"""``revoctl headers csp build``: a policy proposed from what pages load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from revoctl.cli.fetching import Fetching
from revoctl.cli.options import Common, takes
from revoctl.cli.pages import publish_page
from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from revoctl.cli.run import Run
    from revoctl.headers.csp_build import Load, Proposal


def _servers(incomplete: str) -> list[str]:
    from revoctl.headers.emit import servers

    return [name for name in servers() if name.startswith(incomplete)]


@takes(fetching=Fetching, common=Common)
def build(
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL…", help="Pages, hosts, or names from revoctl.yaml."),
    ] = None,
    *,
    har: Annotated[
        list[Path] | None,
        typer.Option("--har", metavar="FILE", help="A browser's archive of a visit."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("-p", "--profile", metavar="NAME|FILE", help="Who may frame the pages."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Nonces and strict-dynamic, not hosts and hashes.")
    ] = False,
    report_uri: Annotated[
        str, typer.Option("--report-uri", metavar="URL", help="Where browsers shall report to.")
    ] = "",
    once: Annotated[
        bool, typer.Option("--once", help="Fetch pages once: do not look what varies.")
    ] = False,
    server: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="SERVER", autocompletion=_servers, help="Write it for this server."
        ),
    ] = None,
    fetching: Fetching,
    common: Common,
) -> int:
    """Propose a policy from what pages load: origins, and hashes of inline code.

    An archive of a visit (HAR, saved by the browser's developer tools) shows all that was loaded.
    A page that is fetched here is read, not run, and asked for twice to see what varies. The policy
    alone is printed by -o name.

    Examples:

      revoctl headers csp build --har visit.har

      revoctl headers csp build http://localhost:8000/ --for nginx

      revoctl headers csp build staging --strict -o name
    """
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.run import Run
    from revoctl.headers.csp_build import document, propose

    run = Run.start(common)
    if server:
        from revoctl.headers.emit import check as known

        known(server)
    _check_source(report_uri)
    settings = run.settings
    base = None if profile else settings.folder("headers.profile")
    policy, _ = headers_policy(profile or str(settings.find("headers.profile")[0]), base)
    loads = [*_archived(har or []), *_fetched(run, fetching, urls or [], once)]
    if not loads:
        fix = "name a page, or --har FILE"
        raise RevoctlError("usage.command-line", "there is nothing to read", "", fix)
    proposal = propose(loads, policy, strict=strict, report_uri=report_uri)
    snippet = _snippet(proposal, server, run) if server else None
    return publish_page(run, lambda: document(proposal), proposal, [proposal.policy], show=snippet)


def _check_source(address: str) -> None:
    if not address.isascii() or not address.isprintable() or any(c in address for c in " ;,"):
        why = "an address in a policy is ASCII without blanks, commas and semicolons"
        raise RevoctlError("usage.command-line", "--report-uri cannot be written", why, "encode it")


def _archived(files: list[Path]) -> list[Load]:
    from revoctl.files import read
    from revoctl.headers.csp_build import of_har

    return [load for path in files for load in of_har(read(path, "the archive"))]


def _fetched(run: Run, options: Fetching, urls: list[str], once: bool) -> list[Load]:
    from revoctl.cli.fetching import fetch
    from revoctl.headers.csp_build import of_snapshot, varying

    loads = []
    for url in urls:
        load = of_snapshot(fetch(run, options, url))
        if not once and load.inlines:
            load = load._replace(varying=varying(load, of_snapshot(fetch(run, options, url))))
        loads.append(load)
    return loads


def _snippet(proposal: Proposal, server: str, run: Run) -> str:
    from revoctl.headers.emit import Edit, render

    edit = Edit("set", "Content-Security-Policy", proposal.policy)
    snippet = render(server, [edit])
    for note in snippet.notes:
        run.streams.note(f"note: {note}")
    for warning in proposal.warnings:
        run.streams.warn(f"{warning.title} ({warning.count}): {warning.advice}")
    return snippet.text
