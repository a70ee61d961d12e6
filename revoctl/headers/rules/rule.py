"""What a rule is made of: its metadata and a pure judge of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from revoctl.report.model import Evidence, Fix, Kind, Rule, Severity, Status

if TYPE_CHECKING:
    from revoctl.headers.page import Page


class Skip(msgspec.Struct, frozen=True):
    """The rule says nothing of this page, and why."""

    status: Status
    reason: str


class Problem(msgspec.Struct, frozen=True):
    """One failure of a rule.

    ``key`` tells several problems of one rule on one page apart and goes into the fingerprint: a
    directive, cookie or feature name, never a value that changes from one answer to the next.
    """

    detail: str
    key: str = ""
    evidence: Sequence[Evidence] = ()
    fix: Fix | None = None
    severity: Severity | None = None


Verdict = Skip | Sequence[Problem]
Judge = Callable[["Page"], Verdict]


def not_applicable(reason: str) -> Skip:
    """The rule has no object on this page."""
    return Skip(Status.NOT_APPLICABLE, reason)


def not_evaluated(reason: str) -> Skip:
    """The rule could not be decided, because something was not asked or not seen."""
    return Skip(Status.NOT_EVALUATED, reason)


class HeaderRule(msgspec.Struct, frozen=True):
    """A rule's metadata together with its judge; an empty verdict means passed."""

    rule: Rule
    judge: Judge


def rule(
    id: str,
    title: str,
    severity: Severity,
    kind: Kind = Kind.WEAKNESS,
    *,
    why: str,
    fix: str,
    references: tuple[str, ...] = (),
    since: str = "0.1.0",
) -> Callable[[Judge], HeaderRule]:
    """Make a :class:`HeaderRule` of a judge. Nothing is registered: modules list their RULES."""
    metadata = Rule(id, title, severity, kind, why, fix, references, since)
    return lambda judge: HeaderRule(metadata, judge)
