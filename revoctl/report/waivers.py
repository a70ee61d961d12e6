"""Accepted findings: each with a reason, an owner and an end. Expired ones count again.

A waived finding stays in the report, marked with its reason; its check becomes *waived*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from revoctl.errors import PolicyError
from revoctl.quantities import day
from revoctl.report.model import Check, Finding, Report, Status

WARN_AHEAD = timedelta(days=14)
_KEYS = ("rule", "subject", "reason", "owner", "expires")


class Waiver(msgspec.Struct, frozen=True):
    """Accepts findings of a ``rule`` on a ``subject`` (globs) through the UTC day ``expires``."""

    rule: str
    subject: str
    reason: str
    owner: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding, expired or not."""
        same_rule = fnmatchcase(finding.rule, self.rule)
        return same_rule and fnmatchcase(finding.subject, self.subject)


def parse(entries: Sequence[Any]) -> tuple[Waiver, ...]:
    """Read the ``waivers`` setting. Every key is required.

    Raises :class:`PolicyError` naming the entry and key.
    """
    return tuple(_parse_one(f"waivers[{i}]", entry) for i, entry in enumerate(entries))


def _parse_one(key: str, entry: Any) -> Waiver:
    if not isinstance(entry, dict):
        raise PolicyError(key, "must be a mapping", f"with {', '.join(_KEYS)}")
    for name in entry:
        if name not in _KEYS:
            raise PolicyError(f"{key}.{name}", "is not a key of a waiver", f"known: {_KEYS}")
    for name in _KEYS:
        if not entry.get(name):
            raise PolicyError(key, f"lacks {name}", "a waiver says what, why, who and until when")
    words = {name: str(entry[name]) for name in _KEYS if name != "expires"}
    return Waiver(**words, expires=day(entry["expires"], f"{key}.expires"))


def apply(
    reports: Iterable[Report], waivers: Sequence[Waiver], today: date
) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """Mark what is waived; also return warnings on waivers that have ended or soon will.

    ``today`` is a UTC day; a waiver holds through its last day.
    """
    used: dict[Waiver, None] = {}
    marked = tuple(_apply_one(report, waivers, today, used) for report in reports)
    return marked, tuple(w for waiver in used for w in _warning(waiver, today))


def _apply_one(
    report: Report, waivers: Sequence[Waiver], today: date, used: dict[Waiver, None]
) -> Report:
    findings: list[Finding] = []
    for finding in report.findings:
        covering = [w for w in waivers if w.covers(finding)]
        used.update(dict.fromkeys(covering))
        holds = next((w for w in covering if today <= w.expires), None)
        words = f"{holds.reason} ({holds.owner}, until {holds.expires})" if holds else ""
        findings.append(msgspec.structs.replace(finding, waived=words) if holds else finding)
    checks = tuple(_check(check, findings) for check in report.checks)
    return msgspec.structs.replace(report, findings=tuple(findings), checks=checks)


def _check(check: Check, findings: Sequence[Finding]) -> Check:
    if check.status is not Status.FAIL:
        return check
    own = [f for f in findings if (f.rule, f.subject) == (check.rule, check.subject)]
    if not own or not all(f.waived for f in own):
        return check
    return msgspec.structs.replace(check, status=Status.WAIVED, reason=own[0].waived)


def _warning(waiver: Waiver, today: date) -> tuple[str, ...]:
    what = f"the waiver of {waiver.rule} on {waiver.subject} ({waiver.owner})"
    if today > waiver.expires:
        return (f"{what} ended on {waiver.expires}: its findings count again",)
    if today + WARN_AHEAD >= waiver.expires:
        return (f"{what} ends on {waiver.expires}",)
    return ()
