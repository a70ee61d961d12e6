"""json, jsonl, yaml, csv and name: values come back as they went in."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
import yaml

from revoctl.render import render
from revoctl.render.csv import FINDING_COLUMNS, cell
from revoctl.report.document import Cell, Column, Document, Table, fact, row
from revoctl.report.model import Report
from tests.render.sample import FORMULA, HOSTILE, NASTY, ONE, TWO


def test_json_of_one_report_is_an_object_that_reads_back() -> None:
    """A saved report is the report."""
    assert msgspec.json.decode(render("json", ONE), type=Report) == ONE
    assert render("json", [ONE]) == render("json", ONE)


def test_json_of_several_reports_is_an_array_and_jsonl_a_line_each() -> None:
    """Both hold the same reports in the same order."""
    assert msgspec.json.decode(render("json", TWO), type=tuple[Report, ...]) == TWO
    said = render("jsonl", TWO).splitlines()
    assert tuple(msgspec.json.decode(line, type=Report) for line in said) == TWO


def test_json_keeps_characters_that_it_escapes() -> None:
    """Control and direction characters are escaped, not changed."""
    text = "\x1b \x9b \u202e \u2028 \xa0 \U000e0041 é 日本"
    shown = render("json", {"a": text})
    assert json.loads(shown) == {"a": text}
    assert "é 日本" in shown
    assert "\\u202e" in shown
    assert "\\udb40\\udc41" in shown


def test_json_shows_lone_surrogates_as_text() -> None:
    """What UTF-8 cannot hold becomes a visible escape instead of a crash."""
    assert json.loads(render("json", {"a\ud800": ["\udfff"]})) == {"a\\ud800": ["\\udfff"]}


@pytest.mark.parametrize("name", ["json", "jsonl", "yaml"])
def test_times_are_utc_with_z(name: str) -> None:
    """A time of any zone, or of none, is RFC 3339 in UTC."""
    east = datetime(2026, 1, 1, 2, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    item = {"a": east, "b": datetime(2026, 1, 1), "c": datetime(2026, 1, 1, tzinfo=UTC)}  # noqa: DTZ001
    said = yaml.safe_load(render(name, item))
    assert said == {
        "a": "2026-01-01T00:00:00.000005Z",
        "b": "2026-01-01T00:00:00Z",
        "c": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize("name", ["json", "yaml"])
def test_what_is_no_number_is_null(name: str) -> None:
    """NaN and infinities, which JSON does not have, are null."""
    item = {"a": float("nan"), "b": float("inf"), "c": 1.5}
    assert yaml.safe_load(render(name, item)) == {"a": None, "b": None, "c": 1.5}


def test_json_is_stable_over_sets_and_mappings() -> None:
    """Order does not depend on hashing."""
    assert json.loads(render("json", {"b": {"z", "y", "x"}, "a": 1})) == {
        "a": 1,
        "b": ["x", "y", "z"],
    }
    assert render("json", {"b": 1, "a": 2}) == '{\n  "a": 2,\n  "b": 1\n}\n'


def test_yaml_says_what_json_says() -> None:
    """The two formats hold one tree, without anchors, for friendly and for hostile text."""
    for item in (ONE, TWO, NASTY):
        text = render("yaml", item)
        assert yaml.safe_load(text) == json.loads(render("json", item))
        assert "&id" not in text


@pytest.mark.parametrize("value", ["=", "yes", "null", "1e3", "2026-01-01", "- a", "a: b", "", "#"])
def test_yaml_texts_stay_texts(value: str) -> None:
    """Words that YAML would read as something else are quoted."""
    assert yaml.safe_load(render("yaml", {"a": value})) == {"a": value}


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def test_csv_has_a_row_for_each_finding_and_failure() -> None:
    """Open findings come first, then waived ones, then targets without a verdict."""
    header, *rows = parsed(render("csv", TWO))
    assert tuple(header) == FINDING_COLUMNS
    assert [r[1] for r in rows] == ["open"] * 8 + ["waived"] * 2 + ["error"]
    assert {len(r) for r in rows} == {len(FINDING_COLUMNS)}
    assert rows[0][2:5] == ["critical", "weakness", "cors-origin-reflected-with-credentials"]


@pytest.mark.parametrize(
    "text",
    [FORMULA, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "＠x"],  # noqa: RUF001
)
def test_csv_runs_no_formula(text: str) -> None:
    """A cell that a spreadsheet would run starts with an apostrophe."""
    [[first, second]] = parsed(f"{cell(text)},{cell('b')}\n")
    assert first.startswith("'")
    assert second == "b"


def test_csv_numbers_stay_numbers() -> None:
    """Neutralising is for text: a negative number is data."""
    assert [cell(v) for v in (-20, 2.5, True, None, "-20")] == ["-20", "2.5", "true", "", "'-20"]


def test_csv_records_are_one_line_each() -> None:
    """Line breaks in values are visible escapes, so line tools can count records."""
    text = render("csv", NASTY)
    assert len(text.splitlines()) == len(parsed(text)) == 4


def test_csv_of_a_page_is_its_tables() -> None:
    """Keys name the columns; several tables are apart; without tables the facts are rows."""
    table = Table("T", (Column("First one"), Column("N", key="count")), (row("a;b", Cell("2")),))
    page = Document("s/v1", "P", facts=(fact("k", "v"),), tables=(table, Table("E", ())))
    assert render("csv", page) == 'first_one,count\n"a;b",2\n'
    twice = Document("s/v1", "P", tables=(table, table))
    assert render("csv", twice).split("\n\n") == ['first_one,count\n"a;b",2'] * 1 + [
        'first_one,count\n"a;b",2\n'
    ]
    assert render("csv", Document("s/v1", "P", facts=(fact("k", "v"),))) == "label,value\nk,v\n"


def test_csv_of_data_has_every_key() -> None:
    """Mappings become rows under the union of their keys; nested values are JSON."""
    text = render("csv", [{"a": 1}, {"b": [1, 2], "a": None}])
    assert parsed(text) == [["a", "b"], ["1", ""], ["", "[1,2]"]]
    assert render("csv", ["x", "y"]) == "value\nx\ny\n"


def test_names_are_one_a_line() -> None:
    """Rule and subject of open findings; first cells; ids and names."""
    assert render("name", ONE).splitlines()[0] == (
        "cors-origin-reflected-with-credentials https://shop.example.com/login"
    )
    assert len(render("name", ONE).splitlines()) == 4
    table = Table("T", (Column("A"),), (row("x"), row("y")))
    extra = Table("T", (Column("A"),), (row("z"),), appendix=True)
    assert render("name", Document("s/v1", "P", tables=(table, extra))) == "x\ny\n"
    assert render("name", [{"id": "1"}, {"name": "n"}, "s", {"other": 5}]) == "1\nn\ns\n5\n"
    assert render("name", [HOSTILE]).count("\n") == 1
