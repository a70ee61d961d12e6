"""A whole scan on this machine: in this process or in several, into one journal.

The first signal to end stops it in order: the journal then holds every record that was made, and
can be resumed. A second one ends the process at once.
"""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from revoctl.headers.fleet.crew import Conducted, Crew
from revoctl.headers.fleet.job import Job, Tell, Work
from revoctl.headers.fleet.journal import Journal
from revoctl.headers.fleet.limits import Bounds, affordable, descriptors
from revoctl.headers.fleet.runner import run
from revoctl.headers.fleet.signals import SIGNALS, caught_signals


def conduct(job: Job, journal: Journal, workers: int, tell: Tell) -> Conducted:
    """Scan all of a job's targets into a journal.

    Raises :class:`RevoctlError` ``file.unwritable`` where the journal cannot be written,
    ``scan.workers`` where processes die again and again.
    """
    job = replace(job, bounds=_afford(job.bounds, workers))
    if workers == 1:
        conducted = _alone(job, journal, tell)
        gc.collect()  # what the work remembered of its targets refers to itself in a circle
        return conducted
    with tempfile.NamedTemporaryFile(prefix="revoctl-pace-") as pace:
        paced = replace(job, pace=pace.name if job.rate else "")
        return Crew(paced, journal, workers, tell).run()


def _afford(bounds: Bounds, workers: int) -> Bounds:
    available = descriptors()
    each = affordable(-(-bounds.concurrency // workers), available)
    return replace(bounds, concurrency=min(bounds.concurrency, each * workers))


def _alone(job: Job, journal: Journal, tell: Tell) -> Conducted:
    work = Work(job, journal.append)
    caught: list[int] = []
    with caught_signals(caught, lambda: None):
        run(_scan(work, caught, tell))
    return Conducted(work.fleet, caught[0] if caught else 0)


async def _scan(work: Work, caught: list[int], tell: Tell) -> None:
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        if caught:
            os._exit(128 + number)
        caught.append(number)
        work.stop()

    with suppress(ValueError, RuntimeError):  # not the main thread: signals go elsewhere
        for number in SIGNALS:
            loop.add_signal_handler(number, end, number)
    if caught:
        work.stop()
    await work.run(tell)


def count_lines(path: Path) -> int:
    """Line feeds of a file: about how many targets it has."""
    total = 0
    with path.open("rb") as handle:
        while data := handle.read(1 << 20):
            total += data.count(b"\n")
    return total
