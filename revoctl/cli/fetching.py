"""The options of commands that fetch pages without auditing them."""

# No postponed annotations here: what typer reads of them would have to be compiled at every start.
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from revoctl.cli.run import Run
    from revoctl.cli.targets import Target
    from revoctl.headers.fetch import Request
    from revoctl.headers.snapshot import Snapshot


class Fetching(msgspec.Struct, frozen=True):
    """How pages are asked for."""

    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="DURATION", help="Total deadline of one target."),
    ] = None
    header: Annotated[
        list[str],
        typer.Option("--header", metavar="NAME=@FILE|env:VAR", help="Request header to send."),
    ] = ()  # type: ignore[assignment]
    resolve: Annotated[
        list[str],
        typer.Option(
            "--resolve", metavar="HOST:PORT:ADDR", help="Connect to this address instead."
        ),
    ] = ()  # type: ignore[assignment]
    proxy: Annotated[
        str | None, typer.Option("--proxy", metavar="URL|env:VAR", help="HTTP proxy to go through.")
    ] = None
    public_only: Annotated[
        bool, typer.Option("--public-only", help="Refuse addresses that are not public.")
    ] = False
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", metavar="FILE", help="Trust these CAs as well.")
    ] = None


def request_of(run: "Run", target: "Target", options: Fetching, **more: Any) -> "Request":
    """What the engine is asked for a target; ``more`` are further fields of the request.

    Raises :class:`RevoctlError` ``target.invalid`` and of the family ``credential``.
    """
    from revoctl.cli import credentials
    from revoctl.headers.fetch import Request
    from revoctl.quantities import duration

    find = run.settings.find
    timeout = duration(options.timeout) if options.timeout else target.timeout
    return Request(
        target=target.address,
        timeout=timeout or float(find("headers.timeout")[0]),
        headers=target.headers,
        public_only=options.public_only or bool(find("headers.public_only")[0]),
        resolve=tuple(options.resolve),
        proxy=credentials.proxy(options.proxy or "", run.environment),
        ca_file=str(options.ca_file or ""),
        **more,
    )


def fetch(run: "Run", options: Fetching, address: str) -> "Snapshot":
    """The answer of an address, or of a target named in the settings.

    Raises :class:`RevoctlError` of the families ``target``, ``credential`` and ``config``.
    """
    from revoctl.cli.targets import resolve
    from revoctl.headers.fetch import scan

    request = request_of(run, resolve(run, address, options.header), options)
    return scan(request, lambda line: run.streams.detail(line, 2))
