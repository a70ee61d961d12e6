"""What a reader makes of the text of an env file: entries with their places, and problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

LARGEST_VALUE = 1 << 20
"""Characters that one value may grow to by expansion; more is an attack on memory."""


class Entry(NamedTuple):
    """One assignment. All places are offsets in the text; ``text[value_start:value_end]`` is the
    value as written, with its quotes. ``value`` is None where a name stands without ``=``.
    """

    name: str
    value: str | None
    start: int
    end: int
    value_start: int
    value_end: int
    expands: bool = False
    """Whether the value depends on other variables."""


class Problem(NamedTuple):
    """Something that a reader skips, refuses or does beyond assigning. Never quotes the text."""

    offset: int
    what: str
    fatal: bool = False
    """Whether the reader gives up on the whole file."""


class Reading(NamedTuple):
    """All entries in order, duplicates included: the last of a name counts."""

    entries: list[Entry]
    problems: list[Problem]

    @property
    def values(self) -> dict[str, str | None]:
        """Name → value, as a program sees them that loads the file."""
        return {entry.name: entry.value for entry in self.entries}

    def last(self, name: str) -> Entry | None:
        """The entry that counts."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)


def lines_of(text: str, problems: Iterable[Problem]) -> list[tuple[int, str]]:
    """Each problem as (line number from 1, what), in time linear in the text."""
    found, line, seen = [], 1, 0
    for problem in sorted(problems):
        line += text.count("\n", seen, problem.offset)
        seen = max(seen, problem.offset)
        found.append((line, problem.what))
    return found
