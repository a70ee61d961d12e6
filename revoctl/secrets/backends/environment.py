"""The process's environment: read only, because a change would end with the process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from revoctl.secret import Secret
from revoctl.secrets.backends.interface import Abilities, Backend, Stored
from revoctl.secrets.errors import Refused, missing, unsupported
from revoctl.secrets.reference import Reference


class EnvironmentBackend(Backend):
    """``env:NAME``. A set but empty variable is an empty value, not a missing one."""

    scheme = "env"
    abilities = Abilities()

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def read(self, at: Reference, version: int | None = None) -> Stored:
        """The variable as it is now; version 1 is the only one."""
        if version not in (None, 1):
            raise unsupported(at, "a history of variables")
        value = self._environment.get(at.path)
        if value is None:
            raise missing(at, "the variable is not set")
        return Stored(Secret(value), 1)

    def names(self, under: Reference | None = None) -> Sequence[Reference]:
        """All variables, whether they are secrets or not; ``under`` is a prefix of their names."""
        prefix = under.path if under else ""
        return [Reference("env", n) for n in sorted(self._environment) if n.startswith(prefix)]

    def write(
        self,
        at: Reference,
        value: Secret,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """Never: raises ``secret.read-only``."""
        raise _read_only(at)

    def delete(self, at: Reference, expect: int | None = None) -> None:
        """Never: raises ``secret.read-only``."""
        raise _read_only(at)


def _read_only(at: Reference) -> Refused:
    why = "the environment of a process cannot be changed from outside, and is lost at its end"
    fix = f"write it to a file that is loaded at start: dotenv:.env#{at.path}"
    return Refused("secret.read-only", f"{at} was not changed", why, fix)
