"""The table format: golden pictures, widths that hold, and nothing cut."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.render import render
from revoctl.render.layout import GAP, widths
from revoctl.render.style import Style
from revoctl.render.wrap import wrap
from revoctl.report.document import (
    Cell,
    Column,
    Document,
    Headline,
    Series,
    Table,
    Tone,
    fact,
    row,
)
from revoctl.report.model import Fix
from revoctl.text import cells
from tests.render.sample import NASTY, ONE, TWO

GOLDEN = Path(__file__).with_name("golden")
SGR = re.compile(r"\x1b\[[0-9;]*m")


def written(fixes: Sequence[Fix]) -> str:
    return "\n".join(f"header {f.header} {f.value}".rstrip() for f in fixes if f.header)


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize(("name", "item"), [("one", ONE), ("two", TWO)])
def test_the_picture_is_the_golden_one(name: str, item: object, width: int) -> None:
    """The whole page looks as it was last looked at by a person."""
    golden = (GOLDEN / f"{name}-{width}.txt").read_text("utf-8")
    assert render("table", item, Style(width=width)) == golden


def test_the_picture_with_details_is_the_golden_one() -> None:
    """-v adds the evidence and what to paste."""
    style = Style(verbose=1, snippet=written)
    golden = (GOLDEN / "one-80-verbose.txt").read_text("utf-8")
    assert render("table", ONE, style) == golden


@pytest.mark.parametrize("width", [20, 40, 60, 80, 119, 120, 200, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Every line fits, for friendly and for hostile text."""
    for item in (ONE, TWO, NASTY):
        text = render("table", item, Style(width=width, verbose=1))
        assert max(map(cells, text.splitlines())) <= width


@pytest.mark.parametrize("width", [20, 30, 40, 80, 200])
def test_identifiers_are_never_cut(width: int) -> None:
    """On a narrow terminal an id wraps within its column; put together it is all there."""
    id = "cors-origin-reflected-with-credentials"
    columns = (Column("Rule", whole=True), Column("Found"))
    page = Document("s/v1", "P", tables=(Table("T", columns, (row(id, "some words " * 9),)),))
    shown = render("table", page, Style(width=width)).splitlines()[3:]
    start = shown[0].index("Found")
    assert "".join(line[:start].strip() for line in shown[2:]) == id


def test_colour_only_repeats_the_words() -> None:
    """Without its sequences the coloured page is the plain one."""
    plain = render("table", TWO, Style(verbose=1))
    color = render("table", TWO, Style(verbose=1, color=True))
    assert color != plain
    lines = SGR.sub("", color).splitlines()
    assert [line.rstrip() for line in lines] == plain.splitlines()
    assert "\x1b" not in plain


def test_colour_is_always_reset() -> None:
    """No line leaves the terminal painted."""
    for line in render("table", NASTY, Style(verbose=1, color=True)).splitlines():
        codes = SGR.findall(line)
        assert codes[1::2] == ["\x1b[0m"] * (len(codes) // 2)
        assert len(codes) % 2 == 0


def test_columns_stand_under_their_neighbour_where_room_is_scarce() -> None:
    """The same table has its fix below at 80 columns and beside at 200."""
    assert "For: server-version" in render("table", ONE, Style(width=80))
    assert "For: server-version" not in render("table", ONE, Style(width=200))


def test_a_page_of_everything() -> None:
    """Facts, tables, empty tables, curves and notes each have their place."""
    page = Document(
        "s/v1",
        "Fleet",
        Headline("87", "87 of 100", "Good", Tone.GOOD, (Cell("1 open", Tone.BAD),)),
        (fact("Name", "prod"),),
        (
            Table("Circuits", (Column("Name", whole=True), Column("Calls", right=True)),
                  (row("payments", 12), row("mail", None))),
            Table("Nothing", (Column("A"),), empty="none are open"),
        ),
        series=(Series("Latency", (("1", 1.0), ("2", 3.0), ("3", float("nan"))), "ms"),),
        notes=("A note.",),
    )  # fmt: skip
    assert render("table", page, Style(width=40)) == (GOLDEN / "page-40.txt").read_text("utf-8")


@given(st.text(), st.integers(1, 60))
def test_wrapping_keeps_every_character_but_spaces(text: str, width: int) -> None:
    """Lines fit, and put together they are the text."""
    found = wrap(text, width)
    assert all(cells(line) <= max(width, 2) for line in found)
    bare = "".join(text.split("\n")).replace(" ", "")
    assert "".join(found).replace(" ", "") == bare


@given(
    st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=8),
    st.integers(20, 300),
)
def test_columns_fit_and_take_no_more_than_they_need(
    columns: list[tuple[int, bool]], total: int
) -> None:
    """Widths are at least 1, at most what is needed, and together fit the terminal."""
    needed = [n for n, _ in columns]
    found = widths([Column("x", whole=w) for _, w in columns], needed, total)
    assert all(1 <= w <= n for w, n in zip(found, needed, strict=True))
    room = max(total - GAP * (len(columns) - 1), len(columns))
    assert sum(found) <= room
    if sum(needed) > room:
        assert sum(found) >= min(room, sum(needed)) - len(columns)


def test_wrapping_takes_time_in_proportion() -> None:
    """Ten times a hostile word takes no more than thirty times as long."""
    import time

    def spent(text: str) -> float:
        began = time.process_time()
        for _ in range(3):
            wrap(text, 40)
        return time.process_time() - began

    spent("x" * 1000)
    for unit in ("x", "x ", "é", "-"):
        assert spent(unit * 50_000) < 30 * max(spent(unit * 5_000), 0.002)
