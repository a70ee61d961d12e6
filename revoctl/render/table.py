"""Tables for terminals: readable from 40 to 300 columns, with and without colour.

Nothing is ever cut: long texts wrap within their cell. All text is made printable first, so what a
target said cannot move the cursor or paint the screen. Drawn without a library, because this is the
default output and drawing with one took longer than a scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from revoctl.render.glyphs import sparkline, tall
from revoctl.render.items import need_document
from revoctl.render.layout import GAP, need, stacked, widths
from revoctl.render.paint import BOLD, DIM, TONES, Paint
from revoctl.render.wrap import wrap
from revoctl.report.document import Cell, Column, Detail, Document, Fact, Headline, Series, Table
from revoctl.text import cells, lines, one_line

if TYPE_CHECKING:
    from revoctl.render.style import Style

NARROWEST = 20
_SPACE = " " * GAP


def render(item: object, style: Style) -> str:
    """A page, or an audit as one, at ``style.width`` columns."""
    document = need_document(item, style, "table")
    page = _Page(max(style.width, NARROWEST), Paint(style.color))
    blocks = ["\n".join(line.rstrip() for line in block) for block in page.blocks(document)]
    return "\n\n".join(block for block in blocks if block) + "\n"


class _Page:
    """Draws the parts of a document as lines of ``width`` columns."""

    def __init__(self, width: int, paint: Paint) -> None:
        self.width = width
        self.paint = paint

    def blocks(self, document: Document) -> Iterator[list[str]]:
        """The parts of a document in reading order; a part with nothing to say is empty."""
        title = one_line(document.title)
        headline = document.headline
        yield self.headline(title, headline) if headline else self.wrapped(title, BOLD)
        yield [line for entry in document.facts for line in self.fact(entry, document.facts)]
        yield from (self.table(t) for t in document.tables if not t.appendix)
        yield from (self.series(s) for s in document.series)
        yield from (self.detail(d) for d in document.details)
        yield from (self.table(t) for t in document.tables if t.appendix)
        yield [line for note in document.notes for line in self.wrapped(lines(note), DIM)]

    def wrapped(self, text: str, code: str = "", indent: str = "") -> list[str]:
        """A text in lines, each after ``indent``."""
        found = wrap(text, self.width - cells(indent))
        return [indent + self.paint(line, code) for line in found]

    def headline(self, title: str, headline: Headline) -> list[str]:
        """The verdict, beside its grade three lines tall where there is room."""
        rows = tall(headline.text)
        if rows and self.width < 3 * cells(rows[0]):
            rows = ()
        code = TONES[headline.tone] or BOLD
        margin = cells(rows[0]) + GAP + 1 if rows else 0
        said = [self.paint(line, BOLD) for line in wrap(title, self.width - margin)]
        for text, shade in ((headline.words, code), (headline.verdict, "")):
            found = wrap(one_line(text), self.width - margin) if text else ()
            said += [self.paint(line, shade) for line in found]
        if headline.counts:
            said += self.counts(headline.counts, self.width - margin)
        if not rows:
            return said
        blank = " " * cells(rows[0])
        height = max(len(rows), len(said))
        left = [self.paint(row, code) for row in rows] + [blank] * (height - len(rows))
        right = said + [""] * (height - len(said))
        return [f"{a}{_SPACE} {b}" for a, b in zip(left, right, strict=True)]

    def counts(self, counts: Sequence[Cell], width: int) -> list[str]:
        """Counts side by side, as many as fit a line."""
        found, taken = [""], 0
        for count in counts:
            text = one_line(count.text)
            gap = _SPACE if taken else ""
            if taken and taken + len(gap) + cells(text) > width:
                found.append("")
                taken, gap = 0, ""
            found[-1] += gap + self.paint.tone(text, count.tone)
            taken += len(gap) + cells(text)
        return found

    def fact(self, entry: Fact, among: Sequence[Fact]) -> list[str]:
        """A label and its value, the values of all facts below each other."""
        widest = max(cells(one_line(f.label)) for f in among)
        size = min(widest, self.width // 3)
        label = wrap(one_line(entry.label), size)
        value = wrap(lines(entry.value.text), self.width - size - GAP)
        shown = [[(line, DIM) for line in label], [(v, TONES[entry.value.tone]) for v in value]]
        return self.row(shown, [size, 0], [False, False])

    def table(self, table: Table) -> list[str]:
        """A title, a header and rows; rows of several parts stand apart."""
        title = self.wrapped(one_line(table.title), BOLD) if table.title else []
        if not table.rows:
            return [*title, *self.wrapped(lines(table.empty))] if table.empty else []
        columns, rows = stacked(table, self.width)
        needed = [
            max(cells(one_line(c.title)), *(need(row[i]) for row in rows))
            for i, c in enumerate(columns)
        ]
        sizes = widths(columns, needed, self.width)
        apart = [""] if any(len(parts) > 1 for row in rows for parts in row) else []
        found = [*title, *self.header(columns, sizes)]
        for number, row in enumerate(rows):
            found += apart if number else []
            shown = [_cell(parts, size) for parts, size in zip(row, sizes, strict=True)]
            found += self.row(shown, sizes, [c.right for c in columns])
        return found

    def header(self, columns: Sequence[Column], sizes: Sequence[int]) -> list[str]:
        """The columns' titles over a rule."""
        titles = [
            [(line, BOLD) for line in wrap(one_line(c.title), size)]
            for c, size in zip(columns, sizes, strict=True)
        ]
        rule = "─" * min(sum(sizes) + GAP * (len(sizes) - 1), self.width)
        return [*self.row(titles, sizes, [c.right for c in columns]), rule]

    def row(
        self,
        shown: Sequence[Sequence[tuple[str, str]]],
        sizes: Sequence[int],
        right: Sequence[bool],
    ) -> list[str]:
        """Cells of painted lines side by side."""
        found = []
        for number in range(max(map(len, shown))):
            line = []
            for cell, size, aligned in zip(shown, sizes, right, strict=True):
                text, code = cell[number] if number < len(cell) else ("", "")
                pad = " " * (size - cells(text))
                painted = self.paint(text, code)
                line.append(pad + painted if aligned else painted + pad)
            found.append(_SPACE.join(line))
        return found

    def series(self, series: Series) -> list[str]:
        """A curve as a line of bars with its scale."""
        finite = [value for _, value in series.points if value - value == 0]
        name = self.wrapped(one_line(series.name), BOLD)
        if not finite:
            return [*name, "no points"]
        unit = f" {one_line(series.unit)}" if series.unit else ""
        scale = f"{min(finite):g} to {max(finite):g}{unit}, last {finite[-1]:g}{unit}"
        return [*name, sparkline(finite, self.width), *self.wrapped(scale, DIM)]

    def detail(self, detail: Detail) -> list[str]:
        """One thing at length: its title, then everything else indented."""
        label = one_line(detail.label.text)
        head = wrap(f"{label}{_SPACE}{one_line(detail.title)}", self.width)
        rest = self.paint(head[0].removeprefix(label), BOLD)
        found = [self.paint.tone(label, detail.label.tone) + rest]
        found += [self.paint(line, BOLD) for line in head[1:]]
        if detail.group:
            found += self.wrapped(one_line(detail.group), DIM, _SPACE)
        for paragraph in detail.text:
            found += self.wrapped(lines(paragraph), "", _SPACE)
        for entry in detail.facts:
            said = f"{one_line(entry.label)}: {lines(entry.value.text)}"
            found += self.wrapped(said, TONES[entry.value.tone], _SPACE)
        for quote in detail.quotes:
            at = f" at {one_line(quote.at)}" if quote.at else ""
            found += self.wrapped(f"Seen in {one_line(quote.source)}{at}", DIM, _SPACE)
            found += self.wrapped(lines(quote.text), "", f"{_SPACE}│ ") if quote.text else []
        for code in detail.code:
            found += self.wrapped(one_line(code.caption), DIM, _SPACE)
            found += [_SPACE + line for line in lines(code.text).split("\n")]
        for link in detail.links:
            found += self.wrapped(one_line(link), DIM, _SPACE)
        return found


def _cell(parts: Sequence[tuple[str, Cell]], width: int) -> list[tuple[str, str]]:
    return [
        (line, TONES[cell.tone])
        for prefix, cell in parts
        for line in wrap(f"{prefix}{cell.text}", width)
    ]
