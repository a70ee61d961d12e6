"""``revoctl headers scan``: targets in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from revoctl import __version__
from revoctl.cli.deliver import Delivery
from revoctl.cli.options import Common, Gating, takes
from revoctl.cli.run import Run
from revoctl.cli.scanning import PROBES, Fleet, Scanning
from revoctl.cli.targets import Target, resolve
from revoctl.errors import RevoctlError
from revoctl.quantities import duration, now

if TYPE_CHECKING:
    from revoctl.headers.fetch import Request
    from revoctl.headers.preload import PreloadList
    from revoctl.headers.snapshot import Snapshot
    from revoctl.policy.headers import HeadersPolicy
    from revoctl.profiles import Profile
    from revoctl.report.details import Snippet
    from revoctl.report.model import Report

Event = Callable[[str], None] | None
TOGETHER = 16
"""Targets of one command line that are scanned at the same time."""


@takes(scanning=Scanning, fleet=Fleet, common=Common, gating=Gating)
def scan(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET…", help="URLs, hosts, or names from revoctl.yaml."),
    ] = None,
    *,
    scanning: Scanning,
    fleet: Fleet,
    common: Common,
    gating: Gating,
) -> int:
    """Audit live targets, or saved answers, and grade them.

    Fails (exit 1) on findings of severity high or worse, unless --fail-on or --exit-zero say
    otherwise.

    Examples:

      revoctl headers scan https://localhost:8443 --for nginx

      revoctl headers scan staging -o json --save sarif:headers.sarif --baseline main.json

      revoctl headers scan --from answer.har --profile api

      revoctl headers scan --targets hosts.txt --workers 2 --max-errors 5%
    """
    run = Run.start(common)
    if fleet.target_list or fleet.resume:
        from revoctl.cli.headers_fleet import scan_fleet

        return scan_fleet(run, targets or (), scanning, fleet, gating)
    fail_on = str(run.settings.find("headers.fail_on")[0])
    delivery = Delivery.prepare(run, gating, fail_on=fail_on, also=("snapshot",))
    audit = Auditor(run, scanning)
    wanted = [resolve(run, text, scanning.header) for text in targets or ()]
    if not wanted and not scanning.source:
        fix = "name a URL, a host, a target of revoctl.yaml, or --from FILE"
        raise RevoctlError(
            "usage.command-line", "there is nothing to scan", "no target was given", fix
        )
    work = [audit.live(target) for target in wanted]
    snapshots: list[Snapshot] = []
    reports: list[Report] = []
    for report, snapshot in (*audit.saved(), *audit.fetch(work)):
        reports.append(report)
        if snapshot:
            snapshots.append(snapshot)
    extra = {"snapshot": lambda: _saved_snapshot(snapshots)}
    snippet = audit.snippet(snapshots) if delivery.draws else None
    return delivery.deliver(reports, snippet=snippet, extra=extra)


class Auditor:
    """Policies, probes and deadlines of one command, and what turns an answer into a report."""

    def __init__(self, run: Run, options: Scanning, default: str = "cors,http") -> None:
        self.run = run
        self.options = options
        self.probes = _probes(options.probe, default)
        if options.timeout:
            duration(options.timeout)  # refused before any file is read
        self.server = str(run.settings.get("headers.server", options.server) or "")
        self.preloaded = self._preload_list()
        self.policies: dict[tuple[str, Path | None], tuple[HeadersPolicy, Profile]] = {}
        if self.server:
            from revoctl.headers.emit import check

            check(self.server)
        self.policy(None)

    def policy(self, target: Target | None) -> tuple[HeadersPolicy, Profile]:
        """The policy that a target is held to: flag, the target's own, settings, default."""
        from revoctl.cli.policies import headers_policy

        name, base = self.options.profile, None
        if name is None and target and target.profile:
            name, base = target.profile, target.base
        if name is None:
            settings = self.run.settings
            name, base = (
                str(settings.find("headers.profile")[0]),
                settings.folder("headers.profile"),
            )
        if (name, base) not in self.policies:
            self.policies[name, base] = headers_policy(name, base)
        return self.policies[name, base]

    def live(self, target: Target) -> tuple[Target, Request]:
        """What the fetcher is asked. Raises :class:`RevoctlError` ``target.invalid``."""
        from revoctl.cli.fetching import request_of
        from revoctl.headers.fetch.target import parse_target

        parse_target(target.address)
        return target, request_of(
            self.run,
            target,
            self.options,
            probes=self.probes,
            max_redirects=self.options.max_redirects,
            trust_unverified=self.options.trust_unverified,
        )

    def fetch(self, work: list[tuple[Target, Request]]) -> Iterator[tuple[Report, Snapshot | None]]:
        """Scan all targets, in order; several of them at once."""
        requests = [request for _, request in work]
        event = self._event if self.run.options.verbose > 1 else None
        answers = _one(requests, event) if len(work) < 2 else _many(requests, event)
        for (target, request), answer in zip(work, answers, strict=True):
            policy, profile = self.policy(target)
            if isinstance(answer, RevoctlError):
                yield _failed(target.subject or request.target, answer, profile), None
            else:
                subject = self.options.subject or target.subject
                yield self._judge(answer, policy, profile, subject), answer

    def saved(self) -> Iterator[tuple[Report, Snapshot | None]]:
        """Judge the files of ``--from``."""
        if not self.options.source:
            return
        from revoctl.headers.sources import read

        policy, profile = self.policy(None)
        for path in self.options.source:
            snapshot = read(path, self.options.url or None)
            yield self._judge(snapshot, policy, profile, self.options.subject), snapshot

    def snippet(self, snapshots: list[Snapshot]) -> Snippet | None:
        """What writes a fix for ``--for``, or for the server that the first answer names."""
        from revoctl.headers.emit import fix_snippet, guess

        server = self.server
        if not server and snapshots:
            hop = snapshots[0].final
            server = guess(" ".join((*hop.values("server"), *hop.values("x-powered-by"))))
        if not server:
            return None

        return lambda fixes: fix_snippet(server, *fixes)

    def _judge(
        self, snapshot: Snapshot, policy: HeadersPolicy, profile: Profile, subject: str
    ) -> Report:
        from revoctl.headers.audit import audit
        from revoctl.report.model import Tool

        return audit(
            snapshot,
            policy,
            tool=Tool("revoctl", __version__),
            finished=now(),
            digest=profile.digest,
            subject=subject,
            preloaded=self.preloaded,
        )

    def preload_path(self) -> Path | None:
        """The file with the HSTS preload list, if there is one: flag, then settings."""
        settings = self.run.settings
        name = settings.find("headers.preload_list")[0]
        if self.options.preload_list is None and name:
            return (settings.folder("headers.preload_list") or Path()) / str(name)
        return self.options.preload_list

    def _preload_list(self) -> PreloadList | None:
        path = self.preload_path()
        if path is None:
            return None
        from revoctl.files import read
        from revoctl.headers.preload import parse_preload

        return parse_preload(read(path, "the preload list").decode("utf-8", "replace"))

    def _event(self, line: str) -> None:
        self.run.streams.detail(line, 2)


def _probes(text: str | None, default: str) -> frozenset[str]:
    words = (default if text is None else text).split(",")
    names = frozenset(word.strip() for word in words if word.strip()) - {"none"}
    if names - set(PROBES):
        unknown = ", ".join(sorted(names - set(PROBES)))
        raise RevoctlError(
            "usage.command-line", f"--probe {unknown} is unknown", "", "cors, http, none"
        )
    return names


def _one(requests: list[Request], event: Event) -> list[Any]:
    from revoctl.headers.fetch import scan as fetch

    found: list[Any] = []
    for request in requests:
        try:
            found.append(fetch(request, event))
        except RevoctlError as error:
            found.append(error)
    return found


def _many(requests: list[Request], event: Event) -> list[Any]:
    import asyncio

    from revoctl.headers.fetch import scan_async

    async def all_of_them() -> list[Any]:
        slots = asyncio.Semaphore(TOGETHER)

        async def one(request: Request) -> Any:
            async with slots:
                try:
                    return await scan_async(request, event)
                except RevoctlError as error:
                    return error

        return await asyncio.gather(*map(one, requests))

    return asyncio.run(all_of_them())


def _failed(target: str, error: RevoctlError, profile: Profile) -> Report:
    from revoctl.headers.audit import SCHEMA
    from revoctl.report.model import Failure, ProfileRef, Report, Tool

    at = now()
    failure = Failure(target, error.code, error.what, error.why, error.fix)
    reference = ProfileRef(profile.name, profile.digest)
    return Report(SCHEMA, Tool("revoctl", __version__), at, at, reference, errors=(failure,))


def _saved_snapshot(snapshots: list[Snapshot]) -> bytes:
    from revoctl.headers.sources import save

    if len(snapshots) != 1:
        why = f"{len(snapshots)} targets answered, and a snapshot file holds one"
        raise RevoctlError("usage.save", "no snapshot was saved", why, "scan one target at a time")
    return save(snapshots[0])
