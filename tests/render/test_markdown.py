"""Markdown: golden pages, and no text from outside that becomes markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from revoctl.render import render
from revoctl.render.markdown import block, code, prose
from revoctl.report.document import Column, Document, Series, Table, row
from tests.render.sample import HOSTILE, NASTY, ONE, TWO

GOLDEN = Path(__file__).with_name("golden")
OURS = {"br", "details", "summary", "strong"}
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


class Tags(HTMLParser):
    """Collects the start tags and the text of a rendered page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("name", "item"), [("one", ONE), ("two", TWO)])
def test_the_page_is_the_golden_one(name: str, item: object) -> None:
    """The whole page is as it was last looked at by a person."""
    assert render("markdown", item) == (GOLDEN / f"{name}.md").read_text("utf-8")


def test_hostile_text_makes_no_markup() -> None:
    """No tag, link, image or attribute comes of what a target said."""
    page = Tags(MARKDOWN.render(render("markdown", NASTY)))
    allowed = OURS | {"h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(page.tags) <= allowed | {"pre", "code"}
    assert {name for name, _ in page.attributes} <= {"style", "class"}


def test_hostile_text_keeps_the_tables_shape() -> None:
    """Each table has as many cells in each row as it has columns."""
    rows = [line for line in render("markdown", NASTY).split("\n") if line.startswith("| ")]
    assert len(rows) > 10
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in rows]
    table = Tags(MARKDOWN.render("\n".join(rows[:3])))
    assert table.tags.count("td") == bars[0] - 1 == bars[2] - 1


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "- item",
        "1. item",
        "# head",
        "> quote",
        "***",
        "---",
        "===",
        "+ x",
        "    code",
        "a\n\n# b",
        "`a` ``b``",
        "<details>",
        "[a]: https://evil.example",
        "![a](b)",
        "a | b\n--- | ---\nc | d",
        "&lt;",
    ],
)
def test_prose_shows_as_written(text: str) -> None:
    """Text is one paragraph of itself, whatever it looks like."""
    page = Tags(MARKDOWN.render(prose(text)))
    assert set(page.tags) <= {"p", "br"}


def test_prose_reads_the_same() -> None:
    """Escapes are for the parser, not for the reader."""
    text = r"a*b_c [d](e) `f` <g> & | ~h~ 1. # $x$ \n https://x.example"
    assert Tags(MARKDOWN.render(prose(text))).text.strip() == text


def test_nobody_is_mentioned() -> None:
    """A name or a number after @ or # notifies nobody: a zero-width space stands between."""
    assert prose("ask @team in #12") == "ask @&#8203;team in #&#8203;12"


def test_bare_addresses_are_no_links() -> None:
    """What GitHub would make a link of by itself is escaped where its parser looks."""
    assert prose("https://evil.example www.evil.example") == (
        r"https\://evil.example www\.evil.example"
    )


@given(st.text(st.characters(codec=None)))
def test_any_text_stays_in_its_code(text: str) -> None:
    """A code span and a block hold their text whatever backticks it has."""
    for shown in (code(text), block(text)):
        assert set(Tags(MARKDOWN.render(shown)).tags) <= {"p", "code", "pre"}


@given(st.text(st.characters(codec=None)))
def test_any_text_is_prose(text: str) -> None:
    """No text becomes markup, nor leaves its table cell."""
    assert set(Tags(MARKDOWN.render(prose(text))).tags) <= {"p", "br"}
    page = Document(
        "s/v1", "P", tables=(Table("T", (Column("A"), Column("B")), (row(text, text),)),)
    )
    shown = Tags(MARKDOWN.render(render("markdown", page)))
    assert (shown.tags.count("td"), shown.tags.count("th"), shown.tags.count("tr")) == (2, 2, 2)


def test_curves_are_lines_of_bars() -> None:
    """A series shows its shape and its scale."""
    page = Document("s/v1", "P", series=(Series("Calls", (("a", 1.0), ("b", 9.0)), "/s"),))
    assert "Calls: `▁█` 1 to 9 /s, last 9 /s" in render("markdown", page)
