"""A part of the targets, the same on every machine and in every run.

The part is chosen by host, so that all targets of one host fall to one worker, which can then hold
the limit per host without asking anyone.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from revoctl.errors import RevoctlError

MOST = 100_000


class Shard(Struct, frozen=True):
    """The ``index``-th of ``count`` parts, counted from 1; and of that, one of ``workers``."""

    index: int = 1
    count: int = 1
    worker: int = 0
    workers: int = 1

    def holds(self, host: str) -> bool:
        """Whether a host belongs to this part."""
        number = place(host)
        inner = number // self.count
        return number % self.count == self.index - 1 and inner % self.workers == self.worker

    def __str__(self) -> str:
        return f"{self.index}/{self.count}" if self.count > 1 else ""


def place(host: str) -> int:
    """The number of a host that shards are made of: the first 8 bytes of its BLAKE2b."""
    data = host.encode("utf-8", "backslashreplace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def parse_shard(text: str) -> Shard:
    """``3/16`` is the third of sixteen parts; empty text is all of them.

    Raises :class:`RevoctlError` ``usage.command-line``.
    """
    if not text:
        return Shard()
    index, slash, count = text.partition("/")
    digits = all(part.isascii() and part.isdigit() and len(part) < 7 for part in (index, count))
    if not slash or not digits or not 1 <= int(index) <= int(count) <= MOST:
        fix = f"write 3/16 for the third of sixteen; they count from 1, up to {MOST}"
        raise RevoctlError("usage.command-line", f"--shard {text[:40]!r} is no part", "", fix)
    return Shard(int(index), int(count))
