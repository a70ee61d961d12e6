"""Analysis of one response with every rule and the grade, beside the HTTP Observatory's library."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from revoctl.cli.policies import headers_policy
from revoctl.headers.audit import audit
from revoctl.headers.snapshot import Body, Field, Hop, Snapshot, Tls
from revoctl.report.model import Tool
from tests.bench import ratio
from tests.bench.conftest import BODY, HEADERS

pytestmark = pytest.mark.bench
NODE = Path(__file__).parents[1] / "node"
AT = datetime(2026, 11, 23, tzinfo=UTC)


def observatory(fields: list[tuple[str, str]], folder: Path, rounds: int) -> float:
    """Seconds that the Observatory's twelve tests take for a response."""
    if shutil.which("node") is None or not (NODE / "node_modules").is_dir():
        pytest.skip("node and tests/node/node_modules are needed")
    (folder / "input.json").write_text(
        json.dumps({"headers": fields, "body": BODY, "rounds": rounds})
    )
    script = Path(__file__).with_name("observatory.mjs")
    done = subprocess.run(
        ["node", str(script), str(NODE), str(folder / "input.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1]) / 1e6


def ours(fields: list[tuple[str, str]]) -> float:
    """Seconds of one audit: parsing, every rule, findings with their fixes, and the grade."""
    policy, profile = headers_policy("owasp")
    tls = Tls("TLSv1.3", verified=True)
    hop = Hop(
        "https://example.com/", 200, tuple(Field(*f) for f in fields), tls=tls, body=Body(BODY)
    )
    snapshot = Snapshot("https://example.com/", AT, (hop,))
    tool = Tool("revoctl", "0")
    return ratio.seconds(
        lambda: audit(snapshot, policy, tool=tool, finished=AT, digest=profile.digest), 100
    )


@pytest.mark.parametrize("kind", ["html", "json"])
def test_beside_the_observatory(kind: str, tmp_path: Path) -> None:
    """All rules and the grade of one response against twelve tests, for a page and for an API.

    The Observatory's published library (1.4.8) reads a page with a whole DOM; the API response has
    nothing to read, so that row compares the header work alone.
    """
    types = {"html": "text/html; charset=utf-8", "json": "application/json"}
    fields = [(n, types[kind] if n == "Content-Type" else v) for n, v in HEADERS]
    peer = observatory(fields, tmp_path, 20 if kind == "html" else 2000)
    mine = ours(fields)
    found = mine / peer
    ratio.say(f"analysis of one {kind} response / Observatory", found, 0.5)
    ratio.say(f"  microseconds here {mine * 1e6:.0f}, there {peer * 1e6:.0f}; ratio", found, 0.5)
    assert found <= (0.5 if kind == "html" else 10)
