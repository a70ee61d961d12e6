"""One deadline for everything, and smaller ones that never reach beyond it."""

from __future__ import annotations

from time import monotonic


class Deadline:
    """A point on the monotonic clock, ``seconds`` from now."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self) -> float:
        """The seconds that remain, above 0. Raises :class:`TimeoutError` when none do."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("the time allowed is over")
        return left

    def share(self, part: float, most: float = float("inf")) -> Deadline:
        """A deadline after ``part`` (0 to 1) of what remains, and after ``most`` seconds at most.

        Raises :class:`TimeoutError` when nothing remains.
        """
        return Deadline(min(self.left() * part, most))
