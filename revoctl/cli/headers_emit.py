"""``revoctl headers emit``: a policy as configuration, or what it would change in a live target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from revoctl.cli.fetching import Fetching
from revoctl.cli.options import Common, takes
from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from revoctl.cli.run import Run
    from revoctl.policy.headers import HeadersPolicy


def _servers(incomplete: str) -> list[str]:
    from revoctl.headers.emit import servers

    return [name for name in servers() if name.startswith(incomplete)]


@takes(fetching=Fetching, common=Common)
def emit(
    *,
    server: Annotated[
        str, typer.Option("--for", metavar="SERVER", autocompletion=_servers, help="Which server.")
    ] = "",
    profile: Annotated[
        str, typer.Option("-p", "--profile", metavar="NAME|FILE", help="The policy to write.")
    ] = "owasp",
    diff: Annotated[
        str, typer.Option("--diff", metavar="URL", help="Show what it would change there instead.")
    ] = "",
    fetching: Fetching,
    common: Common,
) -> int:
    """Write a header policy out as configuration; what the server cannot express is said.

    The configuration goes to standard output, the notes to standard error. With --diff nothing is
    written out: a live target is asked, and each header is shown as it is now and as it would be.

    Examples:

      revoctl headers emit --for nginx --profile strict

      revoctl headers emit --profile strict --diff https://localhost:8443/
    """
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.run import Run
    from revoctl.headers.emit import render_profile

    run = Run.start(common)
    if not server and not diff:
        fix = "give --for SERVER, or --diff URL"
        raise RevoctlError("usage.command-line", "there is nothing to write", "", fix)
    policy = headers_policy(profile)[0]
    if diff:
        return _compare(run, policy, fetching, diff)
    snippet = render_profile(server, policy, profile)
    run.streams.data(snippet.text)
    for note in snippet.notes:
        run.streams.note(f"note: {note}")
    return 0


def _compare(run: Run, policy: HeadersPolicy, options: Fetching, address: str) -> int:
    from revoctl.cli.deliver import publish
    from revoctl.cli.fetching import fetch
    from revoctl.headers.emit.difference import difference, document

    found = difference(policy, fetch(run, options, address).final)
    machine = run.output in ("json", "jsonl", "yaml")
    return publish(run, found if machine else document(found))
