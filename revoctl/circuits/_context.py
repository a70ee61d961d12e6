"""Who is inside which circuit: what makes nested use count once.

A synchronous function marks its thread (``machine.running``): until it returns, all that runs in
the thread is inside it. Whatever can be suspended marks its context instead, with a mark that a
copied context sees too and that is dead once the call has ended, so that a task which outlives the
call that started it is guarded again.

A mark is a plain list, the cheapest thing that can be changed in place, since every asynchronous
call makes one: the circuit (None once the stay is over), the mark that was there before, and for
the context manager alone its permit and its deadline.
"""

from __future__ import annotations

from _contextvars import ContextVar
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from revoctl.circuits._breaker import Circuit

    Mark = list[Any]

CIRCUIT, OUTER, PERMIT, DEADLINE = range(4)

entered: ContextVar[Mark | None] = ContextVar("revoctl_circuit", default=None)


def inside(circuit: Circuit) -> bool:
    """Whether this thread or context is inside the circuit already."""
    if get_ident() in circuit.machine.running:
        return True
    mark = entered.get() if circuit.contextual else None
    while mark is not None and mark[CIRCUIT] is not circuit:
        mark = mark[OUTER]
    return mark is not None


def enter_context(circuit: Circuit) -> Mark:
    """Mark this context as inside the circuit; set ``mark[CIRCUIT] = None`` to leave."""
    outer = entered.get()
    while outer is not None and outer[CIRCUIT] is None:
        outer = outer[OUTER]
    mark: Mark = [circuit, outer, None, None]
    entered.set(mark)
    return mark
