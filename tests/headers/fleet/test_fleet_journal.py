"""The journal: torn ends, full disks, locks, and which record of a target counts."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.headers.fleet import journal as journals
from revoctl.report.journal import SCHEMA, Header, header, keys, latest, line
from revoctl.report.model import Failure, ProfileRef, Report, Subject, Tool

AT = datetime(2026, 11, 23, tzinfo=UTC)
TOOL = Tool("revoctl", "0")
HEAD = Header(SCHEMA, "one", TOOL, ProfileRef("owasp", "d1"), AT)


def record(target: str, after: float = 0, error: str = "", scan: str = "one") -> Report:
    at = AT + timedelta(seconds=after)
    errors = (Failure(target, error, "what"),) if error else ()
    subjects = () if error else (Subject(target),)
    return Report(
        "revoctl.headers/v1",
        TOOL,
        at,
        at,
        HEAD.profile,
        subjects=subjects,
        errors=errors,
        scan=scan,
        target=target,
    )


def write(path: Path, *reports: Report, head: Header | None = HEAD) -> Path:
    lines = [line(head)] if head else []
    path.write_bytes(b"".join([*lines, *map(line, reports)]))
    return path


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Header and records come back."""
    path = tmp_path / "a.jsonl"
    journal = journals.create(path, HEAD)
    journal.append(line(record("a")) + line(record("b")))
    journal.close()
    assert header(path) == HEAD
    assert [report for _, report in latest([path])] == [record("a"), record("b")]


@given(st.integers(1, 400))
def test_a_torn_end_is_cut_off(tmp_path_factory, cut: int) -> None:
    """Wherever writing stopped: whole lines stay, and the next record begins a line."""
    path = write(tmp_path_factory.mktemp("j") / "a.jsonl", record("a"), record("b"))
    whole = path.read_bytes()
    cut = min(cut, len(whole) - len(line(HEAD)) - 1)
    path.write_bytes(whole[:-cut])
    journal, head = journals.resume(path, "d1")
    journal.append(line(record("c")))
    journal.close()
    assert head == HEAD
    names = [key.target for key in keys(path)]
    assert names[-1] == "c"
    assert names[:-1] == ["a", "b"][: len(names) - 1]
    assert path.read_bytes().endswith(b"\n")


def test_a_header_that_was_torn_is_written_again(tmp_path: Path) -> None:
    """A kill in the first write leaves a file that a scan may begin anew."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(HEAD)[:20])
    assert not journals.begun(path)
    journals.create(path, HEAD).close()
    assert header(path) == HEAD


def test_a_changed_profile_is_refused(tmp_path: Path) -> None:
    """Records under two policies must not stand in one journal."""
    path = write(tmp_path / "a.jsonl")
    with pytest.raises(RevoctlError) as caught:
        journals.resume(path, "d2")
    assert caught.value.code == "scan.changed"


@pytest.mark.parametrize("text", [b"", b"{}\n", b"\xff\n", b'{"schema":"revoctl.scan/v1"}\n'])
def test_other_files_are_no_journals(tmp_path: Path, text: bytes) -> None:
    """They are not appended to."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(text)
    with pytest.raises(RevoctlError) as caught:
        journals.resume(path, "d1")
    assert caught.value.code == "scan.journal"
    assert path.read_bytes() == text


def test_one_process_writes_a_journal(tmp_path: Path) -> None:
    """A second one is told so."""
    path = tmp_path / "a.jsonl"
    journal = journals.create(path, HEAD)
    with pytest.raises(RevoctlError) as caught:
        journals.resume(path, "d1")
    assert caught.value.code == "scan.busy"
    journal.close()
    journals.resume(path, "d1")[0].close()


def test_a_full_disk_is_an_error_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What of a group was written before the disk was full is taken back."""
    path = tmp_path / "a.jsonl"
    journal = journals.create(path, HEAD)
    journal.append(line(record("a")))
    real, left = os.write, [100]

    def full(descriptor: int, data: bytes) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        count = real(descriptor, data[: left[0]])
        left[0] -= count
        return count

    monkeypatch.setattr(journals.os, "write", full)
    with pytest.raises(RevoctlError) as caught:
        journal.append(line(record("b")))
    monkeypatch.undo()
    journal.close()
    assert caught.value.code == "file.unwritable"
    assert "No space left" in caught.value.why
    assert [key.target for key in keys(path)] == ["a"]
    assert path.read_bytes().endswith(b"\n")


def test_the_folder_ignores_itself(tmp_path: Path) -> None:
    """A repository that is scanned from does not get journals committed."""
    place = journals.folder(tmp_path)
    assert place == tmp_path / ".revoctl" / "scans"
    assert (place.parent / ".gitignore").read_text() == "*\n"
    assert journals.folder(tmp_path) == place


@pytest.mark.parametrize(
    ("records", "kept"),
    [
        ([record("a", 1), record("a", 2)], 2),
        ([record("a", 2), record("a", 1)], 2),
        ([record("a", 1), record("a", 2, "target.timeout")], 1),
        ([record("a", 1, "target.timeout"), record("a", 2)], 2),
        ([record("a", 1, "target.timeout"), record("a", 2, "target.refused")], 2),
    ],
)
def test_which_record_counts(tmp_path: Path, records: list[Report], kept: int) -> None:
    """The newest verdict, else the newest error; across files and scans alike."""
    one = write(tmp_path / "1.jsonl", records[0])
    two = write(tmp_path / "2.jsonl", records[1])
    both = write(tmp_path / "3.jsonl", *records)
    for paths in ([one, two], [both], [both, one, two]):
        found = [report for _, report in latest(paths)]
        assert [r.finished for r in found] == [AT + timedelta(seconds=kept)]


def test_many_targets_keep_one_record_each(tmp_path: Path) -> None:
    """The table of hashes grows and loses none."""
    count = 9000
    reports = [record(f"t{n % count}", n) for n in range(count + 500)]
    path = write(tmp_path / "a.jsonl", *reports)
    found = [report for _, report in latest([path])]
    assert len(found) == len({r.target for r in found}) == count
    assert next(r for r in found if r.target == "t3").finished == AT + timedelta(seconds=count + 3)


@given(st.text(), st.text())
def test_any_text_is_one_printable_line(name: str, what: str) -> None:
    """Control characters and lone surrogates are escaped; nothing else is changed."""
    report = Report(
        "s/v1", TOOL, AT, AT, HEAD.profile, errors=(Failure(name, "c", what),), target="t"
    )
    data = line(report)
    assert data.endswith(b"\n")
    assert data[:-1].decode().isprintable()
    import msgspec

    (again,) = msgspec.json.decode(data, type=Report).errors
    if all(not 0xD800 <= ord(c) < 0xE000 for c in name + what):
        assert (again.subject, again.what) == (name, what)
