"""A journal's new lines on standard output while the scan runs."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_PIECE = 1 << 18


class Tail:
    """Copies what is appended to a journal, in a thread of its own.

    The journal is the buffer: a slow reader of standard output costs no memory and does not hold up
    the scan. ``on_gone`` is called when the reader has gone away.
    """

    def __init__(self, path: Path, start: int, on_gone: Callable[[], None]) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._at = start
        self._until = start
        self._ended = False
        self._on_gone = on_gone
        self._news = threading.Condition()
        self.gone = False
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def grown(self, size: int) -> None:
        """The journal has whole lines up to so many bytes."""
        with self._news:
            self._until = size
            self._news.notify()

    def close(self) -> None:
        """Copy the rest and end."""
        with self._news:
            self._ended = True
            self._news.notify()
        self._thread.join()
        os.close(self._file)

    def _copy(self) -> None:
        stream = sys.stdout.buffer
        try:
            while self._wait():
                data = os.pread(self._file, min(_PIECE, self._until - self._at), self._at)
                stream.write(data)
                stream.flush()
                self._at += len(data)
        except BrokenPipeError:
            self.gone = True
            self._on_gone()

    def _wait(self) -> bool:
        """Wait for something to copy; false at the end."""
        with self._news:
            while self._at >= self._until and not self._ended:
                self._news.wait()
            return self._at < self._until
