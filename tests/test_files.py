"""Files are old or new, never half; a full disk is an error and leaves the old file."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from revoctl import files
from revoctl.errors import RevoctlError


def test_replace_writes_whole_and_keeps_the_mode(tmp_path: Path) -> None:
    """A file's permission bits survive its replacement, and no temporary file stays."""
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    files.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.glob(".out*")) == []


def test_replace_follows_a_link(tmp_path: Path) -> None:
    """A symbolic link stays one."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.replace(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A write that fails half-way is an error, and the old content stands."""
    path = tmp_path / "out"
    path.write_text("old")
    code = f"""
import resource, signal
from pathlib import Path
from revoctl.files import replace
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))
try:
    replace(Path({str(path)!r}), b"x" * 5000)
except Exception as error:
    print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "file.unwritable"
    assert path.read_text() == "old"
    assert list(tmp_path.glob(".out*")) == []


def test_writing_to_a_full_device_is_an_error() -> None:
    """/dev/full refuses every byte."""
    with pytest.raises(RevoctlError, match="No space left"):
        files.replace(Path("/dev/full"), b"x")


def test_read_names_what_is_missing_or_too_large(tmp_path: Path) -> None:
    """Reading says which file, and why."""
    with pytest.raises(RevoctlError) as missing:
        files.read(tmp_path / "no", "the report")
    assert missing.value.code == "file.missing"
    (tmp_path / "big").write_bytes(b"12345")
    with pytest.raises(RevoctlError) as large:
        files.read(tmp_path / "big", "the report", 4)
    assert large.value.code == "file.too-large"
    with pytest.raises(RevoctlError) as folder:
        files.read(tmp_path, "the report")
    assert folder.value.code == "file.unreadable"
