"""The audit trail: whole, chained, and honest about what was changed."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.trail import Trail

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = b"k" * 32


def filled(path: Path, count: int) -> tuple[Trail, list[str]]:
    trail = Trail(path, KEY)
    return trail, [trail.append(AT, "ada", "trust.add", f"file{i}", n2=i) for i in range(count)]


def test_a_trail_verifies(tmp_path: Path) -> None:
    """What was appended verifies, and the last chain value is reported."""
    trail, chains = filled(tmp_path / "t.jsonl", 3)
    verdict = trail.verify(anchor=chains[-1])
    assert verdict.intact
    assert (verdict.records, verdict.last) == (3, chains[-1])


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_record_is_named(tmp_path: Path, line: int) -> None:
    """Changing any field of any record breaks the chain at that line."""
    path = tmp_path / "t.jsonl"
    trail, _ = filled(path, 3)
    lines = path.read_text().splitlines()
    lines[line] = lines[line].replace("ada", "eve")
    path.write_text("\n".join(lines) + "\n")
    assert trail.verify().broken_line == line + 1


@pytest.mark.parametrize("line", [0, 1])
def test_a_removed_record_is_named(tmp_path: Path, line: int) -> None:
    """Dropping a record in the middle shows at the record that follows."""
    path = tmp_path / "t.jsonl"
    trail, _ = filled(path, 3)
    lines = path.read_text().splitlines()
    del lines[line]
    path.write_text("\n".join(lines) + "\n")
    assert trail.verify().broken_line == line + 1


def test_a_cut_off_end_shows_against_an_anchor(tmp_path: Path) -> None:
    """Without an anchor a shorter trail is intact; with one it is not."""
    path = tmp_path / "t.jsonl"
    trail, chains = filled(path, 3)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert trail.verify().intact
    assert not trail.verify(anchor=chains[-1]).intact


def test_another_key_verifies_nothing(tmp_path: Path) -> None:
    """Who lacks the key cannot make a chain that verifies."""
    filled(tmp_path / "t.jsonl", 2)
    assert Trail(tmp_path / "t.jsonl", b"other").verify().broken_line == 1


def test_a_torn_last_line_is_not_continued(tmp_path: Path) -> None:
    """After a half-written record nothing is appended: the file is evidence."""
    path = tmp_path / "t.jsonl"
    trail, _ = filled(path, 2)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RevoctlError) as torn:
        trail.append(AT, "ada", "x", "y")
    assert torn.value.code == "trail.broken"


def test_writers_take_turns(tmp_path: Path) -> None:
    """Several processes appending at once leave one whole chain."""
    path = tmp_path / "t.jsonl"
    code = f"""
from datetime import UTC, datetime
from pathlib import Path
from revoctl.trail import Trail
for i in range(20):
    Trail(Path({str(path)!r}), {KEY!r}).append(datetime.now(UTC), "w", "op", str(i))
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [p.wait() for p in running] == [0, 0, 0]
    verdict = Trail(path, KEY).verify()
    assert (verdict.intact, verdict.records) == (True, 60)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Objects of any text, line breaks and surrogates included, stay one record each."""
    path = tmp_path_factory.mktemp("trail") / "t.jsonl"
    trail = Trail(path, KEY)
    for text in texts:
        trail.append(AT, "ada", "op", text)
    assert trail.verify().intact
    assert [json.loads(x)["object"] for x in path.read_bytes().splitlines()] == texts
