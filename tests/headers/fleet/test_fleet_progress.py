"""Progress on standard error: lines without a terminal, a bar on one, nothing under -q."""

import sys
from pathlib import Path

import pexpect
import pytest

from revoctl.cli import progress as progresses
from revoctl.cli.progress import Progress
from revoctl.cli.streams import Streams

REVOCTL = str(Path(sys.executable).with_name("revoctl"))


def test_a_line_now_and_then(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets, failures, rate and the time left, at most every ten seconds."""
    clock = [100.0]
    monkeypatch.setattr(progresses, "monotonic", lambda: clock[0])
    with Progress(Streams(), 1000, 100) as progress:
        for _ in range(25):
            clock[0] += 1
            progress.tell(int(10 * (clock[0] - 100)), 3)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "200 of about 1000 targets, 3 failed, 10/s, about 1 min 20 s left",
        "300 of about 1000 targets, 3 failed, 10/s, about 1 min 10 s left",
    ]


def test_more_targets_than_were_counted(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of lines is only about right: no time is told when it is passed."""
    clock = [0.0]
    monkeypatch.setattr(progresses, "monotonic", lambda: clock[0])
    with Progress(Streams(), 5) as progress:
        clock[0] = 11.0
        progress.tell(22, 0)
    assert capsys.readouterr().err == "22 targets, 0 failed, 2/s\n"


def test_quiet_says_nothing(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """-q is for data only."""
    clock = [0.0]
    monkeypatch.setattr(progresses, "monotonic", lambda: clock[0])
    with Progress(Streams(quiet=1), 5) as progress:
        clock[0] = 60.0
        progress.tell(2, 0)
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal(fleet, folder: Path) -> None:
    """It shows how many of how many, failures and the rate, and is gone at the end."""
    fleet.wait = 0.1
    fleet.targets(folder / "t.txt", 60)
    arguments = ["headers", "scan", "--targets", "t.txt", "--exit-zero", "-o", "name"]
    child = pexpect.spawn(REVOCTL, arguments, cwd=str(folder), encoding="utf-8", timeout=20)
    child.expect(r"\d+/60")
    child.expect(r"0 failed, \d+/s")
    child.expect("60 targets in")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
