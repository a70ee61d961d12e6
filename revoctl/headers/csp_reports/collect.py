"""Group violations while they stream by, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from revoctl.headers.csp_reports.judge import Key, key_of, opinion
from revoctl.headers.csp_reports.model import SCHEMA, Group, Summary, Verdict, Violation

MOST_GROUPS = 5000
MOST_PAGES = 100
"""Different pages that are told apart in one group."""
MOST_POLICIES = 50
SHOWN = 3
_ORDER = {Verdict.ALLOW: 0, Verdict.UNEXPLAINED: 1, Verdict.INJECTED: 2}


class _Tally:
    """The counts of one group."""

    __slots__ = ("count", "files", "page", "pages", "samples")

    def __init__(self, page: str) -> None:
        self.count = 0
        self.page = page
        self.pages: set[int] = set()
        self.files: list[str] = []
        self.samples: list[str] = []

    def add(self, found: Violation) -> None:
        self.count += 1
        if len(self.pages) < MOST_PAGES:
            self.pages.add(hash(found.page.partition("?")[0].partition("#")[0]))
        where = f"{found.source}:{found.line}" if found.line else found.source
        _remember(self.files, where)
        _remember(self.samples, found.sample)


class Collector:
    """Takes violations; :meth:`summary` groups them. Rare groups give way when there are many."""

    def __init__(self) -> None:
        self.reports = 0
        self.rare = 0
        self._groups: dict[Key, _Tally] = {}
        self._policies: Counter[str] = Counter()

    def add(self, found: Violation) -> None:
        """Count one violation."""
        self.reports += 1
        key = key_of(found)
        tally = self._groups.get(key)
        if tally is None:
            if len(self._groups) >= MOST_GROUPS:
                self._make_room()
            tally = self._groups[key] = _Tally(found.page)
        tally.add(found)
        if found.policy and (found.policy in self._policies or self._has_room()):
            self._policies[found.policy] += 1

    def add_all(self, found: Iterable[Violation]) -> None:
        """Count all of a stream."""
        for violation in found:
            self.add(violation)

    def summary(
        self,
        trusted: Collection[str] = (),
        *,
        other: int = 0,
        unread: int = 0,
        notes: tuple[str, ...] = (),
    ) -> Summary:
        """All groups with their verdicts; ``trusted`` are hosts that the operator vouches for."""
        groups = [_group(key, tally, trusted) for key, tally in self._groups.items()]
        groups.sort(key=lambda g: (_ORDER[g.verdict], -g.count, g.directive, g.blocked))
        policy = self._policies.most_common(1)
        return Summary(
            SCHEMA,
            self.reports,
            tuple(groups),
            policy[0][0] if policy else "",
            other,
            unread,
            self.rare,
            notes,
        )

    def _has_room(self) -> bool:
        return len(self._policies) < MOST_POLICIES

    def _make_room(self) -> None:
        """Drop the rarer half: what matters comes again."""
        ordered = sorted(self._groups, key=lambda k: self._groups[k].count)
        for key in ordered[: MOST_GROUPS // 2]:
            self.rare += self._groups.pop(key).count


def _group(key: Key, tally: _Tally, trusted: Collection[str]) -> Group:
    pages = len(tally.pages)
    judged = opinion(key, pages, trusted)
    return Group(
        judged.verdict,
        key.directive or "unknown",
        key.blocked or "inline",
        tally.count,
        pages,
        judged.why,
        judged.source,
        judged.party,
        tally.page,
        tuple(tally.files),
        tuple(tally.samples),
    )


def _remember(texts: list[str], text: str) -> None:
    if text and len(texts) < SHOWN and text[:200] not in texts:
        texts.append(text[:200])
