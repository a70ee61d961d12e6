"""Several reports as one: of each subject the newest verdict, and every failure without one."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.errors import RevoctlError
from revoctl.report.model import Failure, ProfileRef, Report, Rule, Score


def merge(reports: Sequence[Report]) -> Report:
    """Merge reports of one schema and profile.

    A subject that occurs in several reports is taken from the newest one; a failure is dropped
    when any report has a verdict on its subject. Raises :class:`RevoctlError` ``report.mixed``.
    """
    if not reports:
        raise RevoctlError("report.empty", "there is nothing to merge", "no report was given")
    ordered = sorted(reports, key=lambda r: r.finished)
    owner = {s.name: report for report in ordered for s in report.subjects}
    last = ordered[-1]
    _same(ordered)
    subjects = tuple(s for r in ordered for s in r.subjects if owner[s.name] is r)
    rules: dict[str, Rule] = {rule.id: rule for r in ordered for rule in r.rules}
    return Report(
        schema=last.schema,
        tool=last.tool,
        started=min(r.started for r in ordered),
        finished=last.finished,
        profile=last.profile,
        subjects=subjects,
        rules=tuple(rules.values()),
        checks=tuple(c for r in ordered for c in r.checks if owner.get(c.subject, r) is r),
        findings=tuple(f for r in ordered for f in r.findings if owner.get(f.subject, r) is r),
        score=worst([s.score for s in subjects if s.score]),
        errors=_failures(ordered, owner),
    )


def worst(scores: Sequence[Score]) -> Score | None:
    """The lowest score, or None without any."""
    return min(scores, key=lambda s: s.value, default=None)


def _same(reports: Sequence[Report]) -> None:
    kinds: set[tuple[str, ProfileRef]] = {(r.schema, r.profile) for r in reports}
    if len(kinds) > 1:
        found = ", ".join(sorted(f"{schema} under {profile.name}" for schema, profile in kinds))
        raise RevoctlError(
            "report.mixed",
            "the reports do not belong together",
            f"they are {found}",
            "merge reports of one kind that were made under one profile",
        )


def _failures(reports: Sequence[Report], owner: dict[str, Report]) -> tuple[Failure, ...]:
    latest = {f.subject: f for r in reports for f in r.errors if f.subject not in owner}
    return tuple(latest.values())
