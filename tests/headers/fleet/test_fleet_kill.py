"""Scans that are killed and stopped: nothing lost, nothing twice, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

REVOCTL = str(Path(sys.executable).with_name("revoctl"))
COUNT = 400


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    arguments = ["headers", "scan", "--targets", "t.txt", "--resume", "j.jsonl", "--exit-zero"]
    return subprocess.Popen(
        [REVOCTL, *arguments, "-o", "name", *more],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[1:-1] if path.exists() else []


def wait_for(path: Path, count: int) -> None:
    until = time.monotonic() + 20
    while len(lines(path)) < count:
        assert time.monotonic() < until, "the scan makes no progress"
        time.sleep(0.01)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_three_kills_lose_nothing(fleet, folder: Path, workers: str) -> None:
    """After three SIGKILLs and a resume each target has exactly one record, old ones untouched."""
    fleet.wait = 0.02
    names = fleet.targets(folder / "t.txt", COUNT)
    path = folder / "j.jsonl"
    kept: list[bytes] = []
    for round in range(1, 4):
        process = start(folder, "--workers", workers, "--concurrency", "10")
        wait_for(path, len(kept) + 40)
        process.kill()
        process.communicate()
        assert lines(path)[: len(kept)] == kept, f"round {round} changed what was written"
        kept = lines(path)
    assert len(kept) < COUNT
    process = start(folder, "--workers", workers, "--per-host", "10")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert lines(path)[: len(kept)] == kept
    found = Counter(json.loads(text)["target"] for text in lines(path))
    assert found == Counter(names)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_in_order(fleet, folder: Path, number: int, code: int, workers: str) -> None:
    """The journal is whole, and the last line on standard error says how to go on."""
    fleet.wait = 0.05
    fleet.targets(folder / "t.txt", 2000)
    process = start(folder, "--workers", workers, "--concurrency", "10")
    wait_for(folder / "j.jsonl", 20)
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == code
    assert errors.splitlines()[-1].endswith("revoctl headers scan --resume j.jsonl")
    assert (folder / "j.jsonl").read_bytes().endswith(b"\n")
    assert "Traceback" not in errors


def test_a_killed_worker_is_replaced(fleet, folder: Path) -> None:
    """Its share goes on from the journal: nothing is lost and nothing is twice."""
    fleet.wait = 0.03
    names = fleet.targets(folder / "t.txt", COUNT)
    process = start(folder, "--workers", "2", "--concurrency", "10")
    wait_for(folder / "j.jsonl", 30)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    found = Counter(json.loads(text)["target"] for text in lines(folder / "j.jsonl"))
    assert found == Counter(names)


def test_workers_do_not_outlive_their_parent(fleet, folder: Path) -> None:
    """A killed parent leaves no process that goes on asking."""
    fleet.wait = 0.05
    fleet.targets(folder / "t.txt", 2000)
    process = start(folder, "--workers", "2", "--concurrency", "4")
    wait_for(folder / "j.jsonl", 10)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    process.communicate()
    until = time.monotonic() + 5
    while any(_runs(child) for child in children):
        assert time.monotonic() < until, "a worker goes on"
        time.sleep(0.05)


def _runs(child: str) -> bool:
    try:
        return "worker" in Path(f"/proc/{child}/cmdline").read_text()
    except OSError:
        return False


def test_a_reader_that_goes_away_ends_the_scan(fleet, folder: Path) -> None:
    """``| head -1`` is no error, and what was found by then can be resumed."""
    fleet.wait = 0.02
    fleet.targets(folder / "t.txt", 2000)
    command = f"{REVOCTL} headers scan --targets t.txt --resume j.jsonl -o jsonl | head -1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "revoctl.scan/v1"
    assert "Traceback" not in done.stderr
    assert len(lines(folder / "j.jsonl")) < 2000
