"""The installed console script as an operator runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REVOCTL = str(Path(sys.executable).with_name("revoctl"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def revoctl(tmp_path: Path) -> Run:
    """Run revoctl in a folder of its own; 30 seconds are more than any command may take."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [REVOCTL, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            cwd=folder,
            env={**os.environ, **environment},
            check=False,
        )

    run.folder = folder  # type: ignore[attr-defined]
    return run
