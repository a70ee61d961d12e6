"""The event loop of a scan: so many targets at a time, each record handed on as it is made."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

from revoctl.headers.fleet.examine import Examiner
from revoctl.headers.fleet.limits import Bounds
from revoctl.headers.fleet.pacing import Pace
from revoctl.headers.fleet.queue import Queue
from revoctl.headers.fleet.targets import BadLine, Entry, Share
from revoctl.headers.fleet.wire import Directory, FleetWire
from revoctl.report.model import Report

Take = Callable[[Report], None]
OFTEN = (5000, 5, 5)
"""When to look for cycles: a failed target leaves some, and they must not pile up."""
UNDER_WAY = 0.002
"""Seconds after which the first requests are out: what must be loaded is loaded while they wait."""


class Runner:
    """Scans all entries of a share. ``take`` gets each report; what it raises ends the scan."""

    def __init__(
        self, share: Share, examiner: Examiner, bounds: Bounds, pace: Pace, take: Take
    ) -> None:
        self._queue = Queue(share, bounds.per_host, bounds.concurrency)
        self._examiner = examiner
        self._concurrency = bounds.concurrency
        self._pace = pace
        self._take = take
        self._waiters: list[asyncio.Future[None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.stopped = False

    def stop(self) -> None:
        """Take no new target and drop those under way; :meth:`run` then returns."""
        self.stopped = True
        for task in self._tasks:
            task.cancel()

    async def run(self) -> None:
        """Until every target has its record, or :meth:`stop`. Raises what ``take`` raises."""
        self._directory = Directory(max(64, 2 * self._concurrency))
        self._turn = asyncio.Lock()
        self._tasks = [asyncio.create_task(self._slot()) for _ in range(self._concurrency)]
        if self.stopped:
            self.stop()
        await asyncio.sleep(UNDER_WAY)
        self._examiner.prepare()
        try:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def _slot(self) -> None:
        """One of the places, which takes one target after the other."""
        while (entry := await self._next()) is not None:
            report = await self._examine(entry)
            self._queue.done(entry)
            self._wake(1)
            self._take(report)

    async def _next(self) -> Entry | None:
        while not self.stopped:
            entry = self._queue.take()
            if isinstance(entry, str):
                await asyncio.sleep(0)
            elif entry is not None:
                return entry
            elif self._queue.exhausted:
                self._wake(len(self._waiters))
                return None
            else:
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
        return None

    async def _examine(self, entry: Entry) -> Report:
        if isinstance(entry, BadLine):
            return self._examiner.refuse(entry)
        # One at a time, so that a redirect under way waits behind one new target, not behind all.
        async with self._turn:
            await self._pace.take()
        return await self._examiner.examine(entry, FleetWire(self._directory, self._pace))

    def _wake(self, count: int) -> None:
        for waiter in self._waiters[:count]:
            if not waiter.done():
                waiter.set_result(None)
        del self._waiters[:count]


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a scan's coroutine on the fastest loop there is, and look for cycles where they arise.

    What the imports made stays, and need not be looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main)
    finally:
        gc.unfreeze()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's (the extra ``[fast]``) if it is installed, None for the standard one."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
