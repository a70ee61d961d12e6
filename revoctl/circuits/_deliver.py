"""Events to listeners: in order, outside every lock, one thread at a time."""

from __future__ import annotations

from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from revoctl.circuits._state import Machine
    from revoctl.circuits.events import Event

    Listener = Callable[[Event], object]


class Delivery:
    """The listeners of one circuit. ``stumbles`` counts what they raised.

    Whoever finds events waiting delivers them, unless somebody is at it already: a slow listener
    holds up the one call that delivers, no other, and the events wait in order (at most
    ``WAITING_EVENTS``; a gap in ``seq`` tells of any that were dropped).
    """

    __slots__ = ("_busy", "_machine", "listeners", "stumbles")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._busy = allocate_lock()
        self.listeners: tuple[Listener, ...] = ()
        self.stumbles = 0
        machine.outbox = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Take a listener on; the answer takes it off again."""
        self.listeners = (*self.listeners, listener)

        def end() -> None:
            self.listeners = tuple(one for one in self.listeners if one is not listener)

        return end

    def run(self) -> None:
        """Deliver what waits."""
        waiting = self._machine.outbox
        while waiting and self._busy.acquire(False):
            try:
                while waiting:
                    self._hand(waiting.pop(0))
            finally:
                self._busy.release()

    def reborn(self) -> None:
        """Begin anew in a forked child."""
        self._busy = allocate_lock()
        self._machine.outbox = []

    def _hand(self, event: Event) -> None:
        for listener in self.listeners:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - an observer must not change what it observes
                self.stumbles += 1
