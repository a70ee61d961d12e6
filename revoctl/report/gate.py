"""The gate: whether reports are good enough, and if not, why, in words for a CI log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from revoctl.errors import RevoctlError
from revoctl.report.model import Report, Score, Severity
from revoctl.report.tally import open_findings

GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")


class Gate(msgspec.Struct, frozen=True):
    """What is asked of the reports; the defaults ask for an answer from every target.

    ``fail_on``: open findings from this severity fail. ``fail_under``: a score or grade that every
    scored subject must reach. ``max_errors``: failed targets allowed, as a number or as a share of
    all (``max_error_share``, 0 to 1). ``baseline``: fingerprints of findings that are known.
    """

    fail_on: Severity | None = None
    fail_under: str = ""
    max_errors: int = 0
    max_error_share: float | None = None
    baseline: frozenset[str] = frozenset()


class Outcome(msgspec.Struct, frozen=True):
    """Whether the findings and scores meet the gate, whether too many targets failed, and why."""

    met: bool
    partial: bool
    reasons: tuple[str, ...] = ()


def judge(reports: Sequence[Report], gate: Gate) -> Outcome:
    """Hold reports to a gate."""
    reasons = [*_findings(reports, gate), *_scores(reports, gate)]
    errors = list(_errors(reports, gate))
    return Outcome(not reasons, bool(errors), (*reasons, *errors))


def fail_on(text: str) -> Severity | None:
    """Read ``--fail-on``: a severity or ``never``. Raises :class:`RevoctlError` ``usage.gate``."""
    if text == "never":
        return None
    if text not in list(Severity):
        words = ", ".join(Severity)
        raise RevoctlError(
            "usage.gate", f"{text!r} is not a severity", "", f"one of {words}, never"
        )
    return Severity(text)


def fail_under(text: str) -> str:
    """Check ``--fail-under``: a number or a grade. Raises :class:`RevoctlError` ``usage.gate``."""
    if text and text not in GRADES and not text.isdecimal():
        fix = f"give a number, or one of {', '.join(GRADES)}"
        raise RevoctlError("usage.gate", f"{text!r} is neither a score nor a grade", "", fix)
    return text


def max_errors(text: str) -> tuple[int, float | None]:
    """Read ``--max-errors``: ``3`` or ``5%``. Raises :class:`RevoctlError` ``usage.gate``."""
    number = text.removesuffix("%")
    try:
        value = float(number) if text.endswith("%") else int(number)
        if value < 0 or (text.endswith("%") and not value <= 100):
            raise ValueError
    except ValueError:
        fix = "give a number of targets such as 3, or a share such as 5%"
        raise RevoctlError("usage.gate", f"{text!r} is not a number of errors", "", fix) from None
    return (0, value / 100) if text.endswith("%") else (int(value), None)


def _findings(reports: Sequence[Report], gate: Gate) -> Iterator[str]:
    if gate.fail_on is None:
        return
    bar = gate.fail_on.rank
    found = (f for f in open_findings(reports) if f.severity.rank >= bar)
    bad = [f for f in found if f.fingerprint not in gate.baseline]
    if bad:
        new = "new " if gate.baseline else ""
        noun = "finding" if len(bad) == 1 else "findings"
        rules = ", ".join(sorted({f.rule for f in bad}))
        yield f"{len(bad)} {new}{noun} of severity {gate.fail_on} or worse: {rules}"


def _scores(reports: Sequence[Report], gate: Gate) -> Iterator[str]:
    if not gate.fail_under:
        return
    for subject in (s for report in reports for s in report.subjects):
        if subject.score is None:
            yield f"{subject.name} has no score to hold against {gate.fail_under}"
        elif not _reaches(subject.score, gate.fail_under):
            has = f"{subject.score.grade} ({subject.score.value})"
            yield f"{subject.name} is graded {has}, below {gate.fail_under}"


def _reaches(score: Score, bar: str) -> bool:
    if bar.isdecimal():
        return score.value >= int(bar)
    return score.grade in GRADES and GRADES.index(score.grade) <= GRADES.index(bar)


def _errors(reports: Sequence[Report], gate: Gate) -> Iterator[str]:
    failed = sum(len(r.errors) for r in reports)
    total = failed + sum(len(r.subjects) for r in reports)
    share = gate.max_error_share
    allowed = gate.max_errors if share is None else int(total * share)
    if failed > allowed:
        noun = "target" if failed == 1 else "targets"
        yield f"{failed} of {total} {noun} gave no verdict ({allowed} allowed)"
