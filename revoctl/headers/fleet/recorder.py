"""Records on their way out: gathered for a moment, written as one group, counted and folded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from revoctl.errors import RevoctlError
from revoctl.report.fleet import Census
from revoctl.report.journal import line
from revoctl.report.model import Report

GROUP = 1 << 18
"""Bytes after which a group is written at once."""
MOMENT = 0.05
"""Seconds after which it is written anyway."""


class Recorder:
    """Takes reports on a running event loop and gives their lines to ``write``.

    What ``write`` raises is raised by the next :meth:`take` or :meth:`flush`; until then
    ``on_error`` has been told.
    """

    def __init__(
        self, write: Callable[[bytes], None], census: Census, on_error: Callable[[], None]
    ) -> None:
        self._write = write
        self._census = census
        self._on_error = on_error
        self._lines: list[bytes] = []
        self._size = 0
        self._error: RevoctlError | None = None
        self.done = 0
        self.failed = 0

    def take(self, report: Report) -> None:
        """Note a report. Raises what writing raised."""
        self._census.add(report)
        self.done += 1
        self.failed += bool(report.errors)
        data = line(report)
        if not self._lines:
            asyncio.get_running_loop().call_later(MOMENT, self._due)
        self._lines.append(data)
        self._size += len(data)
        if self._size >= GROUP or self._error:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting. Raises what writing raised, once and for all."""
        if self._error:
            raise self._error
        lines, self._lines, self._size = b"".join(self._lines), [], 0
        if not lines:
            return
        try:
            self._write(lines)
        except RevoctlError as error:
            self._error = error
            raise

    def _due(self) -> None:
        try:
            self.flush()
        except RevoctlError:
            self._on_error()
