"""One scan from a request to a snapshot, written once for both wires."""

from __future__ import annotations

from datetime import UTC, datetime

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.chain import Chain, follow
from revoctl.headers.fetch.request import Request
from revoctl.headers.fetch.session import Session, Trace
from revoctl.headers.fetch.target import Target, parse_target
from revoctl.headers.fetch.url import Url
from revoctl.headers.fetch.wire import Link, Wire
from revoctl.headers.snapshot import Probe, Snapshot

FOR_HTTPS = 0.4
"""Share of the time that https is given where no scheme was."""


def scan(request: Request, on_event: Trace | None = None) -> Snapshot:
    """Scan one target and wait for it, at most ``request.timeout`` seconds.

    ``on_event`` is called with redacted, printable lines that tell what happens. Raises
    :class:`~revoctl.errors.RevoctlError` if there was no answer: ``target.invalid``,
    ``unresolvable``, ``unreachable``, ``refused``, ``timeout``, ``tls``, ``not-http``,
    ``empty-answer``, ``private-address`` or ``proxy``, each after ``target.``.
    """
    from revoctl.headers.fetch.wire_blocking import BlockingWire, run

    return run(take(request, BlockingWire(), on_event))


async def scan_async(request: Request, on_event: Trace | None = None) -> Snapshot:
    """Scan one target on the running event loop, beside others. Raises as :func:`scan`."""
    from revoctl.headers.fetch.wire_asyncio import AsyncioWire

    return await take(request, AsyncioWire(), on_event)


async def take(request: Request, wire: Wire, on_event: Trace | None = None) -> Snapshot:
    """Scan one target over a wire. Raises as :func:`scan`."""
    target = parse_target(request.target)
    session = Session(request, wire, on_event)
    try:
        return await _take(session, target)
    except RevoctlError as error:
        clean = session.redactor.text
        raise RevoctlError(
            error.code, clean(error.what), clean(error.why), clean(error.fix)
        ) from None


async def _take(session: Session, target: Target) -> Snapshot:
    taken = datetime.now(UTC)
    session.home = target.url
    if session.proxy:
        session.note(f"asked through the proxy {session.proxy.where}")
    url, link = await _enter(session, target)
    chain = await follow(session, Chain(url), session.deadline, link)
    probes, probed = await _probe(session, url, chain)
    return Snapshot(
        target=session.redactor.text(str(url)),
        taken=taken,
        hops=tuple(chain.hops),
        ending=chain.ending,
        ending_detail=chain.detail,
        probes=probes,
        probed=probed,
        notes=tuple(session.redactor.text(note) for note in session.notes),
    )


async def _enter(session: Session, target: Target) -> tuple[Url, Link]:
    """The first connection; where no scheme was given, over http if https gives none."""
    if not target.assumed:
        return target.url, await session.open(target.url, session.deadline)
    try:
        return target.url, await session.open(target.url, session.deadline.share(FOR_HTTPS))
    except RevoctlError as error:
        if not _may_be_http(error.code, target):
            raise
        why = error.why
    link = await session.open(target.plain, session.deadline)
    session.note(f"no scheme was given and https gave no answer ({why}): http was asked instead")
    return target.plain, link


def _may_be_http(code: str, target: Target) -> bool:
    """Whether http could work where https did not; on the same port only if something is there."""
    if code in ("target.tls", "target.timeout"):
        return True
    other_port = target.plain.port != target.url.port
    return other_port and code in ("target.refused", "target.unreachable")


async def _probe(
    session: Session, first: Url, chain: Chain
) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
    """What the probes gave, and which families were really asked."""
    if not session.request.probes:
        return (), ()
    from revoctl.headers.fetch.probes import probe_cors, probe_entrance

    probes: list[Probe] = []
    probed: list[str] = []
    if "http" in session.request.probes:
        entrance = await probe_entrance(session, first, chain)
        if entrance is not None:
            probes.append(entrance)
            probed.append("http")
    if "cors" in session.request.probes and chain.last is not None:
        probes += await probe_cors(session, chain.last)
        probed.append("cors")
    return tuple(probes), tuple(probed)
