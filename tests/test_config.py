"""Settings: precedence, origins, faults with their line, and trust by digest."""

from pathlib import Path

import pytest

from revoctl import config
from revoctl.errors import RevoctlError
from revoctl.trust import TrustStore


def project(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    (folder / "revoctl.yaml").write_text(text)
    return folder


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), **more}


def user(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "config" / "revoctl"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(text)


def test_flag_wins_over_environment_over_project_over_user_over_default(tmp_path: Path) -> None:
    """Each layer is seen only where the ones above it are silent."""
    folder = project(tmp_path, "headers:\n  profile: project\n  timeout: 5s\n")
    user(tmp_path, "headers:\n  profile: user\n  server: caddy\n")
    settings = config.load(folder, environment(tmp_path, REVOCTL_HEADERS_PROFILE="env"))
    assert settings.get("headers.profile", "flag") == "flag"
    assert settings.find("headers.profile") == (
        "env",
        config.Origin("environment", "REVOCTL_HEADERS_PROFILE"),
    )
    value, origin = settings.find("headers.timeout")
    assert (value, origin.kind) == (5.0, "project")
    assert origin.where.endswith("revoctl.yaml:3")
    assert settings.find("headers.server")[0] == "caddy"
    assert settings.find("output") == ("table", config.Origin("default"))


def test_the_project_file_is_found_upwards_but_not_beyond_the_repository(tmp_path: Path) -> None:
    """A folder with .git is the last one that is looked at."""
    folder = project(tmp_path, "output: json\n")
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    assert config.find_project(inner) == folder / "revoctl.yaml"
    (inner / ".git").mkdir()
    assert config.find_project(inner) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("headers:\n  profil: x\n", "revoctl.yaml:2: headers.profil is not a setting"),
        ("headers:\n  timeout: soon\n", "revoctl.yaml:2: headers.timeout is 'soon'"),
        ("color: blue\n", "revoctl.yaml:1: color is 'blue'"),
        ("targets: [a]\n", "revoctl.yaml:1: targets is ['a']"),
        ("- a\n", "revoctl.yaml is not a settings file"),
    ],
)
def test_a_fault_names_file_line_and_key(tmp_path: Path, text: str, says: str) -> None:
    """Unknown keys and impossible values are errors where they stand."""
    with pytest.raises(RevoctlError) as fault:
        config.load(project(tmp_path, text), environment(tmp_path))
    assert says in fault.value.what
    assert fault.value.code == "config.invalid"


def test_a_typo_gets_a_suggestion(tmp_path: Path) -> None:
    """A key that is nearly right is suggested."""
    with pytest.raises(RevoctlError) as fault:
        config.load(project(tmp_path, "headers:\n  profil: x\n"), environment(tmp_path))
    assert fault.value.fix == "did you mean headers.profile?"


def test_a_bad_environment_variable_is_named(tmp_path: Path) -> None:
    """A variable's fault is said with the variable's name."""
    settings = config.load(tmp_path, environment(tmp_path, REVOCTL_HEADERS_TIMEOUT="x"))
    with pytest.raises(RevoctlError, match="REVOCTL_HEADERS_TIMEOUT"):
        settings.find("headers.timeout")


def test_no_config_reads_nothing(tmp_path: Path) -> None:
    """Without files only the environment and defaults remain."""
    folder = project(tmp_path, "output: [broken\n")
    assert config.load(folder, environment(tmp_path), files=False).layers == ()


def test_trust_holds_for_the_content_that_was_trusted(tmp_path: Path) -> None:
    """Any change of a trusted file withdraws the trust."""
    folder, env = project(tmp_path, "output: json\n"), environment(tmp_path)
    store = TrustStore(env)
    layer = config.load(folder, env).layers[0]
    with pytest.raises(RevoctlError, match="was never trusted") as untrusted:
        store.require(layer, "run a command")
    assert untrusted.value.code == "config.untrusted"
    store.add(layer)
    store.require(layer, "run a command")
    project(tmp_path, "output: yaml\n")
    with pytest.raises(RevoctlError, match="has changed"):
        store.require(config.load(folder, env).layers[0], "run a command")
    assert store.path.stat().st_mode & 0o077 == 0


def test_the_users_own_file_needs_no_trust(tmp_path: Path) -> None:
    """What the user wrote, or named by a flag, may do everything."""
    user(tmp_path, "output: json\n")
    env = environment(tmp_path)
    layers = config.load(tmp_path, env, tmp_path / "config/revoctl/config.yaml").layers
    assert [layer.kind for layer in layers] == ["flag", "user"]
    assert all(TrustStore(env).holds(layer) for layer in layers)


def test_a_broken_trust_store_is_an_error(tmp_path: Path) -> None:
    """A damaged store is never read as empty, nor overwritten."""
    env = environment(tmp_path)
    layer = config.load(project(tmp_path, "output: json\n"), env).layers[0]
    store = TrustStore(env)
    store.path.parent.mkdir(parents=True)
    store.path.write_text("{broken")
    with pytest.raises(RevoctlError, match="trust store"):
        store.holds(layer)
    assert store.path.read_text() == "{broken"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("headers:\n  profile: nope\n", "no headers profile named 'nope'"),
        ("headers:\n  fail_on: bad\n", "'bad' is not a severity"),
        ("targets:\n  a: {}\n", "revoctl.yaml:2: targets.a lacks url"),
        ("targets:\n  a:\n    url: x\n    uri: y\n", "revoctl.yaml:4: targets.a.uri is not a key"),
        ("waivers:\n- rule: x\n", "waivers[0] lacks subject"),
    ],
)
def test_config_validate_names_the_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, text: str, says: str
) -> None:
    """What a command would stumble over later is found by config validate."""
    from revoctl.cli.app import run

    monkeypatch.chdir(project(tmp_path, text))
    assert run(["config", "validate"]) == 2
    assert says in capsys.readouterr().err


def test_config_shows_values_origins_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """view --origin, path and validate of a good file."""
    from revoctl.cli.app import run

    monkeypatch.chdir(project(tmp_path, "headers:\n  timeout: 5s\n"))
    assert run(["config", "validate"]) == 0
    assert run(["config", "view", "--origin", "-o", "csv"]) == 0
    assert "headers.timeout,5.0,project " in capsys.readouterr().out
    assert run(["config", "path", "-o", "csv"]) == 0
    assert "not trusted" in capsys.readouterr().out
