"""The grammar: every command helps itself, every error has an exit code, every typo a hint."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from revoctl.cli import exits
from revoctl.cli.app import app, run

PACKAGE = Path(__file__).resolve().parents[2] / "revoctl"


def leaves(command=None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all commands that run something."""
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        yield path
        return
    context = command.make_context("revoctl", ["-h"], resilient_parsing=True)
    for name in command.commands:
        _, found, _ = command.resolve_command(context, [name])
        yield from leaves(found, (*path, name))


LEAVES = list(leaves())


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_helps_itself(path: tuple[str, ...], capsys) -> None:
    """-h and --help give usage, every option's meaning, and an example."""
    assert run([*path, "-h"]) == 0
    short = capsys.readouterr().out
    assert run([*path, "--help"]) == 0
    assert capsys.readouterr().out == short
    assert "Usage: revoctl " + " ".join(path) in short
    assert "Example" in short
    for line in re.findall(r"^  (--?\S.*)$", short, re.MULTILINE):
        assert re.search(r"\s{2,}\S", line) or len(line) > 24, f"no help for {line}"


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_line_in_the_table_is_the_commands_own(path: tuple[str, ...], capsys) -> None:
    """A group's help says of a command what the command says of itself, as far as it goes."""
    run([*path[:-1], "-h"])
    listed = re.search(rf"^  {path[-1]}  +(.*)$", capsys.readouterr().out, re.MULTILINE)
    assert listed
    assert len(listed[1]) > 10


def raised_codes() -> set[str]:
    """Every literal code that the package gives to its error family."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(CODE, text):
                found.add(text)
    return found


FAMILIES = "|".join(sorted({code.partition(".")[0] for code in exits.CODES}))
CODE = rf"({FAMILIES})\.[a-z]+(-[a-z]+)*"
NOT_CODES = {"trust.add", "trust.remove", "trust.json", "config.yaml", "report.css", "report.html"}


def test_every_error_code_has_an_exit_code() -> None:
    """No error can be raised whose exit code nobody decided, and none is listed for nothing."""
    raised = raised_codes() - NOT_CODES
    assert raised - set(exits.CODES) == set()
    assert set(exits.CODES) - raised == set()
    assert set(exits.CODES.values()) <= set(exits.MEANINGS)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [((), 0), ((0, 0), 0), ((0, 1), 1), ((1, 10), 1), ((10, 7, 1), 7), ((8, 1), 8), ((5, 10), 10)],
)
def test_several_outcomes_have_one_exit_code(outcomes: tuple[int, ...], code: int) -> None:
    """Integrity, then held, then the gate, then partial."""
    assert exits.combine(outcomes) == code


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["hedders"], "headers"),
        (["headers", "scn"], "scan"),
        (["explain", "hsts-mising"], "hsts-missing"),
        (["headers", "profiles", "show", "owsap"], "owasp"),
        (["headers", "rules", "-o", "jsn"], "json"),
        (["headers", "scan", "--tiemout", "3s", "x"], "--timeout"),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else a,
)
def test_a_typo_is_met_with_the_nearest_name(arguments: list[str], hint: str, capsys) -> None:
    """Groups, commands, options, rules, profiles and formats suggest what was meant."""
    assert run(arguments) in (2, 3)
    streams = capsys.readouterr()
    assert streams.out == ""
    assert hint in streams.err
    assert len(streams.err.strip().splitlines()) == 3


def test_errors_are_json_on_standard_error_under_o_json(capsys) -> None:
    """Standard output stays empty, standard error holds one object with a stable code."""
    import json

    assert run(["headers", "profiles", "show", "nope", "-o", "json"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert json.loads(streams.err)["error"]["code"] == "profile.unknown"


def test_no_arguments_show_help_as_a_usage_error(capsys) -> None:
    """A bare command says what it can do, on standard error."""
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("flag", [["--version"], ["-V"], ["-V", "headers"]])
def test_version(flag: list[str]) -> None:
    """The version is one line, with and without the quick way."""
    done = subprocess.run(
        [sys.executable, "-m", "revoctl", *flag], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"revoctl \d+\.\d+\.\d+\n", done.stdout)


def test_an_unexpected_fault_is_ours_and_shows_no_traceback(monkeypatch, capsys) -> None:
    """Exit 70 and three lines; the traceback is for those who ask for it."""
    import revoctl.cli.schema

    monkeypatch.setattr(revoctl.cli.schema, "SCHEMAS", None)
    assert run(["schema", "report"]) == exits.OUR_FAULT
    streams = capsys.readouterr()
    assert "Traceback" not in streams.err
    assert "REVOCTL_DEBUG=1" in streams.err
    monkeypatch.setenv("REVOCTL_DEBUG", "1")
    with pytest.raises(TypeError):
        run(["schema", "report"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_scripts(shell: str, capsys) -> None:
    """Each shell gets a script that asks revoctl for its words."""
    assert run(["completion", shell]) == 0
    assert "_REVOCTL_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("revoctl he", {"headers", "help"}),
        ("revoctl headers s", {"scan"}),
        ("revoctl headers scan --prof", {"--profile"}),
        ("revoctl headers scan -p ow", {"owasp"}),
        ("revoctl headers rules -o js", {"json", "jsonl"}),
        ("revoctl headers profiles s", {"show"}),
    ],
)
def test_completion_words(words: str, expected: set[str]) -> None:
    """Commands, options and values complete as the shell asks for them."""
    import os

    environment = {
        **os.environ,
        "_REVOCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "revoctl"], capture_output=True, text=True, env=environment
    )
    assert expected <= set(done.stdout.split())


def test_topics_are_made_of_the_tables(capsys) -> None:
    """help exit-codes names every code, help environment every variable, and so on."""
    from revoctl.config import SETTINGS
    from revoctl.render import FORMATS

    for topic, words in {
        "exit-codes": [*exits.CODES, *map(str, exits.MEANINGS)],
        "environment": [s.variable for s in SETTINGS if not isinstance(s.default, dict | list)],
        "output": list(FORMATS),
    }.items():
        assert run(["help", topic]) == 0
        out = capsys.readouterr().out
        assert all(word in out for word in words)
    assert run(["help", "nothing"]) == 3
