"""Functions and coroutine functions inside a circuit: the path that every call takes.

What differs between the two is who is marked (the thread, or the context) and the line that calls.
The swift path and why it may skip the lock are told in ``_state``.
"""

from __future__ import annotations

from _thread import get_ident
from time import monotonic
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from revoctl.circuits._context import CIRCUIT, enter_context, entered, inside
from revoctl.circuits._permit import Permit
from revoctl.circuits._streams import astream, stream
from revoctl.circuits.errors import CircuitOpen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from revoctl.circuits._breaker import Circuit

PLAIN_TYPES_KEPT = 500

_plain: set[type] = {type(None), bool, int, float, str, bytes, tuple, list, dict, set}


def guard_function(circuit: Circuit, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that asks the circuit before each call of ``function`` and tells it the end.

    A value that can be awaited or iterated lazily comes back guarded in its turn.
    """
    machine, plain = circuit.machine, _plain
    running = machine.running

    def guarded(*args: Any, **kwargs: Any) -> Any:
        me = get_ident()
        if me in running or (circuit.contextual and inside(circuit)):
            return function(*args, **kwargs)
        epoch = machine.epoch
        if not epoch.swift:
            if epoch.shut and (wait := epoch.until - monotonic()) > 0:
                machine.rejected += 1
                raise CircuitOpen(circuit.name, wait)
            return call_carefully(circuit, function, args, kwargs)
        begin = monotonic()
        machine.begun += 1
        running[me] = epoch
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            del running[me]
            circuit.fail(Permit(epoch, begin), error)
            raise
        del running[me]
        if type(value) not in plain and (followed := follow(circuit, value)) is not value:
            machine.begun -= 1
            return followed
        if epoch.slow_s is not None and monotonic() - begin > epoch.slow_s:
            circuit.succeed(Permit(epoch, begin))
        elif machine.epoch is epoch:
            epoch.clean += 1
        else:
            machine.came_late(epoch)
        return value

    return guarded


def guard_coroutine(circuit: Circuit, function: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function that asks the circuit when it is awaited, not when it is called."""
    machine, running = circuit.machine, circuit.machine.running

    async def guarded(*args: Any, **kwargs: Any) -> Any:
        outer = entered.get()
        while outer is not None and outer[0] is None:
            outer = outer[1]
        if (outer is not None or running) and inside(circuit):
            return await function(*args, **kwargs)
        epoch = machine.epoch
        if not epoch.swift:
            if epoch.shut and (wait := epoch.until - monotonic()) > 0:
                machine.rejected += 1
                raise CircuitOpen(circuit.name, wait)
            return await await_carefully(circuit, function, args, kwargs)
        begin = monotonic()
        mark = [circuit, outer]
        entered.set(mark)
        machine.begun += 1
        try:
            value = await function(*args, **kwargs)
        except BaseException as error:
            mark[0] = None
            circuit.fail(Permit(epoch, begin), error)
            raise
        mark[0] = None
        if epoch.slow_s is not None and monotonic() - begin > epoch.slow_s:
            circuit.succeed(Permit(epoch, begin))
        elif machine.epoch is epoch:
            epoch.clean += 1
        else:
            machine.came_late(epoch)
        return value

    return guarded


def call_carefully(
    circuit: Circuit, function: Callable[..., Any], args: Any = (), kwargs: Any = None
) -> Any:
    """One call with a permit: everything but the swift path. Raises CircuitOpen."""
    permit = circuit.enter()
    running, me = circuit.machine.running, get_ident()
    running[me] = None
    try:
        circuit.strike()
        value = function(*args, **(kwargs or {}))
    except BaseException as error:
        del running[me]
        circuit.fail(permit, error)
        raise
    del running[me]
    if type(value) not in _plain and (followed := follow(circuit, value)) is not value:
        circuit.machine.withdraw(permit)
        return followed
    circuit.finish(permit, value)
    return value


async def await_carefully(
    circuit: Circuit, function: Callable[..., Awaitable[Any]], args: Any = (), kwargs: Any = None
) -> Any:
    """The same for an asynchronous function, within the circuit's deadline if it has one."""
    permit = circuit.enter()
    mark = enter_context(circuit)
    try:
        value = await _within(circuit, function, args, kwargs or {})
    except BaseException as error:
        mark[CIRCUIT] = None
        circuit.fail(permit, error)
        raise
    mark[CIRCUIT] = None
    circuit.finish(permit, value)
    return value


def follow(circuit: Circuit, value: Any) -> Any:
    """A returned awaitable or lazy stream, guarded; any other value as it is."""
    kind = type(value)
    if kind is GeneratorType:
        return stream(circuit, value)
    if kind is AsyncGeneratorType:
        return astream(circuit, value)
    if kind is CoroutineType or hasattr(kind, "__await__"):
        return guard_coroutine(circuit, lambda: value)()
    if len(_plain) > PLAIN_TYPES_KEPT:
        _plain.clear()
    _plain.add(kind)
    return value


async def _within(
    circuit: Circuit, function: Callable[..., Awaitable[Any]], args: Any, kwargs: Any
) -> Any:
    limit = circuit.machine.settings.timeout_s
    if limit is None:
        if circuit.fault is not None:
            await circuit.astrike()
        return await function(*args, **kwargs)
    import asyncio

    async with asyncio.timeout(limit):
        if circuit.fault is not None:
            await circuit.astrike()
        return await function(*args, **kwargs)
