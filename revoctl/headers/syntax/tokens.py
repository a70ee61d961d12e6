"""The small grammar that many headers share: white space, tokens and comma-separated lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

OWS = " \t"
LETTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"?'


def is_token(text: str) -> bool:
    """Whether the text is a token of RFC 9110 section 5.6.2."""
    return bool(text) and not text.strip(LETTERS)


def combine(lines: Sequence[str]) -> str:
    """Several lines of one field as the one value that they mean (RFC 9110 section 5.3)."""
    return lines[0] if len(lines) == 1 else ", ".join(lines)


def split_list(lines: Sequence[str]) -> tuple[str, ...]:
    """The items of a list, as browsers take them apart: Fetch, "get, decode, and split".

    Commas inside quoted strings do not separate; empty items stay. No lines give no items.
    """
    return _split(combine(lines), ",") if lines else ()


def split_parameters(text: str) -> tuple[str, ...]:
    """Split at semicolons outside quoted strings; white space stripped, empty parts kept."""
    return _split(text, ";")


def _split(text: str, separator: str) -> tuple[str, ...]:
    if '"' not in text:
        return tuple(part.strip(OWS) for part in text.split(separator))
    parts: list[str] = []
    current: list[str] = []
    pieces = f'[^"{separator}]+|{_QUOTED}|{separator}'
    for piece in re.findall(pieces, text, re.DOTALL):
        if piece == separator:
            parts.append("".join(current).strip(OWS))
            current = []
        else:
            current.append(piece)
    return (*parts, "".join(current).strip(OWS))


def unquote(text: str) -> str | None:
    """The content of a quoted-string (RFC 9110 section 5.6.4), or None where it is not one."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return None
    inside = text[1:-1]
    if "\\" not in inside:
        return None if '"' in inside else inside
    return _unescape(inside)


def _unescape(inside: str) -> str | None:
    out: list[str] = []
    letters = iter(inside)
    for letter in letters:
        kept = next(letters, None) if letter == "\\" else letter
        if letter == '"' or kept is None:
            return None
        out.append(kept)
    return "".join(out)
