"""The result of an audit: rules, checks, findings, scores and errors of one or more subjects.

Every wing's audit returns a :class:`Report`. All models are frozen, refuse unknown fields and are
versioned by ``Report.schema``; ``revoctl schema report`` prints their JSON Schema.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec

SCHEMA = "revoctl.report/v1"


class Severity(StrEnum):
    """How bad a finding is; compare by :attr:`rank`, 0 (info) to 4 (critical)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return _RANKS[self]


_RANKS = {s: i for i, s in enumerate(reversed(Severity))}


class Kind(StrEnum):
    """Whether the target disobeys the policy, or does what is not good enough whoever asked."""

    DEVIATION = "deviation"
    WEAKNESS = "weakness"


class Status(StrEnum):
    """What came of one rule on one subject. Only PASS counts as passed."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    NOT_EVALUATED = "not-evaluated"


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the models: immutable, unknown fields refused."""


class Rule(Model, frozen=True):
    """One thing that can be wrong. ``fix`` says what to change, ``why`` what an attacker gains."""

    id: str
    title: str
    severity: Severity
    kind: Kind
    why: str
    fix: str
    references: tuple[str, ...] = ()
    since: str = "0.1.0"


class Fix(Model, frozen=True, gc=False):
    """An edit of the policy: ``set`` a header to a value, ``remove`` it, or ``advise`` in words."""

    action: str
    header: str = ""
    value: str = ""
    note: str = ""


class Evidence(Model, frozen=True, gc=False):
    """Where a statement comes from: the address or file, what stood there, and when it was seen."""

    source: str
    excerpt: str = ""
    at: datetime | None = None
    digest: str = ""


class Check(Model, frozen=True, gc=False):
    """One rule applied to one subject; ``reason`` is required for all but PASS and FAIL."""

    rule: str
    subject: str
    status: Status
    reason: str = ""


class Finding(Model, frozen=True):
    """One failure of one rule. The fingerprint survives changed values and moved lines."""

    rule: str
    severity: Severity
    kind: Kind
    subject: str
    title: str
    detail: str
    fingerprint: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    waived: str = ""


class ScorePart(Model, frozen=True):
    """One addend of a score: which test, what came of it, what it adds, and in words why."""

    test: str
    result: str
    modifier: int
    passed: bool
    detail: str = ""


class Score(Model, frozen=True):
    """A number with its letter and how it came about. ``scale`` names the algorithm."""

    value: int
    grade: str
    scale: str
    parts: tuple[ScorePart, ...] = ()


class Subject(Model, frozen=True):
    """One audited thing: its name, its score if it has one, and facts worth printing."""

    name: str
    score: Score | None = None
    facts: tuple[tuple[str, str], ...] = ()


class Failure(Model, frozen=True):
    """A subject that gave no verdict, with the error's stable code."""

    subject: str
    code: str
    what: str
    why: str = ""
    fix: str = ""


class Tool(Model, frozen=True):
    """Who made the report."""

    name: str
    version: str


class ProfileRef(Model, frozen=True):
    """The policy that was applied, by name and by the digest of its resolved content."""

    name: str
    digest: str = ""


class Report(Model, frozen=True):
    """What an audit found: every rule's verdict on every subject, and the failures.

    In a journal, ``scan`` is the id of the scan that it belongs to, and ``target`` the entry of the
    list of targets that it answers.
    """

    schema: str
    tool: Tool
    started: datetime
    finished: datetime
    profile: ProfileRef
    subjects: tuple[Subject, ...] = ()
    rules: tuple[Rule, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    score: Score | None = None
    errors: tuple[Failure, ...] = ()
    scan: str = ""
    target: str = ""


def fingerprint(rule: str, subject: str, key: str = "") -> str:
    """Identify a finding by rule, subject and a key that does not hold changing values."""
    return hashlib.blake2b(
        "\0".join((rule, subject, key)).encode("utf-8", "backslashreplace"), digest_size=10
    ).hexdigest()
