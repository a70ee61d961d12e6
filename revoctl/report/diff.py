"""What changed between two audits: new, fixed and remaining findings, and the scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from revoctl.report.document import (
    Cell,
    Column,
    Document,
    Headline,
    Table,
    Tone,
    fact,
    row,
    severity_cell,
)
from revoctl.report.model import Finding, Report, Score
from revoctl.report.tally import open_findings, subjects
from revoctl.text import plural

SCHEMA = "revoctl.diff/v1"


class Diff(msgspec.Struct, frozen=True):
    """Open findings by what became of them, and each subject's score before and after."""

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    remaining: tuple[Finding, ...]
    scores: tuple[tuple[str, Score | None, Score | None], ...]


def diff(before: Sequence[Report], after: Sequence[Report]) -> Diff:
    """Compare by fingerprint; waived findings count as not there."""
    old = {f.fingerprint: f for f in open_findings(before)}
    new = {f.fingerprint: f for f in open_findings(after)}
    return Diff(
        new=tuple(f for key, f in new.items() if key not in old),
        fixed=tuple(f for key, f in old.items() if key not in new),
        remaining=tuple(f for key, f in new.items() if key in old),
        scores=_scores(before, after),
    )


def document(change: Diff) -> Document:
    """A diff as something to read."""
    return Document(
        schema=SCHEMA,
        title="What changed",
        headline=_headline(change),
        facts=(
            fact("New", len(change.new), Tone.BAD if change.new else Tone.PLAIN),
            fact("Fixed", len(change.fixed), Tone.GOOD if change.fixed else Tone.PLAIN),
            fact("Remaining", len(change.remaining)),
        ),
        tables=(_score_table(change), _finding_table(change)),
    )


def _headline(change: Diff) -> Headline:
    better = f"{plural(len(change.fixed), 'finding')} fixed, {len(change.new)} new"
    tone = Tone.BAD if change.new else Tone.GOOD
    if len(change.scores) == 1:
        name, old, new = change.scores[0]
        return Headline(f"{_grade(old)} → {_grade(new)}", name, better, tone)
    return Headline(f"+{len(change.new)} -{len(change.fixed)}", "findings", better, tone)


def _scores(
    before: Sequence[Report], after: Sequence[Report]
) -> tuple[tuple[str, Score | None, Score | None], ...]:
    old = {s.name: s.score for s in subjects(before)}
    new = {s.name: s.score for s in subjects(after)}
    if len(old) == len(new) == 1:  # the same thing, asked at another address
        return ((next(iter(new)), next(iter(old.values())), next(iter(new.values()))),)
    return tuple((name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]))


def _score_table(change: Diff) -> Table:
    columns = (Column("Target", whole=True), Column("Before"), Column("After"), Column("Change"))
    return Table("Scores", columns, tuple(_score_row(*entry) for entry in change.scores))


def _score_row(name: str, old: Score | None, new: Score | None) -> tuple[Cell, ...]:
    step = new.value - old.value if old and new else None
    tone = Tone.PLAIN if not step else Tone.GOOD if step > 0 else Tone.BAD
    return row(name, _points(old), _points(new), Cell("" if step is None else f"{step:+}", tone))


def _points(score: Score | None) -> str:
    return f"{score.grade} ({score.value})" if score else "no score"


def _grade(score: Score | None) -> str:
    return score.grade if score else "none"


def _finding_table(change: Diff) -> Table:
    titles = ("Change", "Severity", "Rule")
    columns = (*(Column(t, whole=True) for t in titles), Column("Finding"))
    rows = (
        *_rows("new", Tone.BAD, change.new),
        *_rows("fixed", Tone.GOOD, change.fixed),
        *_rows("remains", Tone.MUTED, change.remaining),
    )
    return Table("Findings", columns, tuple(rows), empty="No finding before or after.")


def _rows(word: str, tone: Tone, findings: Iterable[Finding]) -> Iterable[tuple[Cell, ...]]:
    for f in findings:
        yield row(Cell(word, tone), severity_cell(f.severity), f.rule, f.detail)
