"""Circuit breakers that a service embeds, and what goes with them.

::

    from revoctl.circuits import circuit

    @circuit("payments", failure_threshold=5, recovery_timeout_s=30)
    async def charge(order): ...

Names load when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from revoctl.circuits._breaker import Circuit
    from revoctl.circuits._bulkhead import Bulkhead
    from revoctl.circuits._fallback import Answer, Fallback
    from revoctl.circuits._fault import Fault, InjectedFault
    from revoctl.circuits._guard import Guard, guard
    from revoctl.circuits._registry import Registry
    from revoctl.circuits._retry import Retry, RetryBudget, retry
    from revoctl.circuits._settings import Settings
    from revoctl.circuits._shared import circuit, registry
    from revoctl.circuits._state import Conflict
    from revoctl.circuits.errors import BulkheadFull, CircuitOpen
    from revoctl.circuits.events import Event

_HOMES = {
    "Answer": "_fallback",
    "Bulkhead": "_bulkhead",
    "BulkheadFull": "errors",
    "Circuit": "_breaker",
    "CircuitOpen": "errors",
    "Conflict": "_state",
    "Event": "events",
    "Fallback": "_fallback",
    "Fault": "_fault",
    "Guard": "_guard",
    "InjectedFault": "_fault",
    "Registry": "_registry",
    "Retry": "_retry",
    "RetryBudget": "_retry",
    "Settings": "_settings",
    "circuit": "_shared",
    "guard": "_guard",
    "registry": "_shared",
    "retry": "_retry",
}

__all__ = (
    "Answer",
    "Bulkhead",
    "BulkheadFull",
    "Circuit",
    "CircuitOpen",
    "Conflict",
    "Event",
    "Fallback",
    "Fault",
    "Guard",
    "InjectedFault",
    "Registry",
    "Retry",
    "RetryBudget",
    "Settings",
    "circuit",
    "guard",
    "registry",
    "retry",
)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"{__name__} has no {name}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
