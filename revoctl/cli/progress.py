"""How far a long scan is, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Any

from revoctl.cli.streams import Streams
from revoctl.text import plural

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Shows targets done, of about how many, failures, rate and time left; off under ``-q``."""

    def __init__(self, streams: Streams, total: int, done: int = 0) -> None:
        self._streams = streams
        self._total = total
        self._before = done
        self._began = monotonic()
        self._said = self._began
        self._bar: Any = None
        self._task: Any = None
        self.done = 0

    def __enter__(self) -> Progress:
        if not self._streams.quiet and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            total = max(self._total, self._before) or None
            self._task = self._bar.add_task("", total=total, completed=self._before, words="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def tell(self, done: int, failed: int) -> None:
        """So many were done in this run, and so many of them failed."""
        self.done = done
        now = monotonic()
        rate = done / max(now - self._began, 1e-9)
        whole = self._before + done
        if self._bar:
            words = f"{failed} failed, {rate:.0f}/s"
            total = max(self._total, whole) or None
            self._bar.update(self._task, completed=whole, total=total, words=words)
        elif now - self._said >= EVERY:
            self._said = now
            self._streams.note(self._line(whole, failed, rate))

    def _line(self, whole: int, failed: int, rate: float) -> str:
        of = f" of about {self._total}" if self._total > whole else ""
        left = (self._total - whole) / rate if rate and self._total > whole else 0.0
        end = f", about {_time(left)} left" if left else ""
        return f"{whole}{of} targets, {failed} failed, {rate:.0f}/s{end}"

    def summary(self, failed: int) -> str:
        """What is said at the end."""
        seconds = max(monotonic() - self._began, 1e-9)
        what = plural(self.done, "target")
        return f"{what} in {_time(seconds)}, {failed} failed, {self.done / seconds:.0f}/s"


def _bar() -> Any:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[words]}"),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=4,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
