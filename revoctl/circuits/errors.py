"""What a guarded call may raise besides what the call itself raises.

::

    RevoctlError
    ├── CircuitOpen    the circuit refuses: nothing was called
    └── BulkheadFull   too many calls are under way and waiting: nothing was called
"""

from __future__ import annotations

import math

from revoctl.errors import RevoctlError


class CircuitOpen(RevoctlError):
    """A circuit refused the call.

    ``name`` is the circuit's, ``retry_after`` the seconds until it may admit one (None if only an
    operator can). It is raised often and while things go badly, so it is made of its two arguments
    alone and its text is put together when somebody reads it.
    """

    __slots__ = ()
    __init__ = Exception.__init__

    code = "circuit.open"
    fix = ""

    @property
    def name(self) -> str:
        """The circuit that refused."""
        return str(self.args[0])

    @property
    def retry_after(self) -> float | None:
        """Seconds until the circuit may admit a call, as of when it refused."""
        wait: float = self.args[1]
        return None if wait == math.inf else max(0.0, wait)

    @property
    def what(self) -> str:  # type: ignore[override]
        """What failed, in one line."""
        return f"the circuit {self.name} refuses calls"

    @property
    def why(self) -> str:  # type: ignore[override]
        """When it may be otherwise."""
        wait = self.retry_after
        return "until an operator ends it" if wait is None else f"for another {wait:.3g} s"

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


class BulkheadFull(RevoctlError):
    """A bulkhead has no room for another call, nor for another that waits."""

    def __init__(self, name: str, limit: int, queue: int) -> None:
        super().__init__(
            "bulkhead.full",
            f"the bulkhead {name} is full",
            f"{limit} calls are under way and {queue} are waiting",
        )
        self.name = name
        self.args = (name, limit, queue)

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"
