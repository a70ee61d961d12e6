"""A response's head from bytes: status line and fields, whatever a server makes of them.

Sans-I/O and incremental: feed what arrives, ask whether the head is complete. Reads what RFC 9112
sections 2-5 allow and what real servers send besides; what is wrong becomes an anomaly and the rest
of the head survives. Linear in its input, and bounded by the caps below.
"""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.fields import parse_fields
from revoctl.headers.snapshot import AnomalyKind, Field

MAX_HEAD = 1 << 20
"""Bytes of one head that are read; 16 times the largest default among common servers."""
MAX_JUNK = 16
"""Bytes of empty lines before the status line that are overlooked."""
LONGEST_REASON = 200
REDIRECTS = (301, 302, 303, 307, 308)
"""The statuses whose Location browsers follow (Fetch, section 2.2.3)."""
_STARTS = (b"HTTP/", b"ICY ")
_VERSIONS = {"1.0": "1.0", "1.1": "1.1", "2": "2", "2.0": "2", "3": "3", "3.0": "3"}


class NotHttp(Exception):
    """The answer does not begin like HTTP. ``start`` holds its first bytes, at most 64."""

    def __init__(self, start: bytes) -> None:
        super().__init__(start)
        self.start = start[:64]


class Head(Struct, frozen=True):
    """A parsed head. ``version`` is ``1.0``, ``1.1``, ``2``, ``3`` or what the server wrote."""

    version: str
    status: int
    reason: str
    fields: tuple[Field, ...]


class HeadReader:
    """Collects the bytes of one head up to its empty line.

    ``complete`` says that no more is needed; ``overflow`` that the cap cut the head.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = 0
        self._searched = 0
        self._lines: list[bytes] = []
        self._bare = False
        self.complete = False
        self.overflow = False

    @property
    def started(self) -> bool:
        """Whether any byte has arrived."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; true once the head is complete. Raises :class:`NotHttp`."""
        buffer = self._buffer
        buffer += data
        end = buffer.find(b"\n", self._searched)
        while end >= 0:
            line = bytes(buffer[self._start : end])
            self._start = end + 1
            self._take(line)
            if self.complete:
                return True
            end = buffer.find(b"\n", self._start)
        self._searched = len(buffer)
        self._check()
        return self.complete

    def rest(self) -> bytes:
        """The bytes behind the head, of what was fed."""
        return bytes(self._buffer[self._start :])

    def parse(self, odd: Oddities) -> Head:
        """The head of the lines so far. Raises :class:`NotHttp` without a usable status line."""
        lines = self._lines
        if not self.complete and self._start < len(self._buffer):
            lines = [*lines, bytes(self._buffer[self._start :])]
        if not self.complete:
            odd.note(AnomalyKind.TRUNCATED_HEAD, "the connection ended inside the head")
        if self.overflow:
            odd.note(AnomalyKind.HEADER_TOO_LARGE, f"the head is longer than {MAX_HEAD} bytes")
        if self._bare:
            odd.note(AnomalyKind.BARE_LINE_FEED, "lines end in LF without CR")
        return parse_head(lines, odd)

    def _take(self, line: bytes) -> None:
        if line[-1:] != b"\r":
            self._bare = True
        if line and line != b"\r":
            if not self._lines:
                _check_start(line)
            self._lines.append(line)
        elif self._lines:
            self.complete = True
        elif self._start > MAX_JUNK:
            raise NotHttp(bytes(self._buffer))

    def _check(self) -> None:
        if not self._lines:
            _check_start(bytes(self._buffer[self._start : self._start + 64]))
        if len(self._buffer) > MAX_HEAD:
            self._lines.append(bytes(self._buffer[self._start :]))
            self._start = len(self._buffer)
            self.complete = self.overflow = True


def parse_head(lines: list[bytes], odd: Oddities) -> Head:
    """Parse the lines of a head, without their LF. Raises :class:`NotHttp` as the reader does."""
    if not lines:
        raise NotHttp(b"")
    status_line = lines[0].removesuffix(b"\r")
    version, status, reason = _status_line(status_line, odd)
    return Head(version, status, reason, parse_fields(lines[1:], odd))


def _check_start(line: bytes) -> None:
    """Refuse as early as possible what cannot become a status line, so that a mute peer that
    greeted us in another protocol does not cost the whole deadline."""
    start = line[:5].upper()
    if not any(start.startswith(s[: len(start)]) for s in _STARTS):
        raise NotHttp(line)


def _status_line(line: bytes, odd: Oddities) -> tuple[str, int, str]:
    protocol, _, rest = line.partition(b" ")
    words = rest.strip(b" \t").split(None, 1)
    code = words[0] if words else b""
    if len(code) != 3 or not code.isdigit():
        raise NotHttp(line)
    version = protocol.removeprefix(b"HTTP/").decode("latin-1")[:16]
    status = int(code)
    if version not in _VERSIONS:
        odd.note(AnomalyKind.STATUS_LINE, f"the protocol is {version!r}")
    if not 100 <= status <= 599:
        odd.note(AnomalyKind.STATUS_LINE, f"the status {status} is outside 100-599")
    reason = words[1].decode("latin-1").strip() if len(words) > 1 else ""
    return _VERSIONS.get(version, version), status, reason[:LONGEST_REASON]
