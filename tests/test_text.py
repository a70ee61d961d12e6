"""Text from outside becomes harmless without losing what it said."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.text import cells, cut, lines, listed, one_line, plural, printable, rfc3339, shorten

anything = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\x00\x7f", "a\\x00\\x7f"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("naïve 日本", "naïve 日本"),
    ],
)
def test_what_does_not_print_is_shown_as_an_escape(raw: str, shown: str) -> None:
    """Terminal commands, direction overrides and invisible characters become visible."""
    assert printable(raw) == shown


def test_characters_to_keep_stay() -> None:
    """A caller that draws several lines keeps the line feeds."""
    assert printable("a\nb\x1b", keep="\n") == "a\nb\\x1b"
    assert lines("a\r\nb\rc\x1b") == "a\nb\nc\\x1b"


@given(anything)
def test_printable_text_prints_and_encodes(text: str) -> None:
    """Whatever comes in, what goes out is printable and valid Unicode, and stays so."""
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
    assert printable(shown) == shown


@given(anything)
def test_one_line_is_one_line(text: str) -> None:
    """No line break of any alphabet survives."""
    assert len(one_line(text).splitlines()) <= 1


@given(anything, st.integers(0, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    """A shortened text takes at most the width, and is the whole text where that fits."""
    short = shorten(text, width)
    assert cells(short) <= width
    if cells(one_line(text)) <= width:
        assert short == one_line(text)


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    """Widths are those of a terminal, not counts of code points."""
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert cut("日本", 3) == "日"
    assert shorten("日本語日本語", 6) == "日本…"
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 findings"), (1, "1 finding"), (2, "2 findings")]
)
def test_plurals(count: int, words: str) -> None:
    """One is singular, all else plural."""
    assert plural(count, "finding") == words
    assert plural(2, "weakness", "weaknesses") == "2 weaknesses"


def test_long_lists_are_counted() -> None:
    """The first names are told, the rest counted."""
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_times_are_utc_with_z() -> None:
    """Every zone becomes UTC; a time without a zone is taken as UTC."""
    east = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(east) == "2025-12-31T23:00:00Z"
    assert rfc3339(datetime(2026, 1, 1)) == "2026-01-01T00:00:00Z"  # noqa: DTZ001
    assert rfc3339(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
