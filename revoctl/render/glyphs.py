"""Grades and figures three lines tall, in half blocks, and sparklines in eighths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

HEIGHT = 3
_GLYPHS = {
    "A": ("▄▀▀▄", "█▄▄█", "█  █"),
    "B": ("█▀▀▄", "█▀▀▄", "█▄▄▀"),
    "C": ("▄▀▀▀", "█   ", "▀▄▄▄"),
    "D": ("█▀▀▄", "█  █", "█▄▄▀"),
    "E": ("█▀▀▀", "█▀▀ ", "█▄▄▄"),
    "F": ("█▀▀▀", "█▀▀ ", "█   "),
    "+": ("   ", "▄█▄", " ▀ "),
    "-": ("   ", "▄▄▄", "   "),
    "0": ("█▀█", "█ █", "█▄█"),
    "1": ("▄█ ", " █ ", "▄█▄"),
    "2": ("▀▀█", "▄▀▀", "█▄▄"),
    "3": ("▀▀█", " ▀█", "▄▄█"),
    "4": ("█ █", "▀▀█", "  █"),
    "5": ("█▀▀", "▀▀█", "▄▄█"),
    "6": ("█▀▀", "█▀█", "█▄█"),
    "7": ("▀▀█", "  █", "  █"),
    "8": ("█▀█", "█▀█", "█▄█"),
    "9": ("█▀█", "▀▀█", "▄▄█"),
}
_BARS = "▁▂▃▄▅▆▇█"


def tall(text: str) -> tuple[str, ...]:
    """``text`` as three lines of blocks; empty where it is not a short grade or figure."""
    if not 0 < len(text) <= 3 or any(c not in _GLYPHS for c in text):
        return ()
    return tuple(" ".join(_GLYPHS[c][i] for c in text) for i in range(HEIGHT))


def sparkline(values: Sequence[float], width: int) -> str:
    """A curve as one bar a value, from the lowest to the highest; at most ``width`` bars.

    Longer curves are thinned by taking the mean of each stretch. Values are finite.
    """
    count = min(len(values), max(width, 1))
    if not count:
        return ""
    edges = [i * len(values) // count for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, span = min(means), (max(means) - min(means)) or 1.0
    return "".join(_BARS[min(7, int((m - low) / span * 8))] for m in means)
