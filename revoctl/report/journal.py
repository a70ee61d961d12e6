"""The journal of a scan of many targets: JSON lines, appended as the verdicts come.

The first line is a :class:`Header`; each further line is one self-contained
:class:`~revoctl.report.model.Report`. Whoever was killed may leave a torn last line, which readers
pass over. A target that was tried again has several lines: the last verdict counts, and an error
only where there is no verdict. Reading takes 24 to 48 bytes of memory a target, whatever its
record holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from revoctl.errors import RevoctlError
from revoctl.report.journal_index import Index, Key
from revoctl.report.model import Failure, Model, ProfileRef, Report, Tool

SCHEMA = "revoctl.scan/v1"
LONGEST_LINE = 64 << 20
_PRINTABLE = bytes(range(0x20, 0x7F))
_UNPRINTABLE = re.compile(r"[^\n -~]+")


class Header(Model, frozen=True):
    """The first line: which scan it is, made by whom, under which policy, of which targets.

    ``targets`` is the path of the list, ``column`` its column if it is CSV, ``shard`` the part of
    it (``3/16``, empty for all).
    """

    schema: str
    scan: str
    tool: Tool
    profile: ProfileRef
    started: datetime
    targets: str = ""
    column: str = ""
    shard: str = ""


def line(item: Report | Header) -> bytes:
    """One line of JSON, its line feed included; what does not print is written ``\\uXXXX``."""
    try:
        data = msgspec.json.encode(item)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(item)))
    # JSON escapes control characters below space; of the rest only what is not ASCII needs a look.
    rest = data.translate(None, _PRINTABLE)
    if rest and not rest.decode().isprintable():
        data = _UNPRINTABLE.sub(_escape, data.decode()).encode()
    return data + b"\n"


def header(path: Path) -> Header | None:
    """The header of a journal, None for any other file. Raises :class:`RevoctlError` ``file.*``."""
    with _open(path) as handle:
        first = handle.readline(LONGEST_LINE)
    if b'"revoctl.scan/' not in first:
        return None
    try:
        return msgspec.json.decode(first, type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def keys(path: Path) -> Iterator[Key]:
    """What each whole record of a journal answers, in order."""
    for data in _lines(path):
        key = _key(data)
        if key:
            yield key


def latest(paths: Sequence[Path]) -> Iterator[tuple[bytes, Report]]:
    """The record that counts of every target of some journals, once, with its line.

    Each file is read twice. Raises :class:`RevoctlError` ``file.*``, ``report.format``.
    """
    index = Index()
    for number, key in enumerate(map(_key, _all(paths))):
        if key:
            index.offer(key, number)
    decoder = msgspec.json.Decoder(Report)
    for number, data in enumerate(_all(paths)):
        if index.holds(number):
            yield data, _report(decoder, data)


def _report(decoder: msgspec.json.Decoder[Report], data: bytes) -> Report:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RevoctlError(
            "report.format",
            "a record of the journal is not a report",
            str(error),
            "was it written by a newer revoctl, or edited?",
        ) from None


def _key(data: bytes) -> Key | None:
    """None for a header, a torn line, or anything else that is no record."""
    try:
        key = _KEYS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return None
    return None if key.schema in ("", SCHEMA) else key


_KEYS = msgspec.json.Decoder(Key)


def _all(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        yield from _lines(path)


def _lines(path: Path) -> Iterator[bytes]:
    with _open(path) as handle:
        while data := handle.readline(LONGEST_LINE):
            yield data


def _open(path: Path) -> Any:
    try:
        return path.open("rb")
    except FileNotFoundError:
        fix = "check the path"
        raise RevoctlError("file.missing", f"{path} was not read", "it is not there", fix) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise RevoctlError("file.unreadable", f"{path} was not read", why) from None


def failure(header: Header, failed: Failure, target: str, at: datetime, kind: str) -> Report:
    """The record of a target that gave no verdict; ``kind`` is the schema of the audit."""
    return Report(
        kind, header.tool, at, at, header.profile, errors=(failed,), scan=header.scan, target=target
    )


def _escape(match: re.Match[str]) -> str:
    run = match[0]
    return run if run.isprintable() else "".join(map(_escaped, run))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(entry) for entry in value]
    return value
