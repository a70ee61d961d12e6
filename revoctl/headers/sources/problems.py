"""The two errors of a source, and its times."""

from __future__ import annotations

from datetime import UTC, datetime

from revoctl.errors import RevoctlError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def unreadable(name: str, why: str) -> RevoctlError:
    """The bytes cannot be had."""
    return RevoctlError("source.unreadable", f"{name} cannot be read", why, "check the path")


def bad_format(what: str, why: str, fix: str = "") -> RevoctlError:
    """The bytes are not what they should be; ``why`` names the line or byte."""
    return RevoctlError("source.format", what, why[:300], fix)


def http_date(text: str) -> datetime | None:
    """The time of a Date field in its preferred form (RFC 9110 section 5.6.7), or None."""
    words = text.split()
    if len(words) != 6 or words[2] not in _MONTHS:
        return None
    clock = words[4].split(":")
    numbers = (words[3], words[1], *clock)
    if len(clock) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 5 for n in numbers):
        return None
    hour, minute, second = (int(part) for part in clock)
    try:
        month = _MONTHS.index(words[2]) + 1
        return datetime(
            int(words[3]), month, int(words[1]), hour, minute, min(second, 59), tzinfo=UTC
        )
    except ValueError:
        return None
