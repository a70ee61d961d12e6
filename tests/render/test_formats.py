"""The table of formats: all of them load, say what they take, and give safe text."""

import subprocess
import sys

import pytest

from revoctl.errors import RevoctlError
from revoctl.render import FORMATS, formats, render, renderer
from revoctl.render.style import Style
from revoctl.report.document import Document
from tests.render.sample import NASTY, ONE, TWO

DOCUMENT = Document("revoctl.test/v1", "A page")
DATA = {"name": "a", "values": [1, 2.5, None, True]}
ITEMS = {"reports": [ONE, TWO], "document": [DOCUMENT], "data": [DATA, ["a", "b"], "text", []]}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_loads_and_takes_what_it_says(name: str) -> None:
    """Each accepted kind gives text that ends with exactly one line feed."""
    for kind in FORMATS[name].accepts:
        for item in ITEMS[kind]:
            text = render(name, item)
            assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_refuses_the_rest_with_words(name: str) -> None:
    """A kind that a format does not take raises output.unsupported and names formats that do."""
    for kind in ITEMS.keys() - set(FORMATS[name].accepts):
        for item in ITEMS[kind]:
            if item == []:  # no reports at all is an empty audit
                continue
            with pytest.raises(RevoctlError) as caught:
                render(name, item)
            assert caught.value.code == "output.unsupported"
            assert "json" in caught.value.fix


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    """A misspelt format is an error of its own, not a traceback."""
    with pytest.raises(RevoctlError) as caught:
        renderer("tabel")
    assert caught.value.code == "output.unknown-format"
    assert "table" in caught.value.fix


def test_formats_of_a_kind_come_from_the_table() -> None:
    """A command offers what its result can be rendered as."""
    assert formats("reports") == tuple(FORMATS)
    assert "sarif" not in formats("document")
    assert formats("data") == ("json", "jsonl", "yaml", "csv", "name")


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_lets_control_characters_through(name: str) -> None:
    """Text from outside reaches no output raw: every character but the line feed prints."""
    text = render(name, NASTY, Style(verbose=2))
    odd = {c for c in text.replace("\n", "") if not c.isprintable()}
    assert not odd
    text.encode()


@pytest.mark.parametrize("name", FORMATS)
def test_rendering_is_deterministic(name: str) -> None:
    """The same input gives the same bytes."""
    assert render(name, TWO, Style(verbose=1)) == render(name, TWO, Style(verbose=1))


@pytest.mark.parametrize("name", FORMATS)
def test_no_reports_is_not_a_crash(name: str) -> None:
    """An audit of nothing renders as nothing found, in whatever way the format can say it."""
    render(name, ())


@pytest.mark.parametrize("name", ["json", "jsonl", "name", "table", "github", "csv"])
def test_light_formats_import_nothing_heavy(name: str) -> None:
    """The formats of daily use load no library for drawing, templates, YAML or HTML."""
    code = (
        "import sys\n"
        "from revoctl.render import render\n"
        f"render({name!r}, {{'a': 1}} if {name!r} in ('json', 'jsonl', 'csv', 'name') else ())\n"
        "heavy = {'rich', 'yaml', 'jinja2', 'html.parser', 'xml.etree', 'csv', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
