"""Change one value of an env file's text and nothing else.

Indentation, ``export``, spaces, quotes that fit, comments, blank lines, line ends, a byte order
mark and lines that no reader understands stay as they are. Each edit is read back by the readers
of the dialect before it counts: the value must come back exactly, without help from any variable,
and all others must stand as they were.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from revoctl.secrets.dotenv.bash import OWN
from revoctl.secrets.dotenv.dialects import Dialect
from revoctl.secrets.dotenv.reading import Reading
from revoctl.secrets.errors import Refused

_POSIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+\Z")
_BARE_ENV: dict[str, str] = {}


class Edit(NamedTuple):
    """The new text, and how many earlier assignments of the same name it leaves in vain."""

    text: str
    duplicates: int = 0


def put(text: str, name: str, value: str, dialect: Dialect) -> Edit:
    """The text with ``name`` set to ``value``: in its last assignment, or in a new last line.

    Raises :class:`Refused` ``secret.name`` or ``secret.unrepresentable``; values are not quoted
    in its words.
    """
    _check_name(name, dialect)
    _check_value(name, value, dialect)
    before = dialect.read(text, _BARE_ENV)
    entry = before.last(name)
    written = text[entry.value_start : entry.value_end] if entry else ""
    for encoded in dialect.encodings(value, written):
        for changed in _placed(text, name, encoded, before, dialect):
            if _holds(text, changed, name, value, before, dialect):
                count = sum(e.name == name for e in before.entries)
                return Edit(changed, max(0, count - 1))
    raise _unrepresentable(name, dialect, "no way of writing it reads back as the same value")


def remove(text: str, name: str, dialect: Dialect) -> Edit:
    """The text without any assignment of ``name``; raises ``secret.unrepresentable`` where that
    cannot be done without touching others, and KeyError if there is none.
    """
    reading = dialect.read(text, _BARE_ENV)
    found = [entry for entry in reading.entries if entry.name == name]
    if not found:
        raise KeyError(name)
    changed = text
    for entry in reversed(found):
        low, high = _whole_line(changed, entry.start, entry.end)
        changed = changed[:low] + changed[high:]
    after = dialect.read(changed, _BARE_ENV)
    rest = _others(changed, after, name)
    if after.last(name) or rest != _others(text, reading, name):
        raise _unrepresentable(name, dialect, "its line holds more than its assignment")
    return Edit(changed, len(found) - 1)


def _check_name(name: str, dialect: Dialect) -> None:
    if not _POSIX.match(name):
        why = "a variable's name is letters, digits and _, and does not begin with a digit"
        raise Refused("secret.name", "the name was refused", why)
    if name in OWN and dialect.name in ("bash", "portable"):
        raise Refused("secret.name", f"{name} was refused", "bash keeps this name for itself")


def _check_value(name: str, value: str, dialect: Dialect) -> None:
    if "\0" in value:
        raise _unrepresentable(name, dialect, "no variable can hold a NUL")
    try:
        value.encode()
    except UnicodeError:
        raise _unrepresentable(name, dialect, "it is not text (a lone surrogate)") from None


def _placed(text: str, name: str, encoded: str, before: Reading, dialect: Dialect) -> list[str]:
    entry = before.last(name)
    if entry and "=" in text[entry.start : entry.value_start]:
        return [text[: entry.value_start] + encoded + text[entry.value_end :]]
    if entry:
        return [f"{text[: entry.end]}={encoded}{text[entry.end :]}"]
    if dialect.name != "portable" or name not in _mentioned(text, name):
        return [_appended(text, f"{name}={encoded}", end) for end in _ends(text)]
    return _replaced_in_first(text, name, encoded, dialect)


def _mentioned(text: str, name: str) -> str:
    return name if re.search(rf"(?m)^[^\S\n]*(?:export[ \t]+)?{name}[ \t]*=", text) else ""


def _replaced_in_first(text: str, name: str, encoded: str, dialect: Dialect) -> list[str]:
    """Portable readers differ on the present value: take the place that the first reader sees."""
    entry = next(iter(dialect.readers.values()))(text, _BARE_ENV).last(name)
    if entry is None:
        return [_appended(text, f"{name}={encoded}", end) for end in _ends(text)]
    return [text[: entry.value_start] + encoded + text[entry.value_end :]]


def _ends(text: str) -> list[str]:
    crlf = text.count("\r\n")
    return ["\r\n", "\n"] if crlf and crlf * 2 >= text.count("\n") else ["\n"]


def _appended(text: str, line: str, end: str) -> str:
    if not text or text == "\ufeff":
        return text + line + end
    if text.endswith("\n"):
        return text + line + end
    return text + end + line


def _holds(old: str, new: str, name: str, value: str, before: Reading, dialect: Dialect) -> bool:
    for reader in dialect.readers.values():
        after = reader(new, _BARE_ENV)
        entry = after.last(name)
        if entry is None or entry.value != value or entry.expands:
            return False
        previous = before if len(dialect.readers) == 1 else reader(old, _BARE_ENV)
        if _others(new, after, name) != _others(old, previous, name):
            return False
        if len(after.problems) > len(previous.problems):
            return False
    return True


def _others(text: str, reading: Reading, name: str) -> list[tuple[str, str]]:
    """All other assignments as they are written: their values may well follow the changed one."""
    return [(e.name, text[e.value_start : e.value_end]) for e in reading.entries if e.name != name]


def _whole_line(text: str, low: int, high: int) -> tuple[int, int]:
    """The span of an assignment with what belongs to it: ``export``, its comment, its line end."""
    start = text.rfind("\n", 0, low) + 1
    start += int(start == 0 and text.startswith("\ufeff"))
    end = text.find("\n", high)
    end = len(text) if end < 0 else end + 1
    before, after = text[start:low], text[high:end]
    alone = before.strip() in ("", "export") and (not after.strip() or after.lstrip()[0] == "#")
    if alone:
        return start, end
    return low, high + len(after) - len(after.lstrip(" \t"))


def _unrepresentable(name: str, dialect: Dialect, why: str) -> Refused:
    fix = "choose another dialect or backend, or a value without quotes, $, \\ and line breaks"
    what = f"{name} was not written for {dialect.name}"
    return Refused("secret.unrepresentable", what, why, fix)
