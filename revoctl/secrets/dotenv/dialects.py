"""Which programs are to read an env file: one reader and its ways to write a value each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from revoctl.secrets.dotenv.reading import Problem, Reading
from revoctl.secrets.errors import Refused

Reader = Callable[[str, Mapping[str, str] | None], Reading]
Quoting = Callable[[str], str]
_PLAIN = re.compile(r"[A-Za-z0-9_.@%+/-][A-Za-z0-9_.@%+/=:,-]*+\Z")


class Dialect(NamedTuple):
    """A name, the readers that must agree, and quotings in order of preference."""

    name: str
    readers: Mapping[str, Reader]
    quotings: Mapping[str, Quoting]

    def read(self, text: str, environment: Mapping[str, str] | None = None) -> Reading:
        """What every reader of the dialect makes of the text; where they differ, a problem."""
        readings = [reader(text, environment) for reader in self.readers.values()]
        return readings[0] if len(readings) == 1 else _common(readings, list(self.readers))

    def encodings(self, value: str, written: str) -> Iterator[str]:
        """Ways to write a value, the style of the present one first. Not all of them hold:
        whoever writes reads back.
        """
        style = {"'": "single", '"': "double", "`": "backtick"}.get(written[:1], "")
        if written and not style:
            style = "bare"
        plain = ["bare"] if _PLAIN.match(value) else []
        order = dict.fromkeys([style, *plain, *self.quotings])
        for quoting in order:
            if quoting == "bare" and not _PLAIN.match(value) and self.name != "docker":
                continue
            if quoting in self.quotings:
                yield self.quotings[quoting](value)
            if quoting == style and f"{quoting} escaped" in self.quotings:
                yield self.quotings[f"{quoting} escaped"](value)


def dialect(name: str) -> Dialect:
    """One of :data:`NAMES`. Raises :class:`Refused` ``secret.dialect``."""
    from revoctl.secrets.dotenv import bash, docker, node, python

    every: dict[str, Reader] = {
        "python": python.read,
        "bash": bash.read,
        "docker": docker.read,
        "node": node.read,
    }
    if name not in QUOTINGS:
        fix = f"choose one of {', '.join(NAMES)}"
        raise Refused("secret.dialect", f"there is no dialect {name!r}", "", fix)
    readers = every if name == "portable" else {name: every[name]}
    return Dialect(name, readers, QUOTINGS[name])


def _bare(value: str) -> str:
    return value


def _single(value: str) -> str:
    return f"'{value}'"


def _double(value: str) -> str:
    return f'"{value}"'


def _backtick(value: str) -> str:
    return f"`{value}`"


def _single_escaped(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_CONTROLS = {"\n": "n", "\r": "r", "\a": "a", "\b": "b", "\f": "f", "\v": "v"}


def _double_escaped(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for char, letter in _CONTROLS.items():
        escaped = escaped.replace(char, "\\" + letter)
    return f'"{escaped}"'


def _double_shell(value: str) -> str:
    return '"' + re.sub(r'[\\"$`]', lambda found: "\\" + found[0], value) + '"'


def _single_shell(value: str) -> str:
    return "'" + value.replace("'", "'\"'\"'") + "'"


QUOTINGS: dict[str, dict[str, Quoting]] = {
    "python": {
        "single": _single,
        "double": _double,
        "double escaped": _double_escaped,
        "single escaped": _single_escaped,
        "bare": _bare,
    },
    "bash": {
        "single": _single,
        "single escaped": _single_shell,
        "double": _double,
        "double escaped": _double_shell,
        "bare": _bare,
    },
    "docker": {"bare": _bare},
    "node": {"single": _single, "double": _double, "backtick": _backtick, "bare": _bare},
    "portable": {"single": _single, "double": _double, "bare": _bare},
}
NAMES = tuple(QUOTINGS)


def _common(readings: list[Reading], names: list[str]) -> Reading:
    """The first reader's entries that every other reads alike; a problem for each that differs."""
    first, others = readings[0], [reading.values for reading in readings[1:]]
    problems: list[Problem] = []
    for reading, name in zip(readings, names, strict=True):
        problems += [p._replace(what=f"{name}: {p.what}") for p in reading.problems]
    entries = []
    final = first.values
    for entry in first.entries:
        ways = [entry.value if o.get(entry.name) == final[entry.name] else None for o in others]
        if entry.value is not None and None not in ways:
            entries.append(entry)
        else:
            what = f"{', '.join(names)} do not read {entry.name} alike"
            problems.append(Problem(entry.start, what))
    return Reading(entries, problems)
