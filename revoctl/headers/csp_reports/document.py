"""A summary of violation reports as a page: one table a verdict."""

from __future__ import annotations

from revoctl.headers.csp_reports.model import Group, Summary, Verdict
from revoctl.report.document import Cell, Column, Document, Headline, Table, Tone, fact, row
from revoctl.text import plural

MOST_ROWS = 200
_TITLES = {
    Verdict.ALLOW: ("To allow", "Nothing is missing from the policy.", Tone.GOOD),
    Verdict.UNEXPLAINED: ("Unexplained", "Nothing.", Tone.WARN),
    Verdict.INJECTED: ("Caused by extensions and injected scripts", "Nothing.", Tone.MUTED),
}


def document(summary: Summary) -> Document:
    """The page of a summary."""
    counts = {verdict: _of(summary, verdict) for verdict in _TITLES}
    facts = [fact("Reports", summary.reports)]
    facts += [fact("Policy reported on", summary.policy[:2000])] if summary.policy else []
    facts += [fact("Edited policy", summary.edited)] if summary.edited else []
    return Document(
        schema=summary.schema,
        title="Violations of Content-Security-Policy",
        headline=Headline(
            plural(summary.reports, "report"),
            f"{plural(summary.reports, 'report')} in {plural(len(summary.groups), 'group')}",
            f"{len(counts[Verdict.ALLOW])} to allow, "
            f"{len(counts[Verdict.UNEXPLAINED])} unexplained, "
            f"{len(counts[Verdict.INJECTED])} injected",
            Tone.WARN if counts[Verdict.ALLOW] or counts[Verdict.UNEXPLAINED] else Tone.GOOD,
        ),
        facts=tuple(facts),
        tables=tuple(_table(verdict, groups) for verdict, groups in counts.items()),
        notes=(*summary.notes, *_notes(summary)),
    )


def _of(summary: Summary, verdict: Verdict) -> list[Group]:
    return [group for group in summary.groups if group.verdict is verdict]


def _table(verdict: Verdict, groups: list[Group]) -> Table:
    title, empty, tone = _TITLES[verdict]
    columns = (
        Column("Directive", whole=True),
        Column("Blocked", whole=True),
        Column("Add", whole=True) if verdict is Verdict.ALLOW else Column("From"),
        Column("Reports", right=True),
        Column("Pages", right=True),
        Column("Why"),
        Column("Where"),
    )
    return Table(title, columns, tuple(_row(g, tone) for g in groups[:MOST_ROWS]), empty)


def _row(group: Group, tone: Tone) -> tuple[Cell, ...]:
    third = group.source if group.verdict is Verdict.ALLOW else "\n".join(group.files)
    why = f"{group.why} ({group.party})" if group.party else group.why
    where = "\n".join((group.page[:120], *(f"sample: {s[:60]}" for s in group.samples)))
    return row(
        Cell(group.directive, tone), group.blocked, third, group.count, group.pages, why, where
    )


def _notes(summary: Summary) -> list[str]:
    notes = []
    if summary.other:
        notes.append(f"{plural(summary.other, 'report')} of other kinds were passed over")
    if summary.unread:
        notes.append(f"{plural(summary.unread, 'object')} could not be read as a report")
    if summary.rare:
        notes.append(f"{plural(summary.rare, 'report')} of rare groups are counted here only")
    return notes
