"""Env files changed in one place: everything else stays, byte for byte."""

import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.secret import Secret
from revoctl.secrets.backends.dotenv import DotenvBackend
from revoctl.secrets.dotenv import file
from revoctl.secrets.dotenv.dialects import NAMES, dialect
from revoctl.secrets.dotenv.edit import put, remove
from revoctl.secrets.errors import Conflict, Missing, Refused, SecretError
from revoctl.secrets.reference import Reference

TRIPS = json.loads(
    (Path(__file__).parent.parent / "data" / "secrets" / "dotenv_roundtrip.json").read_text()
)
PYTHON = dialect("python")


def at(path: Path, name: str = "A") -> Reference:
    return Reference("dotenv", str(path), name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\n", "A=new\n"),
        ("A=1", "A=new"),
        ("  export A = 1 # why\n", "  export A = new # why\n"),
        ("A='1' # c\n", "A='new' # c\n"),
        ('A="1"\r\nB=2\r\n', 'A="new"\r\nB=2\r\n'),
        ("\ufeffA=1\n", "\ufeffA=new\n"),
        ("# c\n\nB=x y\n?? !!\nA=1\n\n\n", "# c\n\nB=x y\n?? !!\nA=new\n\n\n"),
        ("A=1\nA=2\n", "A=1\nA=new\n"),
        ("B=1\n", "B=1\nA=new\n"),
        ("B=1", "B=1\nA=new"),
        ("B=1\r\n", "B=1\r\nA=new\r\n"),
        ("", "A=new\n"),
        ("A='multi\nline'\nB=1\n", "A='new'\nB=1\n"),
        ("A=\nB=${A}\n", "A=new\nB=${A}\n"),
        ("A\n", "A=new\n"),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    """Comments, blank lines, order, quotes, line ends and unreadable lines stay."""
    assert put(before, "A", "new", PYTHON).text == after


def test_duplicates_are_told() -> None:
    """The last of several assignments counts, is changed, and the others are reported."""
    assert put("A=1\nA=2\nA=3\n", "A", "x", PYTHON).duplicates == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nB=2\n", "B=2\n"),
        ("B=2\nA='x\ny' # c\nC=3", "B=2\nC=3"),
        ("export A=1\r\nB=2\r\n", "B=2\r\n"),
        ("A=1\nB=2\nA=3\n", "B=2\n"),
    ],
)
def test_removing_takes_the_whole_line(before: str, after: str) -> None:
    """An assignment goes with its line and comment, and so do its duplicates."""
    assert remove(before, "A", PYTHON).text == after


def test_removing_in_bash_leaves_the_neighbour() -> None:
    """Two assignments on one line are two."""
    assert remove("A=1 B=2\n", "A", dialect("bash")).text == "B=2\n"


@pytest.mark.parametrize("name", ["1A", "A-B", "", "A B", "A=B", "A\nEVIL", "é"])
def test_a_name_must_be_a_variable(name: str) -> None:
    """No name injects a line or is lost on a reader."""
    with pytest.raises(Refused) as refused:
        put("", name, "x", PYTHON)
    assert refused.value.code == "secret.name"


CANNOT = {
    "python": {"dollar brace"},
    "bash": set(),
    "docker": set(),
    "node": {"CR"},
    "portable": {"dollar brace", "CR"},
}


@pytest.mark.parametrize("name", TRIPS["values"])
@pytest.mark.parametrize("kind", NAMES)
def test_a_nasty_value_comes_back_or_is_refused(kind: str, name: str) -> None:
    """Each value that a dialect can express is written so that its readers see it."""
    value, spoken = TRIPS["values"][name], dialect(kind)
    try:
        text = put("Z=0\n", "A", value, spoken).text
    except Refused as refused:
        assert refused.code == "secret.unrepresentable"
        assert name in CANNOT[kind] or kind in ("portable", "docker")
        return
    assert name not in CANNOT[kind]
    for read in spoken.readers.values():
        assert read(text, {}).values == {"Z": "0", "A": value}


@pytest.mark.parametrize("name", TRIPS["values"])
def test_bash_itself_reads_back_what_was_written(name: str, tmp_path: Path) -> None:
    """The real shell gives every value back."""
    value = TRIPS["values"][name]
    path = tmp_path / "f"
    DotenvBackend("bash").write(at(path), Secret(value))
    shell = shutil.which("bash") or "bash"
    done = subprocess.run(
        [shell, "--norc", "-c", 'set -a; . "$0"; exec "$1" -c "$2"', str(path), sys.executable,
         "import os, sys; sys.stdout.buffer.write(os.environb[b'A'])"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.decode() == value


LINES = st.lists(
    st.sampled_from(
        [
            "A=1",
            "B='x y' # c",
            'C="q\\n"',
            "# c",
            "",
            "export A='z'",
            "bad line",
            "D=${A}",
            "A",
            "E=",
        ]
    )
)


@pytest.mark.parametrize("kind", NAMES)
@given(lines=LINES, value=st.text(max_size=12), end=st.sampled_from(["\n", "\r\n"]))
def test_an_edit_holds_or_nothing_changes(
    kind: str, lines: list[str], value: str, end: str
) -> None:
    """Whatever the file and the value: read back exactly, all else untouched, or refused."""
    spoken, text = dialect(kind), "".join(line + end for line in lines)
    try:
        changed = put(text, "A", value, spoken).text
    except Refused as refused:
        assert refused.code == "secret.unrepresentable"
        assert value not in str(refused) or len(value) < 3
        return
    for read in spoken.readers.values():
        assert read(changed, {}).values["A"] == value
    after = [line.rstrip("\r") for line in changed.split("\n")]
    assert [line for line in after if line in lines and "A" not in line] == [
        line for line in [*lines, *after[len(lines) :]] if line in lines and "A" not in line
    ]


@given(data=st.binary())
def test_bytes_survive(data: bytes) -> None:
    """A file that is not even text comes out as it went in, but for the new line."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        changed = put(text, "ZZ", "v", PYTHON).text
    except Refused:
        return
    made = changed.encode("utf-8", "surrogateescape")
    assert made.startswith(data) or b"ZZ" in data


def test_permissions_links_and_attributes_stay(tmp_path: Path) -> None:
    """A replaced file keeps its mode; a link stays a link; a new file is private."""
    path, link = tmp_path / ".env", tmp_path / "link"
    path.write_text("A=1\n")
    path.chmod(0o640)
    link.symlink_to(path)
    DotenvBackend().write(at(link), Secret("2"))
    assert link.is_symlink()
    assert path.read_text() == "A=2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    DotenvBackend().write(at(tmp_path / "new"), Secret("2"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_odd_files_are_refused(tmp_path: Path) -> None:
    """A dangling link, a folder and a device are left alone."""
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for path in (tmp_path / "dangling", tmp_path, Path("/dev/null")):
        with pytest.raises(SecretError) as refused:
            DotenvBackend().write(at(path), Secret("x"))
        assert refused.value.code in ("secret.file", "secret.unavailable")


def test_what_reaches_the_disk_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content, then name, then folder."""
    steps: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content")
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    DotenvBackend().write(at(tmp_path / ".env"), Secret("x"))
    assert steps == ["content", "name", "folder"]


def test_an_editors_change_is_not_overwritten(tmp_path: Path) -> None:
    """Whoever writes without the lock is noticed: conflict, and the editor's content stands."""
    path = tmp_path / ".env"
    path.write_text("A=1\n")

    def meddling(content: file.Content) -> str:
        path.write_text("A=editor\n")
        return "A=ours\n"

    with pytest.raises(Conflict):
        file.rewrite(path, meddling)
    assert path.read_text() == "A=editor\n"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [".env"]


def test_check_and_set(tmp_path: Path) -> None:
    """A write that expects another state changes nothing; 0 means that no file was there."""
    backend, ref = DotenvBackend(), at(tmp_path / ".env")
    first = backend.write(ref, Secret("1"), expect=0)
    assert backend.read(ref).version == first
    for stale in (0, first + 1):
        with pytest.raises(Conflict):
            backend.write(ref, Secret("2"), expect=stale)
    assert backend.write(ref, Secret("2"), expect=first) != first
    backend.delete(ref)
    with pytest.raises(Missing):
        backend.read(ref)


def test_missing_empty_and_unreadable_differ(tmp_path: Path) -> None:
    """Only what is not there is missing."""
    path = tmp_path / ".env"
    backend = DotenvBackend("bash")
    with pytest.raises(Missing):
        backend.read(at(path))
    path.write_text("A=\nB=$(id)\n")
    assert backend.read(at(path)).secret.reveal() == ""
    with pytest.raises(Refused) as refused:
        backend.read(at(path, "B"))
    assert refused.value.code == "secret.unreadable"
    with pytest.raises(Missing):
        backend.read(at(path, "C"))


WRITER = """
import sys
from pathlib import Path
from revoctl.secret import Secret
from revoctl.secrets.backends.dotenv import DotenvBackend
from revoctl.secrets.reference import Reference
path, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for i in range(count):
    DotenvBackend().write(Reference("dotenv", path, f"K_{who}_{i}"), Secret(f"v{i}" * 50))
    print(i, flush=True)
"""


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    """Three processes of forty writes each leave all their keys, and the one before."""
    path = tmp_path / ".env"
    path.write_text("FIRST=1\n")
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), w, "40"], stdout=subprocess.PIPE)
        for w in "abc"
    ]
    for process in started:
        process.communicate()
        assert process.returncode == 0
    assert len(DotenvBackend().names(at(path))) == 121


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    """After kill -9 the file is whole, holds what was acknowledged, and the next writer tidies."""
    path = tmp_path / ".env"
    command = [sys.executable, "-c", WRITER, str(path), "x", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.02, 0.2))
        process.send_signal(signal.SIGKILL)
        acknowledged = [0, *map(int, process.stdout.read().split())]
    values = PYTHON.read(path.read_text(), {}).values
    assert all(f"K_x_{i}" in values for i in acknowledged)
    assert all(v == f"v{i}" * 50 for i, v in enumerate(values.values()))
    DotenvBackend().write(at(path), Secret("after"))
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [".env"]
