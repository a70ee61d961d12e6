"""How long a command takes to begin, in multiples of an interpreter that does nothing."""

import pytest

from tests.bench import ratio

pytestmark = pytest.mark.bench
REVOCTL = [ratio.REVOCTL]


def test_version() -> None:
    """--version is answered before anything is imported."""
    found = ratio.commands([*REVOCTL, "--version"], ratio.bare())
    ratio.say("--version / bare python", found, 1.4)
    assert found <= 1.4


@pytest.mark.parametrize("command", [["--help"], ["help", "exit-codes"], ["schema"]], ids=" ".join)
def test_trivial_commands(command: list[str]) -> None:
    """Help and the like pay for the command line and nothing else."""
    found = ratio.commands([*REVOCTL, *command], ratio.bare())
    ratio.say(f"{' '.join(command)} / bare python", found, 7)
    assert found <= 10  # 5.8 of these are the import of typer
