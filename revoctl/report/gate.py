"""The gate: whether reports are good enough, and if not, why, in words for a CI log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from revoctl.errors import RevoctlError
from revoctl.report.model import Report, Score, Severity

GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
MOST_NAMED = 20
"""Targets below the grade that are named; the rest is counted."""


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


class Tally(msgspec.Struct):
    """Reports held to a gate one by one, in memory that does not grow with their number."""

    findings: int = 0
    rules: set[str] = set()
    low: int = 0
    lowest: list[str] = []
    failed: int = 0
    total: int = 0

    def add(self, report: Report, gate: Gate) -> None:
        """Count what of a report does not meet the gate."""
        bar = gate.fail_on.rank if gate.fail_on else len(Severity)
        for finding in report.findings:
            known = finding.waived or finding.fingerprint in gate.baseline
            if finding.severity.rank >= bar and not known:
                self.findings += 1
                self.rules.add(finding.rule)
        for subject in report.subjects if gate.fail_under else ():
            self._hold(subject.name, subject.score, gate.fail_under)
        self.failed += len(report.errors)
        self.total += len(report.errors) + len(report.subjects)

    def merge(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        self.findings += other.findings
        self.rules |= other.rules
        self.low += other.low
        self.lowest = [*self.lowest, *other.lowest][:MOST_NAMED]
        self.failed += other.failed
        self.total += other.total

    def outcome(self, gate: Gate) -> Outcome:
        """What the gate says of all that was counted."""
        reasons = [*self._findings(gate), *self.lowest]
        if self.low > len(self.lowest):
            reasons.append(f"{self.low - len(self.lowest)} more targets are below it")
        errors = list(self._errors(gate))
        return Outcome(not reasons, bool(errors), (*reasons, *errors))

    def _hold(self, name: str, score: Score | None, bar: str) -> None:
        if score is not None and _reaches(score, bar):
            return
        self.low += 1
        if len(self.lowest) < MOST_NAMED:
            has = f"is graded {score.grade} ({score.value}), below {bar}" if score else ""
            self.lowest.append(f"{name} {has or f'has no score to hold against {bar}'}")

    def _findings(self, gate: Gate) -> Iterator[str]:
        if self.findings:
            new = "new " if gate.baseline else ""
            noun = "finding" if self.findings == 1 else "findings"
            rules = ", ".join(sorted(self.rules))
            yield f"{self.findings} {new}{noun} of severity {gate.fail_on} or worse: {rules}"

    def _errors(self, gate: Gate) -> Iterator[str]:
        share = gate.max_error_share
        allowed = gate.max_errors if share is None else int(self.total * share)
        if self.failed > allowed:
            noun = "target" if self.total == 1 else "targets"
            yield f"{self.failed} of {self.total} {noun} gave no verdict ({allowed} allowed)"


def judge(reports: Iterable[Report], gate: Gate) -> Outcome:
    """Hold reports to a gate."""
    tally = Tally()
    for report in reports:
        tally.add(report, gate)
    return tally.outcome(gate)


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


def _reaches(score: Score, bar: str) -> bool:
    if bar.isdecimal():
        return score.value >= int(bar)
    return score.grade in GRADES and GRADES.index(score.grade) <= GRADES.index(bar)
