"""Files that are either old or new, never half: atomic replace, locked append, bounded reads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from revoctl.errors import RevoctlError

LARGEST = 256 << 20
"""Bytes that :func:`read` accepts by default: more is not a report, it is a mistake."""


def read(path: Path, what: str, limit: int = LARGEST) -> bytes:
    """The whole of a regular file or pipe of at most ``limit`` bytes.

    Raises :class:`RevoctlError` ``file.missing``, ``file.unreadable`` or ``file.too-large``.
    """
    try:
        with path.open("rb") as handle:
            data = handle.read(limit + 1)
    except FileNotFoundError:
        raise RevoctlError(
            "file.missing", f"{what} {path} was not read", "there is no such file", "check the path"
        ) from None
    except OSError as error:
        raise RevoctlError(
            "file.unreadable", f"{what} {path} was not read", error.strerror or str(error)
        ) from None
    if len(data) > limit:
        why = f"it is larger than {limit} bytes"
        raise RevoctlError("file.too-large", f"{what} {path} was not read", why)
    return data


def replace(path: Path, data: bytes, *, mode: int = 0o644, what: str = "the file") -> None:
    """Write a file as a whole: a reader, or a crash, sees the old content or the new.

    The content reaches the disk before the name does (fsync, rename, fsync of the folder). A
    symbolic link is followed, so that it stays one; a device or pipe is written to as it is.
    Raises :class:`RevoctlError` ``file.unwritable``; then the old file stands as it was.
    """
    path = path.resolve() if path.is_symlink() else path
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        _replace(path, data, mode)
    except OSError as error:
        why = error.strerror or str(error)
        fix = "nothing was written; choose another place or free some space"
        raise RevoctlError("file.unwritable", f"{what} {path} was not written", why, fix) from None


def _replace(path: Path, data: bytes, mode: int) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), _mode(path, mode))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode(path: Path, mode: int) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Open a file for reading and appending under an exclusive advisory lock; yields the fd.

    The lock goes with the process, so a killed holder leaves none behind. Raises
    :class:`RevoctlError` ``file.unwritable``.
    """
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RevoctlError(
            "file.unwritable", f"{path} could not be opened", error.strerror or str(error)
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
