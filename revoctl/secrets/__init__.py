"""Secrets that a service embeds: references, backends, a manager with a cache, generators.

::

    from revoctl.secrets import manager_for

    secrets = manager_for("development")
    password = secrets.get("database-password").reveal()

Names load when they are first used, so that importing this package costs next to nothing. What
makes and checks values is in :mod:`revoctl.secrets.generators` and ``.validators``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from revoctl.secret import Secret
    from revoctl.secrets.access import AccessPolicy
    from revoctl.secrets.asynchronous import AsyncSecretsManager
    from revoctl.secrets.backends import backend
    from revoctl.secrets.backends.interface import Backend
    from revoctl.secrets.cache import Cache
    from revoctl.secrets.common import (
        EncryptionKeys,
        JwtKeys,
        api_key,
        database_url,
        database_url_of,
    )
    from revoctl.secrets.errors import (
        Conflict,
        Denied,
        Missing,
        Refused,
        SecretError,
        Tampered,
        Unavailable,
    )
    from revoctl.secrets.factory import manager_for
    from revoctl.secrets.generators import Alphabet
    from revoctl.secrets.log_filter import redacting_filter
    from revoctl.secrets.manager import Answer, Layer, SecretsManager
    from revoctl.secrets.recording import recorder
    from revoctl.secrets.reference import Reference, reference_of

_HOMES = {
    "AccessPolicy": "revoctl.secrets.access",
    "Alphabet": "revoctl.secrets.generators",
    "Answer": "revoctl.secrets.manager",
    "AsyncSecretsManager": "revoctl.secrets.asynchronous",
    "Backend": "revoctl.secrets.backends.interface",
    "Cache": "revoctl.secrets.cache",
    "Conflict": "revoctl.secrets.errors",
    "Denied": "revoctl.secrets.errors",
    "EncryptionKeys": "revoctl.secrets.common",
    "JwtKeys": "revoctl.secrets.common",
    "Layer": "revoctl.secrets.manager",
    "Missing": "revoctl.secrets.errors",
    "Reference": "revoctl.secrets.reference",
    "Refused": "revoctl.secrets.errors",
    "Secret": "revoctl.secret",
    "SecretError": "revoctl.secrets.errors",
    "SecretsManager": "revoctl.secrets.manager",
    "Tampered": "revoctl.secrets.errors",
    "Unavailable": "revoctl.secrets.errors",
    "api_key": "revoctl.secrets.common",
    "backend": "revoctl.secrets.backends",
    "database_url": "revoctl.secrets.common",
    "database_url_of": "revoctl.secrets.common",
    "manager_for": "revoctl.secrets.factory",
    "recorder": "revoctl.secrets.recording",
    "redacting_filter": "revoctl.secrets.log_filter",
    "reference_of": "revoctl.secrets.reference",
}

__all__ = (
    "AccessPolicy",
    "Alphabet",
    "Answer",
    "AsyncSecretsManager",
    "Backend",
    "Cache",
    "Conflict",
    "Denied",
    "EncryptionKeys",
    "JwtKeys",
    "Layer",
    "Missing",
    "Reference",
    "Refused",
    "Secret",
    "SecretError",
    "SecretsManager",
    "Tampered",
    "Unavailable",
    "api_key",
    "backend",
    "database_url",
    "database_url_of",
    "manager_for",
    "recorder",
    "redacting_filter",
    "reference_of",
)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
