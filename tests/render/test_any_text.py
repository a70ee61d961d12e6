"""Any text in any place of a report breaks no format: each output is read by its own parser."""

import csv
import io
import json
from xml.etree import ElementTree

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.render import FORMATS, render
from revoctl.render.csv import FINDING_COLUMNS
from revoctl.render.style import Style
from revoctl.text import cells
from tests.render.sample import AT, saying
from tests.render.test_sarif import valid

texts = st.text(st.characters(codec=None), max_size=60) | st.text(
    st.sampled_from("\x00\x1b\x9b\n\r\t\u202e\ud800 '\"<>&|`*_[](){}:,;=+-@#%\\!~aX9日é"),
    max_size=60,
)
quickly = settings(max_examples=60, deadline=None)


@quickly
@given(texts)
def test_data_formats_read_back(text: str) -> None:
    """json, jsonl and yaml hold one and the same tree."""
    report = saying(text)
    tree = json.loads(render("json", report))
    assert json.loads(render("jsonl", report)) == tree
    assert yaml.safe_load(render("yaml", report)) == tree
    shown = text.encode("utf-8", "backslashreplace").decode()
    assert tree["findings"][0]["detail"] == shown


@quickly
@given(texts)
def test_csv_keeps_its_columns(text: str) -> None:
    """Every record has all columns, is one line and starts no formula."""
    said = render("csv", saying(text))
    rows = list(csv.reader(io.StringIO(said), strict=True))
    assert {len(r) for r in rows} == {len(FINDING_COLUMNS)}
    assert len(rows) == said.count("\n") == 4
    assert not any(value.startswith(tuple("=+-@")) for r in rows for value in r)


@quickly
@given(texts)
def test_sarif_stays_valid(text: str) -> None:
    """The log keeps the schema."""
    valid(render("sarif", saying(text), Style(verbose=1)))


@quickly
@given(texts)
def test_junit_stays_xml(text: str) -> None:
    """The document parses and has every case."""
    root = ElementTree.fromstring(render("junit", saying(text)).encode())
    assert root.get("tests") == str(len(list(root.iter("testcase"))))
    assert len(list(root.iter("error"))) == 1


@quickly
@given(texts, st.integers(20, 160))
def test_tables_fit(text: str, width: int) -> None:
    """No line is wider than the terminal."""
    shown = render("table", saying(text), Style(width=width, verbose=1))
    assert max(map(cells, shown.split("\n"))) <= width


@quickly
@given(texts, st.sampled_from(sorted(FORMATS)))
def test_nothing_raw_gets_through(text: str, name: str) -> None:
    """Every character of every output prints, and encodes."""
    shown = render(name, saying(text), Style(verbose=1))
    assert shown.replace("\n", "").isprintable()
    shown.encode()


@quickly
@given(st.dictionaries(texts, texts | st.none() | st.booleans() | st.integers() | st.floats()))
def test_any_mapping_renders(data: dict[str, object]) -> None:
    """The generic formats take whatever a command hands them."""
    integers = [v for v in data.values() if isinstance(v, int) and abs(v) >= 2**63]
    if not integers:
        assert yaml.safe_load(render("yaml", [data, AT])) == json.loads(render("json", [data, AT]))
    render("csv", data)
    render("name", data)
