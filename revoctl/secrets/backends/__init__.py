"""The homes of secrets: one file each, and one line each in :data:`BACKENDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from revoctl.secrets.backends.interface import Backend

BACKENDS: dict[str, str] = {
    "env": "revoctl.secrets.backends.environment:EnvironmentBackend",
    "dotenv": "revoctl.secrets.backends.dotenv:DotenvBackend",
    "store": "revoctl.secrets.backends.store:StoreBackend",
    "memory": "revoctl.secrets.backends.memory:MemoryBackend",
}
"""Scheme of a reference → ``module:attribute`` of its backend's class."""


def backend(scheme: str) -> type[Backend]:
    """The class of a scheme's backend, imported now.

    Raises :class:`revoctl.secrets.errors.Refused` ``secret.scheme`` for one that is not here.
    """
    from importlib import import_module

    from revoctl.secrets.errors import Refused

    if scheme not in BACKENDS:
        why = f"there are {', '.join(BACKENDS)}"
        raise Refused("secret.scheme", f"there is no backend for {scheme}:", why)
    module, _, attribute = BACKENDS[scheme].partition(":")
    found: Any = getattr(import_module(module), attribute)
    return found  # type: ignore[no-any-return]
