"""An audit as a page: what a person reads of :class:`~revoctl.report.model.Report`.

The verdict comes first; then what failed, the worst on top; then what is not known. Waived findings
and checks that were not evaluated stay in sight: they are not the same as passed.
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.report import tables, tally
from revoctl.report.details import Snippet, detail, paste
from revoctl.report.document import (
    Document,
    Fact,
    Headline,
    Tone,
    fact,
    grade_tone,
    severity_cell,
)
from revoctl.report.model import Finding, Report, Score, Status, Subject
from revoctl.text import listed, one_line, plural, rfc3339


def document(
    reports: Sequence[Report], *, snippet: Snippet | None = None, verbose: int = 0
) -> Document:
    """The page of one or several reports.

    ``snippet`` turns fixes into a server's configuration to copy. ``verbose`` from 1 on adds each
    finding's details and evidence, and the parts of the score that neither add nor fail.
    """
    subjects = tally.subjects(reports)
    rules = {rule.id: rule for report in reports for rule in report.rules}
    found = tally.open_findings(reports)
    many = len(subjects) > 1
    pages = (
        *((tables.subject_table(subjects, reports),) if many else ()),
        tables.grouped_table(found, rules) if many else tables.finding_table(found),
        *(() if many else (tables.fix_table(found, rules),)),
        tables.failure_table(reports),
        *(tables.score_table(s, many, verbose) for s in subjects),
        tables.waived_table(reports, many),
        tables.unknown_table(reports),
    )
    return Document(
        schema=reports[0].schema if reports else "revoctl.report/v1",
        title=f"Audit of {one_line(subjects[0].name)}" if len(subjects) == 1 else _title(subjects),
        headline=_headline(reports, subjects, found),
        facts=_facts(reports, subjects, found),
        tables=tuple(t for t in pages if t.rows or t.empty),
        details=(
            *(tuple(detail(f, rules.get(f.rule), snippet) for f in found) if verbose else ()),
            *(paste(found, snippet) if snippet and not many else ()),
        ),
    )


def score_words(score: Score) -> str:
    """``75/100 on the owasp scale``; a value above 100 stands alone."""
    return (
        f"{score.value}{'/100' if score.value <= 100 else ' points'}, {one_line(score.scale)} scale"
    )


def _title(subjects: Sequence[Subject]) -> str:
    return f"Audit of {plural(len(subjects), 'target')}"


def _worst(subjects: Sequence[Subject]) -> Subject | None:
    scored = [s for s in subjects if s.score]
    return min(scored, key=lambda s: s.score.value if s.score else 0, default=None)


def _headline(
    reports: Sequence[Report], subjects: Sequence[Subject], found: Sequence[Finding]
) -> Headline:
    counts = tuple(
        severity_cell(severity, f"{n} {severity}")
        for severity, n in tally.by_severity(found).items()
    )
    verdict = _verdict(reports, found)
    worst = _worst(subjects)
    if worst is None or worst.score is None:
        tone = Tone.BAD if found or tally.failures(reports) else Tone.PLAIN
        return Headline("", "", verdict, tone, counts)
    score, grade = worst.score, one_line(worst.score.grade)
    caption = f"Grade {grade}: {score_words(score)}"
    if len(subjects) > 1:
        caption = f"Worst grade {grade}: {one_line(worst.name)}, {score_words(score)}"
    share = min(max(score.value, 0), 100) / 100
    return Headline(grade, caption, verdict, grade_tone(grade), counts, share)


def _verdict(reports: Sequence[Report], found: Sequence[Finding]) -> str:
    counts = tally.by_status(reports)
    failed = len(tally.failures(reports))
    if found:
        said = f"{plural(len(found), 'finding')}: {tally.kind_words(found)}"
    elif counts[Status.PASS]:
        said = f"No open findings in {plural(counts[Status.PASS], 'passed check')}"
    else:
        said = "Nothing was evaluated"
    return f"{said}; {plural(failed, 'target')} without a verdict" if failed else said


def _facts(
    reports: Sequence[Report], subjects: Sequence[Subject], found: Sequence[Finding]
) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if len(subjects) == 1:
        facts += [fact(one_line(k), one_line(v)) for k, v in subjects[0].facts]
    if not reports:
        return tuple(facts)
    profiles = dict.fromkeys(_profile(r) for r in reports)
    tools = dict.fromkeys(f"{r.tool.name} {r.tool.version}" for r in reports)
    facts += [
        fact("Profile", listed(list(profiles))),
        fact("Checks", tally.status_words(reports)),
        fact("Time", f"{rfc3339(min(r.started for r in reports))}, {_duration(reports)}"),
        fact("Tool", one_line(listed(list(tools)))),
    ]
    return tuple(facts)


def _profile(report: Report) -> str:
    digest = report.profile.digest.rpartition(":")[2][:12]
    return one_line(f"{report.profile.name} ({digest})" if digest else report.profile.name)


def _duration(reports: Sequence[Report]) -> str:
    ended, began = max(r.finished for r in reports), min(r.started for r in reports)
    return f"took {(ended - began).total_seconds():.2f} s"
