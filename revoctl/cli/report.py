"""``revoctl report``: saved reports converted, compared, merged and held to a gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revoctl.cli.factory import Table, group
from revoctl.cli.options import Common, Gating, takes
from revoctl.errors import RevoctlError

TABLE: Table = {
    "convert": ("revoctl.cli.report:convert", "Show saved reports in another format."),
    "diff": ("revoctl.cli.report:diff", "Say what changed between two saved reports."),
    "merge": ("revoctl.cli.report:merge", "Make one report of several."),
    "gate": ("revoctl.cli.report:gate", "Hold saved reports to a gate."),
}

app = group("Saved reports: convert, compare, merge, gate.", TABLE)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="Reports saved as json or jsonl.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A report saved as json or jsonl.")]

TargetList = Annotated[
    Path | None,
    typer.Option("--targets", metavar="FILE", help="Name the targets of this list that lack."),
]
ListColumn = Annotated[
    str, typer.Option("--column", metavar="NAME|N", help="The list is CSV: its column.")
]


@takes(common=Common)
def convert(files: Files, *, common: Common) -> int:
    """Show saved reports in another format; their findings do not fail.

    Example: revoctl report convert scan.json -o sarif
    """
    return _deliver(files, common, Gating(max_errors="100%"))


@takes(common=Common, gating=Gating)
def gate(
    files: Files,
    *,
    targets: TargetList = None,
    column: ListColumn = "",
    common: Common,
    gating: Gating,
) -> int:
    """Hold saved reports to a gate, as the audit itself would have been.

    Example: revoctl report gate scan.json --fail-on medium --baseline last-week.json
    """
    return _deliver(files, common, gating, fail_on="high", targets=targets, column=column)


@takes(common=Common)
def merge(
    files: Files, *, targets: TargetList = None, column: ListColumn = "", common: Common
) -> int:
    """Make one report of several; of a target that occurs twice the newest verdict counts.

    Journals of scans with --targets are merged without being held in memory: -o jsonl gives one
    line for each target, a table what the fleet is like.

    Example: revoctl report merge shard-*.jsonl --targets hosts.txt -o jsonl
    """
    from revoctl.cli.deliver import Delivery
    from revoctl.cli.report_journals import are_journals, deliver
    from revoctl.cli.run import Run
    from revoctl.report.merge import merge as merge_reports
    from revoctl.report.saved import load

    run = Run.start(common)
    delivery = Delivery.prepare(run, Gating(max_errors="100%"))
    if are_journals(files):
        return deliver(delivery, files, targets, column)
    _no_list(targets)
    merged = merge_reports([r for path in files for r in load(path)])
    return delivery.deliver([merged])


@takes(common=Common)
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The older saved report.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The newer saved report.")],
    *,
    common: Common,
) -> int:
    """Say what changed between two saved reports: new, fixed and remaining findings, and scores.

    Example: revoctl report diff monday.json tuesday.json
    """
    from revoctl.cli.deliver import publish
    from revoctl.cli.run import Run
    from revoctl.report.diff import diff as compare
    from revoctl.report.diff import document
    from revoctl.report.saved import load

    run = Run.start(common)
    return publish(run, document(compare(load(before), load(after))))


def _deliver(
    files: list[Path],
    common: Common,
    gating: Gating,
    *,
    fail_on: str = "never",
    targets: Path | None = None,
    column: str = "",
) -> int:
    from revoctl.cli.deliver import Delivery
    from revoctl.cli.report_journals import are_journals, deliver
    from revoctl.cli.run import Run
    from revoctl.report.saved import load

    run = Run.start(common)
    delivery = Delivery.prepare(run, gating, fail_on=fail_on)
    if are_journals(files):
        return deliver(delivery, files, targets, column)
    _no_list(targets)
    return delivery.deliver([r for path in files for r in load(path)])


def _no_list(targets: Path | None) -> None:
    if targets:
        why = "only journals of scans with --targets say which entry of a list a record answers"
        fix = "leave --targets out"
        raise RevoctlError("usage.command-line", "--targets was not compared", why, fix)
