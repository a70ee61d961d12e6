"""GitHub-flavoured Markdown for a pull request's comment or a wiki.

Prose is escaped so that it shows as written: no markup, no HTML, no table bars, no mentions, no
links that are made of bare addresses. Evidence stands in code. Links are only those of the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from revoctl.render.glyphs import sparkline
from revoctl.render.items import need_document
from revoctl.report.document import Cell, Detail, Document, Fact, Headline, Series, Table, Tone
from revoctl.text import lines, one_line

if TYPE_CHECKING:
    from revoctl.render.style import Style

_MARKS = re.compile(r"[\\`*_\[\]|~$]|:(?=//)|(?<=www)\.|^[-+=#]|(?<=^\d)[.)]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MENTION = re.compile(r"@|#(?=\d)")
_INVISIBLE = "&#8203;"  # a zero-width space ends what GitHub would take as a mention
_TICKS = re.compile("`+")
_UNLINKED = frozenset(" <>\\`")
_LOUD = (Tone.CRITICAL, Tone.BAD)
CURVE = 60


def render(item: object, style: Style) -> str:
    """A page, or an audit with its details folded in."""
    document = need_document(item, style, "markdown", verbose=1)
    return "\n\n".join(block for block in _blocks(document) if block) + "\n"


def prose(text: str) -> str:
    """Text that shows as written; line breaks become ``<br>``, so that it fits a table's cell."""
    return "<br>".join(_inline(line) for line in lines(text).strip().split("\n"))


def code(text: str, *, cell: bool = False) -> str:
    """Text as an inline code span on one line; with its bars escaped in a table's ``cell``."""
    flat = one_line(text)
    if not flat:
        return ""
    fence = "`" * (_longest_ticks(flat) + 1)
    pad = " " if flat[0] == "`" or flat[-1] == "`" else ""
    said = f"{fence}{pad}{flat}{pad}{fence}"
    return said.replace("|", "\\|") if cell else said


def block(text: str) -> str:
    """Text as a fenced code block."""
    body = lines(text).strip("\n")
    fence = "`" * max(3, _longest_ticks(body) + 1)
    return f"{fence}text\n{body}\n{fence}"


def _inline(text: str) -> str:
    return _html(_MARKS.sub(lambda m: f"\\{m[0]}", text.strip()))


def _html(text: str) -> str:
    entities = "".join(_ENTITIES.get(c, c) for c in one_line(text))
    return _MENTION.sub(lambda m: f"{m[0]}{_INVISIBLE}", entities)


def _link(url: str) -> str:
    plain = url.startswith(("https://", "http://")) and url.isascii() and url.isprintable()
    return f"<{url}>" if plain and not _UNLINKED.intersection(url) else code(url)


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _blocks(document: Document) -> Iterator[str]:
    yield f"## {prose(one_line(document.title))}"
    if document.headline:
        yield _headline(document.headline)
    yield _facts(document.facts)
    yield from (_table(t) for t in document.tables if not t.appendix)
    yield from (_series(s) for s in document.series)
    if document.details:
        yield "### Details"
    yield from (_detail(d) for d in document.details)
    yield from (_table(t) for t in document.tables if t.appendix)
    yield from (prose(note) for note in document.notes)


def _headline(headline: Headline) -> str:
    strong = headline.words
    said = [f"**{prose(one_line(strong))}**" if strong else "", prose(one_line(headline.verdict))]
    counts = ", ".join(_cell(c) for c in headline.counts)
    return "\\\n".join(s for s in (*said, counts) if s)


def _facts(facts: Sequence[Fact]) -> str:
    return "\n".join(f"- {prose(one_line(f.label))}: {_cell(f.value)}" for f in facts)


def _table(table: Table) -> str:
    title = f"### {prose(one_line(table.title))}\n\n" if table.title else ""
    if not table.rows:
        return title + prose(table.empty) if table.empty else ""
    rows = [
        [prose(one_line(c.title)) for c in table.columns],
        ["--:" if c.right else "---" for c in table.columns],
    ]
    for row in table.rows:
        shown = zip(row, table.columns, strict=True)
        rows.append([_identifier(c) if column.whole else _cell(c) for c, column in shown])
    return title + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _identifier(cell: Cell) -> str:
    return code(cell.text, cell=True) if cell.tone is Tone.PLAIN else _cell(cell)


def _cell(cell: Cell) -> str:
    said = prose(cell.text)
    return f"**{said}**" if said and cell.tone in _LOUD else said


def _series(series: Series) -> str:
    finite = [value for _, value in series.points if value - value == 0]
    name = prose(one_line(series.name))
    if not finite:
        return f"{name}: no points"
    unit = f" {prose(one_line(series.unit))}" if series.unit else ""
    scale = f"{min(finite):g} to {max(finite):g}{unit}, last {finite[-1]:g}{unit}"
    return f"{name}: `{sparkline(finite, CURVE)}` {scale}"


def _detail(detail: Detail) -> str:
    where = f" ({_html(detail.group)})" if detail.group else ""
    label = f"<strong>{_html(detail.label.text)}</strong>"
    parts = [f"<details><summary>{label}: {_html(detail.title)}{where}</summary>"]
    parts += [prose(paragraph) for paragraph in detail.text]
    parts.append(_facts(detail.facts))
    for quote in detail.quotes:
        at = f" at {prose(one_line(quote.at))}" if quote.at else ""
        parts.append(f"Seen in {code(quote.source)}{at}")
        parts.append(block(quote.text) if quote.text else "")
    parts += [f"{prose(one_line(c.caption))}\n\n{block(c.text)}" for c in detail.code]
    parts.append("\n".join(f"- {_link(url)}" for url in detail.links))
    return "\n\n".join(p for p in (*parts, "</details>") if p)
