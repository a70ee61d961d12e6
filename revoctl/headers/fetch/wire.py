"""What the engine needs of the network: one protocol, kept by a blocking and an asyncio wire."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.snapshot import Tls


class TlsAlert(OSError):
    """An established TLS session failed while reading or writing; ``args[0]`` says why."""


class Stream(Protocol):
    """One connection. Every call may raise :class:`OSError`, a passed deadline TimeoutError."""

    async def read(self, deadline: Deadline) -> bytes:
        """The next bytes, at most 64 KiB; empty at the end."""

    async def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all of ``data``."""

    def close(self) -> None:
        """Drop the connection at once, without a farewell; any number of times."""


class Wire(Protocol):
    """The way out."""

    async def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """All addresses of an ASCII name in the resolver's order. Raises :class:`OSError`."""

    async def connect(self, address: str, port: int, deadline: Deadline) -> Stream:
        """A TCP connection to an IP address (text). Raises :class:`OSError`."""


class Link(Struct, frozen=True):
    """An open connection to an origin; ``address`` is empty where a proxy looks the name up."""

    stream: Stream
    address: str
    tls: Tls | None = None
