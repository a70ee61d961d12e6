"""The list of what was odd about one answer, bounded however odd the answer is."""

from __future__ import annotations

from revoctl.headers.snapshot import Anomaly, AnomalyKind

MOST_OF_A_KIND = 8
LONGEST_DETAIL = 200


class Oddities:
    """Collects the anomalies of one answer: at most eight of a kind, 200 characters each."""

    def __init__(self) -> None:
        self._found: list[Anomaly] = []
        self._counts: dict[AnomalyKind, int] = {}

    def note(self, kind: AnomalyKind, detail: str = "") -> None:
        """Add one; beyond the cap of its kind it is only counted."""
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count <= MOST_OF_A_KIND:
            self._found.append(Anomaly(kind.value, detail[:LONGEST_DETAIL]))

    def once(self, kind: AnomalyKind, detail: str = "") -> None:
        """Add one unless its kind was noted before."""
        if kind not in self._counts:
            self.note(kind, detail)

    def all(self) -> tuple[Anomaly, ...]:
        """What was noted in order, then how many more there were of each kind beyond its cap."""
        more = (
            Anomaly(kind.value, f"and {count - MOST_OF_A_KIND} more")
            for kind, count in self._counts.items()
            if count > MOST_OF_A_KIND
        )
        return (*self._found, *more)
