"""The manager: precedence, cache, access, callbacks, environments, settings."""

import asyncio
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from revoctl.errors import PolicyError
from revoctl.secret import Secret
from revoctl.secrets import AsyncSecretsManager, Layer, SecretsManager, manager_for, recorder
from revoctl.secrets.access import AccessPolicy
from revoctl.secrets.backends.environment import EnvironmentBackend
from revoctl.secrets.backends.interface import Stored
from revoctl.secrets.backends.memory import MemoryBackend
from revoctl.secrets.cache import Cache
from revoctl.secrets.errors import Denied, Missing, Refused, Unavailable
from revoctl.secrets.reference import Reference
from revoctl.secrets.validators import length
from revoctl.trail import Trail


class Moody(MemoryBackend):
    """A backend that can be told to fail, and counts its reads."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__(values)
        self.fails: Exception | None = None
        self.reads = 0

    def read(self, at: Reference, version: int | None = None) -> Stored:
        self.reads += 1
        if self.fails:
            raise self.fails
        return super().read(at, version)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def pair(upper: Mapping[str, str], lower: Mapping[str, str]) -> tuple[Moody, SecretsManager]:
    first = Moody(upper)
    return first, SecretsManager([Layer(first), Layer(MemoryBackend(lower))])


def test_the_first_layer_wins() -> None:
    """An empty value is a value; a missing one is looked for below."""
    _, secrets = pair({"a": "up", "e": ""}, {"a": "low", "b": "low", "e": "low"})
    assert [secrets.get(n).reveal() for n in "abe"] == ["up", "low", ""]
    with pytest.raises(Missing):
        secrets.get("c")
    assert secrets.find("c") is None
    assert secrets.find("c", "d") == Secret("d")


@pytest.mark.parametrize(
    "error",
    [
        Denied("secret.denied", "x"),
        Unavailable("vault.sealed", "x"),
        Missing("secret.deleted", "x"),
        Missing("store.missing", "x"),
        Refused("secret.unreadable", "x"),
    ],
    ids=lambda e: e.code,
)
def test_only_missing_falls_through(error: Exception) -> None:
    """A refusal, an outage or a deletion never serves an older value from below."""
    first, secrets = pair({}, {"a": "stale"})
    first.fails = error
    for read in (secrets.get, secrets.find):
        with pytest.raises(type(error)) as raised:
            read("a")
        assert raised.value is error or raised.value.code == error.code


def test_names_do_not_collide() -> None:
    """Two names that would read one variable are refused, whichever comes second."""
    secrets = SecretsManager([Layer(EnvironmentBackend({"A_B": "1"}), "{NAME}")])
    assert secrets.get("a-b").reveal() == "1"
    with pytest.raises(Refused) as refused:
        secrets.get("a.b")
    assert refused.value.code == "secret.collision"


def cached(**options: Any) -> tuple[Moody, Clock, SecretsManager]:
    backend, clock = Moody({"a": "1"}), Clock()
    cache: Cache[Any] = Cache(clock=clock, **options)
    return backend, clock, SecretsManager([Layer(backend)], cache=cache)


def test_a_value_is_read_once_in_its_time() -> None:
    """Then anew; a write of ours counts at once."""
    backend, clock, secrets = cached(ttl_s=10)
    for _ in range(3):
        secrets.get("a")
    assert backend.reads == 1
    clock.now += 10.1
    secrets.get("a")
    assert backend.reads == 2
    secrets.put("a", Secret("2"))
    assert secrets.get("a").reveal() == "2"


def test_an_outage_is_covered_for_a_while() -> None:
    """By the last value, not longer than was allowed; a refusal never is."""
    backend, clock, secrets = cached(ttl_s=10, stale_s=20)
    secrets.get("a")
    backend.fails = Unavailable("vault.sealed", "x")
    clock.now += 15
    assert secrets.get("a").reveal() == "1"
    backend.fails = Denied("secret.denied", "x")
    clock.now += 5
    with pytest.raises(Denied):
        secrets.get("a")
    backend.fails = Unavailable("vault.sealed", "x")
    clock.now += 11
    with pytest.raises(Unavailable):
        secrets.get("a")


def test_missing_is_remembered_briefly_and_failure_never() -> None:
    """A new secret shows soon; a refusal is asked for again each time."""
    backend, clock, secrets = cached(missing_ttl_s=2)
    for _ in range(2):
        with pytest.raises(Missing):
            secrets.get("b")
    assert backend.reads == 1
    backend.write(Reference("memory", "b"), Secret("x"))
    clock.now += 2.1
    assert secrets.get("b").reveal() == "x"
    backend.fails = Denied("secret.denied", "x")
    for _ in range(2):
        with pytest.raises(Denied):
            secrets.get("c")
    assert backend.reads == 4


def test_many_threads_one_read() -> None:
    """While one reads, the others wait for its answer."""
    cache: Cache[int] = Cache()
    entered, go, reads = threading.Event(), threading.Event(), []

    def read() -> int:
        reads.append(1)
        entered.set()
        go.wait(5)
        return 7

    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(cache.get("k", read))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    entered.wait(5)
    go.set()
    for thread in threads:
        thread.join(5)
    assert answers == [7] * 20
    assert len(reads) == 1


def test_the_cache_is_bounded() -> None:
    """The oldest go."""
    cache: Cache[int] = Cache(most=3)
    for i in range(10):
        cache.get(str(i), lambda i=i: i)
    assert len(cache) == 3


def test_a_value_forgotten_while_it_is_read_is_not_kept() -> None:
    """A write during a read wins: the read's answer is not remembered."""
    cache: Cache[str] = Cache()

    def read() -> str:
        cache.forget("k")
        return "old"

    assert cache.get("k", read) == "old"
    assert cache.get("k", lambda: "new") == "new"


def test_a_forked_child_begins_empty() -> None:
    """What the parent read, and locks its threads held, are not the child's."""
    cache: Cache[int] = Cache()
    cache.get("k", lambda: 1)
    cache._lock.acquire()
    child = os.fork()
    if child == 0:
        os._exit(0 if len(cache) == 0 and cache.get("k", lambda: 2) == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    cache._lock.release()
    assert cache.get("k", lambda: 3) == 1


def test_callbacks_hear_of_a_new_version() -> None:
    """Once per change, all of them, and they may read the name themselves."""
    backend, _, secrets = cached()
    heard: list[str] = []
    stop = secrets.on_rotation("a", lambda n, s: heard.append(secrets.get(n).reveal()))
    secrets.get("a")
    backend.write(Reference("memory", "a"), Secret("2"))
    assert secrets.refresh("a").reveal() == "2"
    secrets.get("a")
    assert heard == ["2"]
    stop()
    secrets.put("a", Secret("3"))
    secrets.get("a")
    assert heard == ["2"]


def test_a_refused_value_leaves_the_good_one() -> None:
    """A refresh whose value its validator refuses changes nothing."""
    backend = MemoryBackend({"a": "good-enough"})
    secrets = SecretsManager([Layer(backend)], validators={"a": length(8)})
    secrets.get("a")
    backend.write(Reference("memory", "a"), Secret("bad"))
    with pytest.raises(Refused):
        secrets.refresh("a")
    assert secrets.get("a").reveal() == "good-enough"
    with pytest.raises(Refused):
        secrets.put("a", Secret("short"))
    assert len(backend.history(Reference("memory", "a"))) == 2


RULES: list[dict[str, Any]] = [
    {"who": "web-*", "may": ["read", "rotate"], "what": ["memory:db/*", "memory:jwt"]},
    {"who": "*", "may-not": "read", "what": "memory:db/root"},
]


def test_access_is_denied_unless_allowed() -> None:
    """A denying rule wins; a denial is recorded and does not fall through."""
    seen: list[tuple[Any, ...]] = []
    secrets = SecretsManager(
        [Layer(MemoryBackend({"db/a": "1", "db/root": "2", "x": "3"}))],
        actor="web-1",
        access=AccessPolicy.of(RULES),
        record=lambda op, what, **facts: seen.append((op, what, facts["outcome"])),
    )
    assert secrets.get("db/a").reveal() == "1"
    for name in ("db/root", "x"):
        with pytest.raises(Denied):
            secrets.get(name)
    with pytest.raises(Denied):
        secrets.put("db/a", Secret("9"))
    assert seen == [
        ("read", "memory:db/a", "done"),
        ("read", "memory:db/root", "denied"),
        ("read", "memory:x", "denied"),
        ("write", "memory:db/a", "denied"),
    ]


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ({"who": "a", "may": "fly", "what": "b"}, "access[0].may"),
        ({"who": "a", "what": "b"}, "access[0]"),
        ({"who": [], "may": "read", "what": "b"}, "access[0].who"),
        ({"who": "a", "may": "read", "what": [5]}, "access[0].what"),
        ({"who": "a", "may": "read", "what": "b", "why": "c"}, "access[0].why"),
    ],
)
def test_a_wrong_rule_is_named(rule: dict[str, Any], key: str) -> None:
    """By its dotted key."""
    with pytest.raises(PolicyError) as wrong:
        AccessPolicy.of([rule])
    assert wrong.value.key == key


def test_no_record_no_change() -> None:
    """What cannot be put on the trail does not happen."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    backend = MemoryBackend({"a": "1"})
    secrets = SecretsManager([Layer(backend)], record=full)
    for act in (lambda: secrets.put("a", Secret("2")), lambda: secrets.get("a")):
        with pytest.raises(OSError, match="full"):
            act()
    assert backend.read(Reference("memory", "a")).version == 1


def test_the_trail_holds_reads_changes_and_denials(tmp_path: Path) -> None:
    """Each with its outcome and version, never a value; the chain verifies."""
    trail = Trail(tmp_path / "t.jsonl", b"k" * 32)
    rules = [{"who": "web", "may": ["read", "write"], "what": "memory:a"}]
    secrets = SecretsManager(
        [Layer(MemoryBackend({"a": "canary-1", "b": "canary-2"}))],
        actor="web",
        access=AccessPolicy.of(rules),
        record=recorder(trail, "web"),
    )
    secrets.get("a")
    secrets.put("a", Secret("canary-3"))
    with pytest.raises(Denied):
        secrets.get("b")
    text = (tmp_path / "t.jsonl").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert [(r["op"], r["object"], r["outcome"]) for r in records] == [
        ("secret.read", "memory:a", "done"),
        ("secret.write", "memory:a", "intent"),
        ("secret.write", "memory:a", "done"),
        ("secret.read", "memory:b", "denied"),
    ]
    assert "canary" not in text
    assert trail.verify().intact


def test_start_names_all_that_is_missing() -> None:
    """One error for all of them."""
    secrets = SecretsManager([Layer(MemoryBackend({"a": "1"}))])
    with pytest.raises(Missing) as absent:
        secrets.check("a", "b", "c")
    assert absent.value.why == "b, c"


def test_coroutines_do_not_wait() -> None:
    """The asynchronous face gives the same answers."""
    secrets = AsyncSecretsManager(SecretsManager([Layer(MemoryBackend({"a": "1"}))]))

    async def use() -> list[str]:
        await secrets.put("b", Secret("2"))
        await secrets.check("a", "b")
        found = await asyncio.gather(secrets.get("a"), secrets.get("b"), secrets.refresh("a"))
        assert await secrets.find("c") is None
        await secrets.close()
        return [secret.reveal() for secret in found]

    assert asyncio.run(use()) == ["1", "2", "1"]


def test_development_reads_env_then_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of the environments, first row."""
    path = tmp_path / ".env"
    path.write_text("DB_PASSWORD=file\nOTHER=file\n")
    monkeypatch.setenv("DB_PASSWORD", "env")
    secrets = manager_for("development", dotenv=path, store=MemoryBackend({"only": "store"}))
    values = [secrets.get(n).reveal() for n in ("db-password", "other", "only")]
    assert values == ["env", "file", "store"]


def test_production_refuses_plaintext(monkeypatch: pytest.MonkeyPatch) -> None:
    """Production is the default, needs a home, and reads a plain file only if told to."""
    from revoctl.secrets.backends.dotenv import DotenvBackend

    layers = [Layer(DotenvBackend(), ".env", "{NAME}")]
    for options, code in (
        ({}, "secret.environment"),
        ({"environment": "prod"}, "secret.environment"),
        ({"layers": layers}, "secret.plaintext"),
    ):
        with pytest.raises(Refused) as refused:
            manager_for(**options)
        assert refused.value.code == code
    assert manager_for(layers=layers, allow_plaintext=True)
    monkeypatch.setenv("REVOCTL_ENVIRONMENT", "staging")
    monkeypatch.setenv("A", "env")
    assert manager_for().get("a").reveal() == "env"


def test_a_settings_class_reads_from_the_manager() -> None:
    """Secrets stay secrets, other fields get text, what is missing is left to the next source."""
    from pydantic_settings import BaseSettings

    from revoctl.secrets.settings_source import SecretsSource

    manager = SecretsManager([Layer(MemoryBackend({"db-password": "canary", "db-port": "5432"}))])

    class Settings(BaseSettings):
        db_password: Secret
        db_port: int
        other: str = "default"

        @classmethod
        def settings_customise_sources(cls, settings_cls: Any, **kinds: Any) -> Any:
            return (SecretsSource(settings_cls, manager), *kinds.values())

    settings = Settings()
    assert settings.db_password.reveal() == "canary"
    assert (settings.db_port, settings.other) == (5432, "default")
    assert "canary" not in repr(settings) + settings.model_dump_json()
