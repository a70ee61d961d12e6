"""Where a body ends on the wire (RFC 9112 section 6): after chunks, a count, or the connection.

Sans-I/O: a framing takes what arrives and gives the payload; trailers are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.head import Head
from revoctl.headers.snapshot import AnomalyKind

LONGEST_CHUNK_LINE = 4096


class Framing(Protocol):
    """How the payload is cut out of the bytes.

    ``done``: no more belongs to it; ``broken``: what follows cannot be told from the payload.
    """

    done: bool
    broken: bool

    def feed(self, data: bytes) -> bytes:
        """The payload within the next bytes."""

    def end(self) -> str:
        """Why the payload is cut short if the connection ends now; empty if it is whole."""


class UntilClose:
    """All that comes."""

    done = False
    broken = False

    def feed(self, data: bytes) -> bytes:
        """See :class:`Framing`."""
        return data

    def end(self) -> str:
        """The connection's end is the body's end."""
        return ""


class Counted:
    """``length`` bytes."""

    broken = False

    def __init__(self, length: int) -> None:
        self._length = length
        self._left = length
        self.done = length == 0

    def feed(self, data: bytes) -> bytes:
        """See :class:`Framing`."""
        payload = data[: self._left]
        self._left -= len(payload)
        self.done = self._left == 0
        return payload

    def end(self) -> str:
        """Whether all counted bytes came."""
        if self.done:
            return ""
        return f"{self._length - self._left} of {self._length} bytes came"


class Chunked:
    """Chunks with their sizes in hexadecimal; extensions are skipped (RFC 9112 section 7.1)."""

    def __init__(self, odd: Oddities) -> None:
        self._odd = odd
        self._pending = b""
        self._left = 0
        self._closing = False
        self.done = False
        self.broken = False

    def feed(self, data: bytes) -> bytes:
        """See :class:`Framing`. Whatever follows a broken chunk is not read."""
        data = self._pending + data if self._pending else data
        self._pending = b""
        payload: list[bytes] = []
        at = 0
        while at < len(data) and not self.done:
            if self._left:
                piece = data[at : at + self._left]
                payload.append(piece)
                self._left -= len(piece)
                at += len(piece)
            else:
                at = self._line(data, at)
        return b"".join(payload)

    def end(self) -> str:
        """Whether the last chunk came."""
        return "" if self.done else "the last chunk did not come"

    def _line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        if end < 0:
            self._pending = data[at:]
            if len(self._pending) > LONGEST_CHUNK_LINE:
                self._break("a chunk-size line without end")
            return len(data)
        self._size(data[at:end].removesuffix(b"\r"))
        return end + 1

    def _size(self, line: bytes) -> None:
        if self._closing:
            self._closing = False
            if line:
                self._break("a chunk that does not end where it says")
            return
        digits = line.partition(b";")[0].strip(b" \t")
        if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):
            self._break(f"the chunk size {ascii(digits[:20])[1:]}")
            return
        self._left = int(digits, 16)
        self._closing = self._left > 0
        self.done = self._left == 0

    def _break(self, detail: str) -> None:
        self._odd.note(AnomalyKind.BROKEN_CHUNKING, detail)
        self.done = self.broken = True


def framing_of(head: Head, odd: Oddities) -> Framing:
    """How the body of a response to GET is framed; contradictions are noted.

    With Transfer-Encoding the length does not count; of several lengths the smallest, which a
    server that keeps the connection open is sure to reach.
    """
    lengths = _lengths(_values(head, "content-length"), odd)
    if any("chunked" in value.lower() for value in _values(head, "transfer-encoding")):
        if lengths:
            odd.note(AnomalyKind.CONFLICTING_LENGTH, "Content-Length beside Transfer-Encoding")
        return Chunked(odd)
    if len(lengths) > 1:
        listed = ", ".join(str(n) for n in sorted(lengths)[:5])
        odd.note(AnomalyKind.CONFLICTING_LENGTH, f"lengths {listed}")
    return Counted(min(lengths)) if lengths else UntilClose()


def _lengths(values: Sequence[str], odd: Oddities) -> set[int]:
    found: set[int] = set()
    for text in (item.strip() for value in values for item in value.split(",")):
        if text.isascii() and text.isdigit() and len(text) <= 18:
            found.add(int(text))
        else:
            odd.once(AnomalyKind.CONFLICTING_LENGTH, f"{text[:20]!r} is no length")
    return found


def _values(head: Head, name: str) -> list[str]:
    return [f.value for f in head.fields if f.name.lower() == name]
