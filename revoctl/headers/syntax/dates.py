"""Dates as cookies write them: the forgiving algorithm of RFC 6265 section 5.1.1."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TOKENS = re.compile(r"[^\t -/;-@\[-`{-~]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)", re.ASCII)
_DAY = re.compile(r"(\d{1,2})(?!\d)", re.ASCII)
_YEAR = re.compile(r"(\d{2,4})(?!\d)", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse(text: str) -> datetime | None:
    """The moment that a cookie's date means, or None where it means none."""
    found: dict[str, tuple[int, ...]] = {}
    for token in _TOKENS.findall(text[:200]):
        _take(token, found)
    if len(found) < 4:
        return None
    day, month, year = found["day"][0], found["month"][0], found["year"][0]
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    hour, minute, second = found["time"]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment if year >= 1601 else None


def _take(token: str, found: dict[str, tuple[int, ...]]) -> None:
    """Give a token to the first part of the date that still lacks one and that it fits."""
    for part, pattern in (("time", _TIME), ("day", _DAY)):
        match = None if part in found else pattern.match(token)
        if match:
            found[part] = tuple(int(n) for n in match.groups())
            return
    month = token[:3].lower()
    if "month" not in found and month in _MONTHS:
        found["month"] = (_MONTHS.index(month) + 1,)
    elif "year" not in found and (year := _YEAR.match(token)):
        found["year"] = (int(year.group(1)),)
