"""A fault injected into a circuit for a drill, which ends by itself in the service."""

from __future__ import annotations

from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERROR = "error"
LATENCY = "latency"
HANG = "hang"
KINDS = (ERROR, LATENCY, HANG)
NAP_S = 0.05


class InjectedFault(Exception):
    """What a call raises that a drill made fail."""


class Fault:
    """Makes a share of calls fail, wait or hang until it expires.

    ``kind`` is ``error``, ``latency`` (each struck call first waits ``seconds``) or ``hang`` (it
    waits until the fault is over); ``rate`` in (0, 1] is the share; ``for_s`` how long it lasts,
    whether or not anybody remembers it. ``error`` makes what is raised. ``dice()`` gives a number
    in [0, 1), by default from :mod:`random`. Raises ValueError for values that mean nothing.
    """

    __slots__ = ("_dice", "error", "kind", "rate", "seconds", "struck", "until")

    def __init__(
        self,
        kind: str,
        rate: float = 1.0,
        for_s: float = 60.0,
        seconds: float = 1.0,
        error: Callable[[], BaseException] | None = None,
        dice: Callable[[], float] | None = None,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault: {', '.join(KINDS)}")
        if not (0 < rate <= 1 and 0 < for_s <= 86_400 and 0 < seconds <= 3600):
            raise ValueError("rate in (0, 1], for_s in (0, 86400] and seconds in (0, 3600]")
        self.kind = kind
        self.rate = rate
        self.seconds = seconds
        self.until = monotonic() + for_s
        self.error = error or (lambda: InjectedFault("a drill made this call fail"))
        self.struck = 0
        self._dice = dice or _random()

    @property
    def left_s(self) -> float:
        """Seconds until it ends by itself."""
        return max(0.0, self.until - monotonic())

    def strikes(self) -> bool:
        """Whether this call is one of those that suffer."""
        hit = self.left_s > 0 and self._dice() < self.rate
        self.struck += hit
        return hit

    def strike(self) -> None:
        """Suffer, blocking."""
        for nap in self._naps():
            sleep(nap)
        if self.kind == ERROR:
            raise self.error()

    async def astrike(self) -> None:
        """Suffer without blocking the event loop."""
        import asyncio

        for nap in self._naps():
            await asyncio.sleep(nap)
        if self.kind == ERROR:
            raise self.error()

    def end(self) -> None:
        """Let it be over: calls that hang go on within a twentieth of a second."""
        self.until = monotonic()

    def _naps(self) -> Iterator[float]:
        if self.kind == ERROR:
            return
        wake = monotonic() + self.seconds if self.kind == LATENCY else self.until
        while (left := min(wake, self.until) - monotonic()) > 0:
            yield min(left, NAP_S)


def _random() -> Callable[[], float]:
    from random import random  # loads hashlib, which only a drill needs

    return random
