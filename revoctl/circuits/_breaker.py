"""A circuit breaker around calls of one dependency."""

from __future__ import annotations

from _thread import get_ident
from time import monotonic, time

from revoctl.circuits import _kinds
from revoctl.circuits._classify import Classifier
from revoctl.circuits._context import (
    CIRCUIT,
    DEADLINE,
    OUTER,
    PERMIT,
    enter_context,
    entered,
    inside,
)
from revoctl.circuits._fork import after_fork
from revoctl.circuits._permit import FAILURE, METRICS_ONLY, REFUSING, SUCCESS, Permit, Rejection
from revoctl.circuits._settings import Settings
from revoctl.circuits._state import Machine
from revoctl.circuits.errors import CircuitOpen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, TypeVar

    from revoctl.circuits._context import Mark
    from revoctl.circuits._deliver import Listener
    from revoctl.circuits._fault import Fault

    Call = TypeVar("Call", bound=Callable[..., Any])


class Circuit:
    """Lets calls of a dependency through while it answers, and refuses them while it does not.

    Use it as a decorator, with ``with``/``async with``, or through :meth:`call`. ``settings`` are
    those of :class:`Settings` by name or as a mapping; ``record``, ``ignore``, ``judge`` and
    ``failed_result`` are those of :class:`Classifier`; ``tags`` group circuits in a registry.
    The error of a guarded call always reaches its caller unchanged; a refused call raises
    :class:`CircuitOpen`. Threads, tasks and forked children may share a circuit.

    Raises :class:`~revoctl.errors.PolicyError` for settings that mean nothing and TypeError for
    what cannot be guarded.
    """

    __slots__ = (
        "__weakref__", "_blocking", "_delivery", "classifier", "contextual", "fault", "machine",
        "name", "said", "tags", "tape",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        settings: Mapping[str, object] | Settings | None = None,
        *,
        tags: Iterable[str] = (),
        record: Any = (),
        ignore: Any = (),
        judge: Callable[[BaseException], str | None] | None = None,
        failed_result: Callable[[Any], object] | None = None,
        **more: object,
    ) -> None:
        if not isinstance(name, str) or not name or not name.isprintable():
            raise ValueError(f"{name!r} is no name of a circuit: it must be printable text")
        below = settings if isinstance(settings, Settings) else Settings.of(settings or {})
        self.name = name
        self.tags = frozenset(tags)
        self.classifier = Classifier(record, ignore, judge, failed_result)
        self.machine = Machine(name, Settings.of(more, below), monotonic(), time)
        self.contextual = False
        self.fault: Fault | None = None
        self.tape: Callable[[float, float, str, str], object] | None = None
        self._delivery: Any = None
        self._blocking = False
        self.said: dict[str, object] = {}
        self._plain()
        after_fork(self)

    # Guarding

    def __call__(self, function: Call) -> Call:
        """Guard a function, coroutine function, generator function, partial or callable object.

        Raises TypeError for what cannot be guarded, and for a synchronous function if the circuit
        has a ``timeout_s``: nothing can stop a blocking call from outside.
        """
        if isinstance(function, staticmethod | classmethod):
            return type(function)(self(function.__func__))
        kind = _kinds.kind_of(function)
        guarded: Any = self._wrapper(kind)(self, function)
        _kinds.adopt_name(guarded, function)
        return guarded  # type: ignore[no-any-return]

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function once inside the circuit; a coroutine or generator comes back guarded."""
        kind = _kinds.kind_of(function)
        if kind != _kinds.FUNCTION or inside(self):
            return self._wrapper(kind)(self, function)(*args, **kwargs)
        from revoctl.circuits._guarded import call_carefully

        self._refuse_deadline()
        return call_carefully(self, function, args, kwargs)

    def __enter__(self) -> Circuit:
        self._refuse_deadline()
        self._push()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._pop(error)

    async def __aenter__(self) -> Circuit:
        mark = self._push()
        limit = self.machine.settings.timeout_s
        if limit is not None and mark[PERMIT] is not None:
            import asyncio

            mark[DEADLINE] = deadline = asyncio.timeout(limit)
            await deadline.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        deadline: Any = self._mine()[DEADLINE]
        if deadline is not None:
            try:
                await deadline.__aexit__(kind, error, at)
            except TimeoutError as late:
                self._pop(late)
                raise
        self._pop(error)

    # The two ends of a call, for guards of other shapes

    def enter(self) -> Permit:
        """Leave for one call that begins now; settle it exactly once. Raises CircuitOpen."""
        granted = self.machine.acquire(monotonic())
        if self.machine.outbox:
            self._delivery.run()
        if isinstance(granted, Rejection):
            wait = granted.retry_after
            raise CircuitOpen(self.name, float("inf") if wait is None else wait)
        return granted

    def settle(
        self, permit: Permit, outcome: str, label: str = "", took: float | None = None
    ) -> None:
        """Say how a permitted call ended, and deliver what follows from it."""
        now = monotonic()
        self.machine.settle(permit, outcome, now, label, took)
        if self.tape is not None:
            self.tape(permit.begin, now - permit.begin if took is None else took, outcome, label)
        if self.machine.outbox:
            self._delivery.run()

    def succeed(self, permit: Permit) -> None:
        """The call returned."""
        self.settle(permit, SUCCESS)

    def finish(self, permit: Permit, value: object) -> None:
        """The call returned a value, which may be a failure by itself."""
        outcome = self.classifier.result(value)
        self.settle(permit, outcome, "failed result" if outcome == FAILURE else "")

    def fail(self, permit: Permit, error: BaseException, took: float | None = None) -> None:
        """The call raised. The error is only looked at, never kept."""
        self.settle(permit, self.classifier.error(error), type(error).__name__, took)

    def strike(self) -> None:
        """Let an injected fault do its worst, as part of a synchronous call."""
        if self.fault is not None and self.fault.strikes():
            self.fault.strike()

    async def astrike(self) -> None:
        """The same, as part of an asynchronous call."""
        if self.fault is not None and self.fault.strikes():
            await self.fault.astrike()

    # Operating

    @property
    def state(self) -> str:
        """CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, DISABLED or METRICS_ONLY, as of now."""
        return self.machine.notice(monotonic()).state

    @property
    def refuses(self) -> bool:
        """Whether a call made now would be refused without looking at the dependency."""
        epoch = self.machine.notice(monotonic())
        return epoch.state in REFUSING and monotonic() < epoch.until

    @property
    def retry_after(self) -> float | None:
        """Seconds until an open circuit may admit a call; 0 if it may, None if only people can."""
        epoch = self.machine.notice(monotonic())
        if epoch.state not in REFUSING:
            return 0.0
        return Rejection(epoch.state, epoch.until - monotonic()).retry_after

    @property
    def settings(self) -> Settings:
        """The present settings; :meth:`configure` changes them."""
        return self.machine.settings

    def reset(self, reason: str, actor: str = "", if_revision: int | None = None) -> None:
        """Close and forget, at once, whatever hangs. Raises :class:`Conflict`."""
        self.machine.reset(monotonic(), reason, actor, if_revision)
        self._tell()

    def trip(self, reason: str, actor: str = "", if_revision: int | None = None) -> None:
        """Open; recovery is tried after the usual timeout. Raises :class:`Conflict`."""
        self.machine.trip(monotonic(), reason, actor, if_revision)
        self._tell()

    def impose(
        self,
        state: str,
        reason: str,
        actor: str = "",
        ttl_s: float | None = None,
        if_revision: int | None = None,
    ) -> None:
        """Hold FORCED_OPEN, DISABLED or METRICS_ONLY until ``reset`` or for ``ttl_s`` seconds."""
        self.machine.impose(state, monotonic(), reason, actor, ttl_s, if_revision)
        self._tell()

    def force_open(self, reason: str, actor: str = "", ttl_s: float | None = None) -> None:
        """Refuse every call until an operator or ``ttl_s`` ends it."""
        self.impose("FORCED_OPEN", reason, actor, ttl_s)

    def disable(self, reason: str, actor: str = "", ttl_s: float | None = None) -> None:
        """Let every call through and judge none."""
        self.impose("DISABLED", reason, actor, ttl_s)

    def metrics_only(self, reason: str, actor: str = "", ttl_s: float | None = None) -> None:
        """Let every call through and count how often the circuit would have opened."""
        self.impose(METRICS_ONLY, reason, actor, ttl_s)

    def configure(self, reason: str = "configured", actor: str = "", **changes: object) -> None:
        """Change settings while calls are under way; what is not named stays.

        Raises PolicyError, and changes nothing, if the result means nothing.
        """
        settings = Settings.of(changes, self.settings)
        self.accepts(settings)
        if settings != self.settings:
            self.machine.configure(settings, monotonic(), reason, actor)
            self._plain()
            self._tell()

    def accepts(self, settings: Settings) -> None:
        """Raise TypeError if what this circuit guards already cannot live with the settings."""
        if settings.timeout_s is not None and self._blocking:
            raise TypeError(f"{self.name} guards blocking calls, which no timeout_s can stop")

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener(event)`` after each transition, in order; gives what ends it.

        It runs outside every lock, in the thread whose call brought the change about; what it
        raises is counted and goes nowhere else.
        """
        from revoctl.circuits._deliver import Delivery

        if self._delivery is None:
            self._delivery = Delivery(self.machine)
        return self._delivery.add(listener)  # type: ignore[no-any-return]

    def inject(self, fault: Fault | None) -> None:
        """Make calls suffer a fault until it expires by itself, or end it with None."""
        self.fault = fault
        self._plain()

    def record(self, tape: Callable[[float, float, str, str], object] | None) -> None:
        """Hand every settled call to ``tape(begin, took, outcome, label)``; None stops it."""
        self.tape = tape
        self._plain()

    def status(self) -> dict[str, Any]:
        """Everything an operator asks, as JSON-able values; the keys are those of the endpoint."""
        from revoctl.circuits._status import describe

        return describe(self)

    def __repr__(self) -> str:
        return f"<Circuit {self.name} {self.machine.epoch.state}>"

    # Inside

    def _reborn(self) -> None:
        self.machine.reborn(monotonic(), (get_ident(),))
        if self._delivery is not None:
            self._delivery.reborn()

    def _plain(self) -> None:
        special = self.fault or self.tape or self.classifier.failed_result
        self.machine.permit_swift(special is None and self.settings.timeout_s is None)

    def _tell(self) -> None:
        if self._delivery is not None:
            self._delivery.run()

    def _refuse_deadline(self) -> None:
        if self.settings.timeout_s is not None:
            raise TypeError(
                f"{self.name} has timeout_s, which cannot stop a blocking call: give the client "
                "a timeout of its own, or use an asynchronous one"
            )
        self._blocking = True

    def _wrapper(self, kind: str) -> Callable[[Circuit, Any], Any]:
        from revoctl.circuits import _guarded, _streams

        if kind in (_kinds.COROUTINE, _kinds.ASYNC_GENERATOR):
            self.contextual = True
            asynchronous = kind == _kinds.ASYNC_GENERATOR
            return _streams.guard_async_generator if asynchronous else _guarded.guard_coroutine
        self._refuse_deadline()
        return _streams.guard_generator if kind == _kinds.GENERATOR else _guarded.guard_function

    def _push(self) -> Mark:
        self.contextual = True
        permit = None if inside(self) else self.enter()
        mark = enter_context(self)
        mark[PERMIT] = permit
        return mark

    def _mine(self) -> Mark:
        mark = entered.get()
        while mark is not None and mark[CIRCUIT] is not self:
            mark = mark[OUTER]
        if mark is None:
            raise RuntimeError(f"{self.name} is left in a context that never entered it")
        return mark

    def _pop(self, error: BaseException | None) -> None:
        mark = self._mine()
        mark[CIRCUIT] = None
        if mark[PERMIT] is None:
            return
        if error is None:
            self.succeed(mark[PERMIT])
        else:
            self.fail(mark[PERMIT], error)
