"""X-Frame-Options: the set of its values, and who may frame the page.

Browsers take all lines together as one set (HTML standard, "the X-Frame-Options header"): values
in any case, quoted ones are not values, any DENY denies, several equal ones are one.
``ALLOW-FROM`` was dropped by every browser and ``ALLOWALL`` never was a restriction: both leave the
page open.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct

from revoctl.headers.syntax.memory import remembered
from revoctl.headers.syntax.tokens import split_list


class Framing(IntEnum):
    """Who may put the page into a frame; a larger number is stricter."""

    ANYONE = 0
    LISTED = 1
    SAME_ORIGIN = 2
    NOBODY = 3


class FrameOptions(Struct, frozen=True):
    """All values in lower case and in order, and what a browser makes of them together."""

    values: tuple[str, ...]
    framing: Framing

    @property
    def effective(self) -> bool:
        """Whether the header restricts anything."""
        return self.framing is not Framing.ANYONE

    @property
    def conflicting(self) -> bool:
        """Whether the values differ, which browsers have resolved in different ways."""
        return len(set(self.values)) > 1

    @property
    def allow_from(self) -> bool:
        """Whether a value names an origin by the abandoned ALLOW-FROM."""
        return any(v.startswith("allow-from") for v in self.values)


@remembered
def parse(lines: Sequence[str]) -> FrameOptions:
    """Read all lines of X-Frame-Options."""
    values = tuple(value.lower() for value in split_list(lines))
    if "deny" in values:
        return FrameOptions(values, Framing.NOBODY)
    return FrameOptions(values, Framing.SAME_ORIGIN if "sameorigin" in values else Framing.ANYONE)


def of_ancestors(sources: Sequence[str]) -> Framing:
    """What one ``frame-ancestors`` source list allows (CSP 3 section 6.4.2)."""
    wanted = {source.lower() for source in sources}
    if not wanted - {"'none'"}:
        return Framing.NOBODY
    if any(source in _OPEN for source in wanted):
        return Framing.ANYONE
    return Framing.SAME_ORIGIN if wanted <= {"'self'", "'none'"} else Framing.LISTED


_OPEN = frozenset({"*", "http:", "https:", "http://*", "https://*", "*:*"})
