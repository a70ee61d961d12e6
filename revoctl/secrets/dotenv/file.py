"""An env file on disk: read as text that gives its bytes back, replaced as a whole or not at all.

Writers take turns by a lock on the file's folder: a lock on the file itself is worthless once the
file is replaced, and a lock file would be left lying about. Who edits the file without a lock is
noticed before the old content goes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from revoctl.secrets.errors import Conflict, Refused, Unavailable

PATIENCE_S = 10.0
"""How long a writer waits for the others."""
LARGEST = 16 << 20
"""Bytes of an env file."""
_TEMPORARY = ".revoctl-"


class Content(NamedTuple):
    """What a file held when it was read. ``version`` is 0 if it does not exist."""

    text: str
    version: int
    status: os.stat_result | None


def read(path: Path) -> Content:
    """The file as text (bytes that are not UTF-8 become surrogates), or an empty text.

    Raises ``Unavailable`` ``secret.unavailable`` and ``Refused`` ``secret.file``.
    """
    try:
        with path.open("rb") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _refused(path, "it is not a regular file")
            data = handle.read(LARGEST + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise _refused(path, "the link points to nothing") from None
        return Content("", 0, None)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Unavailable("secret.unavailable", f"{path} was not read", why) from None
    if len(data) > LARGEST:
        raise _refused(path, f"it is larger than {LARGEST} bytes")
    return Content(data.decode("utf-8", "surrogateescape"), _version(status), status)


def rewrite(path: Path, change: Callable[[Content], str]) -> int:
    """Replace the content by what ``change`` makes of it, under the lock; returns the version.

    The new content reaches the disk before the name does. Permissions, owner, extended
    attributes and symbolic links stay. Raises ``Conflict`` (``secret.conflict``: changed by
    somebody without the lock; ``secret.locked``), ``Refused`` ``secret.file``, ``Unavailable``
    ``secret.unavailable``; then the old content stands.
    """
    target = path.resolve()
    with _locked(target.parent):
        _sweep(target)
        content = read(target if path.exists() else path)
        text = change(content)
        if text == content.text and content.version:
            return content.version
        try:
            return _replace(target, text.encode("utf-8", "surrogateescape"), content)
        except OSError as error:
            why = error.strerror or str(error.errno)
            fix = "nothing was changed"
            raise Unavailable("secret.unavailable", f"{path} was not written", why, fix) from None


def _replace(target: Path, data: bytes, content: Content) -> int:
    temporary = target.with_name(f".{target.name}{_TEMPORARY}{os.getpid()}-{time.monotonic_ns()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if content.status:
                _keep_attributes(target, stream.fileno(), content.status)
            os.fsync(stream.fileno())
            version = _version(os.fstat(stream.fileno()))
        now = read(target)
        if now.version != content.version or now.text != content.text:
            raise Conflict(
                "secret.conflict", f"{target} was not written", "it was changed meanwhile",
                "try again: nothing was lost",
            )  # fmt: skip
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return version


def _keep_attributes(target: Path, descriptor: int, status: os.stat_result) -> None:
    ours = os.fstat(descriptor)
    if (ours.st_uid, ours.st_gid) != (status.st_uid, status.st_gid):
        # Fails closed: a file that its service can no longer read is worse than an old one.
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    with contextlib.suppress(OSError):
        for name in os.listxattr(target):
            with contextlib.suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(target, name))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove what a killed writer left; whoever holds the lock is the only writer."""
    prefix = f".{target.name}{_TEMPORARY}"
    with contextlib.suppress(OSError):
        for found in target.parent.iterdir():
            if found.name.startswith(prefix):
                found.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise Unavailable(
            "secret.unavailable", f"the folder {folder} was not locked", why
        ) from None
    try:
        _wait(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB), folder)
        yield
    finally:
        os.close(descriptor)


def _wait(attempt: Callable[[], None], folder: Path) -> None:
    deadline, pause = time.monotonic() + PATIENCE_S, 0.001
    while True:
        try:
            attempt()
        except BlockingIOError:
            if time.monotonic() > deadline:
                why = f"another process has held it for {PATIENCE_S:.0f} s"
                raise Conflict("secret.locked", f"{folder} was not locked", why) from None
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        else:
            return


def _version(status: os.stat_result) -> int:
    """A number that changes with every write of the file and says nothing of its content."""
    words = f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
    return int.from_bytes(blake2b(words.encode(), digest_size=7).digest(), "big") or 1


def _refused(path: Path, why: str) -> Refused:
    return Refused("secret.file", f"{path} was left as it is", why)
