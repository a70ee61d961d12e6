"""A fleet's reports folded one by one into counts, in memory that their number does not change.

What is kept: how many targets have which grade, each rule's and each error's count with a few
examples, the lowest scores, the gate's tally, and for hosts of one domain which sets of findings
they have, so that the ones that differ from their siblings can be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from revoctl.report.gate import Gate, Tally
from revoctl.report.model import ProfileRef, Report, Score, Severity, Tool
from revoctl.report.waivers import Waiver, apply

EXAMPLES = 3
LOWEST = 10
MOST_FAMILIES = 500
"""Domains whose hosts are compared; those of later ones are counted as not compared."""
MOST_PATTERNS = 12
"""Different sets of findings remembered of one domain."""
_SHARED = frozenset(("ac", "co", "com", "edu", "gov", "go", "net", "ne", "or", "org"))
_LONGEST_NAME = 200


class Group(msgspec.Struct):
    """How many targets share something, and the first few of them."""

    count: int = 0
    examples: list[str] = []

    def add(self, name: str) -> None:
        """Count one target."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(name[:_LONGEST_NAME])

    def merge(self, other: Group) -> None:
        """Count what was counted elsewhere."""
        self.count += other.count
        self.examples = [*self.examples, *other.examples][:EXAMPLES]


class RuleGroup(Group):
    """The targets that break one rule, with what is said of it."""

    severity: Severity = Severity.INFO
    title: str = ""


class ErrorGroup(Group):
    """The targets that failed in one way, with what was said of the first of them."""

    what: str = ""
    fix: str = ""


class Family(msgspec.Struct):
    """The hosts below one domain (or in one IPv4 /24): how many have which set of findings."""

    size: int = 0
    patterns: dict[str, Group] = {}

    def add(self, pattern: str, name: str) -> None:
        """Count a host with a pattern: its rules, joined by blanks."""
        self.size += 1
        if pattern in self.patterns or len(self.patterns) < MOST_PATTERNS:
            self.patterns.setdefault(pattern, Group()).add(name)

    def merge(self, other: Family) -> None:
        """Count what was counted elsewhere."""
        self.size += other.size
        for pattern, group in other.patterns.items():
            if pattern in self.patterns or len(self.patterns) < MOST_PATTERNS:
                self.patterns.setdefault(pattern, Group()).merge(group)


class Fleet(msgspec.Struct):
    """The fold. ``lowest`` holds value, grade and name of the worst targets."""

    schema: str = ""
    tool: Tool | None = None
    profile: ProfileRef | None = None
    started: datetime | None = None
    finished: datetime | None = None
    verdicts: int = 0
    failures: int = 0
    waived: int = 0
    grades: dict[str, int] = {}
    lowest: list[tuple[int, str, str]] = []
    rules: dict[str, RuleGroup] = {}
    errors: dict[str, ErrorGroup] = {}
    families: dict[str, Family] = {}
    uncompared: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    warnings: list[str] = []

    def add(self, report: Report, gate: Gate) -> None:
        """Fold one report, waivers already applied."""
        self._when(report.schema, report.tool, report.profile, report.started, report.finished)
        self.tally.add(report, gate)
        for failed in report.errors:
            self.failures += 1
            group = self.errors.get(failed.code)
            if group is None:
                group = self.errors[failed.code] = ErrorGroup(what=failed.what, fix=failed.fix)
            group.add(failed.subject)
        for subject in report.subjects:
            self.verdicts += 1
            self._grade(subject.name, subject.score)
        self._findings(report)

    def merge(self, other: Fleet) -> None:
        """Fold what was folded elsewhere."""
        if other.tool and other.profile and other.started and other.finished:
            self._when(other.schema, other.tool, other.profile, other.started, other.finished)
        self.tally.merge(other.tally)
        self.verdicts += other.verdicts
        self.failures += other.failures
        self.waived += other.waived
        self.uncompared += other.uncompared
        for grade, count in other.grades.items():
            self.grades[grade] = self.grades.get(grade, 0) + count
        self.lowest = sorted([*self.lowest, *other.lowest])[:LOWEST]
        for rule, found in other.rules.items():
            self._known(self.rules, rule, found)
        for code, failed in other.errors.items():
            self._known(self.errors, code, failed)
        for name, family in other.families.items():
            self._family(name, family.size).merge(family)
        self.warnings = list(dict.fromkeys([*self.warnings, *other.warnings]))

    def _when(
        self,
        schema: str,
        tool: Tool,
        profile: ProfileRef,
        started: datetime,
        finished: datetime,
    ) -> None:
        self.schema, self.tool, self.profile = schema, tool, profile
        self.started = min(self.started or started, started)
        self.finished = max(self.finished or finished, finished)

    def _grade(self, name: str, score: Score | None) -> None:
        grade = score.grade if score else "-"
        self.grades[grade] = self.grades.get(grade, 0) + 1
        if score and (len(self.lowest) < LOWEST or score.value < self.lowest[-1][0]):
            entry = (score.value, score.grade, name[:_LONGEST_NAME])
            self.lowest = sorted([*self.lowest, entry])[:LOWEST]

    def _findings(self, report: Report) -> None:
        found: dict[str, dict[str, None]] = {s.name: {} for s in report.subjects}
        for finding in report.findings:
            self.waived += bool(finding.waived)
            if finding.waived or finding.rule in found.setdefault(finding.subject, {}):
                continue  # a target counts once, by the first of a rule's findings
            found[finding.subject][finding.rule] = None
            group = self.rules.get(finding.rule)
            if group is None:
                group = RuleGroup(severity=finding.severity, title=finding.title)
                self.rules[finding.rule] = group
            elif finding.severity.rank > group.severity.rank:
                group.severity = finding.severity
            group.add(finding.subject)
        for name, broken in found.items():
            self._compare(name, " ".join(broken))

    def _compare(self, name: str, pattern: str) -> None:
        domain = family(name)
        if domain:
            self._family(domain, 1).add(pattern, name)

    def _family(self, domain: str, size: int) -> Family:
        known = self.families.get(domain)
        if known is None:
            known = Family()
            if len(self.families) < MOST_FAMILIES:
                self.families[domain] = known
            else:
                self.uncompared += size
        return known

    @staticmethod
    def _known(groups: dict[str, Any], key: str, other: Group) -> None:
        if key in groups:
            groups[key].merge(other)
        else:
            groups[key] = other


def family(subject: str) -> str:
    """What a target's host has in common with its siblings; empty where nothing is.

    The domain above its first label, or the first three numbers of an IPv4 address. A domain that
    only registries have (``com``, ``co.uk`` as far as its shape tells) makes no family.
    """
    try:
        host = urlsplit(subject).hostname or ""
    except ValueError:
        return ""
    first, _, parent = host.partition(".")
    labels = parent.split(".")
    if ":" in host or not first or len(labels) < 2:
        return ""
    if labels[-1].isdigit():
        return host.rpartition(".")[0] + ".*"
    if len(labels) == 2 and labels[0] in _SHARED and len(labels[1]) == 2:
        return ""
    return parent


class Census:
    """A fold with what it takes: the gate, the waivers and the UTC day that they are read on."""

    def __init__(self, gate: Gate, rules: Sequence[Waiver] = (), today: date = date.max) -> None:
        self.fleet = Fleet()
        self._gate = gate
        self._waivers = rules
        self._today = today

    def add(self, report: Report) -> Report:
        """Fold a report, and return it with what is waived marked."""
        if self._waivers:
            (report,), warnings = apply((report,), self._waivers, self._today)
            fresh = [w for w in warnings if w not in self.fleet.warnings]
            self.fleet.warnings += fresh
        self.fleet.add(report, self._gate)
        return report
