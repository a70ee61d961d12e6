"""Everything that protects a call, under one name and in the one order that works.

From the outside in: **fallback** (sees whatever remains), **retry** (each attempt asks the circuit
anew), **gate** (an open circuit refuses before anybody queues), **bulkhead** (the wait for a slot
is not the dependency's and reaches neither clock nor window), **circuit** (asked again after the
wait), **timeout** (the circuit's own, so that a hang counts as a failure), the call.
"""

from __future__ import annotations

from revoctl.circuits import _kinds
from revoctl.circuits._bulkhead import Bulkhead
from revoctl.circuits._context import inside
from revoctl.circuits._fallback import Fallback
from revoctl.circuits._retry import Retry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from revoctl.circuits._breaker import Circuit
    from revoctl.circuits._registry import Registry

    Call = TypeVar("Call", bound=Callable[..., Any])

PRIMARY = "primary"


class Guard:
    """A circuit with what stands around it; use it as a decorator or through :meth:`call`.

    ``retry``, ``bulkhead`` and ``fallback`` are optional; ``fallback`` maps the names of further
    links to functions with the arguments of the guarded one; ``registry`` shows them all in its
    metrics. Each guarded function has a
    :class:`Fallback` of its own in :attr:`fallbacks`, with the shares of its links.
    """

    def __init__(
        self,
        circuit: Circuit,
        *,
        retry: Retry | None = None,
        bulkhead: Bulkhead | None = None,
        fallback: Mapping[str, Callable[..., Any]] | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.circuit = circuit
        self.name = circuit.name
        self.retry = retry
        self.bulkhead = bulkhead
        self.fallback = dict(fallback or {})
        self.fallbacks: dict[str, Fallback] = {}
        self._registry = registry
        for part in (retry, bulkhead):
            self._show(part)
        if PRIMARY in self.fallback:
            raise ValueError(f"{PRIMARY!r} is the guarded function itself: name the link otherwise")

    def __call__(self, function: Call) -> Call:
        """Guard a function or coroutine function. A stream takes no retry, bulkhead or fallback.

        Raises TypeError for what cannot be guarded so.
        """
        kind = _kinds.kind_of(function)
        guarded: Any = self.circuit(function)
        if self.bulkhead is not None:
            guarded = self._gated(self.bulkhead(guarded), kind)
        if self.retry is not None:
            guarded = self.retry(guarded)
        if self.fallback:
            guarded = self._with_fallback(guarded, function, kind)
        return guarded  # type: ignore[no-any-return]

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function once under the guard; what a coroutine function gives is awaited."""
        return self(function)(*args, **kwargs)

    def _show(self, part: Retry | Bulkhead | Fallback | None) -> None:
        if part is not None and self._registry is not None:
            self._registry.show(part)

    def _gated(self, bounded: Any, kind: str) -> Any:
        def gate() -> None:
            if self.circuit.refuses and not inside(self.circuit):
                self.circuit.machine.withdraw(self.circuit.enter())

        def gated(*args: Any, **kwargs: Any) -> Any:
            gate()
            return bounded(*args, **kwargs)

        async def agated(*args: Any, **kwargs: Any) -> Any:
            gate()
            return await bounded(*args, **kwargs)

        chosen = agated if kind == _kinds.COROUTINE else gated
        _kinds.adopt_name(chosen, bounded)
        return chosen

    def _with_fallback(self, guarded: Any, function: Any, kind: str) -> Any:
        chain = Fallback({PRIMARY: guarded, **self.fallback}, name=self.name)
        label = getattr(function, "__qualname__", repr(function))
        self.fallbacks[label] = chain
        self._show(chain)

        def answered(*args: Any, **kwargs: Any) -> Any:
            return chain.call(*args, **kwargs)

        async def aanswered(*args: Any, **kwargs: Any) -> Any:
            return await chain.acall(*args, **kwargs)

        chosen: Any = aanswered if kind == _kinds.COROUTINE else answered
        _kinds.adopt_name(chosen, guarded)
        chosen.fallback = chain
        return chosen


def guard(
    name: str,
    *,
    retry: Retry | Mapping[str, Any] | None = None,
    bulkhead: Bulkhead | int | None = None,
    fallback: Mapping[str, Callable[..., Any]] | None = None,
    **settings: Any,
) -> Guard:
    """A guard around the circuit of that name in the registry, made if there is none.

    ``retry`` may be a mapping of :class:`Retry`'s arguments, ``bulkhead`` a number of concurrent
    calls; everything else goes to :meth:`Registry.circuit`.
    """
    from revoctl.circuits._shared import registry

    if retry is not None and not isinstance(retry, Retry):
        retry = Retry(**{"name": name, **retry})
    if isinstance(bulkhead, int):
        bulkhead = Bulkhead(bulkhead, name=name)
    circuit = registry.circuit(name, **settings)
    return Guard(circuit, retry=retry, bulkhead=bulkhead, fallback=fallback, registry=registry)
