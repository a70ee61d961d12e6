"""Counters that several processes share, in a Redis that PyPI ``limits`` talks to.

``limits`` starts a sliding window in Redis with a client's first request, and in memory with the
clock; here both go by the clock (Redis's own, for all processes), so that they mean one thing. All
limits of a request are one script: it is admitted by all of them or counted by none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from revoctl.errors import RevoctlError
from revoctl.middleware.counters import admits, falls
from revoctl.middleware.decision import SOON, Decision, Rule, Unavailable
from revoctl.policy.limits import Limit

CONNECTIONS = 32
TIMEOUT = 2.0
"""Seconds that Redis has to answer; long enough for a busy event loop to notice that it did."""

SLIDING = """
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local seen, room = {}, true
for i, key in ipairs(KEYS) do
  local amount, period = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local index = math.floor(now / period)
  local held = redis.call('HMGET', key, 'w', 'c', 'p')
  local window, current, previous = tonumber(held[1]), tonumber(held[2]), tonumber(held[3])
  if window ~= index then
    if window == index - 1 then previous = current else previous = 0 end
    current = 0
  end
  local left = (index + 1) * period - now
  if math.floor(previous * left / period) + current >= amount then room = false end
  seen[i] = {index, current, previous, tostring(left)}
end
if room then
  for i, key in ipairs(KEYS) do
    seen[i][2] = seen[i][2] + 1
    redis.call('HSET', key, 'w', seen[i][1], 'c', seen[i][2], 'p', seen[i][3])
    redis.call('PEXPIRE', key, 2000 * tonumber(ARGV[2 * i + 1]))
  end
end
return {room and 1 or 0, seen}
"""


class Redis:
    """Shared counters, and whether they are to be asked at all.

    ``clock`` replaces Redis's own clock. ``failures`` counts the times that it was put to rest.
    Raises :class:`~revoctl.errors.RevoctlError` ``install.extra`` if ``limits`` or ``redis`` are
    not installed.
    """

    def __init__(self, uri: str, strategy: str, clock: Callable[[], float] | None = None) -> None:
        _storage_class()
        self._uri, self._strategy, self._clock = uri, strategy, clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rests_until = 0.0
        self._failed = False
        self.failures = 0

    def resting(self) -> bool:
        """Whether it failed lately; after the pause one caller is let through to try it."""
        if not self._failed:
            return False
        now = time.monotonic()
        if now < self._rests_until:
            return True
        self._rests_until = now + 2 * TIMEOUT
        return False

    def rest(self, seconds: float) -> bool:
        """Leave it alone for a while. True if it had not failed before."""
        self._rests_until = time.monotonic() + seconds
        self.failures += 1
        was, self._failed = self._failed, True
        return not was

    def woke(self, since: int) -> bool:
        """It answered who asked after ``since`` failures. True if that ends its absence.

        An answer to a question from before it failed does not.
        """
        if not self._failed or since < self.failures:
            return False
        self._failed = False
        return True

    async def decide(self, rule: Rule, key: str) -> Decision:
        """Decide of one request under all limits of a rule. Raises :class:`Unavailable`."""
        self._connect()
        keys = [_name(rule, limit, key) for limit in rule.limits]
        since = self.failures
        async with self._turns:  # a queue of our own: waiting for a turn is not a failure
            if since != self.failures:
                raise Unavailable("it failed while this request waited for its turn")
            try:
                return await self._ask(rule.limits, keys)
            except self._errors as error:
                # The idle connections are as dead: each would fail once more when it is back.
                await self._pool.disconnect(inuse_connections=False)
                raise Unavailable(f"{type(error).__name__}: {error}") from None

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        if self._loop is asyncio.get_running_loop():
            self._loop = None
            await self._pool.disconnect()

    def _connect(self) -> None:
        """Connections belong to an event loop; another loop needs others."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._loop = loop
        self._pool = ConnectionPool.from_url(
            self._uri,
            max_connections=2 * CONNECTIONS,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),  # the counters in the process are quicker than a retry
        )
        address = f"async+{self._uri}"
        self._storage = _storage_class()(
            address, implementation="redispy", connection_pool=self._pool
        )
        self._script = self._storage.bridge.get_connection().register_script(SLIDING)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._errors = (*self._storage.bridge.base_exceptions, OSError, TimeoutError)

    def _ask(self, limits: Sequence[Limit], keys: Sequence[str]) -> Awaitable[Decision]:
        if self._strategy == "sliding-window-counter":
            return self._sliding(limits, keys)
        return self._of_limits(limits, keys)

    async def _sliding(self, limits: Sequence[Limit], keys: Sequence[str]) -> Decision:
        now = "" if self._clock is None else repr(self._clock())
        figures = [figure for one in limits for figure in (one.amount, one.period)]
        admitted, seen = await self._script(keys=keys, args=[now, *figures])
        found = [
            _decision(bool(admitted), limit, int(current), int(previous), float(left))
            for limit, (_, current, previous, left) in zip(limits, seen, strict=True)
        ]
        tightest = _tightest(found)
        return tightest if admitted or tightest.wait else tightest._replace(wait=SOON)

    async def _of_limits(self, limits: Sequence[Limit], keys: Sequence[str]) -> Decision:
        from limits import RateLimitItemPerSecond
        from limits.aio.strategies import STRATEGIES

        kind: Any = STRATEGIES[self._strategy]
        strategy = kind(self._storage)
        items = [
            (limit, RateLimitItemPerSecond(limit.amount, limit.period), key)
            for limit, key in zip(limits, keys, strict=True)
        ]
        room = [await strategy.test(item, key) for _, item, key in items]
        if all(room):
            room = [await strategy.hit(item, key) for _, item, key in items]
        found = []
        for (limit, item, key), has_room in zip(items, room, strict=True):
            moment, remaining = await strategy.get_window_stats(item, key)
            reset = max(0.0, moment - (self._clock or time.time)())
            wait = 0.0 if has_room else max(reset, SOON)
            found.append(Decision(wait, limit, 0 if wait else remaining, reset))
        return _tightest(found)


def _decision(admitted: bool, limit: Limit, current: int, previous: int, left: float) -> Decision:
    remaining = max(0, limit.amount - int(previous * left / limit.period) - current)
    wait = 0.0 if admitted else admits(current, previous, left, limit)
    return Decision(wait, limit, remaining, falls(current, previous, left, limit.period))


def _tightest(found: Sequence[Decision]) -> Decision:
    """The decision that makes the client wait longest, or else leaves it least."""
    return max(found, key=lambda one: (one.wait, -one.remaining))


def _name(rule: Rule, limit: Limit, key: str) -> str:
    """A key in Redis; the braces keep one client's limits on one node of a cluster."""
    if len(key) > 100 or not key.isascii() or "}" in key:
        from hashlib import blake2b

        key = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
    return f"revoctl:{{{key}}}:{rule.prefix}:{limit.amount}/{limit.period}"


def _storage_class() -> Any:
    try:
        import redis.asyncio  # noqa: F401
        from limits.aio.storage import RedisStorage
    except ImportError as error:
        raise RevoctlError(
            "install.extra",
            "rate_limit.store is a Redis",
            f"{error.name} is not installed",
            "pip install 'revoctl[redis]'",
        ) from None
    return RedisStorage
