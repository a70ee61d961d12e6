"""Wrapping text to a number of terminal columns without cutting any of it."""

from __future__ import annotations

from collections.abc import Iterator

from revoctl.text import cells

_BREAKS = frozenset("-_/.,;:&?=+")


def wrap(text: str, width: int) -> list[str]:
    """``text`` as lines of at most ``width`` columns, at least one; a line feed stays a break.

    Lines break at spaces; a word that is wider than a line breaks after its punctuation, so that
    identifiers and addresses break where a reader would, and anywhere only as a last resort. Of
    the text only spaces go: those at which a line breaks, and those that a broken one starts with.
    """
    width = max(width, 2)  # a wide character takes two columns
    return [line for paragraph in text.split("\n") for line in _paragraph(paragraph, width)]


def _paragraph(text: str, width: int) -> list[str]:
    if cells(text) <= width:
        return [text]
    found: list[str] = []
    line, taken = "", 0
    for word in text.split(" "):
        size = cells(word)
        if line and taken + 1 + size > width:
            found.append(line)
            line, taken = "", 0
        if size > width:
            *full, line = _pieces(word, width)
            found += full
            taken = cells(line)
        else:
            line, taken = (f"{line} {word}", taken + 1 + size) if line else (word, size)
    return [*found, line]


def _pieces(word: str, width: int) -> list[str]:
    """A long word in parts that each fit a line, broken after punctuation where there is any."""
    found: list[str] = []
    line, taken = "", 0
    for part in _parts(word, width):
        size = cells(part)
        if line and taken + size > width:
            found.append(line)
            line, taken = "", 0
        line, taken = line + part, taken + size
    return [*found, line]


def _parts(word: str, width: int) -> Iterator[str]:
    start = 0
    for end, char in enumerate(word, 1):
        if char not in _BREAKS and end != len(word):
            continue
        part, start = word[start:end], end
        yield from [part] if cells(part) <= width else _chopped(part, width)


def _chopped(part: str, width: int) -> Iterator[str]:
    start, taken = 0, 0
    for index, char in enumerate(part):
        size = cells(char)
        if taken + size > width:
            yield part[start:index]
            start, taken = index, 0
        taken += size
    yield part[start:]
