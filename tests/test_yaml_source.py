"""YAML with lines: plain data only, and every fault has its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.yaml_source import parse

TEXT = "a: 1\nb:\n  c: text\n  d: [x, 2.5, true, null]\n"


def test_data_and_places() -> None:
    """Values come as plain data, and each key knows its line."""
    source = parse(TEXT, "f.yaml")
    assert source.data == {"a": 1, "b": {"c": "text", "d": ["x", 2.5, True, None]}}
    assert source.place("b.d") == "f.yaml:4"
    assert source.place("b.missing") == "f.yaml:2"
    assert source.place("nowhere") == "f.yaml"


def test_an_empty_file_is_an_empty_mapping() -> None:
    """Nothing but comments is no settings."""
    assert parse("# nothing\n", "f").data == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c\n", "f:1:5"),
        ("a: 1\na: 2\n", "f:2"),
        ("a: [1\n", "f:2:1"),
        ("? [x]\n: 1\n", "f:1"),
        ("a: !!python/object:os.system x\n", "f:1"),
        ("a: !!binary aGk=\n", "f:1"),
        ("a: \x00\n", "f"),
    ],
)
def test_faults_have_a_place(text: str, place: str) -> None:
    """What is not plain YAML is refused with file, line and column."""
    with pytest.raises(RevoctlError) as fault:
        parse(text, "f")
    assert fault.value.code == "config.syntax"
    assert place in fault.value.what


def test_aliases_cannot_explode() -> None:
    """A billion laughs end at the bound, quickly."""
    laughs = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    with pytest.raises(RevoctlError, match="beyond all bounds"):
        parse(laughs, "f")


@given(st.text())
def test_any_text_gives_data_or_an_error(text: str) -> None:
    """Nothing but the documented error ever comes out."""
    try:
        parse(text, "f")
    except RevoctlError as error:
        assert error.code == "config.syntax"


@given(st.binary(max_size=200))
def test_any_bytes_give_data_or_an_error(data: bytes) -> None:
    """Bytes that are not UTF-8 are an error of the file, too."""
    try:
        parse(data, "f")
    except RevoctlError as error:
        assert error.code == "config.syntax"
