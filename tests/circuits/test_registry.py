"""Circuits by name: settings, profiles, health and alerts."""

import subprocess
import sys

import pytest
import yaml

from revoctl import circuits, profiles
from revoctl.circuits import Circuit, Registry, Settings
from revoctl.circuits.alerts import Alerts, Flapping, OpenFor, OpenShare, prometheus_rules
from revoctl.errors import PolicyError, RevoctlError

HEAVY = [
    "typer", "rich", "httpx", "hvac", "requests", "yaml", "msgspec", "cryptography", "sqlite3",
    "asyncio", "inspect", "dataclasses", "typing", "re", "random", "logging", "socket", "ssl",
]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "import revoctl.circuits",
        "from revoctl.circuits import *",
        "import revoctl.circuits.metrics",
    ],
)
def test_importing_is_light(line) -> None:
    """Importing the library, even all of its names, loads nothing heavy."""
    code = f"import sys; before = set(sys.modules)\n{line}\n"
    code += f"loaded = set(sys.modules) - before & set({HEAVY})\n"
    code += f"print(sorted(m for m in {HEAVY} if m in sys.modules and m not in before))"
    run = [sys.executable, "-I", "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    """__all__ is what the package gives and lists; anything else is an AttributeError."""
    assert sorted(circuits.__all__) == dir(circuits) == sorted(circuits._HOMES)
    for name in circuits.__all__:
        assert getattr(circuits, name).__doc__
    with pytest.raises(AttributeError, match="no Breaker"):
        circuits.Breaker  # noqa: B018


def test_one_name_is_one_circuit() -> None:
    """The same name finds the circuit; with another configuration it raises (I23, CB-12)."""
    registry = Registry()
    one = registry.circuit("db", failure_threshold=3, ignore=KeyError, tags=["database"])
    assert registry.circuit("db") is one
    assert registry.circuit("db", failure_threshold=3, ignore=KeyError) is one
    for other in ({"failure_threshold": 4}, {"failure_threshold": 3, "ignore": OSError},
                  {"failure_threshold": 3, "ignore": KeyError, "tags": ["x"]}):  # fmt: skip
        with pytest.raises(ValueError, match="another configuration"):
            registry.circuit("db", **other)
    with pytest.raises(ValueError, match="another circuit named"):
        registry.add(Circuit("db"))
    assert registry.get("bd") is None and len(registry) == 1 and "db" in registry
    registry.forget("db")
    assert registry.circuit("db") is not one


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"recovery_timeout_s": 0}, "recovery_timeout_s"),
        ({"recovery_timeout_s": float("nan")}, "recovery_timeout_s"),
        ({"failure_threshold": "5"}, "failure_threshold"),
        ({"failure_threshold": True}, "failure_threshold"),
        ({"failure_threshold": 2.5}, "failure_threshold"),
        ({"failure_threshold": None}, "failure_threshold"),
        ({"failure_rate": 1.5}, "failure_rate"),
        ({"failure_rate": 0.5, "minimum_calls": 200}, "minimum_calls"),
        ({"slow_call_rate": 0.5}, "slow_call_rate"),
        ({"half_open_permits": 1}, "half_open_permits"),
        ({"recovery_timeout_max_s": 5}, "recovery_timeout_max_s"),
        ({"window": None}, "window"),
        ({"failure_treshold": 5}, "failure_treshold"),
    ],
)
def test_settings_that_mean_nothing(settings, key) -> None:
    """Each names the wrong key, zero is not taken for the default (I23, CB-12)."""
    with pytest.raises(PolicyError) as wrong:
        Circuit("db", **settings)
    assert wrong.value.key == key
    assert key != "failure_treshold" or "failure_threshold?" in wrong.value.fix


def test_settings_are_values() -> None:
    """Settings are equal by their numbers and do not change."""
    assert Settings(window=50) == Settings.of({"window": 50}) != Settings()
    assert len({Settings(), Settings(window=100)}) == 1
    assert repr(Settings(window=50)) == "Settings(window=50)"
    assert Settings(window=5, failure_rate=0.5).minimum_calls == 5
    with pytest.raises(AttributeError):
        Settings().window = 3


@pytest.mark.parametrize("name", profiles.shipped("circuits"))
def test_shipped_profiles(name) -> None:
    """Every shipped profile configures a registry, with the specified defaults."""
    registry = Registry()
    registry.configure(name)
    made = registry.circuit("anything").settings
    assert (made.failure_threshold, made.recovery_timeout_s, made.success_threshold) == (5, 60, 2)


def test_the_specified_circuits() -> None:
    """revoagent names the internal services, the providers and the database."""
    registry = Registry()
    registry.configure("revoagent")
    assert registry.names() == [
        "ai_service", "anthropic", "cost_optimizer", "google", "openai", "postgresql",
        "quality_gates",
    ]  # fmt: skip
    registry.materialise()
    assert [c.name for c in registry.tagged("llm")] == ["anthropic", "google", "openai"]


def test_a_configuration_reaches_circuits_that_exist() -> None:
    """A new configuration changes existing circuits and those to come, all or none."""
    registry = Registry()
    db = registry.circuit("db", failure_threshold=7)
    registry.configure(
        {"defaults": {"failure_threshold": 3, "window": 50}, "circuits": {"api": {"tags": ["x"]}}},
        actor="ann",
    )
    assert (db.settings.failure_threshold, db.settings.window) == (7, 50)
    assert registry.circuit("api").settings.failure_threshold == 3
    registry.configure({"circuits": {"db": {"failure_threshold": 2}}})
    assert (db.settings.failure_threshold, db.settings.window) == (2, 100)
    api = registry.get("api")
    api(lambda: 1)
    with pytest.raises(TypeError):
        registry.configure({"defaults": {"timeout_s": 3}})
    assert db.settings.timeout_s is None and db.machine.seq == 2


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"circuits": {"db": {"window": 0}}}, "circuits.db.window"),
        ({"circuits": {"db": 3}}, "circuits.db"),
        ({"circuits": {"db": {"tags": "x"}}}, "circuits.db.tags"),
        ({"defaults": {"windw": 1}}, "defaults.windw"),
        ({"circuit": {}}, "circuit"),
        ({"schema": "v2"}, "schema"),
    ],
)
def test_a_wrong_profile_names_the_key(data, key, tmp_path) -> None:
    """In a mapping the key is named, in a file the line too."""
    with pytest.raises(PolicyError) as wrong:
        Registry().configure(data)
    assert wrong.value.key == key
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(RevoctlError, match=r"mine\.yaml"):
        Registry().configure(str(path))


def test_health() -> None:
    """ok, degraded while some refuse, failing when half do or a critical one does."""
    registry = Registry()
    for name in "abcd":
        registry.circuit(name)
    critical = registry.circuit("z", tags=["critical"])
    assert registry.health()["status"] == "ok"
    registry.get("a").trip("test")
    assert registry.health() == {
        "status": "degraded", "open": 1, "half_open": 0, "total": 5, "circuits": ["a"]
    }  # fmt: skip
    critical.force_open("test")
    assert registry.health()["status"] == "failing"
    critical.disable("test")
    for name in "bc":
        registry.get(name).trip("test")
    assert registry.health()["status"] == "failing"


def test_listening_to_all(clock) -> None:
    """A listener of the registry hears circuits that exist and those to come."""
    registry, told = Registry(), []
    registry.circuit("a")
    registry.listen(lambda event: told.append(event.circuit))
    registry.circuit("b").trip("test")
    registry.get("a").trip("test")
    assert told == ["b", "a"]


def test_alerts_begin_and_end_once(clock) -> None:
    """Open too long, too large a share, flapping: each told once at both ends."""
    registry, told = Registry(), []
    for name in ("a", "b"):
        registry.circuit(name, tags=["llm"])
    rules = [OpenFor(120, "llm"), OpenShare(0.5, "llm"), Flapping(4, 300)]
    alerts = Alerts(registry, rules, lambda a: told.append((a.rule, a.subject, a.active)))
    assert alerts.check(clock.now) == []
    registry.get("a").trip("test")
    alerts.check(clock.now)
    alerts.check(clock.now)
    assert told == [("CircuitsOpenShare", "llm", True)]
    for _ in range(2):
        clock.pass_time(60)
        registry.get("a").machine.acquire(clock.now)
        clock.pass_time(0)
        registry.get("a").machine.settle(
            next(iter(registry.get("a").machine.epoch.probes)), "failure", clock.now
        )
    alerts.check(clock.now)
    assert ("CircuitOpenFor", "a", True) in told and ("CircuitFlapping", "a", True) in told
    clock.pass_time(600)
    registry.get("a").reset("fixed")
    alerts.check(clock.now)
    assert {t[0] for t in told if not t[2]} == {
        "CircuitOpenFor",
        "CircuitsOpenShare",
        "CircuitFlapping",
    }
    assert len(told) == 6


def test_a_pager_that_is_down() -> None:
    """What the callback raises does not stop the watch."""
    registry = Registry()
    registry.circuit("a").trip("test")
    alerts = Alerts(registry, [OpenShare(1)], lambda _: 1 / 0)
    assert "refuse calls" in repr(alerts.check()[0]) and alerts.stumbles == 1
    for wrong in (lambda: OpenFor(0), lambda: OpenShare(2), lambda: Flapping(1)):
        with pytest.raises(ValueError, match=r"seconds|share|changes"):
            wrong()


def test_the_rule_file_for_prometheus() -> None:
    """The same rules as YAML over the names that carry the tag, special characters escaped."""
    registry = Registry()
    registry.circuit('a.b"c', tags=["llm"])
    text = prometheus_rules(registry, [OpenFor(120, "llm"), OpenShare(0.5), Flapping()])
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    assert [r["alert"] for r in rules] == [
        "CircuitOpenForLlm",
        "CircuitsOpenShare",
        "CircuitFlapping",
    ]
    assert rules[0]["for"] == "120s" and r'circuit=~"a\\.b\"c"' in rules[0]["expr"]
    assert rules[2]["expr"] == "increase(revoctl_circuit_transitions_total{}[300s]) >= 6"
