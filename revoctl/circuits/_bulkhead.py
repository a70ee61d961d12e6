"""At most so many calls at a time, and at most so many that wait for their turn."""

from __future__ import annotations

from _thread import RLock, allocate_lock
from collections import deque

from revoctl.circuits import _kinds
from revoctl.circuits._fork import after_fork
from revoctl.circuits.errors import BulkheadFull

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar

    Call = TypeVar("Call", bound="Callable[..., Any]")

LONGEST_WAIT_S = 86_400.0


class Bulkhead:
    """Bounds the concurrent calls of threads and tasks alike, first come first served.

    ``limit`` calls may be under way and ``queue`` more may wait, each for at most ``wait_s``
    seconds (None: as long as it takes); any other raises :class:`BulkheadFull` at once. Use it as a
    decorator, with ``with`` or ``async with``. Raises ValueError for values that mean nothing.
    """

    def __init__(
        self, limit: int, queue: int = 0, wait_s: float | None = None, name: str = "bulkhead"
    ) -> None:
        if limit < 1 or queue < 0 or not 0 < (wait_s or 1) <= LONGEST_WAIT_S:
            raise ValueError(
                "limit is at least 1, queue at least 0, wait_s above 0 and at most a day"
            )
        self.limit = limit
        self.queue = queue
        self.wait_s = wait_s
        self.name = name
        self.active = 0
        self.rejected = 0
        self._lock = RLock()
        self._line: deque[_Turn] = deque()
        after_fork(self)

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._line)

    def __enter__(self) -> Bulkhead:
        turn = self._ask(_ThreadTurn)
        if turn is not None and not self._wait(turn):
            raise self._full()
        return self

    def __exit__(self, *_: object) -> None:
        self._free()

    async def __aenter__(self) -> Bulkhead:
        turn = self._ask(_TaskTurn)
        if turn is not None:
            await self._await(turn)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._free()

    def __call__(self, function: Call) -> Call:
        """Bound a function or coroutine function. Raises TypeError for streams and what is none."""
        kind = _kinds.kind_of(function)
        if kind == _kinds.COROUTINE:
            guarded: Any = self._coroutine(function)
        elif kind == _kinds.FUNCTION:
            guarded = self._function(function)
        else:
            raise TypeError(f"a {kind} holds no slot between its items: use the bulkhead around it")
        _kinds.adopt_name(guarded, function)
        return guarded  # type: ignore[no-any-return]

    def _function(self, function: Any) -> Any:
        def bounded(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return bounded

    def _coroutine(self, function: Any) -> Any:
        async def bounded(*args: Any, **kwargs: Any) -> Any:
            async with self:
                return await function(*args, **kwargs)

        return bounded

    def _reborn(self) -> None:
        self._lock = RLock()
        self._line.clear()
        self.active = 0

    def _ask(self, kind: type[_Turn]) -> _Turn | None:
        with self._lock:
            if self.active < self.limit:
                self.active += 1
                return None
            if len(self._line) >= self.queue:
                raise self._full()
            turn = kind()
            self._line.append(turn)
            return turn

    def _full(self) -> BulkheadFull:
        self.rejected += 1
        return BulkheadFull(self.name, self.limit, len(self._line))

    def _wait(self, turn: Any) -> bool:
        try:
            came: bool = turn.gate.acquire(True, -1 if self.wait_s is None else self.wait_s)
        except BaseException:
            self._give_up(turn)
            raise
        return came or not self._leave(turn)

    async def _await(self, turn: Any) -> None:
        import asyncio

        try:
            async with asyncio.timeout(self.wait_s) as deadline:
                await turn.future
        except TimeoutError:
            if deadline.expired() and self._leave(turn):
                raise self._full() from None
        except BaseException:
            self._give_up(turn)
            raise

    def _leave(self, turn: _Turn) -> bool:
        """Step out of the line; False if the turn has come in the meantime."""
        with self._lock:
            if turn.called:
                return False
            self._line.remove(turn)
            return True

    def _give_up(self, turn: _Turn) -> None:
        if not self._leave(turn):
            self._free()

    def _free(self) -> None:
        """Hand the slot to whoever waits longest; it never goes free in between."""
        with self._lock:
            while self._line:
                turn = self._line.popleft()
                turn.called = True
                if turn.call():
                    return
            self.active -= 1


class _Turn:
    """A place in the line."""

    called = False

    def call(self) -> bool:
        """Tell the one who waits; False if there is nobody any more."""
        raise NotImplementedError


class _ThreadTurn(_Turn):
    def __init__(self) -> None:
        self.gate = allocate_lock()
        self.gate.acquire()

    def call(self) -> bool:
        self.gate.release()
        return True


class _TaskTurn(_Turn):
    def __init__(self) -> None:
        import asyncio

        self.loop = asyncio.get_running_loop()
        self.future = self.loop.create_future()

    def call(self) -> bool:
        try:
            self.loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # its event loop was closed while it waited
            return False
        return True

    def _wake(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
