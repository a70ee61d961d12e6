"""The way out for many targets: connections paced, names looked up once for all of them."""

from __future__ import annotations

import asyncio
from time import monotonic

from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.dns import Outcome, start_look_up
from revoctl.headers.fetch.wire_asyncio import AsyncioStream, AsyncioWire
from revoctl.headers.fleet.pacing import Pace

MOST_NAMES = 10_000
FRESH = 300.0
"""Seconds that addresses are used for; errors for a tenth of that."""


class Directory:
    """Addresses of names for a whole scan: the latest :data:`MOST_NAMES`, and look-ups under way.

    Each look-up is a thread of its own, at most ``threads`` at once: a mute name server holds up
    only who asks for a name.
    """

    def __init__(self, threads: int = 64) -> None:
        self._known: dict[tuple[str, int], tuple[float, Outcome]] = {}
        self._asked: dict[tuple[str, int], asyncio.Future[Outcome]] = {}
        self._threads = asyncio.Semaphore(threads)

    async def addresses(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """All addresses of an ASCII name. Raises :class:`OSError`, TimeoutError."""
        key = (host, port)
        until, outcome = self._known.get(key, (0.0, ()))
        if until <= monotonic():
            answer = self._asked.get(key)
            if answer is None:
                answer = self._asked[key] = asyncio.ensure_future(self._ask(key))
            # Shielded, because others may wait for the same name with more time left.
            outcome = await asyncio.wait_for(asyncio.shield(answer), deadline.left())
        if isinstance(outcome, OSError):
            raise OSError(*outcome.args)
        return outcome

    async def _ask(self, key: tuple[str, int]) -> Outcome:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        def done(outcome: Outcome) -> None:
            try:
                loop.call_soon_threadsafe(settle, outcome)
            except RuntimeError:
                return  # the loop has ended: no one waits for this name any more

        try:
            async with self._threads:
                start_look_up(*key, done)
                outcome = await answer
        finally:
            del self._asked[key]
        self._keep(key, outcome)
        return outcome

    def _keep(self, key: tuple[str, int], outcome: Outcome) -> None:
        self._known.pop(key, None)
        if len(self._known) >= MOST_NAMES:
            del self._known[next(iter(self._known))]
        life = FRESH / 10 if isinstance(outcome, OSError) else FRESH
        self._known[key] = (monotonic() + life, outcome)


class FleetWire(AsyncioWire):
    """The wire of one target; its first connection was waited for before its time began."""

    def __init__(self, directory: Directory, pace: Pace) -> None:
        self._directory = directory
        self._pace = pace
        self._paid = True

    async def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """See :class:`~revoctl.headers.fetch.wire.Wire`."""
        return await self._directory.addresses(host, port, deadline)

    async def connect(self, address: str, port: int, deadline: Deadline) -> AsyncioStream:
        """Connect at the next free moment, within the deadline."""
        if not self._paid:
            await self._pace.take()
        self._paid = False
        return await super().connect(address, port, deadline)
