"""Strict-Transport-Security: what the standard says of a line, and what a user agent stores.

RFC 6797 section 6.1 gives the grammar: directives between semicolons, names in any case, values as
token or quoted-string, no directive twice, ``max-age`` required. Section 8.1 takes the first line
only and ignores it altogether where it breaks the grammar. User agents are more forgiving than
that, each in its own way; :func:`stored` is what curl 7.88 keeps.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from revoctl.headers.syntax.memory import remembered
from revoctl.headers.syntax.tokens import OWS, is_token, split_parameters, unquote

SIX_MONTHS = 180 * 86_400
ONE_YEAR = 365 * 86_400
TEN_YEARS = 10 * ONE_YEAR
UNLIMITED = 2**63 - 1


class Hsts(Struct, frozen=True):
    """One line read by the standard; with any problem, the standard says to ignore the line.

    ``max_age`` is in seconds (at most :data:`UNLIMITED`), None where there is no usable one.
    ``duplicates`` and ``unknown`` hold directive names in lower case.
    """

    max_age: int | None = None
    include_subdomains: bool = False
    preload: bool = False
    problems: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether a user agent that follows the standard takes notice of the line."""
        return not self.problems and not self.duplicates and self.max_age is not None


class Stored(Struct, frozen=True):
    """What a user agent remembers of a host: seconds, and whether its subdomains are meant too."""

    max_age: int
    include_subdomains: bool


def parse(line: str) -> Hsts:
    """Read one line by RFC 6797 section 6.1."""
    return _parse((line,))


@remembered
def _parse(lines: Sequence[str]) -> Hsts:
    (line,) = lines
    seen: dict[str, str | None] = {}
    problems: list[str] = []
    duplicates: list[str] = []
    for part in split_parameters(line):
        name, equals, value = part.partition("=")
        name = name.rstrip(OWS).lower()
        if name in seen:
            duplicates.append(name)
        elif part and not is_token(name):
            problems.append(f"{part[:80]!r} is not a directive")
        elif part:
            seen[name] = value.lstrip(OWS) if equals else None
    age = _max_age(seen, problems)
    flags = ("includesubdomains", "preload")
    problems += [f"{flag} takes no value" for flag in flags if seen.get(flag) is not None]
    return Hsts(
        age,
        "includesubdomains" in seen,
        "preload" in seen,
        tuple(problems),
        tuple(duplicates),
        tuple(n for n in seen if n not in ("max-age", "includesubdomains", "preload")),
    )


def _max_age(seen: dict[str, str | None], problems: list[str]) -> int | None:
    if "max-age" not in seen:
        problems.append("max-age is missing")
        return None
    value = seen["max-age"] or ""
    digits = unquote(value) if value.startswith('"') else value
    if not digits or not (digits.isascii() and digits.isdigit()):
        problems.append(f"max-age is {value[:80]!r}, not a number of seconds")
        return None
    return seconds(digits)


def seconds(digits: str) -> int:
    """ASCII digits as a number, where ever so many of them mean "for ever"."""
    digits = digits.lstrip("0") or "0"
    return UNLIMITED if len(digits) > 19 else min(int(digits), UNLIMITED)


@remembered
def stored(lines: Sequence[str]) -> Stored | None:
    """What curl keeps after these lines: each is obeyed in turn, and ``max-age=0`` forgets."""
    kept: Stored | None = None
    for line in lines:
        found = _read_leniently(line)
        if found:
            kept = found if found.max_age else None
    return kept


def _read_leniently(line: str) -> Stored | None:
    """One line as curl 7.88 reads it; None where it gives the line up."""
    text = line.lower()
    at, end = 0, len(text)
    age: int | None = None
    subdomains = False
    while at < end:
        at = _blank(text, at)
        if text.startswith("max-age=", at):
            value, at = _age(text, _blank(text, at + 8))
            if age is not None or value is None:
                return None
            age = value
        elif text.startswith("includesubdomains", at):
            if subdomains:
                return None
            subdomains, at = True, at + 17
        else:
            at = _semicolon(text, at)
        at = _blank(text, at)
        at += text.startswith(";", at)
    return None if age is None else Stored(age, subdomains)


def _semicolon(text: str, at: int) -> int:
    found = text.find(";", at)
    return len(text) if found < 0 else found


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in OWS:
        at += 1
    return at


def _age(text: str, at: int) -> tuple[int | None, int]:
    quoted = text.startswith('"', at)
    start = _blank(text, at + quoted)
    start += text.startswith("+", start)
    end = start
    while end < len(text) and text[end] in "0123456789":
        end += 1
    if end == start or (quoted and not text.startswith('"', end)):
        return None, end
    return seconds(text[start:end]), end + quoted
