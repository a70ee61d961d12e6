"""Header values as the Observatory's runtime presents them: node's joining and JavaScript's words.

Source: node's ``lib/_http_incoming.js`` (``matchKnownFields``): most repeated headers are joined
with a comma, some keep their first line only. White space is ECMAScript's ``WhiteSpace`` and
``LineTerminator``; header text is latin-1, so that a byte of a UTF-8 letter may be white space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revoctl.headers.page import Page

_FIRST_LINE_ONLY = frozenset(("content-type", "etag", "location", "server"))
SPACE = (
    "\t\n\x0b\f\r \xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + ("\u2028\u2029\u202f\u205f\u3000\ufeff")
)
_BLANKS = dict.fromkeys(map(ord, SPACE), " ")
_PLAIN = frozenset(map(chr, (*range(9, 14), *range(32, 127))))


def header(page: Page, name: str) -> str:
    """A header of the final response in one line; empty if it is empty or not sent."""
    values = page.values(name)
    if len(values) < 2:
        return values[0] if values else ""
    return values[0] if name in _FIRST_LINE_ONLY else ", ".join(values)


def trim(text: str) -> str:
    """Without the white space at both ends."""
    return text.strip(SPACE)


def is_plain(text: str) -> bool:
    """Whether Python and JavaScript agree on what is white space in it."""
    return text.isascii() and (text.isprintable() or _PLAIN.issuperset(text))


def words(text: str) -> list[str]:
    """The words between white space; no empty ones."""
    if is_plain(text):
        return text.split()
    return [word for word in text.translate(_BLANKS).split(" ") if word]


def parse_int(text: str) -> int | None:
    """The number that a text begins with, in base ten; None where JavaScript says NaN."""
    text = text.lstrip(SPACE)
    sign = -1 if text.startswith("-") else 1
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    digits = unsigned[: len(unsigned) - len(unsigned.lstrip("0123456789"))]
    return sign * int(digits) if digits else None
