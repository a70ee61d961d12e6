"""Python literals in double quotes where that needs no escapes, as people write them."""

from __future__ import annotations

from collections.abc import Sequence


def text(value: str) -> str:
    """A ``str`` literal that evaluates to ``value``."""
    # an apostrophe in front makes repr choose double quotes, unless the value holds one
    written = repr(f"'{value}")
    return f'"{written[2:]}' if written[0] == '"' else repr(value)


def octets(value: bytes) -> str:
    """A ``bytes`` literal that evaluates to ``value``."""
    written = repr(b"'" + value)
    return f'b"{written[3:]}' if written[1] == '"' else repr(value)


def texts(values: Sequence[str]) -> str:
    """A tuple literal of ``str``, or a plain one where there is just one value."""
    return text(values[0]) if len(values) == 1 else f"({', '.join(text(v) for v in values)})"
