"""Take known secret values out of text, wherever it goes: answers, files, errors, terminals.

An echo may be percent-encoded, wholly or in part, or escaped for HTML or JSON: each character of a
value is looked for in every spelling that it may have come back in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

REDACTED = "<redacted>"
SHORTEST = 4
"""Values below this length cannot be secrets, and replacing them would tear every text."""
_SPELLINGS = {
    "&": ("&amp;", "&#38;"),
    "<": ("&lt;", "&#60;"),
    ">": ("&gt;", "&#62;"),
    '"': ("&quot;", "&#34;", '\\"', "\\u0022"),
    "'": ("&#39;", "&#x27;", "&apos;", "\\u0027"),
    "/": ("\\/", "&#x2F;", "&#47;"),
    "\\": ("\\\\",),
    " ": ("+",),
}


class Redactor:
    """Replaces each known value by ``<redacted>``, in time linear in the text."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(*values)

    def learn(self, *values: str) -> None:
        """Add values; longer ones are replaced first, so that no tail of one stays behind."""
        new = {value for value in values if len(value) >= SHORTEST} - self._values
        if new:
            self._values |= new
            ordered = sorted(self._values, key=lambda v: (-len(v), v))
            self._pattern = re.compile("|".join(map(_any_spelling, ordered)))

    def __call__(self, text: str) -> str:
        """The text with every known value replaced. Text may be bytes decoded as latin-1."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text

    def __bool__(self) -> bool:
        return self._pattern is not None


def _any_spelling(value: str) -> str:
    """A pattern for a value as plain text, and as UTF-8 bytes whose characters may be escaped."""
    plain = "".join(_character(char) for char in value)
    if value.isascii():
        return plain
    return f"{''.join(_character(chr(byte)) for byte in value.encode())}|{plain}"


def _character(char: str) -> str:
    ways = [re.escape(way) for way in _SPELLINGS.get(char, ())]
    if ord(char) < 0x100:
        digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in f"{ord(char):02x}")
        ways.append(f"%{digits}")
    return f"(?:{'|'.join([*ways, re.escape(char)])})"
