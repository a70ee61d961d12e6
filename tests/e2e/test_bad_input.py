"""Bad input: an exit code, three lines on standard error, no traceback, no half-written file."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.servers.scripted import Scripted

CANARY = "c4n4ry-t0k3n-5678"


def three_lines(text: str) -> bool:
    lines = text.strip().splitlines()
    starts = ("error: ", "  why: ", "  fix: ")
    return len(lines) == 3 and all(x.startswith(s) for x, s in zip(lines, starts, strict=True))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["headers", "scan", "http://x", "-p", "nope"], 2, "no headers profile named 'nope'"),
        (["headers", "scan", "http://x", "-p", "./broken.yaml"], 2, "broken.yaml:3:1"),
        (["headers", "scan", "ftp://x/"], 2, "target.invalid"),
        (["headers", "scan", "file:///etc/passwd"], 2, "target.invalid"),
        (["headers", "scan", "http://127.0.0.1:0/"], 2, "target.invalid"),
        (["headers", "scan", "http://127.0.0.1:99999/"], 2, "target.invalid"),
        (["headers", "scan", "http://me:secret@127.0.0.1/"], 2, "target.invalid"),
        (["headers", "scan"], 2, "nothing to scan"),
        (["headers", "scan", "http://127.0.0.1:1/"], 5, "target.refused"),
        (["headers", "scan", "http://127.0.0.1:1/", "--public-only"], 11, "target.private-address"),
        (["headers", "scan", "http://x", "--baseline", "no.json"], 2, "no.json was not read"),
        (["headers", "scan", "http://x", "--baseline", "broken.yaml"], 2, "report.format"),
        (["headers", "scan", "http://x", "--fail-on", "bad"], 2, "usage.gate"),
        (["headers", "scan", "http://x", "--timeout", "soon"], 2, "usage.duration"),
        (["headers", "scan", "http://x", "--save", "json"], 2, "lacks a path"),
        (["headers", "scan", "http://x", "--save", "json:no/such/x"], 2, "does not exist"),
        (["headers", "scan", "http://x", "--for", "ngnix"], 2, "did you mean nginx?"),
        (["headers", "scan", "--from", "broken.yaml"], 2, "source.format"),
        (["headers", "scan", "--from", "nowhere.har"], 2, "nowhere.har"),
        (["headers", "scan", "http://x", "--config", "no.yaml"], 2, "no.yaml"),
        (["report", "convert", "broken.yaml"], 2, "report.format"),
        (["explain", "nothing-like-it"], 3, "rule.unknown"),
        (["schema", "nothing"], 3, "schema.unknown"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else None,
)
def test_bad_input(revoctl: Run, arguments: list[str], code: int, says: str) -> None:
    """Each mistake has its documented exit code and says what, why and what to do."""
    (revoctl.folder / "broken.yaml").write_text("a: 1\nb: [1,\n")
    done = revoctl(*arguments)
    assert done.returncode == code, done.stderr
    assert three_lines(done.stderr), done.stderr
    assert says in done.stderr
    assert "secret" not in done.stderr
    assert "\nTraceback" not in done.stderr


def test_a_full_disk_is_an_error(revoctl: Run) -> None:
    """--save onto a full device fails as what it is, and says nothing was written."""

    def page(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi")

    with Scripted(page) as server:
        done = revoctl("headers", "scan", server.url, "--save", "json:/dev/full", "--probe", "none")
    assert done.returncode == 5
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "proxy-authorization"])
def test_a_literal_credential_is_refused(revoctl: Run, name: str) -> None:
    """A credential on the command line is not sent, and not repeated."""
    done = revoctl("headers", "scan", "http://127.0.0.1:1/", "--header", f"{name}=Bearer {CANARY}")
    assert done.returncode == 2
    assert three_lines(done.stderr)
    assert CANARY not in done.stderr + done.stdout


def echo(connection, head: bytes) -> None:
    """Send the whole request back, in a header, a cookie and the body."""
    text = head.replace(b"\r\n", b" | ")
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Echo: " + text + b"\r\n"
        b"Set-Cookie: seen=" + CANARY.encode() + b"-cookie; Path=/\r\n\r\n<p>" + text
    )


FORMATS = ("json", "jsonl", "yaml", "csv", "sarif", "junit", "markdown", "html", "github", "gitlab")


def test_no_credential_is_in_any_output(revoctl: Run, tmp_path: Path) -> None:
    """Canary: a token sent and echoed is in no file, no log at -vv and no error."""
    saves = [x for f in FORMATS for x in ("--save", f"{f}:out.{f}")]
    with Scripted(echo) as server:
        done = revoctl(
            "headers", "scan", server.url, "-vv", "--header", "Authorization=env:TOKEN",
            "--header", "X-Api-Key=env:TOKEN", "--save", "snapshot:out.snapshot", *saves,
            TOKEN=CANARY,
        )  # fmt: skip
        assert any(CANARY.encode() in r for r in server.requests), "the token was not even sent"
    files = list(revoctl.folder.glob("out.*"))
    assert len(files) == len(FORMATS) + 1
    for text in (done.stdout, done.stderr, *(f.read_text() for f in files)):
        assert CANARY not in text
    assert "<redacted>" in (revoctl.folder / "out.snapshot").read_text()


def test_no_credential_is_in_the_process_list(revoctl: Run) -> None:
    """While the scan runs, /proc shows the name of the variable and not its value."""
    seen: list[str] = []

    def look(connection, head: bytes) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes().replace(b"\0", b" ").decode("latin-1"))
            except OSError:
                continue
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with Scripted(look) as server:
        revoctl(
            "headers", "scan", server.url, "--probe", "none",
            "--header", "Authorization=env:TOKEN", TOKEN=CANARY,
        )  # fmt: skip
    ours = [line for line in seen if "Authorization=env:TOKEN" in line]
    assert ours
    assert not [line for line in seen if CANARY in line]


PROJECT = """
targets:
  staging:
    url: {url}
    headers:
      Authorization: {source}
"""


@pytest.mark.parametrize(
    ("source", "wants"),
    [
        ("env:TOKEN", "send Authorization from the environment variable TOKEN"),
        ("'@/etc/hostname'", "send Authorization from the file /etc/hostname"),
        ("{command: [touch, ran]}", "run ['touch', 'ran']"),
    ],
)
def test_an_untrusted_project_sends_and_runs_nothing(revoctl: Run, source: str, wants: str) -> None:
    """A project file's credential or command needs trust; nothing happens without it."""
    with Scripted(echo) as server:
        text = PROJECT.format(url=server.url, source=source)
        (revoctl.folder / "revoctl.yaml").write_text(text)
        done = revoctl("headers", "scan", "staging", TOKEN=CANARY)
        assert server.requests == []
    assert done.returncode == 11
    assert three_lines(done.stderr)
    assert wants in done.stderr
    assert not (revoctl.folder / "ran").exists()


def test_trust_lets_the_project_do_what_it_names(revoctl: Run) -> None:
    """After config trust the credential is sent; after a change it is not."""
    with Scripted(echo) as server:
        path = revoctl.folder / "revoctl.yaml"
        path.write_text(PROJECT.format(url=server.url, source="env:TOKEN"))
        assert revoctl("config", "trust").returncode == 11  # no terminal to ask on
        trusted = revoctl("config", "trust", "--yes")
        assert trusted.returncode == 0
        assert "send Authorization from env:TOKEN" in trusted.stderr
        done = revoctl("headers", "scan", "staging", "-o", "json", TOKEN=CANARY)
        assert done.returncode == 1
        assert any(CANARY.encode() in r for r in server.requests)
        assert json.loads(done.stdout)["subjects"][0]["name"] == "staging"
        path.write_text(path.read_text() + "# changed\n")
        assert revoctl("headers", "scan", "staging", TOKEN=CANARY).returncode == 11


def test_settings_faults_say_where(revoctl: Run) -> None:
    """A wrong key in revoctl.yaml is told with file and line by every command."""
    (revoctl.folder / "revoctl.yaml").write_text("headers:\n  profle: owasp\n")
    done = revoctl("headers", "rules")
    assert done.returncode == 2
    assert "revoctl.yaml:2: headers.profle is not a setting" in done.stderr
    assert "did you mean headers.profile?" in done.stderr


def test_waivers_and_gate(revoctl: Run) -> None:
    """A waived finding stays visible and does not fail; an expired waiver fails again."""

    def page(connection, head):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
            b"Content-Security-Policy: script-src 'unsafe-inline'; object-src 'none';"
            b" base-uri 'none'\r\n\r\n<p>hi"
        )

    waiver = (
        "waivers:\n- {{rule: 'csp-*', subject: '*', reason: legacy page, owner: ada, "
        "expires: {day}}}\n"
    )
    with Scripted(page) as server:
        arguments = ("headers", "scan", server.url, "--probe", "none", "-o", "json")
        assert revoctl(*arguments).returncode == 1
        (revoctl.folder / "revoctl.yaml").write_text(waiver.format(day="2999-12-31"))
        held = revoctl(*arguments)
        (revoctl.folder / "revoctl.yaml").write_text(waiver.format(day="2020-01-01"))
        ended = revoctl(*arguments)
    assert held.returncode == 0
    waived = [f for f in json.loads(held.stdout)["findings"] if f.get("waived")]
    assert any(f["rule"] == "csp-script-unsafe-inline" for f in waived)
    assert ended.returncode == 1
    assert "ended on 2020-01-01" in ended.stderr
