"""What every backend is: versioned reads, writes with check-and-set, and what it cannot do.

A backend takes whole references of its scheme. Versions are positive numbers; 0 means that no
version ever existed. Where :attr:`Abilities.history` is false, a version only says whether the
secret's home changed since, and a particular one cannot be asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from revoctl.secret import Secret
from revoctl.secrets.errors import unsupported
from revoctl.secrets.reference import Reference

if TYPE_CHECKING:
    from datetime import datetime

State = Literal["live", "deleted", "destroyed"]


class Abilities(NamedTuple):
    """What a backend can do; whatever is false raises ``secret.unsupported`` when asked for."""

    write: bool = False
    check_and_set: bool = False
    list: bool = True
    history: bool = False
    metadata: bool = False
    encrypted: bool = False
    """Whether values are unreadable to whoever merely reads the disk."""


class Stored(NamedTuple):
    """One version of a secret as it was read. ``created`` is UTC, and None where unknown."""

    secret: Secret
    version: int
    created: datetime | None = None
    metadata: Mapping[str, str] = MappingProxyType({})


class Revision(NamedTuple):
    """One line of a history: never a value."""

    version: int
    created: datetime | None
    state: State = "live"


class Backend(ABC):
    """One home of secrets. Methods are synchronous and may be called from any thread."""

    scheme: str
    abilities: Abilities = Abilities()

    @abstractmethod
    def read(self, at: Reference, version: int | None = None) -> Stored:
        """The newest version, or the one asked for.

        Raises ``Missing`` (``secret.missing``, ``secret.deleted``, ``secret.destroyed``),
        ``Denied``, ``Unavailable``, ``Tampered``. An empty value is a value.
        """

    @abstractmethod
    def names(self, under: Reference | None = None) -> Sequence[Reference]:
        """All live secrets, sorted; ``under`` (its key does not count) narrows by place."""

    def write(
        self,
        at: Reference,
        value: Secret,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """Store a value and return its version, durable when this returns.

        ``expect`` is the version that the writer saw (0: none ever existed); any other state
        raises ``Conflict`` ``secret.conflict`` and changes nothing. Metadata of None keeps what
        there was.
        """
        raise unsupported(at, "writing")

    def delete(self, at: Reference, expect: int | None = None) -> None:
        """Take the newest version away; where there is a history it can be undeleted."""
        raise unsupported(at, "deleting")

    def history(self, at: Reference) -> Sequence[Revision]:
        """All versions that are still known, oldest first. Raises ``Missing``."""
        raise unsupported(at, "a history")

    def undelete(self, at: Reference, version: int) -> None:
        """Make a deleted version readable again. Raises ``Missing`` ``secret.destroyed``."""
        raise unsupported(at, "undeleting")

    def destroy(self, at: Reference, versions: Sequence[int] = ()) -> None:
        """Erase the values of versions for good; of all, and their history, if none is named."""
        raise unsupported(at, "destroying")

    def close(self) -> None:  # noqa: B027 (most have nothing to let go of)
        """Let go of connections and keys; a closed backend may refuse further calls."""
