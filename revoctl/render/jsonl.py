"""JSON Lines: one document a line, so that a stream can be read while it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revoctl.render.json import compact

if TYPE_CHECKING:
    from revoctl.render.style import Style


def render(item: object, style: Style) -> str:
    """A line for each entry of a sequence, or one line for anything else."""
    entries = item if isinstance(item, list | tuple) else (item,)
    return "".join(compact(entry) + "\n" for entry in entries)
