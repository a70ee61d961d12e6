"""Clear-Site-Data: a list of quoted strings; a bare word is ignored (W3C Clear Site Data 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from revoctl.headers.syntax.tokens import split_list, unquote

TYPES = (
    "*",
    "cache",
    "clientHints",
    "cookies",
    "executionContexts",
    "prefetchCache",
    "prerenderCache",
    "storage",
)


class ClearSiteData(Struct, frozen=True):
    """What browsers clear, and the items that they ignore."""

    types: tuple[str, ...]
    ignored: tuple[str, ...] = ()

    def covers(self, other: ClearSiteData) -> bool:
        """Whether all that the other clears is cleared by this too."""
        return "*" in self.types or set(other.types) <= set(self.types)


def parse(lines: Sequence[str]) -> ClearSiteData:
    """Read all lines of Clear-Site-Data; names count in their exact case."""
    types, ignored = [], []
    for item in split_list(lines):
        name = unquote(item)
        if name in TYPES and name is not None:
            types.append(name)
        else:
            ignored.append(item)
    return ClearSiteData(tuple(types), tuple(ignored))
