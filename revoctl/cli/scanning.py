"""The options of a scan: how targets are asked, what they are held to, where saved answers are."""

# No postponed annotations here: what typer reads of them would have to be compiled at every start.
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from revoctl.cli.fetching import Fetching

PROBES = ("cors", "http")


def _profiles(incomplete: str) -> list[str]:
    from revoctl.profiles import shipped

    return [name for name in shipped("headers") if name.startswith(incomplete)]


def _servers(incomplete: str) -> list[str]:
    from revoctl.headers.emit import servers

    return [name for name in servers() if name.startswith(incomplete)]


class Scanning(Fetching, frozen=True):
    """How targets are asked and judged."""

    profile: Annotated[
        str | None,
        typer.Option(
            "-p",
            "--profile",
            metavar="NAME|FILE",
            help="Header policy to hold targets to.",
            autocompletion=_profiles,
        ),
    ] = None
    probe: Annotated[
        str | None,
        typer.Option(
            "--probe",
            metavar="cors,http|none",
            help="What to ask besides the page: all; with --targets none.",
        ),
    ] = None
    source: Annotated[
        list[Path],
        typer.Option(
            "--from", metavar="FILE", help="Judge a saved answer: snapshot, HAR, curl -D."
        ),
    ] = ()  # type: ignore[assignment]
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the answer of a curl dump came from.")
    ] = ""
    subject: Annotated[
        str, typer.Option("--subject", metavar="NAME", help="Stands for the origin in findings.")
    ] = ""
    trust_unverified: Annotated[
        bool,
        typer.Option(
            "--trust-unverified", help="Send --header even if the certificate is not accepted."
        ),
    ] = False
    max_redirects: Annotated[
        int, typer.Option("--max-redirects", metavar="N", min=0, max=50, help="Hops to follow.")
    ] = 10
    server: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="SERVER", help="Write fixes for this server.", autocompletion=_servers
        ),
    ] = None
    preload_list: Annotated[
        Path | None, typer.Option("--preload-list", metavar="FILE", help="The HSTS preload list.")
    ] = None


class Fleet(msgspec.Struct, frozen=True):
    """Many targets: which, how many at a time, and where a scan goes on."""

    target_list: Annotated[
        str,
        typer.Option("--targets", metavar="FILE|-", help="A list of targets; see help fleet."),
    ] = ""
    column: Annotated[
        str, typer.Option("--column", metavar="NAME|N", help="The list is CSV: its column.")
    ] = ""
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency", metavar="N", min=1, max=10000, help="Targets of a list at a time."
        ),
    ] = 50
    per_host: Annotated[
        int,
        typer.Option("--per-host", metavar="N", min=1, max=10000, help="Of these, on one host."),
    ] = 2
    rate: Annotated[
        str, typer.Option("--rate", metavar="N", help="Requests a second, all workers together.")
    ] = ""
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, max=256, help="Processes.")
    ] = 1
    shard: Annotated[
        str, typer.Option("--shard", metavar="I/N", help="Only this part of the list, from 1/N.")
    ] = ""
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="FILE", help="Go on with this journal, or begin it."),
    ] = None
