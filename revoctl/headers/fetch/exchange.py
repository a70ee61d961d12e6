"""One request and its answer, which becomes a hop whatever is wrong with it."""

from __future__ import annotations

from time import monotonic

from msgspec import Struct

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.body import BodyReader, has_document
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.head import REDIRECTS, Head, HeadReader, NotHttp
from revoctl.headers.fetch.outgoing import Ask, request_bytes, shown
from revoctl.headers.fetch.redaction import redact_cookies
from revoctl.headers.fetch.session import Session
from revoctl.headers.fetch.wire import Link, TlsAlert
from revoctl.headers.snapshot import Body, Field, Hop

MOST_INTERIM = 10
"""1xx heads before the final one that are followed."""
FOR_PROBES = 0.4
"""Share of the remaining time that probes are left, however slowly a body comes."""


class Received(Struct, frozen=True):
    """A final head, the codes of the interim ones before it, and the bytes behind it.

    ``cut``: the head itself is incomplete, so that nothing behind it can be a body.
    """

    head: Head
    interim: tuple[int, ...]
    rest: bytes
    cut: bool
    odd: Oddities


class Answer(Struct, frozen=True):
    """A hop as it may be kept, and the fields as they came, for the engine's own use."""

    hop: Hop
    fields: tuple[Field, ...]


async def exchange(session: Session, ask: Ask, link: Link, deadline: Deadline) -> Answer:
    """Send the request on an open link and read the answer; the link is closed after it.

    A body is read until it is whole, its cap is reached or the deadline strikes, of which none
    loses the headers. Raises :class:`~revoctl.errors.RevoctlError` of the family ``target``.
    """
    started = monotonic()
    try:
        await _send(session, ask, link, deadline)
        received = await _read_head(session, ask, link, deadline)
        seconds = round(monotonic() - started, 6)
        _tell_head(session, received.head)
        wanted = ask.body and not received.cut and _is_page(received.head)
        body = await _read_body(session, link, received, deadline) if wanted else None
    finally:
        link.stream.close()
    hop = _hop(ask, link, received, body, seconds)
    return Answer(session.redactor.hop(hop), received.head.fields)


def _hop(ask: Ask, link: Link, received: Received, body: Body | None, seconds: float) -> Hop:
    head = received.head
    return Hop(
        url=str(ask.url),
        status=head.status,
        fields=head.fields,
        method=ask.method,
        reason=head.reason,
        version=head.version,
        address=link.address,
        interim=received.interim,
        anomalies=received.odd.all(),
        tls=link.tls,
        body=body,
        seconds=seconds,
    )


async def _send(session: Session, ask: Ask, link: Link, deadline: Deadline) -> None:
    data = request_bytes(session, ask, link)
    if session.on_event is not None:
        for line in data.decode("latin-1").split("\r\n")[:-2]:
            session.tell(f"> {shown(line)}")
    try:
        await link.stream.write(data, deadline)
    except TimeoutError:
        raise _late(session, ask, "sending the request") from None
    except OSError:
        return  # it may have answered before it closed: reading tells


async def _read_head(session: Session, ask: Ask, link: Link, deadline: Deadline) -> Received:
    interim: list[int] = []
    rest = b""
    while len(interim) <= MOST_INTERIM:
        reader, odd = HeadReader(), Oddities()
        try:
            await _fill(session, ask, link, reader, rest, deadline)
            head = reader.parse(odd)
        except NotHttp as error:
            raise failures.not_http(ask.url.authority, error.start) from None
        cut = reader.overflow or not reader.complete
        if not 100 <= head.status < 200 or head.status == 101:
            _check_proxy(session, ask, head)
            return Received(head, tuple(interim), reader.rest(), cut, odd)
        session.tell(f"< HTTP/{head.version} {head.status} {head.reason}")
        interim.append(head.status)
        rest = reader.rest()
        if cut:
            break
    raise failures.empty_answer(ask.url.authority, "interim answers came, and no final one")


async def _fill(
    session: Session, ask: Ask, link: Link, reader: HeadReader, rest: bytes, deadline: Deadline
) -> None:
    reader.feed(rest)
    try:
        while not reader.complete:
            data = await link.stream.read(deadline)
            if not data:
                break
            reader.feed(data)
    except TimeoutError:
        raise _late(session, ask, "waiting for the headers") from None
    except TlsAlert as error:
        if not reader.started:
            raise failures.tls(ask.url.authority, str(error)) from None
    except OSError as error:
        if not reader.started:
            raise failures.empty_answer(ask.url.authority, error.strerror or str(error)) from None
    if not reader.started:
        raise failures.empty_answer(ask.url.authority)


async def _read_body(
    session: Session, link: Link, received: Received, deadline: Deadline
) -> Body | None:
    reader, cut = BodyReader(received.head, received.odd), ""
    done = reader.feed(received.rest)
    try:
        limit = deadline.share(1 - FOR_PROBES) if session.request.probes else deadline
        while not done:
            data = await link.stream.read(limit)
            if not data:
                break
            done = reader.feed(data)
    except TimeoutError:
        cut = "the time allowed is over"
    except OSError as error:
        cut = f"the connection broke ({error.strerror or error})"
    return reader.finish(cut)


def _tell_head(session: Session, head: Head) -> None:
    if session.on_event is None:
        return
    session.tell(f"< HTTP/{head.version} {head.status} {head.reason}")
    for field in redact_cookies(head.fields):
        session.tell(f"< {field.name}: {field.value}")


def _is_page(head: Head) -> bool:
    """Whether the answer is where a chain may end, so that its body counts."""
    redirect = head.status in REDIRECTS and any(f.name.lower() == "location" for f in head.fields)
    return not redirect and has_document(head)


def _check_proxy(session: Session, ask: Ask, head: Head) -> None:
    if head.status == 407 and session.proxy and not session.tunnels(ask.url):
        from revoctl.headers.fetch.proxy import unauthorised

        raise unauthorised(session.proxy)


def _late(session: Session, ask: Ask, phase: str) -> Exception:
    return failures.timed_out(ask.url.authority, phase, session.request.timeout)
