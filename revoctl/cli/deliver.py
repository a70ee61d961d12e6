"""Deliver a result: mark waivers, hold the gate, write files whole, print, and exit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from revoctl.cli import exits
from revoctl.cli.options import Gating
from revoctl.cli.run import Run, unknown_format
from revoctl.errors import RevoctlError
from revoctl.files import replace
from revoctl.quantities import now
from revoctl.render import FORMATS, render
from revoctl.report import gate as gates
from revoctl.report import saved, waivers
from revoctl.report.model import Report

if TYPE_CHECKING:
    from revoctl.report.details import Snippet

MOST_ERRORS = 5
"""Failures told at length on standard error; the report holds all of them."""

Extra = dict[str, Callable[[], bytes]]


class Delivery(msgspec.Struct, frozen=True):
    """What is asked of a delivery, checked before the work begins.

    An unreadable baseline must not cost a scan first.
    """

    run: Run
    gate: gates.Gate
    waivers: tuple[waivers.Waiver, ...]
    before: tuple[Report, ...] | None
    saves: tuple[tuple[str, Path], ...]
    exit_zero: bool

    @classmethod
    def prepare(
        cls, run: Run, gating: Gating, *, fail_on: str = "never", also: Sequence[str] = ()
    ) -> Delivery:
        """Check formats, gate, waivers, baseline and the report to compare with.

        ``fail_on`` is the default where neither flag nor settings say it; ``also`` names formats
        that only this command can save. Raises :class:`RevoctlError`.
        """
        if run.output not in FORMATS:
            unknown_format(run.output, tuple(FORMATS))
        count, share = gates.max_errors(gating.max_errors)
        gate = gates.Gate(
            fail_on=gates.fail_on(gating.fail_on or fail_on),
            fail_under=gates.fail_under(gating.fail_under),
            max_errors=count,
            max_error_share=share,
            baseline=saved.fingerprints(gating.baseline) if gating.baseline else frozenset(),
        )
        before = saved.load(gating.before) if gating.before else None
        rules = waivers.parse(run.settings.find("waivers")[0])
        return cls(run, gate, rules, before, run.saves(also), gating.exit_zero)

    @property
    def draws(self) -> bool:
        """Whether any output is a page for people, which shows fixes as a server writes them."""
        wanted = {self.run.output, *(name for name, _ in self.saves)}
        return any(n in FORMATS and "data" not in FORMATS[n].accepts for n in wanted)

    def deliver(
        self,
        reports: Sequence[Report],
        *,
        snippet: Snippet | None = None,
        extra: Extra | None = None,
    ) -> int:
        """Render everything, then write, then print, and return the exit code.

        ``extra`` makes the formats named by ``also``.
        """
        marked, warnings = waivers.apply(reports, self.waivers, now().date())
        outcome = gates.judge(marked, self.gate)
        files = [
            (
                path,
                (extra or {})[name]()
                if name in (extra or {})
                else self._file(name, marked, snippet),
            )
            for name, path in self.saves
        ]
        for path, data in files:
            replace(path, data, what="the result")
        style = self.run.style(snippet=snippet)
        self.run.streams.data(render(self.run.output, marked, style))
        self._speak(marked, warnings, outcome)
        return self._exit(marked, outcome)

    def _file(self, name: str, reports: Sequence[Report], snippet: Snippet | None) -> bytes:
        text = render(name, reports, self.run.style(file=True, snippet=snippet))
        return text.encode("utf-8", "backslashreplace")

    def _speak(
        self, reports: Sequence[Report], warnings: Sequence[str], outcome: gates.Outcome
    ) -> None:
        streams = self.run.streams
        for warning in warnings:
            streams.warn(warning)
        if self.before is not None:
            from revoctl.report.diff import diff, document

            page = document(diff(self.before, reports))
            streams.note(render("table", page, self.run.style(file=True)).rstrip())
        failures = [f for r in reports for f in r.errors]
        for failure in failures[:MOST_ERRORS]:
            streams.error(RevoctlError(failure.code, failure.what, failure.why, failure.fix))
        told = len(failures) == 1 and not any(r.subjects for r in reports)
        for reason in () if told else outcome.reasons:
            streams.note(f"gate: {reason}")

    def _exit(self, reports: Sequence[Report], outcome: gates.Outcome) -> int:
        if self.exit_zero:
            return exits.DONE
        failures = [f for r in reports for f in r.errors]
        if failures and not any(r.subjects for r in reports) and outcome.partial:
            alike = {exits.of(f.code) for f in failures}
            return alike.pop() if len(alike) == 1 else exits.PARTIAL
        codes = [exits.DONE if outcome.met else exits.GATE_NOT_MET]
        return exits.combine([*codes, exits.PARTIAL if outcome.partial else exits.DONE])


def show(run: Run, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Deliver a plain list: a table for people, objects for machines."""
    from revoctl.report.document import Column, Document, Table, row

    if run.output in ("json", "jsonl", "yaml"):
        item: Any = [dict(zip(columns, r, strict=True)) for r in rows]
    else:
        heads = tuple(Column(c.capitalize(), key=c, whole=i == 0) for i, c in enumerate(columns))
        table = Table("", heads, tuple(row(*r) for r in rows), empty="Nothing.")
        item = Document(schema="revoctl.list/v1", title=title, tables=(table,))
    return publish(run, item)


def publish(run: Run, item: Any) -> int:
    """Render one document or list on standard output and into the ``--save`` files."""
    if run.output not in FORMATS:
        unknown_format(run.output, tuple(FORMATS))
    saves = run.saves()
    files = [(path, render(name, item, run.style(file=True))) for name, path in saves]
    for path, text in files:
        replace(path, text.encode("utf-8", "backslashreplace"), what="the result")
    run.streams.data(render(run.output, item, run.style()))
    return exits.DONE
