"""Asked to end: the first signal is noted and obeyed in order, the second one at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def caught_signals(caught: list[int], then: Callable[[], None]) -> Iterator[None]:
    """Within the block, the first signal to end is noted, and the second one obeyed."""

    def handler(number: int, frame: FrameType | None) -> None:
        if caught:
            os._exit(128 + number)
        caught.append(number)
        then()

    previous = {}
    with suppress(ValueError):  # not the main thread
        for number in SIGNALS:
            previous[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
