"""A recording read from a file or from bytes, its format told by its content."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import msgspec

from revoctl.headers.snapshot import Snapshot
from revoctl.headers.sources import har
from revoctl.headers.sources.curl import from_curl
from revoctl.headers.sources.problems import bad_format, unreadable
from revoctl.headers.sources.saved import from_saved

_START = 64


class _Sniffed(msgspec.Struct):
    log: msgspec.Raw = msgspec.Raw()


def read(source: bytes | str | PathLike[str], url: str | None = None) -> Snapshot:
    """The snapshot in a file (path) or in bytes.

    ``url`` is what was asked for: needed for a dump of curl, and chooses the entry of an archive.
    Raises :class:`~revoctl.errors.RevoctlError` ``source.unreadable``, ``source.format``.
    """
    data = source if isinstance(source, bytes) else _load(Path(source))
    start = data[:_START].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return har.from_har(data, url) if _is_archive(data) else from_saved(_without_mark(data))
    if start.startswith((b"HTTP/", b"ICY ")):
        return from_curl(data, url)
    raise bad_format(
        "this is no recording of an answer",
        f"it begins with {ascii(start[:40])[1:]}",
        "give a file of curl -D, a HAR archive or a saved snapshot",
    )


def _without_mark(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf")


def _is_archive(data: bytes) -> bool:
    try:
        return bool(bytes(msgspec.json.decode(_without_mark(data), type=_Sniffed).log))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _load(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(har.MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        raise unreadable(str(path), getattr(error, "strerror", None) or str(error)) from None
    if len(data) > har.MAX_SIZE:
        raise unreadable(str(path), f"it has more than {har.MAX_SIZE >> 20} MiB")
    return data
