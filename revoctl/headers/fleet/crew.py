"""Several processes, each with its share of the hosts; the parent alone writes the journal."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from contextlib import suppress

import msgspec
from msgspec.structs import replace

from revoctl.errors import RevoctlError
from revoctl.headers.fleet.job import Job, Tell
from revoctl.headers.fleet.journal import Journal
from revoctl.headers.fleet.signals import caught_signals
from revoctl.headers.fleet.worker import MARK, Notice
from revoctl.report.fleet import Fleet

RETRIES = 2
"""Times that workers which died are replaced; the scan goes on from the journal."""


class Conducted(msgspec.Struct, frozen=True):
    """How a scan went: the fold of what was scanned now, and the signal that ended it, or 0.

    ``whole``: the fold holds all that was written; else the journal must be read back.
    """

    fleet: Fleet
    signal: int = 0
    whole: bool = True


class _Member:
    """A worker process and what it has told so far."""

    def __init__(self, job: Job) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "revoctl.headers.fleet.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError("a worker needs pipes")
        self._leash = self.process.stdin
        self._records = self.process.stdout
        self.output = self._records.fileno()
        self.rest = b""
        self.notice = Notice()
        with suppress(BrokenPipeError):
            self._leash.write(msgspec.json.encode(job) + b"\n")
            self._leash.flush()

    def release(self) -> None:
        """Let it end in order."""
        with suppress(OSError):
            self._leash.close()

    def wait(self) -> int:
        """Wait for its end, let it say the rest to no one, and return its exit code."""
        self._records.close()
        return self.process.wait()

    def lines(self, data: bytes) -> bytes:
        """The whole lines of records in what has come; notices are kept aside."""
        whole, feed, self.rest = (self.rest + data).rpartition(b"\n")
        if not feed:
            return b""
        records = []
        for one in whole.split(b"\n"):
            if one.startswith(MARK):
                self.notice = msgspec.json.decode(one[1:], type=Notice)
            else:
                records.append(one + b"\n")
        return b"".join(records)


class Crew:
    """Several processes, each with its share of the hosts; this one writes the journal."""

    def __init__(self, job: Job, journal: Journal, workers: int, tell: Tell) -> None:
        self._job = job
        self._journal = journal
        self._workers = workers
        self._tell = tell
        self._members: list[_Member] = []
        self._earlier = Notice(fleet=Fleet())
        self._caught: list[int] = []

    def run(self) -> Conducted:
        """All shares to their end; those of workers that died are begun again from the journal."""
        shares = list(range(self._workers))
        fleet = self._earlier.fleet or Fleet()
        with caught_signals(self._caught, self._release):
            for attempt in range(RETRIES + 1):
                dead = self._round(shares, resumed=attempt > 0, fleet=fleet)
                if not dead or self._caught:
                    number = self._caught[0] if self._caught else 0
                    return Conducted(fleet, number, whole=attempt == 0)
                shares = dead
        raise RevoctlError(
            "scan.workers",
            "worker processes died again and again",
            f"{len(shares)} of {self._workers} did not come to their end",
            f"is memory short? then resume with fewer: --resume {self._journal.path}",
        )

    def _round(self, shares: list[int], *, resumed: bool, fleet: Fleet) -> list[int]:
        """Run some shares at the same time; those whose process died are returned."""
        self._members = [_Member(self._part(share, resumed)) for share in shares]
        try:
            self._listen()
        finally:
            self._release()
            codes = [member.wait() for member in self._members]
        dead = []
        for share, code, member in zip(shares, codes, self._members, strict=True):
            self._earlier.done += member.notice.done
            self._earlier.failed += member.notice.failed
            if code == 0 and member.notice.fleet:
                fleet.merge(member.notice.fleet)
            else:
                dead.append(share)
        return dead

    def _part(self, share: int, resumed: bool) -> Job:
        total = self._job.bounds.concurrency
        mine = total // self._workers + (share < total % self._workers)
        return replace(
            self._job,
            shard=replace(self._job.shard, worker=share, workers=self._workers),
            bounds=replace(self._job.bounds, concurrency=max(1, mine)),
            journal=str(self._journal.path) if resumed else self._job.journal,
        )

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            for member in self._members:
                selector.register(member.output, selectors.EVENT_READ, member)
            while selector.get_map():
                for key, _ in selector.select(0.5):
                    self._hear(selector, key.data)
                notices = [self._earlier, *(member.notice for member in self._members)]
                self._tell(sum(n.done for n in notices), sum(n.failed for n in notices))

    def _hear(self, selector: selectors.BaseSelector, member: _Member) -> None:
        data = os.read(member.output, 1 << 18)
        if not data:
            selector.unregister(member.output)
            return
        records = member.lines(data)
        if records:
            self._journal.append(records)

    def _release(self) -> None:
        for member in self._members:
            member.release()
