"""The page of a fleet: grades, the most frequent findings and errors, and who differs from whom."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.report.document import (
    Cell,
    Column,
    Document,
    Fact,
    Headline,
    Table,
    Tone,
    fact,
    grade_tone,
    row,
    severity_cell,
)
from revoctl.report.fleet import Family, Fleet, Group
from revoctl.report.gate import GRADES
from revoctl.text import listed, one_line, plural, rfc3339

SCHEMA = "revoctl.fleet/v1"
MOST_ROWS = 30
MOST_MISSING = 50
FEWEST_SIBLINGS = 3
COMMON = 0.6
"""Share of a domain's hosts that must agree before the others are said to differ."""


def document(fleet: Fleet, missing: Sequence[str] = (), missed: int = 0) -> Document:
    """The page of a fold; ``missing`` are the first of ``missed`` targets without any record."""
    return Document(
        schema=SCHEMA,
        title=f"Audit of {plural(fleet.verdicts + fleet.failures, 'target')}",
        headline=_headline(fleet),
        facts=_facts(fleet, missed),
        tables=(
            _grades(fleet),
            _findings(fleet),
            _errors(fleet),
            _different(fleet),
            _lowest(fleet),
            *((_missing(missing, missed),) if missed else ()),
        ),
    )


def _headline(fleet: Fleet) -> Headline:
    counts: dict[str, int] = {}
    for group in fleet.rules.values():
        counts[group.severity] = counts.get(group.severity, 0) + group.count
    order = sorted(fleet.rules.values(), key=lambda g: -g.severity.rank)
    cells = {
        g.severity: severity_cell(g.severity, f"{counts[g.severity]} {g.severity}") for g in order
    }
    verdict = f"{plural(fleet.verdicts, 'target')} judged, {fleet.failures} without a verdict"
    if not fleet.lowest:
        tone = Tone.BAD if fleet.failures else Tone.PLAIN
        return Headline("", "", verdict, tone, tuple(cells.values()))
    value, grade, name = fleet.lowest[0]
    caption = f"Worst grade {one_line(grade)}: {one_line(name)}, {value} points"
    share = min(max(value, 0), 100) / 100
    return Headline(
        one_line(grade), caption, verdict, grade_tone(grade), tuple(cells.values()), share
    )


def _facts(fleet: Fleet, missed: int) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if fleet.profile and fleet.tool and fleet.started and fleet.finished:
        digest = fleet.profile.digest[:12]
        seconds = (fleet.finished - fleet.started).total_seconds()
        facts += [
            fact("Profile", one_line(f"{fleet.profile.name} ({digest})")),
            fact("Time", f"{rfc3339(fleet.started)}, took {seconds:.2f} s"),
            fact("Tool", one_line(f"{fleet.tool.name} {fleet.tool.version}")),
        ]
    if fleet.waived:
        facts.append(fact("Waived findings", fleet.waived))
    if fleet.uncompared:
        facts.append(fact("Not compared", plural(fleet.uncompared, "host")))
    if missed:
        facts.append(fact("Missing", plural(missed, "target"), Tone.BAD))
    return tuple(facts)


def _grades(fleet: Fleet) -> Table:
    known = [g for g in GRADES if g in fleet.grades]
    other = sorted(set(fleet.grades) - set(GRADES))
    total = max(fleet.verdicts, 1)
    return Table(
        "Grades",
        (
            Column("Grade", whole=True),
            Column("Targets", right=True),
            Column("Share", right=True),
        ),
        tuple(
            row(Cell(one_line(g), grade_tone(g)), fleet.grades[g], _share(fleet.grades[g], total))
            for g in (*known, *other)
        ),
        empty="No target was graded.",
    )


def _findings(fleet: Fleet) -> Table:
    order = sorted(fleet.rules.items(), key=lambda r: (-r[1].count, -r[1].severity.rank, r[0]))
    total = max(fleet.verdicts, 1)
    return Table(
        f"The most frequent findings ({min(len(order), MOST_ROWS)} of {len(order)} rules)",
        (
            Column("Targets", right=True),
            Column("Share", right=True),
            Column("Severity", whole=True),
            Column("Rule", whole=True),
            Column("What was found"),
            Column("For example"),
        ),
        tuple(
            row(
                g.count,
                _share(g.count, total),
                severity_cell(g.severity),
                one_line(rule),
                one_line(g.title),
                one_line(g.examples[0]) if g.examples else "",
            )
            for rule, g in order[:MOST_ROWS]
        ),
        empty="No open finding.",
    )


def _errors(fleet: Fleet) -> Table:
    order = sorted(fleet.errors.items(), key=lambda e: (-e[1].count, e[0]))
    return Table(
        f"Without a verdict ({fleet.failures})",
        (
            Column("Targets", right=True),
            Column("Code", whole=True),
            Column("For example"),
            Column("Fix", under="Fix: "),
        ),
        tuple(
            row(
                g.count,
                Cell(one_line(code), Tone.BAD),
                f"{one_line(g.what)}\n{_named(g)}",
                one_line(g.fix),
            )
            for code, g in order[:MOST_ROWS]
        ),
    )


def _different(fleet: Fleet) -> Table:
    rows = [r for name, one in fleet.families.items() for r in _odd_ones(name, one)]
    return Table(
        "Hosts that differ from their siblings",
        (
            Column("Host", whole=True),
            Column("Siblings"),
            Column("Only here"),
            Column("Only there"),
        ),
        tuple(rows[:MOST_ROWS]),
    )


def _odd_ones(name: str, one: Family) -> list[tuple[Cell, ...]]:
    """The rows of a domain's hosts that break other rules than most of it does."""
    if one.size < FEWEST_SIBLINGS:
        return []
    usual, most = max(one.patterns.items(), key=lambda p: p[1].count)
    if most.count < COMMON * one.size:
        return []
    there = dict.fromkeys(usual.split())
    rows = []
    for pattern, group in one.patterns.items():
        here = dict.fromkeys(pattern.split())
        if pattern != usual and set(here) != set(there):
            rows.append(
                row(
                    _named(group),
                    f"{most.count} of {one.size} in {one_line(name)}",
                    Cell(listed([r for r in here if r not in there], 5), Tone.BAD),
                    Cell(listed([r for r in there if r not in here], 5), Tone.NOTE),
                )
            )
    return rows


def _lowest(fleet: Fleet) -> Table:
    return Table(
        "The lowest scores",
        (Column("Target", whole=True), Column("Grade"), Column("Score", right=True)),
        tuple(
            row(one_line(name), Cell(one_line(grade), grade_tone(grade)), value)
            for value, grade, name in fleet.lowest
        ),
        appendix=True,
    )


def _missing(names: Sequence[str], missed: int) -> Table:
    return Table(
        f"Missing ({missed}): in the list of targets, and without a record",
        (Column("Target", whole=True),),
        tuple(row(one_line(name)) for name in names[:MOST_MISSING]),
    )


def _named(group: Group) -> str:
    shown = [one_line(name) for name in group.examples]
    more = group.count - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %"
