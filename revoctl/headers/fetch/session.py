"""What one scan shares among its requests: the deadline, names, certificates, what is secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.dial import dial
from revoctl.headers.fetch.names import Names
from revoctl.headers.fetch.redaction import Redactor
from revoctl.headers.fetch.request import Request
from revoctl.headers.fetch.url import Url
from revoctl.headers.fetch.wire import Link, Wire
from revoctl.text import printable

if TYPE_CHECKING:
    from revoctl.headers.fetch.proxy import Proxy

LONGEST_LINE = 1000
Trace = Callable[[str], None]


class Session:
    """The state of one scan; ``home`` is the URL whose origin may see the credentials."""

    def __init__(self, request: Request, wire: Wire, on_event: Trace | None = None) -> None:
        self.request = request
        self.wire = wire
        self.on_event = on_event
        self.deadline = Deadline(request.timeout)
        self.notes: list[str] = []
        self.home: Url | None = None
        self.proxy: Proxy | None = None
        secrets: tuple[str, ...] = ()
        if request.proxy:
            from revoctl.headers.fetch.proxy import parse_proxy

            self.proxy, secrets = parse_proxy(request.proxy)
        self.redactor = Redactor(request.headers, secrets)
        self.names = Names(wire, request.resolve, self.tell)
        self.distrusted: dict[str, str] = {}
        """Why the certificate of an origin was not accepted."""

    def tell(self, line: str) -> None:
        """Hand a line to the operator's trace, redacted, printable and at most 1000 characters."""
        if self.on_event is not None:
            self.on_event(printable(self.redactor.text(line)[:LONGEST_LINE]))

    def note(self, sentence: str) -> None:
        """Remember, once, what a reader of the snapshot should know."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            self.tell(f"* {sentence}")

    async def open(self, url: Url, deadline: Deadline) -> Link:
        """A connection to the URL's origin, with TLS where it says https.

        Raises :class:`~revoctl.errors.RevoctlError` of the family ``target``.
        """
        phase = "looking up its name"
        try:
            addresses = await self._addresses(url, deadline)
            phase = "connecting"
            if url.scheme == "http":
                return await dial(self, url, addresses, deadline)
            from revoctl.headers.fetch.secure import secure

            phase = "connecting and agreeing on TLS"
            return await secure(self, url, addresses, deadline)
        except TimeoutError:
            raise failures.timed_out(url.authority, phase, self.request.timeout) from None

    async def _addresses(self, url: Url, deadline: Deadline) -> tuple[str, ...]:
        if self.request.public_only:
            return await self.names.public(url.host, url.port, deadline)
        if self.proxy:
            return ()
        return await self.names.addresses(url.host, url.port, deadline)

    def tunnels(self, url: Url) -> bool:
        """Whether a request goes through a tunnel of the proxy, rather than in absolute form.

        Under ``public_only`` always, since only a tunnel can be pinned to the checked address.
        """
        return self.proxy is not None and (url.scheme == "https" or self.request.public_only)
