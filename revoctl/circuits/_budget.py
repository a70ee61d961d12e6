"""How many retries a process may add to the load of a dependency."""

from __future__ import annotations

from _thread import RLock
from time import monotonic

from revoctl.circuits._fork import after_fork


class RetryBudget:
    """Retries in store: ``per_second`` are added each second, at most ``burst`` are kept.

    One budget is shared by every caller of a dependency, so that when all calls fail at once the
    dependency sees ``per_second`` more calls, not a multiple. Raises ValueError for values that
    are not above zero.
    """

    __slots__ = ("__weakref__", "_lock", "_seen", "_store", "burst", "per_second", "refused")

    def __init__(self, per_second: float = 1.0, burst: float = 10.0) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("per_second is above 0 and burst at least 1")
        self.per_second = per_second
        self.burst = burst
        self.refused = 0
        self._store = float(burst)
        self._seen = monotonic()
        self._lock = RLock()
        after_fork(self)

    def spend(self) -> bool:
        """Take one retry, if there is one."""
        with self._lock:
            now = monotonic()
            gained = max(0.0, now - self._seen) * self.per_second
            self._seen, self._store = now, min(self.burst, self._store + gained)
            if self._store < 1:
                self.refused += 1
                return False
            self._store -= 1
            return True

    @property
    def left(self) -> float:
        """Retries in store now."""
        with self._lock:
            gained = max(0.0, monotonic() - self._seen) * self.per_second
            return min(self.burst, self._store + gained)

    def _reborn(self) -> None:
        self._lock = RLock()
