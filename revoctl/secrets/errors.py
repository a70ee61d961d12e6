"""What can go wrong with a secret; the class says how to go on, the code says what it was.

::

    RevoctlError
    └── SecretError
        ├── Missing      there is none (the only error that a lower layer may answer)
        ├── Denied       it may exist, and this caller may not have it
        ├── Unavailable  nobody can say now: unreachable, sealed, busy (a stale value may serve)
        ├── Conflict     somebody else wrote it meanwhile, or holds the lock
        ├── Refused      the request or the value is refused, whatever the state
        └── Tampered     what is stored is not what was written

No text of an error holds a secret's value.
"""

from __future__ import annotations

from revoctl.errors import RevoctlError


class SecretError(RevoctlError):
    """The family; see the module."""


class Missing(SecretError):
    """``secret.missing``, ``secret.deleted``, ``secret.destroyed``, ``store.missing``."""


class Denied(SecretError):
    """``secret.denied``, ``store.key-refused`` and a server's refusals."""


class Unavailable(SecretError):
    """``secret.unavailable``, ``store.busy`` and a server's silence."""


class Conflict(SecretError):
    """``secret.conflict``, ``secret.locked``."""


class Refused(SecretError):
    """``secret.reference``, ``secret.read-only``, ``secret.invalid``, ``store.exists`` …"""


class Tampered(SecretError):
    """``store.tampered``, ``store.rolled-back``."""


def missing(reference: object, why: str = "there is no such secret") -> Missing:
    """``secret.missing``."""
    return Missing("secret.missing", f"{reference} was not read", why)


def conflict(reference: object, why: str) -> Conflict:
    """``secret.conflict``: a check-and-set that did not hold; nothing was changed."""
    fix = "read it again, and decide with its present state"
    return Conflict("secret.conflict", f"{reference} was not changed", why, fix)


def unsupported(reference: object, what: str) -> Refused:
    """``secret.unsupported``: the backend cannot do this at all."""
    return Refused(
        "secret.unsupported", f"{reference} was left as it is", f"{what} is not possible"
    )


GONE = {"deleted": "secret.deleted", "destroyed": "secret.destroyed"}
"""The code of a version that was there, by its state."""
