"""Read an env file as ``util.parseEnv`` of Node 20.20.2 does; compared with it by fuzzing.

Its rules: every CR is dropped first; quotes are ``'``, ``"`` and the backtick, without escapes, and
may span lines; ``\\n`` in double quotes is a line break; ``#`` ends a bare value wherever it
stands; what follows a closing quote is ignored; nothing expands. Only spaces are trimmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from revoctl.secrets.dotenv.reading import Entry, Problem, Reading


class _Token(NamedTuple):
    value: str
    start: int
    end: int
    following: int


def read(text: str, environment: Mapping[str, str] | None = None) -> Reading:
    """All entries. Never raises; linear in the text.

    A name is all that stands between two values, up to the next ``=``, line breaks included.
    """
    kept, places = _without_returns(text)
    entries: list[Entry] = []
    problems: list[Problem] = []
    never: set[str] = set()
    position = _spaces(kept, 0, len(kept))
    size = len(kept.rstrip(" "))
    while position < size:
        line_end = kept.find("\n", position, size)
        if kept[position] in "\n#" and line_end >= 0:
            position = line_end + 1
            continue
        equals = kept.find("=", position, size)
        name = kept[position : max(equals, position)].strip(" ").removeprefix("export ")
        if not name and equals <= position:
            problems += _ending(kept, position, size, places)
            break
        token = _value(kept, equals + 1, size, never)
        if token is None:
            position = equals + 1
            continue
        if not name:
            problems.append(Problem(places(position), "it is a value without a name"))
            position = token.following
            continue
        spots = (places(position), places(token.end), places(token.start), places(token.end))
        entries.append(Entry(name, token.value, *spots))
        position = token.following
    return Reading(entries, problems)


def _ending(text: str, position: int, size: int, places: _Places) -> list[Problem]:
    if text[position] == "#" or not text[position:size].strip():
        return []
    return [Problem(places(position), "from here on node finds no further assignment")]


def _value(text: str, position: int, size: int, never: set[str]) -> _Token | None:
    position = _spaces(text, position, size)
    quote = text[position : position + 1] if position < size else ""
    if quote not in ("'", '"', "`"):
        return _bare(text, position, size)
    close = -1 if quote in never else text.find(quote, position + 1, size)
    if close < 0:
        never.add(quote)
        end = text.find("\n", position, size)
        # Without a line break after it, node takes the value for a piece of the next name.
        return None if end < 0 else _Token(text[position:end], position, end, end)
    inner = text[position + 1 : close]
    value = inner.replace("\\n", "\n") if quote == '"' else inner
    return _Token(value, position, close + 1, _line_end(text, close + 1, size))


def _bare(text: str, position: int, size: int) -> _Token:
    end = _line_end(text, position, size)
    hash_sign = text.find("#", position, end)
    raw = text[position : hash_sign if hash_sign >= 0 else end]
    start = position + len(raw) - len(raw.lstrip(" "))
    value = raw.strip(" ")
    return _Token(value, start, start + len(value), end)


def _spaces(text: str, position: int, size: int) -> int:
    while position < size and text[position] == " ":
        position += 1
    return position


def _line_end(text: str, position: int, size: int) -> int:
    found = text.find("\n", position, size)
    return size if found < 0 else found


def _without_returns(text: str) -> tuple[str, _Places]:
    if "\r" not in text:
        return text, _Places([])
    returns: list[int] = []
    at = text.find("\r")
    while at >= 0:
        returns.append(at - len(returns))
        at = text.find("\r", at + 1)
    return text.replace("\r", ""), _Places(returns)


class _Places:
    """Offsets in the text without CR → offsets in the text with them."""

    __slots__ = ("_returns",)

    def __init__(self, returns: list[int]) -> None:
        self._returns = returns

    def __call__(self, offset: int) -> int:
        from bisect import bisect_left

        return offset + bisect_left(self._returns, offset)
