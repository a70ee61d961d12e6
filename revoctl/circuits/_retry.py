"""Try again, within attempts, seconds and a budget, and never against an open circuit.

A call that succeeds at once pays for one ``try``. Delays are drawn evenly between nothing and an
exponentially growing bound ("full jitter": https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/),
unless the error or the result names its own.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, sleep

from revoctl.circuits import _kinds
from revoctl.circuits._budget import RetryBudget
from revoctl.circuits.errors import BulkheadFull, CircuitOpen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Call = TypeVar("Call", bound=Callable[..., Any])
    Delay = Callable[[Any], float | None]
    On = type[BaseException] | tuple[type[BaseException], ...] | Callable[[Exception], object]

__all__ = ("Retry", "RetryBudget", "retry")

_SPENT = "_revoctl_retried"


class Retry:
    """How often, how long and what for a call is made again.

    ``on`` is an exception class, several, or a predicate. At most ``attempts`` calls are made in
    all, the last begun no later than ``total_s`` seconds after the first; the delay before the
    n-th retry is drawn from [0, min(``max_s``, ``base_s`` · 2ⁿ⁻¹)]. ``delay_of(error)`` may name
    the delay instead (a Retry-After): None leaves it to the draw, and one that ``total_s`` has no
    room for ends the trying. ``again(result)`` says that a result is to be retried: true, or a
    number of seconds. ``budget`` is shared by callers who together must not multiply the load of a
    dependency that fails. ``tell(attempt, delay, error)`` observes; what it raises is dropped.

    A refusal (:class:`CircuitOpen`, :class:`BulkheadFull`) is not retried unless ``on`` names it;
    then it waits for the circuit's ``retry_after``. An error that a retry inside has given up on is
    not tried again outside, unless ``nested``: three layers of three are three calls, not 27. What
    is not an :class:`Exception` is never retried. The last error reaches the caller as it is, with
    a note. Raises ValueError for values that mean nothing.
    """

    def __init__(
        self,
        on: On = Exception,
        *,
        attempts: int = 3,
        total_s: float | None = 30.0,
        base_s: float = 0.1,
        max_s: float = 5.0,
        delay_of: Delay | None = None,
        again: Callable[[Any], object] | None = None,
        budget: RetryBudget | None = None,
        nested: bool = False,
        tell: Callable[[int, float, BaseException | None], object] | None = None,
        name: str = "",
    ) -> None:
        if attempts < 1 or base_s < 0 or max_s < 0 or (total_s is not None and total_s <= 0):
            raise ValueError("attempts is at least 1, total_s above 0, base_s and max_s at least 0")
        self.on = on if isinstance(on, type | tuple) else Exception
        self._predicate = None if isinstance(on, type | tuple) else on
        self.attempts = attempts
        self.total_s = total_s
        self.base_s = base_s
        self.max_s = max_s
        self.delay_of = delay_of
        self.again = again
        self.budget = budget
        self.nested = nested
        self.tell = tell
        self.name = name
        self.retried = self.exhausted = 0
        self._sleep: Callable[[float], object] = sleep
        self._random: Callable[[], float] | None = None

    def __call__(self, function: Call) -> Call:
        """Retry a function or coroutine function. Raises TypeError for a stream, which cannot be
        begun anew once items were taken, and for what is no function.
        """
        kind = _kinds.kind_of(function)
        if kind in (_kinds.GENERATOR, _kinds.ASYNC_GENERATOR):
            raise TypeError(f"a {kind} cannot be retried: items of it may have been used already")
        make = self._coroutine if kind == _kinds.COROUTINE else self._function
        retried: Any = make(function)
        _kinds.adopt_name(retried, function)
        return retried  # type: ignore[no-any-return]

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call once with retries; what a coroutine function gives has to be awaited."""
        return self(function)(*args, **kwargs)

    def _function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        again = self.again

        def retried(*args: Any, **kwargs: Any) -> Any:
            begin = monotonic()
            try:
                value = function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - raised again when nothing helps
                story = _Story(self, begin, error)
            else:
                if again is None or not (wanted := again(value)):
                    return value
                story = _Story(self, begin, None, value, wanted)
            while (delay := story.next_delay()) is not None:
                if delay:
                    self._sleep(delay)
                try:
                    value = function(*args, **kwargs)
                except Exception as error:  # noqa: BLE001 - as above
                    story.failed(error)
                else:
                    if again is None or not (wanted := again(value)):
                        return value
                    story.unwanted(value, wanted)
            return story.end()

        return retried

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        again = self.again

        async def retried(*args: Any, **kwargs: Any) -> Any:
            begin = monotonic()
            try:
                value = await function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - raised again when nothing helps
                story = _Story(self, begin, error)
            else:
                if again is None or not (wanted := again(value)):
                    return value
                story = _Story(self, begin, None, value, wanted)
            while (delay := story.next_delay()) is not None:
                if delay:
                    import asyncio

                    await asyncio.sleep(delay)
                try:
                    value = await function(*args, **kwargs)
                except Exception as error:  # noqa: BLE001 - as above
                    story.failed(error)
                else:
                    if again is None or not (wanted := again(value)):
                        return value
                    story.unwanted(value, wanted)
            return story.end()

        return retried

    def draw(self, retry: int) -> float:
        """Seconds before the n-th retry, drawn anew each time."""
        if self._random is None:
            from random import random  # loads hashlib, which only a failure needs

            self._random = random
        return self._random() * min(self.max_s, self.base_s * 2.0 ** min(retry - 1, 64))

    def wants(self, error: Exception) -> bool:
        """Whether this error may be tried again at all."""
        if isinstance(error, CircuitOpen | BulkheadFull) and not self._names(error):
            return False
        if not self.nested and getattr(error, _SPENT, False):
            return False
        return bool(self._predicate(error)) if self._predicate else isinstance(error, self.on)

    def _names(self, error: Exception) -> bool:
        kinds = self.on if isinstance(self.on, tuple) else (self.on,)
        return self._predicate is not None or type(error) in kinds


retry = Retry
"""The same, as the decorator it is mostly used as: ``@retry(attempts=4, on=OSError)``."""


class _Story:
    """One call that did not succeed at once: what it has cost so far and how it stands."""

    __slots__ = ("attempt", "begin", "error", "rules", "value", "wanted")

    def __init__(
        self,
        rules: Retry,
        begin: float,
        error: Exception | None,
        value: object = None,
        wanted: object = None,
    ) -> None:
        self.begin = begin
        self.rules = rules
        self.attempt = 1
        self.error = error
        self.value = value
        self.wanted = wanted

    def failed(self, error: Exception) -> None:
        """Another attempt raised."""
        self.attempt += 1
        self.error, self.value, self.wanted = error, None, None

    def unwanted(self, value: object, wanted: object) -> None:
        """Another attempt gave a result that is to be retried."""
        self.attempt += 1
        self.error, self.value, self.wanted = None, value, wanted

    def next_delay(self) -> float | None:
        """Seconds to wait before the next attempt, None if there is to be none."""
        rules = self.rules
        if self.error is not None and not rules.wants(self.error):
            return None
        if self.attempt >= rules.attempts:
            return self._exhausted("no attempt is left")
        delay = self._delay()
        if rules.total_s is not None and monotonic() - self.begin + delay > rules.total_s:
            return self._exhausted(f"{rules.total_s:g} s would be over before the next attempt")
        if rules.budget is not None and not rules.budget.spend():
            return self._exhausted("the budget of retries is spent")
        rules.retried += 1
        self._tell(delay)
        return delay

    def end(self) -> object:
        """The last result, or the last error raised as it is."""
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            self.error = None  # no cycle of error, traceback and frame is left behind

    def _delay(self) -> float:
        rules, error = self.rules, self.error
        if error is None:
            own = None if isinstance(self.wanted, bool) else self.wanted
        else:
            own = error.retry_after if isinstance(error, CircuitOpen) else None
            own = rules.delay_of(error) if rules.delay_of and own is None else own
        if isinstance(own, int | float) and own >= 0:
            return float(own)
        return rules.draw(self.attempt)

    def _tell(self, delay: float) -> None:
        if self.rules.tell is not None:
            with suppress(Exception):  # an observer changes nothing
                self.rules.tell(self.attempt, delay, self.error)

    def _exhausted(self, why: str) -> float | None:
        self.rules.exhausted += 1
        if self.error is not None and self.rules.attempts > 1:
            self.error.add_note(f"given up after {self.attempt} attempts: {why}")
            with suppress(AttributeError):  # an error with slots carries no mark: layers add up
                setattr(self.error, _SPENT, True)
        return None
