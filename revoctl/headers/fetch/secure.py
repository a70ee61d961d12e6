"""A TLS connection to a URL: as browsers would have it, else with anything and marked so."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.dial import dial
from revoctl.headers.fetch.tls import (
    NoSession,
    PlainHttp,
    TlsStream,
    lenient_context,
    strict_context,
)
from revoctl.headers.fetch.url import Url
from revoctl.headers.fetch.wire import Link

if TYPE_CHECKING:
    from revoctl.headers.fetch.session import Session


async def secure(
    session: Session, url: Url, addresses: tuple[str, ...], deadline: Deadline
) -> Link:
    """Connect and agree on TLS; once an origin was not trusted, it is not asked to be again.

    Raises :class:`~revoctl.errors.RevoctlError` of the family ``target``, TimeoutError.
    """
    why = session.distrusted.get(url.origin, "")
    try:
        if not why:
            try:
                return await _handshake(session, url, addresses, _strict(session), "", deadline)
            except NoSession as error:
                why = str(error)
                session.tell(f"* TLS: {why}; trying again without verification")
        link = await _handshake(session, url, addresses, lenient_context(), why, deadline)
    except PlainHttp:
        raise failures.plain_http(url.authority) from None
    except NoSession:
        raise failures.tls(url.authority, why) from None
    session.distrusted[url.origin] = why
    return link


def _strict(session: Session) -> ssl.SSLContext:
    path = session.request.ca_file
    try:
        return strict_context(path)
    except OSError as error:
        raise failures.option(
            f"{path} holds no usable certificate",
            error.strerror or str(error),
            "give a file of PEM certificates",
        ) from None


async def _handshake(
    session: Session,
    url: Url,
    addresses: tuple[str, ...],
    context: ssl.SSLContext,
    why: str,
    deadline: Deadline,
) -> Link:
    under = await dial(session, url, addresses, deadline)
    try:
        stream = TlsStream(under.stream, context, url.host)
        await stream.handshake(deadline)
    except BaseException:
        under.stream.close()
        raise
    tls = stream.description(why)
    session.tell(f"* TLS: {tls.version}, {'verified' if tls.verified else tls.error}")
    return Link(stream, under.address, tls)
