"""The acts of the demo, in order. Everything shown was computed a moment before."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from revoctl import __version__
from revoctl.demo.certificate import Certificate, issue
from revoctl.demo.service import running
from revoctl.policy.headers import HeadersPolicy
from revoctl.quantities import now
from revoctl.report.model import Report, Tool

PROFILE = "owasp"
SUBJECT = "shop"


@dataclass
class Stage:
    """What the acts share: where to speak, the policy, and the reports made so far."""

    say: Callable[[str], None]
    show: Callable[[object], None]
    policy: HeadersPolicy
    digest: str
    certificate: Certificate
    reports: list[Report] = field(default_factory=list)


def play(
    say: Callable[[str], None],
    show: Callable[[object], None],
    policy: HeadersPolicy,
    digest: str,
) -> list[Report]:
    """Play every act; ``show`` is given reports and documents. Returns the reports in order."""
    with tempfile.TemporaryDirectory(prefix="revoctl-demo-") as folder:
        stage = Stage(say, show, policy, digest, issue(Path(folder)))
        for act in ACTS:
            act(stage)
    return stage.reports


def headers(stage: Stage) -> None:
    """Scan a weak service, apply the policy, scan again, and compare."""
    import msgspec

    from revoctl.report.diff import diff, document

    stage.say("A shop goes live on loopback, as weak as they come. Is it ready?")
    before = _scan(stage, None)
    stage.show(before)
    stage.say(f"Now the shop sends what the policy {stage.policy.name!r} says, and is asked again.")
    after = _scan(stage, stage.policy)
    stage.show(after)
    stage.say("What changed:")
    change = document(diff([before], [after]))
    stage.show(msgspec.structs.replace(change, tables=change.tables[:1]))
    stage.reports += [before, after]


ACTS: tuple[Callable[[Stage], None], ...] = (headers,)


def _scan(stage: Stage, policy: HeadersPolicy | None) -> Report:
    from revoctl.headers.audit import audit
    from revoctl.headers.fetch import Request, scan

    with running(stage.certificate, policy) as url:
        request = Request(
            target=url,
            timeout=10.0,
            probes=frozenset({"cors"}),
            ca_file=str(stage.certificate.authority),
        )
        snapshot = scan(request)
    return audit(
        snapshot,
        stage.policy,
        tool=Tool("revoctl", __version__),
        finished=now(),
        digest=stage.digest,
        subject=SUBJECT,
    )
