"""All that one process needs for its part of a scan, and the doing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from revoctl.headers.fetch.request import Request
from revoctl.headers.fleet.examine import Examiner
from revoctl.headers.fleet.limits import Bounds
from revoctl.headers.fleet.pacing import Pace
from revoctl.headers.fleet.recorder import Recorder
from revoctl.headers.fleet.runner import Runner
from revoctl.headers.fleet.seen import Seen
from revoctl.headers.fleet.shard import Shard
from revoctl.headers.fleet.targets import Entry, Share, read_targets
from revoctl.headers.preload import PreloadList, parse_preload
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.fleet import Census, Fleet
from revoctl.report.gate import Gate
from revoctl.report.journal import Header, keys
from revoctl.report.waivers import Waiver

EVERY = 0.25
"""Seconds between two looks at how far it is."""
Tell = Callable[[int, int], None]
"""Called with the number of targets done since the beginning, and of those that failed."""


class Job(msgspec.Struct, frozen=True):
    """A part of a scan, as a process is told it (JSON on its standard input).

    ``policy`` is the resolved profile. ``request`` is the template that each target is put into;
    its headers are credentials. ``journal`` names a file whose verdicts need not be made again.
    """

    header: Header
    request: Request
    policy: dict[str, Any]
    targets: str
    column: str = ""
    shard: Shard = Shard()
    bounds: Bounds = Bounds()
    rate: float = 0.0
    pace: str = ""
    preload_list: str = ""
    journal: str = ""
    gate: Gate = Gate()
    waivers: tuple[Waiver, ...] = ()
    today: date = date.max


class Work:
    """A job under way. ``write`` gets groups of lines, and may raise RevoctlError to end it."""

    def __init__(self, job: Job, write: Callable[[bytes], None]) -> None:
        census = Census(job.gate, job.waivers, job.today)
        self.fleet: Fleet = census.fleet
        self.recorder = Recorder(write, census, self.stop)
        self._pace = Pace(job.rate, Path(job.pace) if job.pace else None)
        done = finished(Path(job.journal)) if job.journal else None
        policy = HeadersPolicy.from_mapping(job.policy)
        share = Share(_entries(Path(job.targets), job.column), job.shard, done)
        examiner = Examiner(job.header, job.request, policy, _preloaded(job.preload_list))
        self._runner = Runner(share, examiner, job.bounds, self._pace, self.recorder.take)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped before its end."""
        return self._runner.stopped

    def stop(self) -> None:
        """End soon: nothing new is begun, and what is under way is dropped."""
        self._runner.stop()

    async def run(self, tell: Tell) -> None:
        """Scan all targets; every record has been written when it returns.

        Raises :class:`~revoctl.errors.RevoctlError` where writing fails.
        """
        clock = asyncio.create_task(self._report(tell))
        try:
            await self._runner.run()
        finally:
            clock.cancel()
            self._pace.close()
        self.recorder.flush()
        tell(self.recorder.done, self.recorder.failed)

    async def _report(self, tell: Tell) -> None:
        while True:
            await asyncio.sleep(EVERY)
            tell(self.recorder.done, self.recorder.failed)


def finished(path: Path) -> Seen:
    """The targets of a journal that have a verdict."""
    seen = Seen()
    for key in keys(path):
        if not key.errors:
            seen.add(key.name)
    return seen


def _entries(path: Path, column: str) -> Iterator[Entry]:
    with path.open("rb") as stream:
        yield from read_targets(stream, column)


def _preloaded(path: str) -> PreloadList | None:
    if not path:
        return None
    from revoctl.files import read

    return parse_preload(read(Path(path), "the preload list").decode("utf-8", "replace"))
