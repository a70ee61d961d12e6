"""A violation as a browser reported it, and groups of them with a verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from revoctl.report.model import Model

SCHEMA = "revoctl.headers.csp-reports/v1"
LONGEST = 2000
"""Characters of one field of a report that are kept."""


class Violation(NamedTuple):
    """One report. All texts are the reporter's: anyone can send one.

    ``directive`` is the effective one, in lower case; ``blocked`` an address or a word such as
    ``inline``; ``page`` the document's address; ``source`` the file whose code did it; ``line`` its
    line, 0 if unknown; ``policy`` the whole policy; ``enforced`` is false for report-only.
    """

    directive: str
    blocked: str
    page: str = ""
    source: str = ""
    sample: str = ""
    line: int = 0
    policy: str = ""
    enforced: bool = True


class Verdict(StrEnum):
    """What is to be done about a group."""

    ALLOW = "allow"
    INJECTED = "injected"
    UNEXPLAINED = "unexplained"


class Group(Model, frozen=True):
    """Violations of one directive by one origin. ``pages`` counts different ones, up to a cap.

    ``source`` is what to add to the directive where the verdict is to allow.
    """

    verdict: Verdict
    directive: str
    blocked: str
    count: int
    pages: int
    why: str
    source: str = ""
    party: str = ""
    page: str = ""
    files: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


class Summary(Model, frozen=True):
    """All groups of a collection, what to allow first; ``policy`` is what most reports were about.

    ``edited`` is the policy with what is to be allowed, where that was asked for.

    ``other`` counts reports of other kinds, ``unread`` what was no report, ``rare`` the violations
    whose groups were dropped to keep memory bounded.
    """

    schema: str
    reports: int
    groups: tuple[Group, ...] = ()
    policy: str = ""
    other: int = 0
    unread: int = 0
    rare: int = 0
    notes: tuple[str, ...] = ()
    edited: str = ""
