"""Values kept for a while: one reader per key at a time, bounded in age, number and staleness."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from revoctl.secrets.errors import Missing, Unavailable

T = TypeVar("T")


class _Kept(NamedTuple):
    value: object
    missing: Missing | None
    read: float
    expires: float


class _Flight:
    """One read that is under way, and those who wait for it."""

    __slots__ = ("done", "error", "value")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: object = None
        self.error: BaseException | None = None


class Cache(Generic[T]):
    """Remember what a reader gave, by key.

    A value serves ``ttl_s`` seconds (less up to a tenth, so that many processes do not ask at
    once); a missing one ``missing_ttl_s``; an unavailable source may be covered by a value read at
    most ``stale_s`` seconds beyond its time. A refusal is never remembered and never covered.
    Time is monotonic; a forked child begins empty.
    """

    def __init__(
        self,
        ttl_s: float = 300.0,
        stale_s: float = 600.0,
        missing_ttl_s: float = 2.0,
        most: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl_s = ttl_s
        self._stale_s = stale_s
        self._missing_ttl_s = missing_ttl_s
        self._most = most
        self._clock = clock
        self.clear()
        _caches.add(self)

    def get(self, key: str, read: Callable[[], T]) -> T:
        """The value, read by one caller while the others wait; raises what ``read`` raises."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept.expires:
            return self._told(kept)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock() < kept.expires:
                return self._told(kept)
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if mine:
            self._fly(key, flight, read)
        else:
            flight.done.wait()
        if flight.error is not None:
            raise flight.error
        return flight.value  # type: ignore[return-value]

    def forget(self, key: str) -> None:
        """Read the key anew next time; a read under way is not remembered either."""
        with self._lock:
            self._kept.pop(key, None)
            self._flights.pop(key, None)

    def clear(self) -> None:
        """Forget all, readers under way included."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def _fly(self, key: str, flight: _Flight, read: Callable[[], T]) -> None:
        # The time before the read counts: an answer is as old as its question.
        asked = self._clock()
        kept: _Kept | None = None
        try:
            flight.value = read()
            age = self._ttl_s * random.uniform(0.9, 1.0)  # noqa: S311 (spreads load, hides nothing)
            kept = _Kept(flight.value, None, asked, asked + age)
        except Missing as error:
            flight.error = error
            kept = _Kept(None, error, asked, asked + self._missing_ttl_s)
        except Unavailable as error:
            kept = self._cover(key, flight, error)
        except BaseException as error:  # noqa: BLE001 (raised by get, for all who wait)
            flight.error = error
        finally:
            self._land(key, flight, kept)

    def _cover(self, key: str, flight: _Flight, error: Unavailable) -> _Kept | None:
        old = self._kept.get(key)
        limit = self._ttl_s + self._stale_s
        if old is None or old.missing or self._clock() - old.read > limit:
            flight.error = error
            return None
        flight.value = old.value
        # The source is not asked again at once; the age of the value stays what it is.
        return old._replace(expires=self._clock() + self._missing_ttl_s)

    def _land(self, key: str, flight: _Flight, kept: _Kept | None) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
                if kept is not None:
                    self._kept[key] = kept
                    self._kept.move_to_end(key)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        flight.done.set()

    @staticmethod
    def _told(kept: _Kept) -> T:
        if kept.missing is not None:
            raise kept.missing.with_traceback(None)
        return kept.value  # type: ignore[return-value]


_caches: weakref.WeakSet[Cache[Any]] = weakref.WeakSet()


def _after_fork() -> None:
    for cache in _caches:
        cache.clear()


os.register_at_fork(after_in_child=_after_fork)
