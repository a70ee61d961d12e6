"""TLS over any wire: the handshake as browsers would do it, and a second one that accepts all.

The protocol runs on memory buffers (:class:`ssl.SSLObject`), so that one implementation serves
both wires and sees the bytes itself: a port that answers in plain HTTP is told at once from one
that fails the handshake. The process shares the contexts: making one costs more than a scan.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import lru_cache

from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.wire import Stream, TlsAlert
from revoctl.headers.snapshot import Tls

READ = 65536
_PLAIN_STARTS = (b"HTTP/", b"ICY ", b"<")


class PlainHttp(Exception):
    """The peer answered the handshake in plain HTTP."""


class NoSession(Exception):
    """The handshake failed; the message says why."""


@lru_cache(maxsize=8)
def strict_context(ca_file: str = "") -> ssl.SSLContext:
    """Certificate and host name checked against the system's authorities and those of a file.

    Raises :class:`OSError` (of which :class:`ssl.SSLError` is one) for an unusable file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@lru_cache(maxsize=1)
def lenient_context() -> ssl.SSLContext:
    """Every certificate and every protocol version that this OpenSSL still knows.

    Only for telling what is wrong with a server that the strict context refused.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsStream:
    """A TLS session over a stream; itself a :class:`~revoctl.headers.fetch.wire.Stream`."""

    def __init__(self, under: Stream, context: ssl.SSLContext, host: str) -> None:
        self._under = under
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # Bytes, because for text Python would load its IDNA tables; the name is ASCII already.
        self._session = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=host.rstrip(".").encode("ascii")
        )
        self._answered = False

    async def handshake(self, deadline: Deadline) -> None:
        """Establish the session. Raises PlainHttp, NoSession, TimeoutError."""
        while True:
            try:
                self._session.do_handshake()
                await self._flush(deadline)
                return
            except ssl.SSLWantReadError:
                await self._exchange(deadline)
            except ssl.SSLError as error:
                raise NoSession(_reason(error)) from None

    async def read(self, deadline: Deadline) -> bytes:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        while True:
            try:
                return self._session.read(READ)
            except ssl.SSLWantReadError:
                await self._flush(deadline)
                self._receive(await self._under.read(deadline))
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""
            except ssl.SSLError as error:
                raise TlsAlert(_reason(error)) from None

    async def write(self, data: bytes, deadline: Deadline) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        try:
            self._session.write(data)
        except ssl.SSLError as error:
            raise TlsAlert(_reason(error)) from None
        await self._flush(deadline)

    def close(self) -> None:
        """See :class:`~revoctl.headers.fetch.wire.Stream`."""
        self._under.close()

    def description(self, error: str = "") -> Tls:
        """The session as a snapshot tells it; ``error`` is why it is not to be trusted."""
        certificate = self._session.getpeercert() or {}
        return Tls(
            version=self._session.version() or "",
            verified=not error,
            error=error,
            issuer=_name(certificate.get("issuer")),
            subject=_name(certificate.get("subject")),
            not_after=_time(certificate.get("notAfter")),
        )

    async def _exchange(self, deadline: Deadline) -> None:
        try:
            await self._flush(deadline)
            data = await self._under.read(deadline)
        except TimeoutError:
            raise
        except OSError as error:
            raise NoSession(f"the connection broke ({error.strerror or error})") from None
        if not self._answered and data.startswith(_PLAIN_STARTS):
            raise PlainHttp
        if not data:
            raise NoSession("the server closed the connection during the handshake")
        self._answered = True
        self._receive(data)

    async def _flush(self, deadline: Deadline) -> None:
        if self._outgoing.pending:
            await self._under.write(self._outgoing.read(), deadline)

    def _receive(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    return (error.reason or str(error)).lower().replace("_", " ")


def _name(parts: object) -> str:
    """The common name, else the organisation, of a name as ``getpeercert`` gives it."""
    if not isinstance(parts, tuple):
        return ""
    found = {str(key): str(value) for relative in parts for key, value in relative}
    return found.get("commonName") or found.get("organizationName") or ""


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
