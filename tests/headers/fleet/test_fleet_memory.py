"""Memory: that of a scan does not grow with the number of its targets."""

import subprocess
import sys
import time
from pathlib import Path

from tests.bench.ratio import resident

REVOCTL = str(Path(sys.executable).with_name("revoctl"))


def peak(folder: Path, count: int) -> int:
    """KiB at most resident in a scan of so many targets that refuse the connection."""
    lines = (f"http://127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}:1/{n}\n" for n in range(count))
    (folder / "t.txt").write_text("".join(lines))
    arguments = ["--targets", "t.txt", "--exit-zero", "-q", "-o", "table"]
    process = subprocess.Popen(
        [REVOCTL, "headers", "scan", *arguments], cwd=folder, stdout=subprocess.DEVNULL
    )
    most = 0
    while process.poll() is None:
        most = max(most, resident(process.pid))
        time.sleep(0.01)
    assert process.returncode == 0
    return most


def test_memory_does_not_grow_with_the_targets(folder: Path) -> None:
    """Ten times the targets take at most a fifth more."""
    small = peak(folder, 2_000)
    large = peak(folder, 20_000)
    assert small > 20_000, "a scan was not measured"
    assert large <= 1.2 * small, f"{small} KiB, then {large} KiB"
