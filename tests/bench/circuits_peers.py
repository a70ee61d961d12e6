"""The same function under each library, and how their costs are compared.

Overhead is what a guard adds to the bare call. All are measured in turn within one round and the
best of many rounds counts, so that a busy machine slows them alike.
"""

import asyncio
import datetime
import gc
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable

from revoctl.circuits import Circuit, Retry

ROUNDS = 25
PEERS = ("pybreaker", "circuitbreaker", "aiobreaker", "purgatory", "hyx", "tenacity", "stamina")
SYNC = ("pybreaker", "circuitbreaker", "aiobreaker", "purgatory")
ASYNC = ("circuitbreaker", "aiobreaker", "purgatory", "hyx")
MANY = 10**9


class Down(Exception):
    """The dependency failed."""


def bare() -> None:
    """A dependency that answers at once."""


async def abare() -> None:
    """The same, asynchronous."""


def sometimes(every: int = 100) -> Callable[[], None]:
    """A dependency of which one call in so many fails."""
    count = iter(range(MANY))

    def call() -> None:
        if next(count) % every == 0:
            raise Down

    return call


def asometimes(every: int = 100) -> Callable[[], object]:
    """The same, asynchronous."""
    call = sometimes(every)

    async def acall() -> None:
        call()

    return acall


def guard_by(library: str, function: Callable, limit: int = MANY) -> Callable:
    """The synchronous function under one library's breaker that opens after ``limit`` failures."""
    if library == "revoctl":
        return Circuit("bench", failure_threshold=min(limit, 10**6))(function)
    if library == "pybreaker":
        import pybreaker

        return pybreaker.CircuitBreaker(fail_max=limit, reset_timeout=3600)(function)
    if library == "circuitbreaker":
        import circuitbreaker

        made = circuitbreaker.CircuitBreaker(failure_threshold=limit, recovery_timeout=3600)
        return made.decorate(function)
    if library == "aiobreaker":
        import aiobreaker

        hour = datetime.timedelta(hours=1)
        return aiobreaker.CircuitBreaker(fail_max=limit, timeout_duration=hour)(function)
    import purgatory

    factory = purgatory.SyncCircuitBreakerFactory(default_threshold=limit, default_ttl=3600)
    return factory("bench")(function)


def aguard_by(library: str, function: Callable) -> Callable:
    """The coroutine function under one library's breaker."""
    if library == "purgatory":
        import purgatory

        return purgatory.AsyncCircuitBreakerFactory(default_threshold=MANY)("bench")(function)
    if library == "hyx":
        from hyx.circuitbreaker import consecutive_breaker

        return consecutive_breaker(
            exceptions=(Down,), failure_threshold=MANY, recovery_time_secs=3600
        )(function)
    return guard_by(library, function)


def retry_by(library: str, function: Callable) -> Callable:
    """The function under one library's retry."""
    if library == "revoctl":
        return Retry(attempts=3)(function)
    if library == "tenacity":
        import tenacity

        return tenacity.retry(stop=tenacity.stop_after_attempt(3))(function)
    import stamina

    return stamina.retry(on=Down, attempts=3)(function)


def in_turn(
    functions: dict[str, Callable], calls: int = 4000, swallow: tuple[type[Exception], ...] = ()
) -> dict[str, float]:
    """Seconds of one call of each function, the best of all rounds."""
    best = dict.fromkeys(functions, float("inf"))
    gc.disable()
    for _ in range(ROUNDS):
        for name, function in functions.items():
            best[name] = min(best[name], _round(function, calls, swallow))
    gc.enable()
    return best


def in_turn_async(functions: dict[str, Callable], calls: int = 2000) -> dict[str, float]:
    """The same for coroutine functions, in one event loop."""
    best = dict.fromkeys(functions, float("inf"))

    async def main() -> None:
        for _ in range(ROUNDS):
            for name, function in functions.items():
                begin = time.perf_counter()
                for _ in range(calls):
                    try:  # noqa: SIM105 - not suppress(), which costs as much as what is measured
                        await function()
                    except Down:
                        pass
                best[name] = min(best[name], (time.perf_counter() - begin) / calls)

    gc.disable()
    asyncio.run(main())
    gc.enable()
    return best


def _round(function: Callable, calls: int, swallow: tuple[type[Exception], ...]) -> float:
    if not swallow:
        begin = time.perf_counter()
        for _ in range(calls):
            function()
        return (time.perf_counter() - begin) / calls
    begin = time.perf_counter()
    for _ in range(calls):
        try:  # noqa: SIM105 - as above
            function()
        except swallow:
            pass
    return (time.perf_counter() - begin) / calls


def rate_of_threads(function: Callable, threads: int = 8, calls: int = 4000) -> float:
    """Calls per second of so many threads that start together."""
    barrier = threading.Barrier(threads + 1)

    def work() -> None:
        barrier.wait()
        for _ in range(calls):
            function()
        barrier.wait()

    crew = [threading.Thread(target=work) for _ in range(threads)]
    for one in crew:
        one.start()
    barrier.wait()
    begin = time.perf_counter()
    barrier.wait()
    spent = time.perf_counter() - begin
    for one in crew:
        one.join()
    return threads * calls / spent


def opened(library: str) -> Callable:
    """A guarded function whose circuit has opened."""

    def down() -> None:
        raise Down

    guarded = guard_by(library, down, limit=1)
    try:
        guarded()
    except Exception:
        return guarded
    raise AssertionError


def bytes_each(make: Callable[[int], object], count: int = 200) -> float:
    """Bytes that each of many such objects holds."""
    make(-1)
    gc.collect()
    tracemalloc.start()
    kept = [make(number) for number in range(count)]
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(kept)


def importing(module: str) -> list[str]:
    """A command that imports one module."""
    return [sys.executable, "-c", f"import {module}"]
