"""Words for people: text from outside made harmless, shortened and counted.

Whatever a target, a server or a file said may hold terminal commands (ESC, C1), direction overrides
that show a text in another order than it has (U+202A-202E, U+2066-2069), invisible characters, or
lone surrogates that no encoder takes. None of it is dropped: it is shown as a visible escape.
"""

from __future__ import annotations

from datetime import UTC, datetime

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
ELLIPSIS = "…"


def printable(text: str, keep: str = "") -> str:
    r"""``text`` with all that does not print as itself written as an escape.

    That is what Unicode calls control, format, surrogate, private, unassigned or a separator other
    than the space (:meth:`str.isprintable`): ``\n``, ``\x1b``, ``\u202e``, ``\U000e0041``.
    Characters in ``keep`` stay. Backslashes are not doubled: this is for reading, not for decoding.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def one_line(text: str) -> str:
    """:func:`printable` text on one line: each run of white space becomes one space."""
    return printable(" ".join(text.split()))


def lines(text: str) -> str:
    """:func:`printable` text that keeps its line breaks; CR LF and CR become LF."""
    return printable(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n")


def cells(text: str) -> int:
    """How many terminal columns a :func:`printable` text takes, by Unicode's own tables.

    East Asian wide characters take two, combining marks none (Unicode Standard Annex 11).
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def cut(text: str, width: int) -> str:
    """The longest beginning of a printable text that takes at most ``width`` columns."""
    if text.isascii():
        return text[: max(width, 0)]
    taken = 0
    for index, char in enumerate(text):
        taken += _columns(char)
        if taken > width:
            return text[:index]
    return text


def shorten(text: str, width: int) -> str:
    """``text`` on one line and at most ``width`` columns wide; ends in an ellipsis if cut."""
    flat = one_line(text)
    if cells(flat) <= width:
        return flat
    return f"{cut(flat, width - 1).rstrip()}{ELLIPSIS}" if width > 0 else ""


def plural(count: int, one: str, many: str = "") -> str:
    """``1 finding``, ``2 findings``; ``many`` if the plural is not made with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def rfc3339(at: datetime) -> str:
    """A time as RFC 3339 in UTC with ``Z``; a time without a zone is taken as UTC."""
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _columns(char: str) -> int:
    if char < "\u0300":
        return 1
    from unicodedata import category, east_asian_width

    if category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return _SHORT.get(char) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
