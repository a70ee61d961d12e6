"""What a target answered, hop by hop: the input of every rule, and what can be saved and rejudged.

Text is the bytes on the wire decoded as latin-1, so that nothing is lost and nothing can fail to
decode. Cookie values and the operator's own credentials are replaced before a snapshot is built,
so no later stage can leak them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from revoctl.report.model import Model

SCHEMA = "revoctl.snapshot/v1"


class Field(NamedTuple):
    """One header line: the name as sent, and the value without surrounding white space."""

    name: str
    value: str


class AnomalyKind(StrEnum):
    """What can be odd about an answer: the closed set of values of :attr:`Anomaly.kind`."""

    #: The first line is not ``HTTP/1.x CODE``, or its code is outside 100-599 (RFC 9112 section 4).
    STATUS_LINE = "status-line"
    #: No colon, space before the colon, or a fold without a field (RFC 9112 section 5.1).
    MALFORMED_LINE = "malformed-header-line"
    #: The field name is empty or holds what no token may (RFC 9110 section 5.1).
    INVALID_NAME = "invalid-header-name"
    #: A value goes on in the next line: joined here with one space (RFC 9112 section 5.2).
    FOLDED_LINE = "obsolete-line-folding"
    #: Lines end in LF without CR (RFC 9112 section 2.2).
    BARE_LINE_FEED = "bare-line-feed"
    #: NUL, a CR inside the line, or another control character in a value (RFC 9110 section 5.5).
    CONTROL_CHARACTER = "control-character"
    #: Bytes above 0x7F in a value, which have no agreed meaning (RFC 9110 section 5.5).
    NON_ASCII = "non-ascii"
    #: One value, or the whole head, is beyond our cap; what is kept is its beginning.
    HEADER_TOO_LARGE = "header-too-large"
    #: More fields than our cap; what is kept are the first ones.
    TOO_MANY_HEADERS = "too-many-headers"
    #: The connection ended before the empty line that ends a head.
    TRUNCATED_HEAD = "truncated-head"
    #: Content-Length contradicts itself, Transfer-Encoding or the number syntax (RFC 9112 6.3).
    CONFLICTING_LENGTH = "conflicting-content-length"
    #: A chunk size is no hexadecimal number, or a chunk does not end where it should.
    BROKEN_CHUNKING = "broken-chunking"
    #: The connection, or the time allowed, ended before the body did.
    TRUNCATED_BODY = "truncated-body"
    #: The body is coded in what this scanner did not ask for and cannot read; no body is judged.
    UNKNOWN_ENCODING = "unknown-content-encoding"
    #: The body is not what Content-Encoding says.
    BROKEN_ENCODING = "broken-content-encoding"
    #: The body goes on beyond our cap; what is judged is its beginning.
    BODY_TOO_LARGE = "body-too-large"


class Anomaly(Model, frozen=True):
    """Something in the response that a strict reader would refuse, and where it stood.

    ``kind`` is a value of :class:`AnomalyKind`; ``detail`` quotes at most 300 characters.
    """

    kind: str
    detail: str = ""


class Tls(Model, frozen=True):
    """The TLS session of a hop. ``error`` says why the certificate was not accepted."""

    version: str
    verified: bool
    error: str = ""
    issuer: str = ""
    subject: str = ""
    not_after: datetime | None = None


class Body(Model, frozen=True):
    """The decoded beginning of a body. ``complete`` is false where a cap or a fault cut it."""

    text: str
    complete: bool = True
    size: int = 0


class Hop(Model, frozen=True):
    """One request and its final response. ``seconds`` is the time until its head was read."""

    url: str
    status: int
    fields: tuple[Field, ...] = ()
    method: str = "GET"
    reason: str = ""
    version: str = "1.1"
    address: str = ""
    interim: tuple[int, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    tls: Tls | None = None
    body: Body | None = None
    seconds: float = 0.0

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header in wire order; ``name`` in lower case."""
        return tuple(f.value for f in self.fields if f.name.lower() == name)


class Ending(StrEnum):
    """Why the chain of redirects ended where it did."""

    FINAL = "final"
    LOOP = "redirect-loop"
    TOO_MANY = "too-many-redirects"
    BAD_LOCATION = "bad-location"
    REFUSED_SCHEME = "refused-scheme"
    REFUSED_ADDRESS = "refused-address"
    BROKEN = "next-hop-failed"


class Probe(Model, frozen=True):
    """One additional question: ``cors-get``, ``cors-preflight`` or ``http``.

    ``origin`` is the Origin that was sent, ``hops`` what came back (one hop for CORS, the whole
    chain for ``http``); without hops, ``error`` says why there is no answer. ``variant`` names
    what a CORS origin is to the target: ``foreign``, ``null``, ``suffix``, ``prefix``,
    ``subdomain`` or ``downgrade``.
    """

    kind: str
    origin: str = ""
    hops: tuple[Hop, ...] = ()
    ending: Ending = Ending.FINAL
    error: str = ""
    variant: str = ""


class Snapshot(Model, frozen=True):
    """All that one scan saw of one target. ``target`` is the URL asked for, ``hops`` never empty.

    ``probed`` lists the probe families that were run (``cors``, ``http``): what is not listed was
    not asked, and rules that need it are *not evaluated*. ``notes`` are sentences on how the
    snapshot was taken that a reader of its findings should know (a fallback to http, credentials
    that were withheld, a proxy).
    """

    target: str
    taken: datetime
    hops: tuple[Hop, ...]
    ending: Ending = Ending.FINAL
    ending_detail: str = ""
    probes: tuple[Probe, ...] = ()
    probed: tuple[str, ...] = ()
    source: str = "live"
    notes: tuple[str, ...] = ()
    schema: str = SCHEMA

    @property
    def final(self) -> Hop:
        """The last hop: the response that a browser would show."""
        return self.hops[-1]
