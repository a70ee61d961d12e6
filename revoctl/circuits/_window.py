"""What a circuit remembers of recent calls: the last N of them, or those of the last T seconds.

Both windows keep only what is not a plain success one by one, so that a success costs one addition
elsewhere. ``kind`` is :data:`FAILED`, :data:`SLOW` or both. Memory is bounded by the size of the
window, whatever the traffic. Nothing here locks: whoever calls holds the circuit's lock.
"""

from __future__ import annotations

from array import array
from collections import deque

FAILED = 1
SLOW = 2
BUCKETS = 10

Counts = tuple[int, int, int]
"""Calls, failures and slow calls that a window holds now."""


class CountWindow:
    """The last ``size`` recorded calls.

    A call's position is how many were recorded up to it. Plain successes are counted by the caller
    (``clean``), the others are kept as position and kind in a ring of machine integers; a position
    ``size`` behind the newest has left the window. Counts are exact.
    """

    __slots__ = (
        "_count",
        "_failed_at",
        "_failures",
        "_head",
        "_others",
        "_ring",
        "_slow",
        "_streak",
        "size",
    )

    def __init__(self, size: int) -> None:
        self.size = size
        self._ring: array[int] | None = None
        self._head = self._count = 0
        self._others = self._failures = self._slow = 0
        self._failed_at = -1
        self._streak = 0

    def record(self, kind: int, clean: int, now: float) -> None:
        """Remember a failed or slow call; ``clean`` plain successes came before it."""
        self._others += 1
        position = clean + self._others
        self._evict(position)
        if self._ring is None:
            self._ring = array("q", bytes(8 * self.size))
        self._ring[(self._head + self._count) % self.size] = position << 2 | kind
        self._count += 1
        self._failures += kind & FAILED
        self._slow += kind >> 1
        if kind & FAILED:
            self._streak = self._streak + 1 if self._failed_at == position - 1 else 1
            self._failed_at = position

    def counts(self, clean: int, now: float) -> Counts:
        """Calls, failures and slow calls in the window after ``clean`` plain successes in all."""
        newest = clean + self._others
        self._evict(newest)
        return min(newest, self.size), self._failures, self._slow

    def streak(self, clean: int, now: float) -> int:
        """How many failures in a row end the window."""
        return self._streak if self._failed_at == clean + self._others else 0

    def _evict(self, newest: int) -> None:
        ring = self._ring
        while ring is not None and self._count and ring[self._head] >> 2 <= newest - self.size:
            kind = ring[self._head] & 3
            self._failures -= kind & FAILED
            self._slow -= kind >> 1
            self._head = (self._head + 1) % self.size
            self._count -= 1


class TimeWindow:
    """The calls recorded in the last ``span`` seconds, in at most eleven buckets.

    A bucket opens with its first call, takes calls for a tenth of the span and is dropped whole as
    soon as that first call is ``span`` old: no call of that age ever counts, and one may leave up
    to a tenth of the span early. A row of failures counts only while its first is younger.
    """

    __slots__ = ("_buckets", "_calls", "_failures", "_row", "_slow", "longest", "span")

    def __init__(self, span: float, longest: int) -> None:
        self.span = span
        self.longest = longest
        self._buckets: deque[tuple[float, list[int]]] = deque()
        self._row: deque[float] = deque(maxlen=longest)
        self._calls = self._failures = self._slow = 0

    def record(self, kind: int, clean: int, now: float) -> None:
        """Remember a failed or slow call that ended at ``now``, monotonic seconds."""
        tally = self._bucket(now)
        tally[0] += 1
        tally[1] += kind & FAILED
        tally[2] += kind >> 1
        self._calls += 1
        self._failures += kind & FAILED
        self._slow += kind >> 1
        if kind & FAILED:
            self._row.append(now)
        else:
            self._row.clear()

    def succeed(self, now: float) -> None:
        """Remember a plain success that ended at ``now``."""
        self._bucket(now)[0] += 1
        self._calls += 1
        self._row.clear()

    def counts(self, clean: int, now: float) -> Counts:
        """Calls, failures and slow calls younger than the span."""
        self._evict(now)
        return self._calls, self._failures, self._slow

    def streak(self, clean: int, now: float) -> int:
        """How many failures in a row, all younger than the span, came last."""
        while self._row and now - self._row[0] >= self.span:
            self._row.popleft()
        return len(self._row)

    def _bucket(self, now: float) -> list[int]:
        self._evict(now)
        if not self._buckets or now - self._buckets[-1][0] >= self.span / BUCKETS:
            self._buckets.append((now, [0, 0, 0]))
        return self._buckets[-1][1]

    def _evict(self, now: float) -> None:
        while self._buckets and now - self._buckets[0][0] >= self.span:
            _, (calls, failures, slow) = self._buckets.popleft()
            self._calls -= calls
            self._failures -= failures
            self._slow -= slow
