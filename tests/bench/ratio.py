"""Whole commands and small functions, timed in turn with their peer, as ratios."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 21
REVOCTL = str(Path(sys.executable).with_name("revoctl"))
# Start-up is measured as it is after an installation: with compiled bytecode.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def cpu(command: Sequence[str]) -> float:
    """CPU seconds, user and system, of one run of a command."""
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=ENVIRONMENT)
        _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def resident(process: int) -> int:
    """Peak resident KiB of a running process so far; 0 once it is gone.

    Not ``ru_maxrss``, which a child inherits from the process that started it.
    """
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(s.split()[1]) for s in text.splitlines() if s.startswith("VmHWM")), 0)


def commands(ours: Sequence[str], peer: Sequence[str], rounds: int = ROUNDS) -> float:
    """Our least CPU time over the peer's least, run in turn after one warm-up of each.

    The least of many runs is what a busy machine disturbs least.
    """
    cpu(ours), cpu(peer)
    pairs = [(cpu(ours), cpu(peer)) for _ in range(rounds)]
    return min(mine for mine, _ in pairs) / min(theirs for _, theirs in pairs)


def seconds(function: Callable[[], object], calls: int, rounds: int = 7) -> float:
    """The best mean time of one call over several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            function()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def bare() -> list[str]:
    """The floor of every Python command."""
    return [sys.executable, "-c", "pass"]


def say(what: str, ratio: float, aim: float) -> None:
    """Print a measured ratio beside its aim."""
    sys.__stdout__.write(f"\nBENCH {what}: {ratio:.2f} (aim {aim})\n")
