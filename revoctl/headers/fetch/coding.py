"""Content codings undone with a bound on what comes out (RFC 9110 section 8.4)."""

from __future__ import annotations

from typing import Protocol

MOST_MEMBERS = 64
"""Members of one gzip body that are followed; real bodies have one."""
_MOST_AT_ONCE = 65536
_MAGIC = b"\x1f\x8b"


class BrokenCoding(Exception):
    """The bytes are not what Content-Encoding says."""


class Decoder(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes, room: int) -> bytes:
        """At most ``room`` decoded bytes, at least one call's worth. Raises BrokenCoding."""

    def end(self) -> str:
        """Why the coded data is cut short if nothing more comes; empty if it is whole."""


class Identity:
    """No coding."""

    def feed(self, data: bytes, room: int) -> bytes:
        """See :class:`Decoder`."""
        return data[:room]

    def end(self) -> str:
        """Never cut short."""
        return ""


class Inflater:
    """gzip, and deflate with or without its zlib wrapper (servers send both)."""

    def __init__(self, gzip: bool) -> None:
        import zlib

        self._zlib = zlib
        self._gzip = gzip
        self._held = b""
        self._inner = zlib.decompressobj(31) if gzip else None
        self._members = 1

    def feed(self, data: bytes, room: int) -> bytes:
        """See :class:`Decoder`."""
        data, self._held = self._held + data, b""
        if self._inner is None:
            if len(data) < 2:
                self._held = data
                return b""
            self._inner = self._zlib.decompressobj(15 if _wrapped(data) else -15)
        out: list[bytes] = []
        while data and room > 0:
            piece, data = self._step(data, min(room, _MOST_AT_ONCE))
            room -= len(piece)
            out.append(piece)
        return b"".join(out)

    def end(self) -> str:
        """Whether the end marker came."""
        if self._inner is not None and self._inner.eof:
            return ""
        return "the compressed data ends early"

    def _step(self, data: bytes, room: int) -> tuple[bytes, bytes]:
        assert self._inner is not None  # noqa: S101  (set by feed)
        if self._inner.eof:
            if not self._another_member(data):
                return b"", b""
            self._members += 1
            self._inner = self._zlib.decompressobj(31)
        try:
            piece = self._inner.decompress(data, room)
        except self._zlib.error as error:
            raise BrokenCoding(str(error)) from None
        return piece, self._inner.unused_data or self._inner.unconsumed_tail

    def _another_member(self, data: bytes) -> bool:
        """Whether what follows a gzip member is one more; a lone first byte waits for the next."""
        if not self._gzip or self._members >= MOST_MEMBERS:
            return False
        if data == _MAGIC[:1]:
            self._held = data
        return data.startswith(_MAGIC)


def decoder_of(codings: list[str]) -> Decoder | None:
    """The decoder for the values of Content-Encoding, or None where we have none."""
    names = [c.strip().lower() for value in codings for c in value.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names:
        return Identity()
    if len(names) == 1 and names[0] in ("gzip", "x-gzip", "deflate"):
        return Inflater(gzip=names[0] != "deflate")
    return None


def _wrapped(data: bytes) -> bool:
    """Whether data begins with a zlib header (RFC 1950 section 2.2)."""
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
