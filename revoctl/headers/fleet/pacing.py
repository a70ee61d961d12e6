"""Requests spread evenly over time, by all processes of a scan together."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from pathlib import Path
from time import monotonic

from revoctl.errors import RevoctlError

_SLOT = struct.Struct("d")


class Pace:
    """``rate`` requests a second at most, each at its own moment; 0 is no limit.

    With a ``path`` the next free moment stands in that file, on the clock that all processes of a
    machine share, so that several of them keep one rate.
    """

    def __init__(self, rate: float = 0.0, path: Path | None = None) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC) if path and rate else -1

    async def take(self) -> None:
        """Wait for the next free moment."""
        if self._gap:
            wait = self._reserve(monotonic())
            if wait > 0:
                await asyncio.sleep(wait)

    def close(self) -> None:
        """Close the shared file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _reserve(self, now: float) -> float:
        """Take the next moment; the seconds until then."""
        if self._file < 0:
            at = max(now, self._next)
            self._next = at + self._gap
            return at - now
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            data = os.pread(self._file, _SLOT.size, 0)
            at = max(now, _SLOT.unpack(data)[0] if len(data) == _SLOT.size else 0.0)
            os.pwrite(self._file, _SLOT.pack(at + self._gap), 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return at - now


def parse_rate(text: str) -> float:
    """``--rate``: requests a second, ``20`` or ``0.5``; empty is no limit.

    Raises :class:`RevoctlError` ``usage.command-line``.
    """
    try:
        rate = float(text) if text else 0.0
        if text and not 0.001 <= rate <= 1e6:
            raise ValueError
    except ValueError:
        fix = "give requests a second, from 0.001 to 1000000, such as 20 or 0.5"
        raise RevoctlError(
            "usage.command-line", f"--rate {text[:40]!r} says nothing", "", fix
        ) from None
    return rate
