"""One contract for every backend; what one cannot do it refuses."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from revoctl.secret import Secret
from revoctl.secrets import redacting_filter
from revoctl.secrets.backends.dotenv import DotenvBackend
from revoctl.secrets.backends.environment import EnvironmentBackend
from revoctl.secrets.backends.interface import Backend
from revoctl.secrets.backends.memory import MemoryBackend
from revoctl.secrets.backends.store import StoreBackend
from revoctl.secrets.errors import Conflict, Missing, Refused
from revoctl.secrets.reference import Reference
from revoctl.secrets.store.store import Store
from revoctl.secrets.store.unlock import key_of

KEY = key_of(Secret("ab" * 32))
CANARY = "canary-5f1d$'x"


def made_store(folder: Path) -> Backend:
    Store.create(folder / "s.db", KEY).close()
    return StoreBackend(folder / "s.db", lambda: KEY, folder / "anchors")


MAKERS: dict[str, Callable[[Path], Backend]] = {
    "memory": lambda folder: MemoryBackend(),
    "store": made_store,
    "dotenv": lambda folder: DotenvBackend(base=folder),
    "env": lambda folder: EnvironmentBackend({"HOME": "/h"}),
}


@pytest.fixture(params=MAKERS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return MAKERS[request.param](tmp_path)


@pytest.fixture(params=["memory", "store", "dotenv"])
def writable(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return MAKERS[request.param](tmp_path)


def at(backend: Backend, name: str) -> Reference:
    keyed = backend.scheme == "dotenv"
    return Reference(backend.scheme, ".env" if keyed else name, name if keyed else "")


def test_missing_is_missing(backend: Backend) -> None:
    """The one error that a lower layer may answer."""
    with pytest.raises(Missing) as absent:
        backend.read(at(backend, "NOPE"))
    assert absent.value.code == "secret.missing"


def test_written_is_read(writable: Backend) -> None:
    """Empty and nasty values included; names list what is live."""
    for name, value in (("A", ""), ("B", CANARY), ("C", "é\n\t ü")):
        version = writable.write(at(writable, name), Secret(value))
        assert writable.read(at(writable, name)).secret == Secret(value)
        assert writable.read(at(writable, name)).version == version
    assert [ref.name for ref in writable.names()] == ["A", "B", "C"]
    writable.delete(at(writable, "B"))
    assert [ref.name for ref in writable.names()] == ["A", "C"]
    with pytest.raises(Missing):
        writable.read(at(writable, "B"))


def test_check_and_set(writable: Backend) -> None:
    """A stale expectation changes nothing."""
    ref = at(writable, "A")
    first = writable.write(ref, Secret("1"), expect=0)
    with pytest.raises(Conflict):
        writable.write(ref, Secret("2"), expect=0)
    second = writable.write(ref, Secret("2"), expect=first)
    with pytest.raises(Conflict):
        writable.delete(ref, expect=first)
    writable.delete(ref, expect=second)


def test_history_or_refusal(writable: Backend) -> None:
    """Where there is a history it is whole; elsewhere asking for it is refused."""
    ref = at(writable, "A")
    writable.write(ref, Secret("1"))
    if not writable.abilities.history:
        for ask in (writable.history, lambda r: writable.undelete(r, 1), writable.destroy):
            with pytest.raises(Refused) as refused:
                ask(ref)
            assert refused.value.code == "secret.unsupported"
        return
    writable.write(ref, Secret("2"), metadata={"owner": "ada"})
    writable.delete(ref)
    assert [(r.version, r.state) for r in writable.history(ref)] == [(1, "live"), (2, "deleted")]
    writable.undelete(ref, 2)
    assert writable.read(ref).metadata == {"owner": "ada"}
    assert writable.read(ref, 1).secret == Secret("1")
    writable.destroy(ref, [1])
    with pytest.raises(Missing) as gone:
        writable.read(ref, 1)
    assert gone.value.code == "secret.destroyed"
    writable.destroy(ref)
    with pytest.raises(Missing):
        writable.history(ref)


def test_the_environment_is_read_only() -> None:
    """A write says so, and where to write instead."""
    backend = EnvironmentBackend({})
    for change in (lambda r: backend.write(r, Secret("x")), backend.delete):
        with pytest.raises(Refused) as refused:
            change(Reference("env", "A"))
        assert refused.value.code == "secret.read-only"
        assert "dotenv:.env#A" in refused.value.fix


def leaks(secret: Secret) -> list[str]:
    """Everything that prints something about a secret, one way or another."""
    attempts: list[Callable[[], Any]] = [
        lambda: repr(secret), lambda: str(secret), lambda: f"{secret:>40}", lambda: f"{secret}",
        lambda: json.dumps({"a": secret}), lambda: pickle.dumps(secret), lambda: hash(secret),
        lambda: copy.copy(secret), lambda: copy.deepcopy(secret), lambda: int(secret),  # type: ignore
        lambda: repr([secret]), lambda: secret + "x", lambda: len(secret),  # type: ignore
    ]  # fmt: skip
    found = []
    for attempt in attempts:
        try:
            found.append(repr(attempt()))
        except Exception:
            found.append(traceback.format_exc())
    return found


def test_a_secret_does_not_show_itself() -> None:
    """Not by any of the usual ways, nor in the errors they raise; half a character included."""
    for text in (CANARY, CANARY + "\ud800"):
        assert not [shown for shown in leaks(Secret(text)) if "5f1d" in shown]
        assert Secret(text) == Secret(text)


def test_pydantic_shows_the_mask() -> None:
    """A model takes text, keeps the secret, dumps the mask; errors do not show the input."""
    from pydantic import BaseModel, ValidationError

    class Model(BaseModel):
        password: Secret

    model = Model(password=CANARY)  # type: ignore[arg-type]
    assert model.password.reveal() == CANARY
    assert CANARY not in repr(model) + model.model_dump_json()
    with pytest.raises(ValidationError):
        Model(password=5)  # type: ignore[arg-type]


def test_revealed_values_stay_out_of_logs(caplog: pytest.LogCaptureFixture) -> None:
    """From the moment a value is revealed, the filter redacts it, tracebacks included."""
    secret = Secret("canary-in-a-log")
    caplog.handler.addFilter(redacting_filter())
    value = secret.reveal()
    try:
        raise ValueError(value)
    except ValueError:
        logging.getLogger("x").exception("failed with %s", value)
    assert "canary" not in caplog.text
    assert caplog.text.count("<redacted>") == 2
