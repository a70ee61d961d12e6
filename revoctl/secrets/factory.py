"""A manager for a kind of environment.

===========  ====================================================
development  env, then a ``.env`` file, then the store if there is one
staging      Vault, then env
production   Vault alone, or the store alone; plaintext only if allowed
===========  ====================================================
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from revoctl.secrets.backends.interface import Backend
from revoctl.secrets.errors import Refused
from revoctl.secrets.manager import Layer, SecretsManager

ENVIRONMENTS = ("development", "staging", "production")


def manager_for(
    environment: str | None = None,
    *,
    vault: Backend | None = None,
    vault_path: str = "secret/{name}",
    vault_key: str = "value",
    store: Backend | None = None,
    dotenv: str | Path = ".env",
    variable: str = "{NAME}",
    layers: Sequence[Layer] | None = None,
    allow_plaintext: bool = False,
    **options: Any,
) -> SecretsManager:
    """The layers of an environment (``REVOCTL_ENVIRONMENT`` if None, else production).

    ``layers`` replaces the table's. ``options`` are those of :class:`SecretsManager`. Raises
    ``Refused``: ``secret.environment`` for an unknown one or one without a backend, and
    ``secret.plaintext`` where production would read a plain file without ``allow_plaintext``.
    """
    named = environment or os.environ.get("REVOCTL_ENVIRONMENT") or "production"
    if named not in ENVIRONMENTS:
        why = f"there are {', '.join(ENVIRONMENTS)}"
        raise Refused("secret.environment", f"there is no environment {named!r}", why)
    makers: Mapping[str, Callable[[], list[Layer]]] = {
        "development": lambda: _development(variable, str(dotenv), store),
        "staging": lambda: [*_vault(vault, vault_path, vault_key), _env(variable)],
        "production": lambda: _production(_vault(vault, vault_path, vault_key), store),
    }
    chosen = list(layers) if layers is not None else makers[named]()
    if not chosen:
        fix = "hand it a Vault backend or a store"
        raise Refused("secret.environment", f"{named} has no home for secrets", "", fix)
    if named == "production" and not allow_plaintext:
        _refuse_plaintext(chosen)
    return SecretsManager(chosen, **options)


def _development(variable: str, dotenv: str, store: Backend | None) -> list[Layer]:
    from revoctl.secrets.backends.dotenv import DotenvBackend

    kept = [Layer(store)] if store else []
    return [_env(variable), Layer(DotenvBackend(), dotenv, variable), *kept]


def _production(vault: list[Layer], store: Backend | None) -> list[Layer]:
    return vault or ([Layer(store)] if store else [])


def _vault(backend: Backend | None, path: str, key: str) -> list[Layer]:
    return [Layer(backend, path, key)] if backend else []


def _env(variable: str) -> Layer:
    from revoctl.secrets.backends.environment import EnvironmentBackend

    return Layer(EnvironmentBackend(), variable)


def _refuse_plaintext(layers: Sequence[Layer]) -> None:
    for layer in layers:
        if layer.backend.scheme == "dotenv":
            why = "a plain file holds secrets that anybody reads who reads the disk"
            fix = "move them to Vault or the store, or say allow_plaintext=True"
            raise Refused("secret.plaintext", "production was not started", why, fix)
