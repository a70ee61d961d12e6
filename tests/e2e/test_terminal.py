"""The real command in a real terminal, and in a pipe that closes."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from tests.e2e.conftest import REVOCTL, Run
from tests.servers.scripted import Scripted

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def page(connection, head):
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: \x1b[31mevil\x1b[0m/1.0\r\n"
        b"Content-Security-Policy: default-src *\r\n\r\n<p>hi"
    )


def screen(arguments: list[str], columns: int, **environment: str) -> str:
    child = pexpect.spawn(
        REVOCTL,
        arguments,
        dimensions=(50, columns),
        env={**os.environ, "TERM": "xterm-256color", **environment},
        timeout=20,
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.before.decode()


@pytest.mark.parametrize("columns", [80, 200])
def test_the_table_fits_the_terminal(columns: int) -> None:
    """No line is wider than the terminal, and rule ids are whole."""
    with Scripted(page) as server:
        text = screen(["headers", "scan", server.url, "--probe", "none"], columns, NO_COLOR="1")
    lines = text.replace("\r", "").split("\n")
    assert max(map(len, lines)) <= columns
    assert "permissions-policy-missing" in text
    assert "\x1b[31m" not in text


def test_colour_on_a_terminal_and_none_in_a_pipe(revoctl: Run) -> None:
    """A terminal gets colour unless NO_COLOR says otherwise; the target's own codes never pass."""
    with Scripted(page) as server:
        arguments = ["headers", "scan", server.url, "--probe", "none"]
        coloured = screen(arguments, 100, NO_COLOR="")
        piped = revoctl(*arguments, NO_COLOR="").stdout
        forced = revoctl(*arguments, "--color", "always").stdout
    assert ANSI.search(coloured)
    assert "\x1b[31mevil" not in coloured
    assert "\x1b" not in piped
    assert ANSI.search(forced)
    assert "\\x1b[31mevil" in ANSI.sub("", forced).replace("\n", "")


def test_trust_asks_on_a_terminal(tmp_path: Path) -> None:
    """The prompt names the file; no is exit 11 and trusts nothing, yes trusts."""
    (tmp_path / "revoctl.yaml").write_text("output: json\n")
    for answer, code in (("n", 11), ("y", 0)):
        child = pexpect.spawn(REVOCTL, ["config", "trust", "-o", "table"], cwd=str(tmp_path))
        child.expect(r"trust .*revoctl\.yaml\? \[y/N\]")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code


def test_a_closed_pipe_is_silent() -> None:
    """revoctl … | head ends without a word."""
    done = subprocess.run(
        ["bash", "-c", f"{REVOCTL} headers rules -o json | head -c 10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert len(done.stdout) == 10


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_signals_have_their_exit_codes(number: int, code: int) -> None:
    """Ctrl-C and SIGTERM end a running scan at once."""

    def mute(connection, head):
        time.sleep(10)

    with Scripted(mute) as server:
        process = subprocess.Popen(
            [REVOCTL, "headers", "scan", server.url, "--timeout", "30s"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(200):
            if server.requests:
                break
            time.sleep(0.05)
        process.send_signal(number)
        start = time.monotonic()
        _, errors = process.communicate(timeout=10)
    assert process.returncode == code
    assert time.monotonic() - start < 3
    assert b"Traceback" not in errors


def test_quiet_keeps_the_data_and_twice_the_exit_code(revoctl: Run) -> None:
    """-q silences standard error, -qq everything."""
    with Scripted(page) as server:
        arguments = ("headers", "scan", server.url, "--probe", "none", "-o", "name")
        loud, once, twice = (revoctl(*arguments, *q) for q in ([], ["-q"], ["-qq"]))
    assert "gate:" in loud.stderr
    assert (once.stderr, bool(once.stdout)) == ("", True)
    assert (twice.stderr, twice.stdout, twice.returncode) == ("", "", 1)


def test_demo_plays(revoctl: Run) -> None:
    """The demo scans, hardens and scans again; every figure was computed."""
    import json

    done = revoctl("demo", "-o", "json")
    assert done.returncode == 0
    before, after = json.loads(done.stdout)
    assert before["score"]["value"] < 30 < 100 <= after["score"]["value"]
    assert {f["kind"] for f in after["findings"]} <= {"weakness"}
    assert "What changed" in revoctl("demo").stdout
