"""The headers group: emit, rules, profiles, csp check, and where relative paths start."""

import json
from pathlib import Path

import pytest
import yaml

from revoctl.cli.app import run
from revoctl.headers.emit import servers
from revoctl.profiles import shipped


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("server", servers())
def test_emit_writes_the_policy_for_every_server(server: str, capsys) -> None:
    """The configuration is on standard output, what cannot be said on standard error."""
    assert run(["headers", "emit", "--for", server, "--profile", "revoagent"]) == 0
    streams = capsys.readouterr()
    assert ("DENY" if server != "asgi" else 'harden(app, "revoagent")') in streams.out
    assert "preload" in streams.out + streams.err
    assert all(line.startswith("note: ") for line in streams.err.splitlines())


def test_emit_for_an_unknown_server(capsys) -> None:
    """A typo gets the nearest name."""
    assert run(["headers", "emit", "--for", "ngnix"]) == 2
    assert "did you mean nginx?" in capsys.readouterr().err


def test_rules_as_objects(capsys) -> None:
    """Every rule with its severity, kind and title."""
    assert run(["headers", "rules", "-o", "json"]) == 0
    rules = json.loads(capsys.readouterr().out)
    assert len(rules) > 150
    assert {"id", "severity", "kind", "title"} == set(rules[0])


@pytest.mark.parametrize("name", shipped("headers"))
def test_a_shown_profile_can_be_used_again(name: str, in_a_folder: Path, capsys) -> None:
    """show -o yaml prints a whole policy: used as a file it is the same policy."""
    assert run(["headers", "profiles", "show", name, "-o", "yaml"]) == 0
    text = capsys.readouterr().out
    (in_a_folder / "mine.yaml").write_text(text)
    assert run(["headers", "profiles", "show", "./mine.yaml", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("name", "weak"), [("revoagent", True), ("strict", False), ("owasp", False), ("api", False)]
)
def test_profiles_check_names_weaknesses_of_the_policy(name: str, weak: bool, capsys) -> None:
    """Only the policy that was specified long ago has serious ones; none deviates from itself."""
    assert run(["headers", "profiles", "check", name, "-o", "json"]) == 0
    findings = json.loads(capsys.readouterr().out).get("findings", [])
    assert {f["kind"] for f in findings} <= {"weakness"}
    assert any(f["severity"] in ("high", "critical") for f in findings) is weak


def test_profiles_check_can_gate(capsys) -> None:
    """On request a policy's own weakness fails."""
    assert run(["headers", "profiles", "check", "revoagent", "--fail-on", "high"]) == 1


def test_csp_check_takes_arguments_a_file_and_several_policies(in_a_folder: Path, capsys) -> None:
    """What only one of several policies allows is not allowed."""
    weak, tight = "script-src 'unsafe-inline'", "script-src 'self'; base-uri 'none'"
    assert run(["headers", "csp", "check", weak, "-o", "name"]) == 1
    assert "csp-script-unsafe-inline" in capsys.readouterr().out
    (in_a_folder / "policies.txt").write_text(f"{weak}\n{tight}\n")
    run(["headers", "csp", "check", "--file", "policies.txt", "-o", "name"])
    assert "csp-script-unsafe-inline" not in capsys.readouterr().out


def test_csp_check_shows_what_each_level_enforces(capsys) -> None:
    """The effect under CSP 1, 2 and 3 stands in the facts."""
    policy = "script-src 'nonce-cmFuZG9tcmFuZG9tcmE=' 'strict-dynamic' 'unsafe-inline' https:"
    run(["headers", "csp", "check", policy, "-o", "json"])
    (subject,) = json.loads(capsys.readouterr().out)["subjects"]
    facts = dict(subject["facts"])
    assert "'unsafe-inline'" in facts["level 1"]
    assert "'unsafe-inline'" not in facts["level 2"]
    assert "https:" in facts["level 2"]
    assert "https:" not in facts["level 3"]


def test_a_profile_of_the_settings_is_relative_to_their_file(in_a_folder: Path, capsys) -> None:
    """From a folder below the project, ./policy.yaml is still the project's."""
    (in_a_folder / "policy.yaml").write_text("extends: api\nname: mine\n")
    (in_a_folder / "revoctl.yaml").write_text("headers:\n  profile: ./policy.yaml\n")
    (in_a_folder / "below").mkdir()
    (in_a_folder / "answer.txt").write_bytes(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    import os

    os.chdir(in_a_folder / "below")
    arguments = ["headers", "scan", "--from", "../answer.txt", "--url", "http://localhost/"]
    assert run([*arguments, "-o", "json", "--exit-zero"]) == 0
    assert json.loads(capsys.readouterr().out)["profile"]["name"] == "mine"
