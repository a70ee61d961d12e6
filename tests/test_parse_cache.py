"""The cache of parsed policies: same result, never in the way."""

from pathlib import Path

import pytest

from revoctl.errors import RevoctlError
from revoctl.parse_cache import parse_cached

TEXT = b"a: 1\nb:\n  c: [x, 2.5, true, null]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "revoctl"


def test_the_second_time_gives_what_the_first_gave(folder: Path) -> None:
    """Data, lines and the name of the file that is read now."""
    first, second = parse_cached(TEXT, "one.yaml"), parse_cached(TEXT, "two.yaml")
    assert len(list(folder.iterdir())) == 1
    assert (second.data, second.lines) == (first.data, first.lines)
    assert second.place("b.c") == "two.yaml:3"


def test_another_text_is_another_entry(folder: Path) -> None:
    """One changed byte is a changed policy."""
    parse_cached(TEXT, "f")
    assert parse_cached(TEXT.replace(b"1", b"2"), "f").data["a"] == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"[1, 2]", b"\xff"])
def test_a_damaged_entry_is_parsed_anew(folder: Path, damage: bytes) -> None:
    """What does not decode counts as not there, and is mended."""
    parse_cached(TEXT, "f")
    (entry,) = folder.iterdir()
    entry.write_bytes(damage)
    assert parse_cached(TEXT, "f").data["a"] == 1
    assert entry.read_bytes() != damage


def test_faults_are_not_kept(folder: Path) -> None:
    """An unreadable text is an error each time."""
    for _ in range(2):
        with pytest.raises(RevoctlError):
            parse_cached(b"a: [", "f")
    assert not folder.exists()


def test_without_a_writable_home_it_still_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only machine only loses the speed."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert parse_cached(TEXT, "f").data["a"] == 1
