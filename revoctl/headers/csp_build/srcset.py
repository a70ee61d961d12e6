"""The addresses of a ``srcset`` (HTML Standard 4.8.4.2.2); linear, any text is answered."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[ \t\n\f\r,]*+([^ \t\n\f\r]++)")
_DESCRIPTORS = re.compile(r"[^,(]*+(?:\([^)]*+\)?+[^,(]*+)*+,?")


def addresses(text: str) -> list[str]:
    """The address of each candidate; a comma that ends an address separates."""
    found: list[str] = []
    at = 0
    while match := _ADDRESS.match(text, at):
        at = match.end()
        bare = match[1].rstrip(",")
        if bare == match[1]:
            rest = _DESCRIPTORS.match(text, at)
            at = rest.end() if rest else at
        if bare:
            found.append(bare)
    return found
