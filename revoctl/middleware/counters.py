"""Counters of one limit in one process, with the semantics of PyPI ``limits`` 5.8.

Time is in seconds since the epoch and handed in. Memory is bounded: past ``max_keys`` keys, later
keys share :data:`SHARED` counters by hash, so that a flood of addresses refuses some newcomers too
early and never admits anybody too often. Not locked: one event loop uses a counter.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from revoctl.policy.limits import Limit

SHARED = 65_536
MOST_TIMES = 1_000_000
"""Moments that all moving windows of a limit remember together, 8 MB; and a quarter of the keys."""

Value = TypeVar("Value")


class Counter(Protocol):
    """How many requests of a key a limit still admits, and when that changes."""

    limit: Limit

    def room(self, key: str, now: float) -> int:
        """Requests that would be admitted now."""

    def take(self, key: str, now: float) -> None:
        """Count a request that was admitted."""

    def remaining(self, key: str, now: float) -> int:
        """The room that is reported, never below zero."""

    def reset(self, key: str, now: float) -> float:
        """When the count next falls, as ``limits`` reports it."""

    def wait(self, key: str, now: float) -> float:
        """Seconds until a request is admitted, if none is made meanwhile; 0 if it is now."""


class SlidingWindow:
    """The count of this window of the clock, and the last one's as far as it still weighs."""

    def __init__(self, limit: Limit, max_keys: int) -> None:
        self.limit = limit
        self._max = max_keys
        self._current: dict[Hashable, int] = {}
        self._previous: dict[Hashable, int] = {}
        self._ends = 0.0
        self._full = False

    def room(self, key: str, now: float) -> int:
        """See :class:`Counter`."""
        if now >= self._ends:
            self._turn(now)
        used = self._current.get(key)
        if used is None:
            used = self._current.get(self._place(key), 0) if self._full else 0
        if self._previous:
            before = self._before(key)
            if before:
                used += int(before * self._left(now) / self.limit.period)
        return self.limit.amount - used

    def take(self, key: str, now: float) -> None:
        """See :class:`Counter`; after :meth:`room` at the same moment."""
        current = self._current
        if key in current:
            current[key] += 1
        else:
            place = self._place(key)
            current[place] = current.get(place, 0) + 1
            self._full = len(current) >= self._max

    def remaining(self, key: str, now: float) -> int:
        """See :class:`Counter`."""
        return max(0, self.room(key, now))

    def reset(self, key: str, now: float) -> float:
        """See :class:`Counter`."""
        if now >= self._ends:
            self._turn(now)
        current = self._current.get(self._place(key), 0)
        return now + falls(current, self._before(key), self._left(now), self.limit.period)

    def wait(self, key: str, now: float) -> float:
        """See :class:`Counter`."""
        self.room(key, now)
        current = self._current.get(self._place(key), 0)
        return admits(current, self._before(key), self._left(now), self.limit)

    def _left(self, now: float) -> float:
        return min(self._ends - now, float(self.limit.period))  # a clock may be set back

    def _turn(self, now: float) -> None:
        period = self.limit.period
        start = now // period * period
        self._previous = self._current if start == self._ends else {}
        self._current = {}
        self._full = False
        self._ends = start + period

    def _place(self, key: str) -> Hashable:
        if len(self._current) < self._max or key in self._current:
            return key
        return hash(key) % SHARED

    def _before(self, key: str) -> int:
        previous = self._previous
        if not previous:
            return 0
        found = previous.get(key)
        if found is None and len(previous) >= self._max:
            found = previous.get(hash(key) % SHARED)
        return found or 0


def falls(current: int, previous: int, left: float, period: int) -> float:
    """Seconds until the weighted count of a sliding window next falls, as ``limits`` has it."""
    if previous:
        fall = left % (period / previous)
        return min(fall, left % period) if current else fall
    return left % period if current else 0.0


def admits(current: int, previous: int, left: float, limit: Limit) -> float:
    """Seconds until a sliding window admits a request again; a little more than the exact moment.

    ``left`` is what is left of the window. Admitted is whoever finds
    ``floor(previous * left / period) + current`` below the limit's amount.
    """
    amount, period = limit.amount, limit.period
    if int(previous * left / period) + current < amount:
        return 0.0
    if current < amount:
        return left - (amount - current) * period / previous + _BEYOND
    # Not in this window; in the next one, this window's count takes the place of the previous.
    return left + max(0.0, period - amount * period / current) + _BEYOND


_BEYOND = 0.001


class _Ageing(Generic[Value]):
    """Values by key that vanish when they were not touched for one to two periods."""

    def __init__(self, period: int, max_keys: int, shared: int = SHARED) -> None:
        self._period = period
        self._max = max_keys
        self._shared = shared
        self._young: dict[Hashable, Value] = {}
        self._old: dict[Hashable, Value] = {}
        self._ends = 0.0

    def get(self, key: str, now: float) -> Value | None:
        if now >= self._ends:
            self._old = self._young if now < self._ends + self._period else {}
            self._young = {}
            self._ends = now + self._period
        place = self._place(key)
        found = self._young.get(place)
        return self._old.get(place) if found is None else found

    def put(self, key: str, value: Value) -> None:
        self._young[self._place(key)] = value

    def _place(self, key: str) -> Hashable:
        if len(self._young) < self._max or key in self._young:
            return key
        return hash(key) % self._shared


class FixedWindow:
    """A count that starts with the first request and ends a period later."""

    def __init__(self, limit: Limit, max_keys: int) -> None:
        self.limit = limit
        self._windows: _Ageing[tuple[int, float]] = _Ageing(limit.period, max_keys)

    def room(self, key: str, now: float) -> int:
        """See :class:`Counter`."""
        return self.limit.amount - self._window(key, now)[0]

    def take(self, key: str, now: float) -> None:
        """See :class:`Counter`."""
        count, ends = self._window(key, now)
        self._windows.put(key, (count + 1, ends))

    def remaining(self, key: str, now: float) -> int:
        """See :class:`Counter`."""
        return max(0, self.room(key, now))

    def reset(self, key: str, now: float) -> float:
        """See :class:`Counter`."""
        return self._window(key, now)[1]

    def wait(self, key: str, now: float) -> float:
        """See :class:`Counter`."""
        return 0.0 if self.room(key, now) > 0 else self.reset(key, now) - now

    def _window(self, key: str, now: float) -> tuple[int, float]:
        found = self._windows.get(key, now)
        return found if found and now < found[1] else (0, now + self.limit.period)


class MovingWindow:
    """The moments of the last requests: exact, and as large as the limit for every key."""

    def __init__(self, limit: Limit, max_keys: int) -> None:
        self.limit = limit
        keys = max(1, min(max_keys // 4, MOST_TIMES // limit.amount))
        self._times: _Ageing[array[float]] = _Ageing(limit.period, keys, keys)

    def room(self, key: str, now: float) -> int:
        """See :class:`Counter`; a request exactly a period ago still counts."""
        return self.limit.amount - len(self._recent(key, now))

    def take(self, key: str, now: float) -> None:
        """See :class:`Counter`."""
        times = self._recent(key, now)
        times.append(now)
        self._times.put(key, times)

    def remaining(self, key: str, now: float) -> int:
        """See :class:`Counter`; as ``limits`` reports it, without those exactly a period ago."""
        since = now - self.limit.period
        return self.limit.amount - sum(1 for m in self._recent(key, now) if m > since)

    def reset(self, key: str, now: float) -> float:
        """See :class:`Counter`: when the oldest request that counts no longer does."""
        since = now - self.limit.period
        oldest = next((m for m in self._recent(key, now) if m > since), now)
        return oldest + self.limit.period

    def wait(self, key: str, now: float) -> float:
        """See :class:`Counter`."""
        times = self._recent(key, now)
        if len(times) < self.limit.amount:
            return 0.0
        return times[0] + self.limit.period - now + _BEYOND

    def _recent(self, key: str, now: float) -> array[float]:
        times = self._times.get(key, now)
        if times is None:
            return array("d")
        del times[: bisect_left(times, now - self.limit.period)]
        return times


COUNTERS: dict[str, type[SlidingWindow] | type[FixedWindow] | type[MovingWindow]] = {
    "sliding-window-counter": SlidingWindow,
    "fixed-window": FixedWindow,
    "moving-window": MovingWindow,
}
"""The strategies by the names that ``limits`` gives them."""
