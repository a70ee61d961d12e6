"""Lists of targets: a host or URL a line, or a column of a CSV file; comments, blank lines.

The list is read as a stream. What cannot be a target is kept as a :class:`BadLine` with its line
number: it becomes an error record, for a target that is silently left out would look as passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.target import parse_target
from revoctl.headers.fleet.seen import Seen
from revoctl.headers.fleet.shard import Shard

LONGEST_LINE = 65536
"""Bytes of a line; what is longer is one bad line."""
HEADINGS = ("url", "target", "host", "hostname", "domain", "fqdn", "website", "origin")
"""Names of a CSV column that holds the targets, the likeliest first."""
_SEPARATORS = ",;\t"


class Aim(Struct, frozen=True, gc=False):
    """A target: its canonical text, which also identifies it, and its host."""

    text: str
    host: str


class BadLine(Struct, frozen=True, gc=False):
    """A line that holds no target: its number from 1, a name for it, and the error."""

    number: int
    name: str
    code: str
    what: str
    why: str
    fix: str


Entry = Aim | BadLine


def read_targets(stream: BinaryIO, column: str = "") -> Iterator[Entry]:
    """The entries of a list in order, duplicates included.

    ``column`` is the name or number (from 1) of a CSV column; without it the list is CSV only if
    its first line has several columns of which one is called as in :data:`HEADINGS`. Raises
    :class:`RevoctlError` ``usage.command-line`` if the named column is not there.
    """
    table: _Column | None = None
    first = True
    for number, text in _lines(stream):
        if first:
            first = False
            table = _csv(text, column)
            if table and table.named:
                continue
        cell = table.cell(text) if table else text
        if cell:
            yield parse_entry(cell, number)


def parse_entry(text: str, number: int = 1) -> Entry:
    """One target, or why it is none. Never raises."""
    if len(text) > LONGEST_LINE:
        error = RevoctlError("target.invalid", "the line is too long", f"over {LONGEST_LINE} bytes")
        return _bad(number, text, error)
    try:
        target = parse_target(text)
    except RevoctlError as error:
        return _bad(number, text, error)
    url = target.url
    if target.assumed:
        path = "" if url.path == "/" else url.path
        return Aim(f"{url.netloc}{path}", url.host)
    return Aim(str(url), url.host)


class Share:
    """The entries that are due: of one shard, not done before, each once.

    ``due`` is None at the end; :attr:`LATER` says that none was met among the next few hundred, so
    that whoever drives an event loop gets to breathe. ``lines`` counts what was read.
    """

    LATER = "later"
    AT_ONCE = 400

    def __init__(self, entries: Iterator[Entry], shard: Shard, done: Seen | None = None) -> None:
        self._entries = entries
        self._shard = shard
        self._seen = done or Seen()
        self.skipped = len(self._seen)
        self.repeated = 0

    def due(self) -> Entry | str | None:
        """The next entry, LATER, or None."""
        for _ in range(self.AT_ONCE):
            entry = next(self._entries, None)
            if entry is None:
                return None
            if self._shard.holds(entry.host if isinstance(entry, Aim) else entry.name):
                if self._seen.add(name_of(entry)):
                    return entry
                self.repeated += 1
        return self.LATER


def name_of(entry: Entry) -> str:
    """What identifies an entry in a journal."""
    return entry.text if isinstance(entry, Aim) else entry.name


def _bad(number: int, text: str, error: RevoctlError) -> BadLine:
    shown = text if "@" not in text else "…@" + text.rpartition("@")[2]
    name = f"line {number}: {shown[:100]}"
    return BadLine(number, name, error.code, f"line {number}: {error.what}", error.why, error.fix)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Number and text of each line that says something, without its comment."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 2):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        whole = raw.endswith(b"\n")
        while not whole and (rest := stream.readline(LONGEST_LINE)):
            whole = rest.endswith(b"\n")
            raw = raw[: LONGEST_LINE + 2]
        text = raw.decode("utf-8", "backslashreplace").strip()
        if not text or text.startswith("#"):
            continue
        yield number, _without_comment(text)


def _without_comment(text: str) -> str:
    """A ``#`` after white space begins a comment; one inside a URL is its fragment."""
    at = text.find("#")
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    return text[:at].rstrip() if at > 0 else text


class _Column(Struct, frozen=True):
    """Where in a line of CSV the target stands. ``named``: the first line holds names."""

    index: int
    separator: str
    named: bool

    def cell(self, line: str) -> str:
        """The target of a line, empty if the line has no such cell."""
        cells = _split(line, self.separator)
        return cells[self.index].strip() if self.index < len(cells) else ""


def _csv(line: str, column: str) -> _Column | None:
    separator = max(_SEPARATORS, key=line.count)
    names = [cell.strip().lower() for cell in _split(line, separator)]
    if column.isdecimal() and len(column) < 5 and int(column):
        index = int(column) - 1
        heading = index < len(names) and isinstance(parse_entry(names[index]), BadLine)
        known = index < len(names) and names[index] in HEADINGS
        return _Column(index, separator, heading or known)
    if column:
        if column.lower() not in names:
            why = f"the first line has {', '.join(names)[:200]}"
            fix = "name one of these, or give its number from 1"
            raise RevoctlError("usage.command-line", f"there is no column {column!r}", why, fix)
        return _Column(names.index(column.lower()), separator, True)
    known_names = [name for name in HEADINGS if name in names and "/" not in line]
    if known_names and len(names) > 1:
        return _Column(names.index(known_names[0]), separator, True)
    return _Column(0, "\n", True) if known_names else None


def _split(line: str, separator: str) -> list[str]:
    """The cells of one line of CSV (RFC 4180, without line breaks in cells)."""
    if '"' not in line:
        return line.split(separator)
    import csv

    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)
