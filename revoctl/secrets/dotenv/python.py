"""Read an env file as python-dotenv 1.2.4 does; every verdict was compared with it.

Its rules: statements are looked for from the first non-blank character; a quoted value may span
lines; ``#`` ends a bare value after white space only; ``${NAME}`` and ``${NAME:-default}`` expand
in every kind of value, single quotes included, and nothing escapes them. A file is read with
universal newlines, so that CR and CRLF inside quotes become LF.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from revoctl.secrets.dotenv.reading import LARGEST_VALUE, Entry, Problem, Reading

_COMMON = re.compile(
    r"""\s*+(?:export[^\S\r\n]++)?+([A-Za-z_][A-Za-z0-9_]*+)=
        (?:'([^'\\\r]*+)'|"([^"\\\r]*+)"|([^\s'"][^\r\n#]*+)|())[ \t]*+\r?(?:\n|\Z)""",
    re.VERBOSE,
)
"""A statement without surprises; anything else takes the long way through :func:`_statement`."""
_BLANK = re.compile(r"\s*+(?:\#[^\r\n]*+\s*+)*+", re.VERBOSE)
_EXPORT = re.compile(r"export[^\S\r\n]++")
_NAME = re.compile(r"'([^']++)'|([^'=#\s][^=#\s]*+)")
_EQUALS = re.compile(r"[^\S\r\n]*+(=[^\S\r\n]*+)?+")
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*+)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_REST = re.compile(r"[^\r\n]*+")
_END = re.compile(r"(?:[^\S\r\n]*+\#[^\r\n]*+)?+[^\S\r\n]*+(?:\r\n|\n|\r|\Z)", re.VERBOSE)
_ESCAPED_SINGLE = re.compile(r"\\[\\']")
_ESCAPED_DOUBLE = re.compile(r"\\[\\'\"abfnrtv]")
_MEANINGS = dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True))


def read(text: str, environment: Mapping[str, str] | None = None) -> Reading:
    """All entries, expanded as ``dotenv_values(interpolate=True)`` does (the file's own values
    win over the environment's). Never raises.
    """
    raw = read_raw(text)
    if "${" not in text:
        return raw
    known: dict[str, str | None] = dict(os.environ if environment is None else environment)
    entries = []
    for entry in raw.entries:
        made = entry
        if entry.value is not None and "${" in entry.value:
            made = _expanded(entry, known, raw.problems)
        known[entry.name] = made.value
        entries.append(made)
    return Reading(entries, raw.problems)


def read_raw(text: str) -> Reading:
    """All entries as ``interpolate=False`` gives them. Never raises; linear in the text."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    position, size, common = int(text.startswith("\ufeff")), len(text), _COMMON.match
    while position < size:
        found = common(text, position)
        if found is None:
            start = _end_of(_BLANK, text, position)
            same = start == position
            position = _statement(text, start, entries, problems) if same else start
            continue
        kind = found.lastindex or 0
        value = found[kind]
        low, high = found.span(kind)
        if kind >= 4:
            value = value.rstrip()
            high = low + len(value)
        else:
            low, high = low - 1, high + 1
        entries.append(Entry(found[1], value, found.start(1), high, low, high))
        position = found.end()
    return Reading(entries, problems)


def _statement(text: str, start: int, entries: list[Entry], problems: list[Problem]) -> int:
    """Read one statement the long way; returns where the next begins."""
    entry, position = _assignment(text, start)
    end = _END.match(text, position)
    if entry and end:
        entries.append(entry)
        return end.end()
    problems.append(Problem(start, "it is not an assignment that python-dotenv understands"))
    return _end_of(_REST, text, position)


def _assignment(text: str, start: int) -> tuple[Entry | None, int]:
    position = _end_of(_EXPORT, text, start)
    name = _NAME.match(text, position)
    if name is None:
        return None, position
    equals = _EQUALS.match(text, name.end())
    position = equals.end() if equals else name.end()
    key = _universal(name[1]) if name[1] else name[2]
    if equals is None or equals[1] is None:
        return Entry(key, None, name.start(), name.end(), name.end(), name.end()), position
    if len(equals[1]) > 1 and text.startswith("#", position):
        after = equals.start(1) + 1
        return Entry(key, "", name.start(), after, after, after), position
    return _with_value(text, key, name.start(), position)


def _with_value(text: str, key: str, start: int, position: int) -> tuple[Entry | None, int]:
    quote = text[position : position + 1]
    if quote not in ("'", '"') or not quote:
        value, end = _bare(text, position)
        high = position + len(value)
        return Entry(key, value, start, high, position, high), end
    found = (_SINGLE if quote == "'" else _DOUBLE).match(text, position)
    if found is None:
        return None, position
    escapes = _ESCAPED_SINGLE if quote == "'" else _ESCAPED_DOUBLE
    value = escapes.sub(lambda m: _MEANINGS[m[0][1]], _universal(found[1]))
    return Entry(key, value, start, found.end(), position, found.end()), found.end()


def _universal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bare(text: str, position: int) -> tuple[str, int]:
    end = _end_of(_REST, text, position)
    line = text[position:end]
    at = line.find("#", 1)
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return (line[:at] if at > 0 else line).rstrip(), end


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _expanded(entry: Entry, known: Mapping[str, str | None], problems: list[Problem]) -> Entry:
    value = expand(entry.value or "", known)
    if value is None:
        problems.append(Problem(entry.start, "its expansion is larger than a megabyte"))
        return entry._replace(expands=True)
    return entry._replace(value=value, expands=value != entry.value or entry.expands)


def expand(text: str, known: Mapping[str, str | None]) -> str | None:
    """Replace ``${NAME}`` and ``${NAME:-default}``; None if the result outgrows all reason."""
    pieces, total, position, close = [], 0, 0, -1
    opening = text.find("${")
    while opening >= 0:
        close = close if close > opening else text.find("}", opening)
        if close < 0:
            break
        colon = text.find(":", opening, close)
        if colon >= 0 and text[colon + 1] != "-":
            opening = text.find("${", opening + 1)
            continue
        name = text[opening + 2 : colon if colon >= 0 else close]
        default = text[colon + 2 : close] if colon >= 0 else ""
        value = known.get(name, default) or ""
        pieces += [text[position:opening], value]
        total += len(value)
        if total > LARGEST_VALUE:
            return None
        position = close + 1
        opening = text.find("${", position)
    return "".join([*pieces, text[position:]])
