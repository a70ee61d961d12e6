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
REDACTED = "<redacted>"


class Field(NamedTuple):
    """One header line: the name as sent, and the value without surrounding white space."""

    name: str
    value: str


class Anomaly(Model, frozen=True):
    """Something in the response that a strict reader would refuse, and where it stood."""

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
    chain for ``http``); without hops, ``error`` says why there is no answer.
    """

    kind: str
    origin: str = ""
    hops: tuple[Hop, ...] = ()
    ending: Ending = Ending.FINAL
    error: str = ""


class Snapshot(Model, frozen=True):
    """All that one scan saw of one target. ``target`` is the URL asked for, ``hops`` never empty.

    ``probed`` lists the probe families that were run (``cors``, ``http``): what is not listed was
    not asked, and rules that need it are *not evaluated*.
    """

    target: str
    taken: datetime
    hops: tuple[Hop, ...]
    ending: Ending = Ending.FINAL
    ending_detail: str = ""
    probes: tuple[Probe, ...] = ()
    probed: tuple[str, ...] = ()
    source: str = "live"
    schema: str = SCHEMA

    @property
    def final(self) -> Hop:
        """The last hop: the response that a browser would show."""
        return self.hops[-1]
