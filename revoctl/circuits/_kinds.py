"""What kind of callable this is, told from its code alone; what cannot be guarded is refused."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType

FUNCTION = "function"
COROUTINE = "coroutine"
GENERATOR = "generator"
ASYNC_GENERATOR = "asynchronous generator"

# inspect.CO_*, whose module costs more to import than this whole package
_FLAGS = ((0x80 | 0x100, COROUTINE), (0x200, ASYNC_GENERATOR), (0x20, GENERATOR))


def kind_of(function: object) -> str:
    """The kind of a callable, looking through partials, bound methods and ``__call__``.

    Raises TypeError for a class, an awaitable, a generator object or anything not callable: a
    guard around those would guard nothing.
    """
    if isinstance(function, type):
        raise TypeError(f"{function!r} is a class: guard its methods, or a function that makes it")
    if hasattr(function, "__await__") or hasattr(function, "gi_frame"):
        raise TypeError(f"{function!r} has been called already: guard the function itself")
    if not callable(function):
        raise TypeError(f"{function!r} cannot be called, so it cannot be guarded")
    code = _code(function)
    for flags, kind in _FLAGS if code else ():
        if code.co_flags & flags:  # type: ignore[union-attr]
            return kind
    return FUNCTION


def adopt_name(guarded: object, function: object) -> None:
    """Let a wrapper carry the name, the documentation and the attributes of what it wraps."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        if hasattr(function, name):
            setattr(guarded, name, getattr(function, name))
    guarded.__dict__.update(getattr(function, "__dict__", {}))
    guarded.__wrapped__ = function  # type: ignore[attr-defined]


def _code(function: object) -> CodeType | None:
    for _ in range(100):
        if isinstance(function, FunctionType):
            return function.__code__
        if isinstance(function, MethodType):
            function = function.__func__
        elif isinstance(function, partial):
            function = function.func
        elif isinstance(function, BuiltinFunctionType | type):
            return None
        else:
            function = _called(function)
    return None


def _called(function: object) -> object:
    found = (c.__dict__["__call__"] for c in type(function).__mro__ if "__call__" in c.__dict__)
    return next(found, None)
