"""A fleet's result in every format, in memory that the number of targets does not change.

Pages show the fold. Formats that are made record by record are read back from the journal, each
target's counting record once. The three that are one document of all findings hold them all, and
are refused beyond :data:`MOST_WHOLE` targets.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from revoctl.errors import RevoctlError
from revoctl.render import render
from revoctl.render.style import Style
from revoctl.report.document import Document
from revoctl.report.model import Report

PAGES = ("table", "markdown", "html")
WHOLE = ("sarif", "junit", "gitlab")
MOST_WHOLE = 10_000

Records = Callable[[], Iterator[Report]]
"""Begins to read the records that count, waivers applied."""


class Result(msgspec.Struct, frozen=True):
    """What there is to show: the page, the records, how many there are."""

    page: Document
    records: Records
    count: int


def pieces(name: str, result: Result, style: Style) -> Iterator[str]:
    """The text of a format, piece by piece. Raises :class:`RevoctlError` ``output.unsupported``."""
    if name in PAGES:
        yield render(name, result.page, style)
    elif name in WHOLE:
        yield _whole(name, result, style)
    elif name == "json":
        yield from _array(result.records())
    elif name == "csv":
        yield from _csv(result.records(), style)
    else:
        start = "---\n" if name == "yaml" else ""
        yield from (start + render(name, report, style) for report in result.records())


def _whole(name: str, result: Result, style: Style) -> str:
    if result.count > MOST_WHOLE:
        why = f"it is one document of {result.count} targets, and {MOST_WHOLE} are the most"
        fix = "use jsonl, json or csv, or convert the journals of smaller shards"
        raise RevoctlError("output.unsupported", f"{name} was not made", why, fix)
    return render(name, list(result.records()), style)


def _array(records: Iterable[Report]) -> Iterator[str]:
    from revoctl.render.json import compact

    last = ""
    for report in records:
        yield f"{last},\n" if last else "[\n"
        last = compact(report)
    yield f"{last}\n]\n" if last else "[]\n"


def _csv(records: Iterable[Report], style: Style) -> Iterator[str]:
    first = True
    for report in records:
        head, feed, rest = render("csv", report, style).partition("\n")
        yield head + feed + rest if first else rest
        first = False


def save(path: Path, texts: Iterable[str]) -> None:
    """Write a file as a whole, piece by piece. Raises :class:`RevoctlError` ``file.unwritable``."""
    from revoctl.files import replace

    if path.exists() and not path.is_file():
        replace(path, "".join(texts).encode("utf-8", "backslashreplace"), what="the result")
        return
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o644)
            for text in texts:
                stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise RevoctlError("file.unwritable", f"{path} was not written", why) from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
