"""How wide each column of a text table is, and which columns stand under their neighbour."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.report.document import Cell, Column, Table
from revoctl.text import cells, lines

GAP = 2
ROOMY = 120
Stacked = tuple[tuple[Column, ...], list[list[list[tuple[str, Cell]]]]]


def stacked(table: Table, width: int) -> Stacked:
    """The columns that stand beside each other, and rows of cells, each a list of parts.

    A part is a prefix and a cell. Below ``ROOMY`` columns of width, a column that may stand under
    the one before it does: its part is added to that cell, unless it is empty.
    """
    columns: list[Column] = []
    homes: list[tuple[int, str]] = []
    for column in table.columns:
        below = column.under is not None and columns and width < ROOMY
        if not below:
            columns.append(column)
        homes.append((len(columns) - 1, (column.under or "") if below else ""))
    return tuple(columns), [_fold(row, homes, len(columns)) for row in table.rows]


def _fold(
    row: Sequence[Cell], homes: Sequence[tuple[int, str]], count: int
) -> list[list[tuple[str, Cell]]]:
    folded: list[list[tuple[str, Cell]]] = [[] for _ in range(count)]
    for cell, (home, prefix) in zip(row, homes, strict=False):
        if cell.text or not folded[home]:
            folded[home].append((prefix, Cell(lines(cell.text), cell.tone)))
    return folded


def widths(columns: Sequence[Column], needed: Sequence[int], total: int) -> list[int]:
    """The width of each column, so that all fit into ``total`` with ``GAP`` between.

    ``needed`` is what each would take on its own. Columns of identifiers get that, but together no
    more than leaves half for the prose; prose shares the rest by need, none below its fair share.
    """
    room = max(total - GAP * (len(columns) - 1), len(columns))
    if sum(needed) <= room:
        return list(needed)
    fixed = [i for i, c in enumerate(columns) if c.whole or c.right]
    prose = [i for i in range(len(columns)) if i not in fixed]
    wanted = sum(needed[i] for i in fixed)
    left = min(sum(needed[i] for i in prose), max(room // 2, room - wanted))
    left = min(max(left, len(prose)), room - len(fixed))
    given = _share([needed[i] for i in fixed], room - left)
    rest = _share([needed[i] for i in prose], room - sum(given))
    placed = dict(zip((*fixed, *prose), (*given, *rest), strict=True))
    return [placed[i] for i in range(len(columns))]


def _share(needed: Sequence[int], room: int) -> list[int]:
    """Fill the least needy first, each with at most an equal part of what is left."""
    given = [1] * len(needed)
    order = sorted(range(len(needed)), key=lambda i: needed[i])
    for done, i in enumerate(order):
        given[i] = max(1, min(needed[i], room // (len(order) - done)))
        room -= given[i]
    return given


def need(parts: Sequence[tuple[str, Cell]]) -> int:
    """The columns that a cell's longest line takes."""
    found = (cells(p + line) for p, c in parts for line in c.text.split("\n"))
    return max(found, default=0)
