"""One process of several: a job on standard input, records and progress on standard output.

A line that begins with ``#`` is for the parent: ``{"done", "failed"}`` now and then, and at the end
``{"fleet"}``, the fold. All others are records for the journal, which the parent alone writes. When
standard input ends, because the parent wants it or is gone, the process stops.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec

from revoctl.errors import RevoctlError
from revoctl.headers.fleet.job import Job, Work
from revoctl.headers.fleet.runner import run
from revoctl.report.fleet import Fleet

MARK = b"#"
IN, OUT = 0, 1


class Notice(msgspec.Struct, omit_defaults=True):
    """What a worker tells its parent besides records."""

    done: int = 0
    failed: int = 0
    fleet: Fleet | None = None


def main() -> None:
    """Do the job that standard input holds; leave with 0 even if stopped."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us in order
    job = msgspec.json.decode(_first_line(), type=Job)
    work = Work(job, _send)
    run(_work(work))
    _notice(Notice(work.recorder.done, work.recorder.failed, work.fleet))


async def _work(work: Work) -> None:
    loop = asyncio.get_running_loop()
    os.set_blocking(IN, False)
    loop.add_reader(IN, lambda: _leash(work, loop))
    try:
        await work.run(lambda done, failed: _notice(Notice(done, failed)))
    finally:
        loop.remove_reader(IN)


def _leash(work: Work, loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(IN, 1024):
        loop.remove_reader(IN)
        work.stop()


def _first_line() -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        piece = os.read(IN, 65536)
        if not piece:
            break
        data += piece
    return data


def _notice(notice: Notice) -> None:
    _send(MARK + msgspec.json.encode(notice) + b"\n")


def _send(data: bytes) -> None:
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(OUT, view) :]
    except BrokenPipeError:
        raise RevoctlError("scan.parent", "the parent is gone", "its pipe is closed") from None


if __name__ == "__main__":
    try:
        main()
    except RevoctlError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
