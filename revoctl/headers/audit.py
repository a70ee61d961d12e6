"""The audit as one pure function: a snapshot and a policy in, a report out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from revoctl.headers import catalogue
from revoctl.headers.grade import grade, ungraded
from revoctl.headers.page import Page
from revoctl.headers.snapshot import Body, Field, Hop, Snapshot, Tls
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Kind, ProfileRef, Report, Subject, Tool

if TYPE_CHECKING:
    from revoctl.headers.preload import PreloadList

SCHEMA = "revoctl.headers/v1"
SAMPLE_NONCE = "c2FtcGxlIG9mIDEyOCBiaXQ+"
"""Stands for the nonce that each response of a policy with ``{nonce}`` gets."""
POLICY_URL = "https://policy.invalid/"


def audit(
    snapshot: Snapshot,
    policy: HeadersPolicy,
    *,
    tool: Tool,
    finished: datetime,
    digest: str = "",
    subject: str = "",
    preloaded: PreloadList | None = None,
) -> Report:
    """Judge a snapshot by every rule, and grade it.

    ``digest`` is the profile's. ``subject`` stands for the origin in names and fingerprints, so
    that two deployments of one service compare. The same snapshot and policy give the same result.
    """
    page = Page(snapshot, policy, preloaded)
    name = subject_name(snapshot.target, subject)
    checks, findings = catalogue.judge(page, name)
    score = grade(page, policy.scale)
    return Report(
        schema=SCHEMA,
        tool=tool,
        started=snapshot.taken,
        finished=finished,
        profile=ProfileRef(policy.name, digest),
        subjects=(Subject(name, score, facts(snapshot, ungraded(page, policy.scale))),),
        rules=catalogue.metadata(),
        checks=checks,
        findings=findings,
        score=score,
    )


def audit_policy(policy: HeadersPolicy, *, tool: Tool, at: datetime) -> Report:
    """The weaknesses of a policy without any target: of a response that is exactly the policy."""
    fields = [Field("Content-Type", "text/html; charset=utf-8")]
    fields += [
        Field(setting.name, setting.value.replace("{nonce}", SAMPLE_NONCE))
        for setting in policy.settings.values()
        if not setting.paths
    ]
    tls = Tls("TLSv1.3", verified=True)
    hop = Hop(POLICY_URL, 200, tuple(fields), tls=tls, body=Body(""))
    snapshot = Snapshot(POLICY_URL, at, (hop,), source="policy")
    report = audit(snapshot, policy, tool=tool, finished=at, subject=f"policy {policy.name}")
    said = {s.name.lower() for s in policy.settings.values()}
    return _only_weaknesses(report, said)


def subject_name(url: str, subject: str = "") -> str:
    """The origin, or what stands for it, and the path; neither query nor fragment."""
    parts = urlsplit(url)
    path = "" if parts.path in ("", "/") else parts.path
    return f"{subject or f'{parts.scheme}://{parts.netloc}'}{path}"


def facts(snapshot: Snapshot, ungraded: str = "") -> tuple[tuple[str, str], ...]:
    """What was asked, what answered, and how: the lines above a report's findings."""
    hop = snapshot.final
    rows = [("Asked", snapshot.target)]
    if len(snapshot.hops) > 1 or hop.url != snapshot.target:
        rows.append(("Answered", hop.url))
    rows.append(("Status", f"{hop.status} {hop.reason}".strip()))
    if hop.address:
        rows.append(("Address", hop.address))
    if hop.tls:
        state = "certificate accepted" if hop.tls.verified else f"NOT VERIFIED: {hop.tls.error}"
        rows.append(("TLS", f"{hop.tls.version}, {state}"))
    if len(snapshot.hops) > 1:
        rows.append(("Hops", " → ".join(str(h.status) for h in snapshot.hops)))
    rows.append(("Probes", ", ".join(snapshot.probed) or "none"))
    if snapshot.source != "live":
        rows.append(("Source", snapshot.source))
    rows += [("Note", note) for note in snapshot.notes]
    if ungraded:
        rows.append(("No grade", ungraded))
    return tuple(rows)


def _only_weaknesses(report: Report, said: set[str]) -> Report:
    import msgspec

    weak = {r.id for r in report.rules if r.kind is Kind.WEAKNESS}
    findings = tuple(f for f in report.findings if f.rule in weak)
    return msgspec.structs.replace(
        report,
        rules=tuple(r for r in report.rules if r.id in weak),
        checks=tuple(c for c in report.checks if c.rule in weak),
        findings=findings,
    )
