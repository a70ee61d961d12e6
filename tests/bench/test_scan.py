"""One cold scan with every rule: whole processes on loopback, CPU time of both sides."""

import sys
from pathlib import Path

import pytest

from tests.bench import ratio

pytestmark = pytest.mark.bench
SCAN = [ratio.REVOCTL, "headers", "scan", "--probe", "none", "--exit-zero"]


@pytest.mark.parametrize(("output", "aim", "bound"), [("json", 10, 20), ("table", 13, 22)])
def test_beside_bare_python(page_url: str, output: str, aim: float, bound: float) -> None:
    """A scan as JSON and as a table, beside an interpreter that does nothing."""
    found = ratio.commands([*SCAN, page_url, "-o", output], ratio.bare())
    ratio.say(f"cold scan as {output} / bare python", found, aim)
    assert found <= bound


def test_beside_shcheck(page_url: str) -> None:
    """A scan with every rule, beside a scanner that looks for the presence of twelve headers."""
    peer = Path(sys.executable).with_name("shcheck.py")
    assert peer.exists(), "pip install shcheck"
    found = ratio.commands([*SCAN, page_url, "-o", "json"], [str(peer), "-j", page_url])
    ratio.say("cold scan as json / shcheck", found, 1.5)
    assert found <= 4
