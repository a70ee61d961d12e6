"""What importing costs a service, and what it offers."""

import subprocess
import sys

import pytest

import revoctl.secrets
from revoctl.secrets.backends import BACKENDS, backend
from revoctl.secrets.backends.interface import Backend
from revoctl.secrets.errors import Refused

HEAVY = ("typer", "rich", "httpx", "hvac", "requests", "yaml", "msgspec", "cryptography", "sqlite3")


@pytest.mark.parametrize(
    "code",
    [
        "import revoctl.secrets",
        "from revoctl.secrets import manager_for; manager_for('development')",
        "from revoctl.secrets import *",
    ],
)
def test_importing_loads_nothing_heavy(code: str) -> None:
    """Neither the package nor a manager of plain layers loads what it does not use."""
    probe = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(HEAVY)


def test_every_public_name_is_there() -> None:
    """``__all__`` says what there is, and nothing else is given."""
    for name in revoctl.secrets.__all__:
        assert getattr(revoctl.secrets, name)
        assert name in dir(revoctl.secrets)
    assert set(revoctl.secrets.__all__) == set(revoctl.secrets._HOMES)
    with pytest.raises(AttributeError):
        revoctl.secrets.nothing  # noqa: B018


@pytest.mark.parametrize("scheme", BACKENDS)
def test_the_table_of_backends_holds(scheme: str) -> None:
    """Each line names a backend of its scheme."""
    found = backend(scheme)
    assert issubclass(found, Backend)
    assert found.scheme == scheme


def test_an_unknown_scheme_is_refused() -> None:
    """With a code of its own."""
    with pytest.raises(Refused) as refused:
        backend("ftp")
    assert refused.value.code == "secret.scheme"
