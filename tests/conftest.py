"""Every test has a home of its own, a plain terminal and no settings but those it makes."""

import gc
import os
from pathlib import Path

import pytest

_NOISE = ("FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "PY_COLORS", "CI", "COLUMNS")


def pytest_collection_finish() -> None:
    """Thousands of collected tests are no garbage: a search among them would disturb timings."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def plain_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("REVOCTL_") or n in _NOISE]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("NO_COLOR", "1")
