"""JSON, indented and in a stable order: structs in their fields' order, mappings sorted by key.

Times are RFC 3339 in UTC with ``Z``. Characters that do not print (controls, bidi overrides) are
written as ``\\uXXXX``, so that a document can be shown in a terminal and still says the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from revoctl.render.items import one_or_all, plain

if TYPE_CHECKING:
    from revoctl.render.style import Style

Order = Literal["deterministic"] | None

# A time that msgspec wrote with an offset or without a zone; in a text it only costs time.
_OTHER_ZONE = re.compile(
    rb'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:\d\d)?"', re.ASCII
)
_BEYOND_ASCII = re.compile(r"[^\n -~]+")


def render(item: object, style: Style) -> str:
    """One JSON document: an object for one report, an array for several."""
    return compact(one_or_all(item), indent=2) + "\n"


def compact(item: object, indent: int = -1, order: Order = "deterministic") -> str:
    """An item as JSON text on one line, or indented; without the line feed at the end.

    ``order`` None leaves mappings as they were built.
    """
    data = _encode(item, order)
    text = (msgspec.json.format(data, indent=indent) if indent >= 0 else data).decode()
    if text.isascii() and "\x7f" not in text:
        return text
    return _BEYOND_ASCII.sub(_escape_unprintable, text)


def _encode(item: object, order: Order) -> bytes:
    try:
        data = msgspec.json.encode(item, order=order)
    except UnicodeEncodeError:
        return msgspec.json.encode(plain(item))
    return msgspec.json.encode(plain(item)) if _OTHER_ZONE.search(data) else data


def _escape_unprintable(match: re.Match[str]) -> str:
    run = match[0]
    return run if run.isprintable() else "".join(map(_escape, run))


def _escape(char: str) -> str:
    if char.isprintable():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
