"""Generators inside a circuit: a permit from the first ``next`` to exhaustion.

The consumer's own time between two items is not the dependency's: only the steps are timed, and
what the consumer calls in between is not inside. Closing early, or an error that the consumer threw
in and that comes back out, says nothing about the dependency. ``send``, ``throw`` and ``close``
reach the guarded generator (PEP 380, PEP 525), its return value comes back. A ``timeout_s`` bounds
each step of an asynchronous generator.
"""

from __future__ import annotations

from _thread import get_ident
from time import monotonic

from revoctl.circuits._context import CIRCUIT, enter_context, inside
from revoctl.circuits._permit import CANCELLED, SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any

    from revoctl.circuits._breaker import Circuit


def guard_generator(circuit: Circuit, function: Callable[..., Any]) -> Callable[..., Any]:
    """A generator function whose generators ask the circuit at their first step."""

    def guarded(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        return (yield from stream(circuit, function(*args, **kwargs)))

    return guarded


def guard_async_generator(circuit: Circuit, function: Callable[..., Any]) -> Callable[..., Any]:
    """An asynchronous generator function whose generators ask at their first step."""

    def guarded(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        return astream(circuit, function(*args, **kwargs))

    return guarded


def stream(circuit: Circuit, inner: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """The items of ``inner`` under one permit. Raises CircuitOpen at the first step."""
    if inside(circuit):
        return (yield from inner)
    leave = _Leave(circuit)
    step: Callable[[Any], Any] = inner.send
    value: Any = None
    while True:
        try:
            item = leave.run(step, value)
        except StopIteration as end:
            leave.settle(SUCCESS)
            return end.value
        except BaseException as error:
            leave.raised(error, thrown=value)
            raise
        try:
            value = yield item
            step = inner.send
        except GeneratorExit:
            leave.abandon(inner.close)
            raise
        except BaseException as error:  # noqa: BLE001 - it is passed on
            value, step = error, inner.throw


async def astream(circuit: Circuit, inner: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    """The items of an asynchronous generator under one permit."""
    leave = None if inside(circuit) else _Leave(circuit)
    step: Callable[[Any], Any] = inner.asend
    value: Any = None
    while True:
        try:
            item = await (step(value) if leave is None else leave.await_step(step, value))
        except StopAsyncIteration:
            if leave:
                leave.settle(SUCCESS)
            return
        except BaseException as error:
            if leave:
                leave.raised(error, thrown=value)
            raise
        try:
            value = yield item
            step = inner.asend
        except GeneratorExit:
            if leave:
                leave.settle(CANCELLED)
            await inner.aclose()
            raise
        except BaseException as error:  # noqa: BLE001 - it is passed on
            value, step = error, inner.athrow


class _Leave:
    """The permit of one stream and the seconds that its steps have taken."""

    __slots__ = ("circuit", "permit", "took")

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.permit = circuit.enter()
        self.took = 0.0

    def run(self, step: Callable[[Any], Any], value: Any) -> Any:
        """One step, with this thread marked as inside."""
        running, me, begin = self.circuit.machine.running, get_ident(), monotonic()
        outermost = me not in running
        if outermost:
            running[me] = None
        try:
            return step(value)
        finally:
            if outermost:
                del running[me]
            self.took += monotonic() - begin

    async def await_step(self, step: Callable[[Any], Any], value: Any) -> Any:
        """One step of an asynchronous generator, with this context marked as inside."""
        begin = monotonic()
        mark = enter_context(self.circuit)
        limit = self.circuit.settings.timeout_s
        try:
            if limit is None:
                return await step(value)
            import asyncio

            async with asyncio.timeout(limit):
                return await step(value)
        finally:
            mark[CIRCUIT] = None
            self.took += monotonic() - begin

    def settle(self, outcome: str, label: str = "") -> None:
        """Tell the circuit how the stream ended."""
        self.circuit.settle(self.permit, outcome, label, self.took)

    def raised(self, error: BaseException, thrown: object) -> None:
        """Tell it that a step raised."""
        if error is thrown:
            self.settle(CANCELLED)
        else:
            self.circuit.fail(self.permit, error, self.took)

    def abandon(self, close: Callable[[], object]) -> None:
        """The consumer stops early: neutral, whatever closing does."""
        try:
            self.run(lambda _: close(), None)
        finally:
            self.settle(CANCELLED)
