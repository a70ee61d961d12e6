"""The tables of an audit's page: targets, findings, failures, scores, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.report import tally
from revoctl.report.details import advice, remedies
from revoctl.report.document import Cell, Column, Table, Tone, grade_tone, row, severity_cell
from revoctl.report.model import Finding, Report, Rule, Status, Subject
from revoctl.text import listed, one_line

_SEVERITY = Column("Severity", whole=True)
_KIND = Column("Kind", whole=True, under="")
_RULE = Column("Rule", whole=True)
_TARGET = Column("Target")
_FIX = Column("Fix", under="Fix: ")


def subject_table(subjects: Sequence[Subject], reports: Sequence[Report]) -> Table:
    """Every target with its grade and open findings, those without a verdict first."""
    found: dict[str, list[Finding]] = {}
    for finding in tally.open_findings(reports):
        found.setdefault(finding.subject, []).append(finding)
    failed = {e.subject for e in tally.failures(reports)}
    ranked = sorted(subjects, key=lambda s: _rank(s, found.get(s.name, []), s.name in failed))
    return Table(
        "Targets, the worst first",
        (
            Column("Target", whole=True),
            Column("Grade"),
            Column("Score", right=True),
            Column("Open findings"),
        ),
        tuple(_subject_row(s, found.get(s.name, []), s.name in failed) for s in ranked),
    )


def _rank(subject: Subject, found: Sequence[Finding], failed: bool) -> tuple[bool, int, int, str]:
    value = subject.score.value if subject.score else 1000
    return (not failed, value, -max((f.severity.rank for f in found), default=-1), subject.name)


def _subject_row(subject: Subject, found: Sequence[Finding], failed: bool) -> tuple[Cell, ...]:
    score = subject.score
    none = Cell("no verdict", Tone.BAD) if failed else Cell("-", Tone.MUTED)
    worst = severity_cell(found[0].severity, tally.severity_words(found)) if found else Cell("none")
    return row(
        one_line(subject.name),
        Cell(one_line(score.grade), grade_tone(score.grade)) if score else none,
        score.value if score else "",
        worst if found or not failed else Cell("unknown", Tone.MUTED),
    )


def finding_table(found: Sequence[Finding]) -> Table:
    """One row for each finding of one target."""
    return Table(
        f"Findings ({len(found)})",
        (_SEVERITY, _KIND, _RULE, Column("What was found")),
        tuple(
            row(
                severity_cell(f.severity),
                Cell(str(f.kind), Tone.MUTED),
                one_line(f.rule),
                f"{one_line(f.title)}\n{one_line(f.detail)}".strip(),
            )
            for f in found
        ),
    )


def fix_table(found: Sequence[Finding], rules: dict[str, Rule]) -> Table:
    """What to do, each advice once, with the rules that it satisfies."""
    todo = remedies(found, rules)
    return Table(
        f"What to change ({len(todo)})",
        (Column("Change"), Column("For", whole=True, under="For: ")),
        tuple(row(words, Cell(", ".join(names), Tone.MUTED)) for words, names in todo.items()),
    )


def grouped_table(found: Sequence[Finding], rules: dict[str, Rule]) -> Table:
    """One row for each rule, with the targets that break it."""
    groups: dict[str, list[Finding]] = {}
    for finding in found:
        groups.setdefault(finding.rule, []).append(finding)
    return Table(
        f"Findings ({len(found)}) by rule",
        (_SEVERITY, _KIND, _RULE, Column("What was found"), Column("Targets", under="In: "), _FIX),
        tuple(_group_row(group, rules.get(rule)) for rule, group in groups.items()),
    )


def _group_row(group: Sequence[Finding], rule: Rule | None) -> tuple[Cell, ...]:
    names = list(dict.fromkeys(one_line(f.subject) for f in group))
    return row(
        severity_cell(group[0].severity),
        Cell(str(group[0].kind), Tone.MUTED),
        one_line(group[0].rule),
        one_line(group[0].title),
        listed(names),
        advice(group[0], rule),
    )


def failure_table(reports: Sequence[Report]) -> Table:
    """The targets that gave no verdict, and why."""
    failed = tally.failures(reports)
    return Table(
        f"Without a verdict ({len(failed)})",
        (_TARGET, Column("Code", whole=True), Column("What failed"), _FIX),
        tuple(
            row(
                one_line(e.subject),
                Cell(one_line(e.code), Tone.BAD),
                f"{one_line(e.what)}\n{one_line(e.why)}".strip(),
                one_line(e.fix),
            )
            for e in failed
        ),
    )


def score_table(subject: Subject, many: bool, verbose: int) -> Table:
    """What each test added to a score; tests without effect are left out unless ``verbose``."""
    parts = subject.score.parts if subject.score and (verbose or not many) else ()
    shown = [p for p in parts if verbose or p.modifier or not p.passed]
    quiet = f" ({len(parts) - len(shown)} more without effect)"
    title = f"Score of {one_line(subject.name)}" if many else "How the score came about"
    return Table(
        title + (quiet if len(shown) < len(parts) else ""),
        (
            Column("Test", whole=True),
            Column("Points", right=True),
            Column("Result"),
            Column("Why"),
        ),
        tuple(
            row(
                one_line(p.test),
                Cell(f"{p.modifier:+d}" if p.modifier else "0", _part_tone(p.passed, p.modifier)),
                one_line(p.result),
                one_line(p.detail),
            )
            for p in shown
        ),
        appendix=True,
    )


def _part_tone(passed: bool, modifier: int) -> Tone:
    if not passed:
        return Tone.BAD
    return Tone.GOOD if modifier > 0 else Tone.WARN if modifier < 0 else Tone.MUTED


def waived_table(reports: Sequence[Report], many: bool) -> Table:
    """The findings that a waiver covers, with its reason."""
    waived = tally.waived_findings(reports)
    target = (_TARGET,) if many else ()
    return Table(
        f"Waived ({len(waived)})",
        (_SEVERITY, _RULE, *target, Column("What was found"), Column("Waiver", under="Waiver: ")),
        tuple(
            row(
                severity_cell(f.severity),
                one_line(f.rule),
                *((one_line(f.subject),) if many else ()),
                one_line(f.title),
                one_line(f.waived),
            )
            for f in waived
        ),
        appendix=True,
    )


def unknown_table(reports: Sequence[Report]) -> Table:
    """Why checks were not evaluated, and which."""
    reasons: dict[str, dict[str, None]] = {}
    unknown = tally.checks(reports, Status.NOT_EVALUATED)
    for check in unknown:
        reasons.setdefault(one_line(check.reason), {})[one_line(check.rule)] = None
    return Table(
        f"Not evaluated ({len(unknown)})",
        (Column("Why"), Column("Rules")),
        tuple(row(reason, ", ".join(rules)) for reason, rules in reasons.items()),
        appendix=True,
    )
