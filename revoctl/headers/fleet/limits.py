"""What one machine and one host bear."""

from __future__ import annotations

import resource

from msgspec import Struct

SPARE = 64
"""File descriptors that are left for files, pipes and the resolver."""
EACH = 2
"""File descriptors that one target may need at a time: its connection, and a name look-up."""


class Bounds(Struct, frozen=True):
    """How many targets are asked at the same time: in all, and of one host."""

    concurrency: int = 50
    per_host: int = 2


def descriptors() -> int:
    """How many file descriptors this process may open, once the limit is as high as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 16 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            return soft
        return wanted
    return wanted if soft == resource.RLIM_INFINITY else soft


def affordable(concurrency: int, available: int) -> int:
    """The concurrency that so many file descriptors allow, at least 1."""
    return max(1, min(concurrency, (available - SPARE) // EACH))
