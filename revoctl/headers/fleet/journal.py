"""Writing a journal: appended to, never rewritten, and said to be written only once it is.

One process holds the file (an exclusive lock that goes with it); each group of lines is one
``write``, so that being killed tears at most the last line, which the next run cuts off.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from revoctl.errors import RevoctlError
from revoctl.report.journal import Header, header, line

FOLDER = Path(".revoctl") / "scans"
_BLOCK = 65536


class Journal:
    """An open journal. ``after`` is called with the number of bytes that stand in the file."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self._descriptor = descriptor
        self.after: Callable[[int], None] | None = None

    def append(self, lines: bytes) -> None:
        """Write whole lines. Raises :class:`RevoctlError` ``file.unwritable``.

        On a full disk what was begun is taken back, so that the file ends with a whole line.
        """
        try:
            view = memoryview(lines)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            raise _unwritable(self.path, error) from None
        self.size += len(lines)
        if self.after:
            self.after(self.size)

    def close(self) -> None:
        """Bring the file to the disk. Raises :class:`RevoctlError` ``file.unwritable``."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        finally:
            os.close(self._descriptor)


def new_scan(at: datetime) -> str:
    """An id for a scan: when it began, and 32 random bits."""
    return f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def folder(base: Path) -> Path:
    """The folder of journals below ``base``, made if need be; it ignores itself for git.

    Raises :class:`RevoctlError` ``file.unwritable``.
    """
    place = base / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        ignore = place.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
    except OSError as error:
        raise _unwritable(place, error) from None
    return place


def create(path: Path, head: Header) -> Journal:
    """A new journal with its header; what a file held that was not :func:`begun` goes.

    Raises :class:`RevoctlError` ``file.unwritable``, ``scan.busy``.
    """
    descriptor = _open(path, os.O_CREAT)
    _lock(path, descriptor)
    os.ftruncate(descriptor, 0)
    journal = Journal(path, descriptor, 0)
    journal.append(line(head))
    return journal


def begun(path: Path) -> bool:
    """Whether a file holds at least one whole line; a header that was torn is none."""
    try:
        with path.open("rb") as handle:
            return any(b"\n" in block for block in iter(lambda: handle.read(_BLOCK), b""))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from None


def resume(path: Path, digest: str) -> tuple[Journal, Header]:
    """An existing journal, its torn end cut off, if the policy is still that of ``digest``.

    Raises :class:`RevoctlError` ``scan.journal`` if it is no journal, ``scan.changed`` under
    another policy, ``scan.busy`` if another process writes it, ``file.*``.
    """
    head = header(path)
    if head is None:
        why = "its first line is not the header of a scan"
        fix = "give a file that a scan of --targets wrote, such as one of .revoctl/scans/"
        raise RevoctlError("scan.journal", f"{path} cannot be resumed", why, fix)
    if head.profile.digest != digest:
        begun_under = f"{head.profile.name} ({head.profile.digest[:12]})"
        why = f"it was begun under {begun_under}, not {digest[:12]}"
        fix = "give the profile that it was begun with, or begin a new scan"
        raise RevoctlError("scan.changed", f"{path} cannot be resumed", why, fix)
    descriptor = _open(path, 0)
    _lock(path, descriptor)
    return Journal(path, descriptor, _repair(path, descriptor)), head


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        fix = "wait for it, or end it"
        raise RevoctlError(
            "scan.busy", f"{path} cannot be written", "another scan writes it", fix
        ) from None


def _repair(path: Path, descriptor: int) -> int:
    """Cut off what follows the last line feed: it was never a whole record. The new size."""
    size = os.fstat(descriptor).st_size
    start = size
    while start:
        begin = max(0, start - _BLOCK)
        at = os.pread(descriptor, start - begin, begin).rfind(b"\n")
        if at >= 0:
            start = begin + at + 1
            break
        start = begin
    try:
        if start != size:
            os.ftruncate(descriptor, start)
    except OSError as error:
        raise _unwritable(path, error) from None
    return start


def _unwritable(path: Path, error: OSError) -> RevoctlError:
    why = error.strerror or str(error)
    fix = "free some space or choose another place; what stands in the journal can be resumed"
    return RevoctlError("file.unwritable", f"the journal {path} was not written", why, fix)
