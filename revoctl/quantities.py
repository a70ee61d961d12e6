"""Durations and days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from revoctl.errors import RevoctlError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def duration(text: str) -> float:
    """Seconds of ``1h30m``, ``500ms``, ``10s`` or a bare number of seconds; never negative.

    Raises :class:`RevoctlError` ``usage.duration``.
    """
    rest, total = text.strip(), 0.0
    try:
        if rest and not rest[-1].isalpha():
            return _number(rest)
        while rest:
            digits = _leading(rest, "0123456789.")
            unit = _leading(rest[len(digits) :], "hmsdw")
            total += _number(digits) * _UNITS[unit]
            rest = rest[len(digits) + len(unit) :]
        if not text.strip():
            raise ValueError
    except (ValueError, KeyError):
        raise RevoctlError(
            "usage.duration", f"{text!r} is not a duration", "", "write 30s, 5m, 1h30m or 500ms"
        ) from None
    return total


def day(text: object, what: str) -> date:
    """A calendar day written ``2026-11-30``. Raises :class:`RevoctlError` ``usage.date``."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise RevoctlError(
            "usage.date", f"{what} {text!r} is not a day", "", "write it as 2026-11-30"
        ) from None


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def _leading(text: str, allowed: str) -> str:
    return text[: len(text) - len(text.lstrip(allowed))]


def _number(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e9:
        raise ValueError
    return value
