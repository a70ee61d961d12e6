"""``revoctl headers scan --targets``: a list of targets, a journal, and how it goes on."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from revoctl import __version__
from revoctl.cli import exits
from revoctl.cli.deliver import Delivery
from revoctl.cli.fleet_deliver import FleetDelivery, not_before
from revoctl.cli.fleet_tail import Tail
from revoctl.cli.headers_scan import Auditor
from revoctl.cli.options import Gating
from revoctl.cli.progress import Progress
from revoctl.cli.run import Run
from revoctl.cli.scanning import Fleet, Scanning
from revoctl.cli.targets import Target
from revoctl.errors import RevoctlError
from revoctl.headers.fleet import journal as journals
from revoctl.headers.fleet.conduct import conduct, count_lines
from revoctl.headers.fleet.crew import Conducted
from revoctl.headers.fleet.job import Job, finished
from revoctl.headers.fleet.limits import Bounds
from revoctl.headers.fleet.pacing import parse_rate
from revoctl.headers.fleet.shard import parse_shard
from revoctl.headers.fleet.targets import read_targets
from revoctl.quantities import now
from revoctl.report.journal import SCHEMA, Header
from revoctl.report.model import ProfileRef, Tool

PLACEHOLDER = "target.invalid"
"""What the request's template names; each target takes its place (RFC 6761 keeps the name free)."""


def scan_fleet(
    run: Run, targets: Sequence[str], scanning: Scanning, fleet: Fleet, gating: Gating
) -> int:
    """Scan the targets of a list into a journal, and deliver old and new records."""
    _refuse(targets, scanning)
    parse_rate(fleet.rate)
    delivery = Delivery.prepare(run, gating, fail_on=str(run.settings.find("headers.fail_on")[0]))
    not_before(delivery)
    auditor = Auditor(run, scanning, default="none")
    journal, head, resumed = _journal(auditor, fleet)
    try:
        job = _job(auditor, fleet, head, delivery, journal.path if resumed else None)
    except BaseException:
        journal.close()
        raise
    tail = _tail(run, journal, resumed)
    words = _resume_words(journal.path, scanning)
    run.streams.note(f"the journal is {journal.path}; to go on if this is interrupted: {words}")
    try:
        conducted = _conduct(run, job, journal, fleet.workers)
    finally:
        if tail:
            tail.close()
        journal.close()
    if tail and tail.gone:
        raise BrokenPipeError
    if conducted.signal:
        run.streams.note(f"stopped; go on with: {words}")
        return exits.INTERRUPTED if conducted.signal == signal.SIGINT else exits.TERMINATED
    fold = conducted.fleet if conducted.whole and not resumed else None
    return FleetDelivery(delivery, [journal.path], fleet=fold, streamed=True).deliver()


def _conduct(run: Run, job: Job, journal: journals.Journal, workers: int) -> Conducted:
    total = count_lines(Path(job.targets)) // job.shard.count
    before = len(finished(Path(job.journal))) if job.journal else 0
    with Progress(run.streams, total, before) as progress:
        failures = 0

        def tell(done: int, failed: int) -> None:
            nonlocal failures
            failures = failed
            progress.tell(done, failed)

        conducted = conduct(job, journal, workers, tell)
    run.streams.note(progress.summary(failures))
    return conducted


def _refuse(targets: Sequence[str], scanning: Scanning) -> None:
    clash = "a TARGET" if targets else "--from" if scanning.source else ""
    clash = clash or ("--subject" if scanning.subject else "--for" if scanning.server else "")
    if clash:
        fix = "give one or the other"
        what = f"{clash} does not go with a list of targets"
        raise RevoctlError("usage.command-line", what, "", fix)


def _journal(auditor: Auditor, fleet: Fleet) -> tuple[journals.Journal, Header, bool]:
    """The journal to append to, its header, and whether it holds records of an earlier run."""
    _, profile = auditor.policy(None)
    parse_shard(fleet.shard)
    if fleet.resume and not (fleet.target_list and not journals.begun(fleet.resume)):
        journal, head = journals.resume(fleet.resume, profile.digest)
        return journal, head, True
    at = now()
    scan = journals.new_scan(at)
    folder = journals.folder(Path())
    path = fleet.resume or folder / f"{scan}.jsonl"
    head = Header(
        schema=SCHEMA,
        scan=scan,
        tool=Tool("revoctl", __version__),
        profile=ProfileRef(profile.name, profile.digest),
        started=at,
        targets=_list(fleet.target_list, folder / f"{scan}.targets"),
        column=fleet.column,
        shard=str(parse_shard(fleet.shard)),
    )
    _check_list(head)
    return journals.create(path, head), head, False


def _list(text: str, spool: Path) -> str:
    """The list's absolute path; what can be read only once, as a pipe, is kept in ``spool``."""
    path = Path(text)
    if text != "-" and (path.is_file() or not path.exists()):
        return str(path.absolute())
    try:
        with spool.open("wb") as kept, _once(text) as stream:
            while data := stream.read(1 << 16):
                kept.write(data)
    except OSError as error:
        why = error.strerror or str(error)
        raise RevoctlError("file.unwritable", f"{spool} was not written", why) from None
    return str(spool.absolute())


def _once(text: str) -> contextlib.AbstractContextManager[BinaryIO]:
    return contextlib.nullcontext(sys.stdin.buffer) if text == "-" else Path(text).open("rb")


def _check_list(head: Header) -> None:
    """Raise what keeps a list from being read before anything else is done."""
    try:
        with Path(head.targets).open("rb") as stream:
            next(read_targets(stream, head.column), None)
    except FileNotFoundError:
        what = f"the list of targets {head.targets} was not read"
        raise RevoctlError("file.missing", what, "there is no such file", "check it") from None
    except OSError as error:
        what, why = f"{head.targets} was not read", error.strerror or str(error)
        raise RevoctlError("file.unreadable", what, why) from None


def _job(auditor: Auditor, fleet: Fleet, head: Header, delivery: Delivery, old: Path | None) -> Job:
    policy_of = auditor.policy(None)[1]
    address = Target(PLACEHOLDER, _headers(auditor))
    preload = auditor.preload_path()
    spool = journals.folder(Path()) / f"{head.scan}.targets"
    job = Job(
        header=head,
        request=auditor.live(address)[1],
        policy=policy_of.data,
        targets=_list(fleet.target_list, spool) if old and fleet.target_list else head.targets,
        column=fleet.column or head.column,
        shard=parse_shard(fleet.shard or head.shard),
        bounds=Bounds(fleet.concurrency, fleet.per_host),
        rate=parse_rate(fleet.rate),
        preload_list=str(preload) if preload else "",
        journal=str(old) if old else "",
        gate=delivery.gate,
        waivers=delivery.waivers,
        today=now().date(),
    )
    _check_list(msgspec.structs.replace(head, targets=job.targets, column=job.column))
    return job


def _headers(auditor: Auditor) -> tuple[tuple[str, str], ...]:
    from revoctl.cli import credentials

    given = auditor.options.header
    return tuple(credentials.parse(text, auditor.run.environment) for text in given)


def _tail(run: Run, journal: journals.Journal, resumed: bool) -> Tail | None:
    if run.output != "jsonl" or run.options.quiet >= 2:
        return None
    tail = Tail(journal.path, journal.size if resumed else 0, _interrupt)
    journal.after = tail.grown
    tail.grown(journal.size)
    return tail


def _interrupt() -> None:
    """No one reads the lines any more: end as if asked to."""
    os.kill(os.getpid(), signal.SIGTERM)


def _resume_words(path: Path, scanning: Scanning) -> str:
    profile = ["--profile", scanning.profile] if scanning.profile else []
    return shlex.join(["revoctl", "headers", "scan", "--resume", str(path), *profile])
