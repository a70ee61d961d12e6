"""An HTTP proxy: tunnels by CONNECT (RFC 9110 section 9.3.6), or requests in absolute form."""

from __future__ import annotations

import binascii
from typing import NamedTuple

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.head import HeadReader, NotHttp
from revoctl.headers.fetch.url import BadUrl, parse_authority
from revoctl.headers.fetch.wire import Stream


class Proxy(NamedTuple):
    """Where the proxy is. ``authorization`` is the value of its header, empty without one."""

    host: str
    port: int
    authorization: str = ""

    @property
    def where(self) -> str:
        """``host:port``, without credentials."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def header(self) -> str:
        """The header line that authenticates us to the proxy, or nothing."""
        return f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""


def parse_proxy(text: str) -> tuple[Proxy, tuple[str, ...]]:
    """The proxy of ``http://[user:password@]host[:port]`` and the secrets that the URL holds.

    Raises :class:`~revoctl.errors.RevoctlError` ``target.proxy``, never with the credentials.
    """
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        scheme, rest = "http", scheme
    authority = rest.partition("/")[0]
    user, at, place = authority.rpartition("@")
    try:
        if scheme.lower() != "http":
            raise BadUrl("its scheme is not http")
        host, port = parse_authority(place, "http")
    except BadUrl as error:
        raise failures.proxy(place[:80], str(error), "give http://host:port") from None
    if not at:
        return Proxy(host, port), ()
    pair = _unquoted(user)
    token = binascii.b2a_base64(pair, newline=False).decode("ascii")
    secrets = (token, user, pair.decode("latin-1"), user.partition(":")[2])
    return Proxy(host, port, f"Basic {token}"), secrets


async def tunnel(stream: Stream, proxy: Proxy, authority: str, deadline: Deadline) -> None:
    """Have the proxy connect ``stream`` to ``host:port``.

    Raises :class:`~revoctl.errors.RevoctlError` ``target.proxy``, TimeoutError.
    """
    ask = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{proxy.header}\r\n"
    reader = HeadReader()
    try:
        await stream.write(ask.encode("latin-1"), deadline)
        while not reader.complete:
            data = await stream.read(deadline)
            if not data:
                raise failures.proxy(proxy.where, "it closed the connection")
            reader.feed(data)
        head = reader.parse(Oddities())
    except NotHttp:
        raise failures.proxy(proxy.where, "its answer is not HTTP") from None
    except TimeoutError:
        raise
    except OSError as error:
        raise failures.proxy(proxy.where, error.strerror or str(error)) from None
    if head.status == 407:
        raise unauthorised(proxy)
    if not 200 <= head.status < 300:
        raise failures.proxy(proxy.where, f"it answers {head.status} to CONNECT {authority}")


def unauthorised(proxy: Proxy) -> Exception:
    """The proxy asks for credentials, or for others."""
    return failures.proxy(
        proxy.where,
        "it answers 407 and asks for credentials",
        "give http://user:password@host:port as the proxy",
    )


def _unquoted(text: str) -> bytes:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(text)
