"""Env files read as python-dotenv, bash, node and docker read them."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.secrets.dotenv import bash, docker, node, python
from revoctl.secrets.dotenv.dialects import NAMES, dialect
from revoctl.secrets.dotenv.reading import lines_of

DATA = Path(__file__).parent.parent / "data" / "secrets"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "dotenv.json").read_text())["vectors"]
RUNS = {"interp-09", "quote-03", "shell-01", "shell-04"}
"""Where bash runs a program or tells its process id: we never run anything."""
TRIPS = json.loads((DATA / "dotenv_roundtrip.json").read_text())
HOME = {"HOME": "/home/ci"}


def source(vector: dict[str, Any]) -> str:
    return "A=" + "x" * 70000 + "\n" if vector["id"] == "enc-10" else vector["source"]


def long(values: dict[str, str]) -> dict[str, str]:
    return {k: "x" * 70000 if "70000 chars" in v else v for k, v in values.items()}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_python_reads_as_recorded(vector: dict[str, Any]) -> None:
    """python-dotenv's values, with and without expansion, and its refused lines."""
    want = vector["python_dotenv_1_2_4"]
    raw = python.read_raw(source(vector))
    assert raw.values == long(want["raw"])
    assert python.read(source(vector), {}).values == long(want["interpolated"])
    assert [line for line, _ in lines_of(source(vector), raw.problems)] == want["error_lines"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_bash_reads_as_recorded(vector: dict[str, Any]) -> None:
    """What ``set -a; . file`` exports; where bash would run a program, a problem and no value."""
    reading = bash.read(source(vector), HOME)
    if vector["id"] in RUNS:
        assert reading.problems
        assert reading.values == {}
        return
    assert reading.values == long(vector["bash"]["values"])
    if vector["bash"]["source_rc"]:
        assert reading.problems


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_node_reads_as_recorded(vector: dict[str, Any]) -> None:
    """What ``util.parseEnv`` gives."""
    assert node.read(source(vector)).values == long(vector["node20_parseEnv"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_docker_reads_as_recorded(vector: dict[str, Any]) -> None:
    """What ``--env-file`` gives, or that it gives up on the file."""
    want = vector["docker_envfile_emulated"]
    reading = docker.read(source(vector), {})
    if "__error" in want:
        assert [p.fatal for p in reading.problems] == [True]
    else:
        assert reading.values == want


QUOTE = "'"


def _escaped(value: str, quote: str) -> str:
    return value.replace("\\", "\\\\").replace(quote, "\\" + quote)


def _doubled(value: str) -> str:
    return _escaped(value, '"').replace("\n", "\\n").replace("\r", "\\r")


ENCODINGS = {
    "bare": lambda v: v,
    "single raw": lambda v: f"'{v}'",
    "single \\-escaped (python-dotenv set_key)": lambda v: (
        "'" + v.replace("\\", "\\\\").replace("'", "\\'") + "'"
    ),
    "double raw": lambda v: f'"{v}"',
    "double \\-escaped": lambda v: '"' + _doubled(v) + '"',
    "backtick": lambda v: f"`{v}`",
}
READERS = {
    "py": lambda t: python.read(t, HOME),
    "py_raw": python.read_raw,
    "bash": lambda t: bash.read(t, HOME),
    "node20": node.read,
    "docker": lambda t: docker.read(t, {}),
}


@pytest.mark.parametrize("name", TRIPS["values"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_comes_back_where_it_did(name: str, encoding: str) -> None:
    """For each value and way of writing it, the readers agree with the recorded ones."""
    value = TRIPS["values"][name]
    text = f"A={ENCODINGS[encoding](value)}\n"
    got = {r: read(text).values.get("A") == value for r, read in READERS.items()}
    want = TRIPS["results"][name][encoding]
    assert got == {reader: want[reader] for reader in READERS}


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(st.sampled_from("A1B= \t\n\r'\"`\\#$(){}:-+;&|~<>é\0\ufeffexport")))
def test_any_text_is_read(name: str, text: str) -> None:
    """A reading for every text; each place lies inside it."""
    reading = dialect(name).read(text, HOME)
    for entry in reading.entries:
        assert 0 <= entry.start <= entry.value_start <= entry.value_end <= len(text)
    for problem in reading.problems:
        assert 0 <= problem.offset <= len(text)


HOSTILE = [
    "A='", 'A="', "A=`", "${", "A= #", " ", "'", "A='\\''", "\\", "$((", "${A:-", "\n=", "A[",
    "A=${A}${A}\n", "export ", "(", "A=1&&", "A=x\n", "# c\n", "${A:-'", "é\r",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("piece", HOSTILE)
def test_reading_is_linear(name: str, piece: str) -> None:
    """Ten times the text takes about ten times as long, whatever it holds."""

    def cost(count: int) -> float:
        start = time.process_time()
        dialect(name).read(piece * count, HOME)
        return time.process_time() - start

    small = max(min(cost(2000) for _ in range(2)), 8e-3)
    assert any(cost(20000) < 40 * small for _ in range(6))


def test_expansion_is_bounded() -> None:
    """Doubling a value sixty times does not double the memory sixty times."""
    text = "A=xxxxxxxxxx\n" + "A=${A}${A}\n" * 60
    for read in (python.read, bash.read):
        reading = read(text, {})
        assert reading.problems
        assert len(str(reading.values.get("A"))) <= 1 << 20
