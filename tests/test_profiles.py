"""Profiles: found by name and path, extended, and blamed by file and line."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from revoctl import profiles
from revoctl.cli.policies import headers_policy
from revoctl.errors import RevoctlError
from revoctl.policy.headers import HeadersPolicy

ROOT = Path(__file__).resolve().parent.parent


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", profiles.shipped("headers"))
def test_every_shipped_profile_is_a_policy(name: str) -> None:
    """What we ship loads, validates, and bears its file's name."""
    policy, profile = headers_policy(name)
    assert policy.name == name == profile.name
    assert policy.title
    assert len(profile.digest) == 64


def test_extends_merges_key_by_key_and_null_takes_out(tmp_path: Path) -> None:
    """A profile states only what differs from the one it starts from."""
    write(tmp_path, "base.yaml", "headers:\n  X-A: '1'\n  X-B: '2'\nremove: [Server]\n")
    mine = write(
        tmp_path,
        "mine.yaml",
        "extends: ./base.yaml\nheaders:\n  X-A: null\n  X-C: '3'\nremove: []\n",
    )
    policy, _ = headers_policy(str(mine))
    assert {s.name: s.value for s in policy.settings.values()} == {"X-B": "2", "X-C": "3"}
    assert policy.remove == ()


def test_a_profile_may_extend_a_shipped_one(tmp_path: Path) -> None:
    """A name without a path is a shipped profile's."""
    mine = write(tmp_path, "mine.yaml", "extends: owasp\nheaders:\n  X-Mine: 'yes'\n")
    policy, _ = headers_policy(str(mine))
    assert policy.setting("x-mine")
    assert policy.setting("Strict-Transport-Security")


def test_profiles_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    """A circle ends in an error, not in a hang."""
    write(tmp_path, "a.yaml", "extends: ./b.yaml\n")
    write(tmp_path, "b.yaml", "extends: ./a.yaml\n")
    with pytest.raises(RevoctlError, match="more than 8"):
        profiles.load("headers", str(tmp_path / "a.yaml"))


def test_an_unknown_name_gets_a_suggestion() -> None:
    """A typo in a profile's name is met with the nearest one."""
    with pytest.raises(RevoctlError) as unknown:
        profiles.load("headers", "owsap")
    assert (unknown.value.code, unknown.value.fix) == ("profile.unknown", "did you mean owasp?")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("headers:\n  X-A:\n    value: x\n    scpoe: https\n", "bad.yaml:4: headers.X-A.scpoe"),
        ("headers:\n  X-A: 1\n", "bad.yaml:2: headers.X-A.value must be text"),
        ("headers:\n  'X A': x\n", "bad.yaml:2: headers.X A is not a header name"),
        ("rules:\n  hsts-missing: off\n", "bad.yaml:2: rules.hsts-missing is off without a reason"),
        ("rules:\n  hsts-missing: huge\n", "bad.yaml:2: rules.hsts-missing.severity is 'huge'"),
        ("scale: nasa\n", "bad.yaml:1: scale is 'nasa'"),
        ("haeders: {}\n", "bad.yaml:1: haeders is not a key"),
        ("remove: Server\n", "bad.yaml:1: remove must be a list"),
        ("headers: []\n", "bad.yaml:1: headers must be a mapping"),
        ("extends: [a]\n", "bad.yaml:1: extends must be"),
        ('headers:\n  X-A: "a\\x07b"\n', "bad.yaml:2: headers.X-A.value holds a control"),
    ],
)
def test_a_fault_names_file_line_and_key(tmp_path: Path, text: str, says: str) -> None:
    """Whatever a policy cannot mean is an error at its place."""
    path = write(tmp_path, "bad.yaml", text)
    with pytest.raises(RevoctlError) as fault:
        headers_policy(str(path))
    assert says in fault.value.what


def test_a_line_break_cannot_be_smuggled_into_a_value() -> None:
    """A header is one line: white space of any kind folds to one space."""
    policy = HeadersPolicy.from_mapping({"headers": {"X-A": "a\r\nSet-Cookie: b"}})
    assert policy.setting("x-a").value == "a Set-Cookie: b"


def test_the_wheel_ships_every_profile(tmp_path: Path) -> None:
    """A built wheel holds the same profiles as the checkout, the HTML template and py.typed."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "profiles").rglob("*.yaml"):
        assert f"revoctl/_profiles/{path.relative_to(ROOT / 'profiles')}" in names
    for path in (ROOT / "revoctl").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert str(path.relative_to(ROOT)) in names
