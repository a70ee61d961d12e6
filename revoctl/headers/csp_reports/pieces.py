"""JSON objects out of a stream of bytes: one a line, in arrays, or printed over many lines.

Memory is bounded by :data:`LARGEST`, time is linear, and what is broken costs one object: a string
cannot hold a line break, and a line that begins with ``{`` or ``[{`` begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LARGEST = 256 << 10
"""Bytes of one report; browsers send about a kilobyte."""
_OUTSIDE = re.compile(rb'["{}]')
_INSIDE = re.compile(rb'["\\\n]')
_NEW = re.compile(rb"\[?[ \t]{0,99}\{")


class Pieces:
    """Takes lines, or parts of lines, and gives whole objects; ``broken`` counts what was none."""

    def __init__(self) -> None:
        self.broken = 0
        self._kept = bytearray()
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self._too_large = False
        self._at_line = True

    @property
    def idle(self) -> bool:
        """Whether no object is open."""
        return not self._depth

    def feed(self, part: bytes) -> Iterator[bytes]:
        """The objects that a part completes; a part holds at most one line break, at its end."""
        if self._depth and self._at_line and _NEW.match(part):
            self._drop()
        self._at_line = part.endswith(b"\n")
        start = 0
        for end in self._ends(part):
            if end < 0:
                start = ~end
            elif piece := self._whole(part[start:end]):
                yield piece
        if self._depth:
            self._keep(part[start:])

    def finish(self) -> None:
        """Say that no more comes: an object that is still open is broken."""
        if self._depth:
            self._drop()

    def _ends(self, part: bytes) -> Iterator[int]:
        """Where objects end, and where they begin (inverted, so below zero), in order."""
        at = 1 if self._escaped else 0
        self._escaped = False
        while found := (_INSIDE if self._quoted else _OUTSIDE).search(part, at):
            at, word = found.end(), found.group()
            if self._quoted:
                at = self._in_string(word, at, len(part))
            elif word == b"{":
                if not self._depth:
                    yield ~(at - 1)
                self._depth += 1
            elif self._depth and word == b"}":
                self._depth -= 1
                if not self._depth:
                    yield at
            elif self._depth:
                self._quoted = True

    def _in_string(self, word: bytes, at: int, length: int) -> int:
        if word == b'"':
            self._quoted = False
        elif word == b"\n":
            self._drop()
        else:
            self._escaped = at == length
            at += 1
        return at

    def _keep(self, data: bytes) -> None:
        if len(self._kept) + len(data) > LARGEST:
            self._too_large = True
            self._kept.clear()
        elif not self._too_large:
            self._kept += data

    def _whole(self, end: bytes) -> bytes:
        self._keep(end)
        piece, whole = bytes(self._kept), not self._too_large
        self._clear()
        self.broken += not whole
        return piece if whole else b""

    def _drop(self) -> None:
        self.broken += 1
        self._clear()

    def _clear(self) -> None:
        self._kept.clear()
        self._depth = 0
        self._quoted = self._escaped = self._too_large = False
