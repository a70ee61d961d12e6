"""The words of the machine: states, outcomes, and what asking for admission gives back."""

from __future__ import annotations

import math
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from revoctl.circuits._window import CountWindow, TimeWindow

ATOMIC = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether ``count += 1`` between two calls cannot be interrupted by another thread."""

CLOSED = "CLOSED"
OPEN = "OPEN"
HALF_OPEN = "HALF_OPEN"
FORCED_OPEN = "FORCED_OPEN"
DISABLED = "DISABLED"
METRICS_ONLY = "METRICS_ONLY"

OVERRIDES = (FORCED_OPEN, DISABLED, METRICS_ONLY)
"""The states only an operator sets, and only an operator or their time to live ends."""
REFUSING = (OPEN, FORCED_OPEN)

SUCCESS = "success"
FAILURE = "failure"
IGNORED = "ignored"
CANCELLED = "cancelled"
OUTCOMES = (SUCCESS, FAILURE, IGNORED, CANCELLED)
"""How a call ends. The last two are neutral: they give their permit back and change nothing."""


class Epoch:
    """One stay in one state; whatever began in another epoch no longer matters.

    ``until`` is the monotonic second at which time ends it: the recovery timeout of OPEN, the lease
    of the oldest probe of HALF_OPEN, the time to live of an override; infinite otherwise. ``clean``
    counts the plain successes of a count window. ``swift`` says that a call may skip the permit,
    ``shut`` that none is admitted before ``until`` and a refusal
    needs no lock.
    """

    __slots__ = (
        "clean", "number", "probes", "shut", "since", "slow_s", "state", "succeeded", "swift",
        "until", "window",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        state: str,
        since: float,
        until: float,
        window: CountWindow | TimeWindow | None,
        slow_s: float | None,
    ) -> None:
        self.number = number
        self.state = state
        self.since = since
        self.until = until
        self.window = window
        self.slow_s = slow_s
        self.clean = 0
        self.swift = False
        self.shut = state in REFUSING and ATOMIC
        self.probes: dict[Permit, None] = {}
        self.succeeded = 0


class Permit:
    """Leave to make one call: the epoch it was given in and the monotonic second it began."""

    __slots__ = ("begin", "epoch", "settled")

    def __init__(self, epoch: Epoch, begin: float) -> None:
        self.epoch = epoch
        self.begin = begin
        self.settled = False

    @property
    def probe(self) -> bool:
        """Whether the call tests a recovering dependency."""
        return self.epoch.state == HALF_OPEN


class Rejection:
    """No leave. ``retry_after`` is seconds until one may be given, None if only an operator can."""

    __slots__ = ("retry_after", "state")

    def __init__(self, state: str, wait: float) -> None:
        self.state = state
        self.retry_after = None if wait == math.inf else max(0.0, wait)


class Override:
    """What an operator imposed: a state, who, why, and until which monotonic second."""

    __slots__ = ("actor", "reason", "state", "until")

    def __init__(self, state: str, actor: str, reason: str, until: float) -> None:
        self.state = state
        self.actor = actor
        self.reason = reason
        self.until = until
