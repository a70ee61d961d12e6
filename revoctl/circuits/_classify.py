"""What the end of a call says about the dependency."""

from __future__ import annotations

import sys

from revoctl.circuits._permit import CANCELLED, FAILURE, IGNORED, OUTCOMES, SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Predicate = Callable[[BaseException], object]
    Matcher = type[BaseException] | Predicate


class Classifier:
    """Tells failures from errors that are none.

    ``ignore`` and ``record`` hold exception classes and predicates (error → true or false).
    An error is ignored if ``ignore`` matches, or if ``record`` is given and does not match.
    ``judge(error)`` may answer first, with an outcome (``failure``, ``ignored`` …) or None.
    ``failed_result(value)`` says whether a returned value is a failure. What is not an
    :class:`Exception` (KeyboardInterrupt, a cancellation) is never the dependency's fault.
    A group is ignored only if every error in it is. Raises TypeError for any other matcher.
    """

    __slots__ = ("failed_result", "ignore", "judge", "record", "stumbles")

    def __init__(
        self,
        record: Iterable[Matcher] | Matcher = (),
        ignore: Iterable[Matcher] | Matcher = (),
        judge: Callable[[BaseException], str | None] | None = None,
        failed_result: Callable[[object], object] | None = None,
    ) -> None:
        self.record = _matchers("record", record)
        self.ignore = _matchers("ignore", ignore)
        self.judge = judge
        self.failed_result = failed_result
        self.stumbles = 0

    def error(self, error: BaseException) -> str:
        """The outcome of a call that raised ``error``."""
        if isinstance(error, BaseExceptionGroup):
            leaves = {self.error(leaf) for leaf in error.exceptions}
            return next(o for o in (FAILURE, CANCELLED, SUCCESS, IGNORED) if o in leaves)
        if not isinstance(error, Exception) or _cancelled_future(error):
            return CANCELLED
        try:
            return self._judged(error)
        except Exception:  # noqa: BLE001 - the caller must get its own error, whatever a rule does
            self.stumbles += 1
            return FAILURE

    def result(self, value: object) -> str:
        """The outcome of a call that returned ``value``."""
        if self.failed_result is None:
            return SUCCESS
        try:
            return FAILURE if self.failed_result(value) else SUCCESS
        except Exception:  # noqa: BLE001 - as above: a good value is not lost to a bad rule
            self.stumbles += 1
            return SUCCESS

    def _judged(self, error: Exception) -> str:
        outcome = self.judge(error) if self.judge else None
        if outcome in OUTCOMES:
            return outcome
        if _matches(self.ignore, error):
            return IGNORED
        return FAILURE if not self.record or _matches(self.record, error) else IGNORED

    def same_as(self, other: Classifier) -> bool:
        """Whether two classifiers were given the same rules."""
        ours = (self.record, self.ignore, self.judge, self.failed_result)
        return ours == (other.record, other.ignore, other.judge, other.failed_result)


def _matchers(key: str, given: Iterable[Matcher] | Matcher) -> tuple[Matcher, ...]:
    single = isinstance(given, type) or callable(given)
    matchers: tuple[Matcher, ...] = (given,) if single else tuple(given)  # type: ignore[arg-type,assignment]
    for matcher in matchers:
        wrong = isinstance(matcher, type) and not issubclass(matcher, BaseException)
        if wrong or not callable(matcher):
            raise TypeError(f"{key}: {matcher!r} is neither an exception class nor a predicate")
    return matchers


def _matches(matchers: tuple[Matcher, ...], error: Exception) -> bool:
    return any(isinstance(error, m) if isinstance(m, type) else bool(m(error)) for m in matchers)


def _cancelled_future(error: Exception) -> bool:
    # concurrent.futures has a CancelledError of its own, which is an Exception
    futures = sys.modules.get("concurrent.futures._base")
    return futures is not None and isinstance(error, futures.CancelledError)
