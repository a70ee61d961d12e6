"""``revoctl headers csp report``: what browsers report, grouped into what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from revoctl.cli.options import Common, takes
from revoctl.cli.pages import publish_page
from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from revoctl.cli.run import Run
    from revoctl.headers.csp_reports import Collector, Reader


@takes(common=Common)
def report(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="Reports as JSON or JSON lines; - is standard input."),
    ] = None,
    *,
    listen: Annotated[
        int | None,
        typer.Option(
            "--listen", metavar="PORT", min=0, max=65535, help="Collect on loopback; 0: any port."
        ),
    ] = None,
    duration: Annotated[
        str, typer.Option("--duration", metavar="DURATION", help="How long to collect.")
    ] = "",
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", metavar="HOST", help="A third party that may be allowed."),
    ] = None,
    allow: Annotated[
        bool, typer.Option("--allow", help="Print the policy with what is to be allowed.")
    ] = False,
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY", help="The policy to edit, for --allow.")
    ] = "",
    common: Common,
) -> int:
    """Group violation reports: what to allow, what extensions cause, what is unexplained.

    Reads what browsers send to report-uri and to the Reporting API: from files, or live (--listen)
    until a time is over or Ctrl-C. Anyone can send reports, so foreign code is never allowed
    because of them alone: a host must be yours, a known service on several pages, or one that you
    trust.

    Examples:

      revoctl headers csp report reports.jsonl

      revoctl headers csp report --listen 8099 --duration 10m -o json

      revoctl headers csp report reports.jsonl --trust cdn.example.com --allow
    """
    import msgspec

    from revoctl.cli.run import Run
    from revoctl.headers.csp_reports import Collector, Reader, allowed, document
    from revoctl.text import printable

    run = Run.start(common)
    if not files and listen is None:
        fix = "name a file, or --listen PORT"
        raise RevoctlError("usage.command-line", "there is nothing to read", "", fix)
    reader, collector = Reader(), Collector()
    for path in files or ():
        _read(path, reader, collector)
    if listen is not None:
        _collect(run, listen, duration, reader, collector)
    elif not reader.reports and not reader.other:
        why = "no violation stands in what was given"
        raise RevoctlError("report.empty", "there is nothing to group", why, "check the files")
    hosts = frozenset(host.lower() for host in trust or ())
    summary = collector.summary(hosts, other=reader.other, unread=reader.unread)
    edited = printable(allowed(summary, policy)) if allow else ""
    summary = msgspec.structs.replace(summary, edited=edited)
    names = (
        [edited] if allow else [f"{g.verdict} {g.directive} {g.blocked}" for g in summary.groups]
    )
    return publish_page(run, lambda: document(summary), summary, names, show=edited or None)


def _read(path: Path, reader: Reader, collector: Collector) -> None:
    from revoctl.headers.csp_reports import parts

    if str(path) == "-":
        collector.add_all(reader.read(parts(sys.stdin.buffer)))
        return
    try:
        with path.open("rb") as stream:
            collector.add_all(reader.read(parts(stream)))
    except FileNotFoundError:
        why, fix = "there is no such file", "check the path"
        raise RevoctlError("file.missing", f"{path} was not read", why, fix) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise RevoctlError("file.unreadable", f"{path} was not read", why) from None


def _collect(run: Run, port: int, text: str, reader: Reader, collector: Collector) -> None:
    """Receive until the time is over or Ctrl-C, whichever comes first."""
    from threading import Event

    from revoctl.headers.csp_reports.listen import listening
    from revoctl.quantities import duration as seconds

    limit = seconds(text) if text else None

    def take(body: bytes) -> None:
        collector.add_all(reader.read([body]))

    with listening(port, take) as found:
        run.streams.note(f"collecting on http://127.0.0.1:{found}/ (Ctrl-C ends)")
        try:
            Event().wait(limit)
        except KeyboardInterrupt:
            run.streams.note("stopped")
