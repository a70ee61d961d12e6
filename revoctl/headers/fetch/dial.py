"""TCP towards a URL: straight to one of its checked addresses, or by way of the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from revoctl.errors import RevoctlError
from revoctl.headers.fetch import failures
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.url import Url
from revoctl.headers.fetch.wire import Link

if TYPE_CHECKING:
    from revoctl.headers.fetch.proxy import Proxy
    from revoctl.headers.fetch.session import Session

MOST_ADDRESSES = 8
"""Addresses of one name that are tried."""
LONGEST_TRY = 2.0
"""Seconds for an address while others remain: what a black hole may cost."""


async def dial(session: Session, url: Url, addresses: tuple[str, ...], deadline: Deadline) -> Link:
    """A TCP connection towards the URL; ``addresses`` are those of its host that may be used.

    Raises :class:`~revoctl.errors.RevoctlError` of the family ``target``, TimeoutError.
    """
    if session.proxy is not None:
        return await _by_proxy(session, session.proxy, url, addresses, deadline)
    return await _first(session, url.port, url.authority, addresses, deadline)


async def _by_proxy(
    session: Session, proxy: Proxy, url: Url, addresses: tuple[str, ...], deadline: Deadline
) -> Link:
    try:
        found = await session.names.addresses(proxy.host, proxy.port, deadline)
        link = await _first(session, proxy.port, proxy.where, found, deadline)
    except RevoctlError as error:
        raise failures.proxy(proxy.where, error.why or error.what) from None
    address = addresses[0] if addresses else ""
    if session.tunnels(url):
        from revoctl.headers.fetch.proxy import tunnel

        place = replace(url, host=address) if address else url
        try:
            await tunnel(link.stream, proxy, place.authority, deadline)
        except BaseException:
            link.stream.close()
            raise
    return Link(link.stream, address)


async def _first(
    session: Session, port: int, where: str, addresses: tuple[str, ...], deadline: Deadline
) -> Link:
    """The first address that takes the connection, each given its share of the time."""
    errors: list[OSError] = []
    tried = addresses[:MOST_ADDRESSES]
    for n, address in enumerate(tried):
        rest = len(tried) - n
        try:
            limit = deadline.share(1 / rest, LONGEST_TRY) if rest > 1 else deadline
            stream = await session.wire.connect(address, port, limit)
        except OSError as error:
            session.tell(f"* {address} port {port}: {error.strerror or 'timed out'}")
            errors.append(error)
        else:
            session.tell(f"* connected to {address} port {port}")
            return Link(stream, address)
    raise _failure(where, errors)


def _failure(where: str, errors: list[OSError]) -> Exception:
    """The most telling of what the addresses gave."""
    if any(isinstance(error, ConnectionRefusedError) for error in errors):
        return failures.refused(where)
    late = next((error for error in errors if isinstance(error, TimeoutError)), None)
    return late or failures.unreachable(where, errors[-1].strerror or str(errors[-1]))
