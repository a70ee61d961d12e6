"""The bare items of structured fields (RFC 9651 section 4.2.3.1): numbers, strings, tokens, ...

Every parser takes the text and an index and gives the value and the index behind it, or raises
:class:`Fault`, which never leaves ``structured_fields``.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable


class Token(str):
    """An unquoted word, such as ``self`` or ``require-corp``; tell it from a string by its type."""

    __slots__ = ()


class DisplayString(str):
    """Text in any language, percent-encoded on the wire."""

    __slots__ = ()


class Date(int):
    """Seconds since 1970-01-01T00:00:00Z."""


Bare = int | float | str | bytes | bool


class Fault(Exception):
    """The text broke the grammar at a character index, and why."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*")
_STRING = r'"([ !#-\[\]-~]*(?:\\["\\][ !#-\[\]-~]*)*)"'
_NUMBER = r"(-?)([0-9]+)(\.[0-9]*)?"
_BYTES = r":([A-Za-z0-9+/]*)=*:"
_DISPLAY = r'%"((?:[ !#$&-~]|%[0-9a-f][0-9a-f])*)"'


def _match(pattern: str, text: str, at: int) -> re.Match[str] | None:
    """Match an expression that few headers need, and that is compiled only then."""
    return re.compile(pattern).match(text, at)


def bare(text: str, at: int) -> tuple[Bare, int]:
    """The bare item at an index, and the index behind it; raises :class:`Fault`."""
    found = _TOKEN.match(text, at)
    if found:
        return Token(found.group()), found.end()
    if at >= len(text):
        raise Fault(at, "no value")
    parse = _BARE.get(text[at])
    if parse is None:
        raise Fault(at, f"a value cannot start with {text[at]!r}")
    return parse(text, at)


def _string(text: str, at: int) -> tuple[Bare, int]:
    found = _match(_STRING, text, at)
    if not found:
        raise Fault(at, "a string that is not closed or holds a forbidden character")
    value = found.group(1)
    if "\\" in value:
        value = re.sub(r"\\(.)", r"\1", value)
    return value, found.end()


def _number(text: str, at: int) -> tuple[Bare, int]:
    found = _match(_NUMBER, text, at)
    if not found:
        raise Fault(at, "a sign without digits")
    sign, whole, fraction = found.groups()
    if fraction is None:
        if len(whole) > 15:
            raise Fault(at, "an integer of more than 15 digits")
        return int(sign + whole), found.end()
    if len(whole) > 12 or not 2 <= len(fraction) <= 4:
        raise Fault(at, "a decimal has at most 12 digits before and 1 to 3 after its point")
    return float(sign + whole + fraction), found.end()


def _bytes(text: str, at: int) -> tuple[Bare, int]:
    found = _match(_BYTES, text, at)
    if not found:
        raise Fault(at, "bytes that are not base64 between colons")
    digits = found.group(1)
    try:
        return a2b_base64(digits + "=" * (-len(digits) % 4)), found.end()
    except Base64Error:
        raise Fault(at, "base64 of an impossible length") from None


def _boolean(text: str, at: int) -> tuple[Bare, int]:
    if text[at + 1 : at + 2] not in ("0", "1"):
        raise Fault(at, "a boolean is ?0 or ?1")
    return text[at + 1] == "1", at + 2


def _date(text: str, at: int) -> tuple[Bare, int]:
    value, end = _number(text, at + 1)
    if not isinstance(value, int):
        raise Fault(at, "a date is a whole number of seconds")
    return Date(value), end


def _display(text: str, at: int) -> tuple[Bare, int]:
    found = _match(_DISPLAY, text, at)
    if not found:
        raise Fault(at, "a display string that is not closed or badly encoded")
    from urllib.parse import unquote_to_bytes

    try:
        return DisplayString(unquote_to_bytes(found.group(1)).decode()), found.end()
    except UnicodeDecodeError:
        raise Fault(at, "a display string that is not UTF-8") from None


_BARE: dict[str, Callable[[str, int], tuple[Bare, int]]] = {
    '"': _string,
    ":": _bytes,
    "?": _boolean,
    "@": _date,
    "%": _display,
    **dict.fromkeys("-0123456789", _number),
}
