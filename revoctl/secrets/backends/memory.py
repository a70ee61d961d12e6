"""Secrets of this process alone, with versions and check-and-set: for tests and for trying out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from revoctl.secret import Secret
from revoctl.secrets.backends.interface import Abilities, Backend, Revision, State, Stored
from revoctl.secrets.errors import GONE, Missing, conflict, missing
from revoctl.secrets.reference import Reference


class _Kept(NamedTuple):
    secret: Secret
    created: datetime
    state: State = "live"


class _Shelf:
    __slots__ = ("kept", "metadata")

    def __init__(self) -> None:
        self.metadata: Mapping[str, str] = {}
        self.kept: dict[int, _Kept] = {}

    @property
    def newest(self) -> int:
        return max(self.kept, default=0)


class MemoryBackend(Backend):
    """``memory:name``."""

    scheme = "memory"
    abilities = Abilities(
        write=True, check_and_set=True, history=True, metadata=True, encrypted=True
    )

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shelves: dict[str, _Shelf] = {}
        self._lock = threading.Lock()
        self._clock = clock
        for name, value in (values or {}).items():
            self.write(Reference("memory", name), Secret(value))

    def read(self, at: Reference, version: int | None = None) -> Stored:
        """See :class:`Backend`."""
        with self._lock:
            shelf = self._shelf(at)
            number = version or shelf.newest
            kept = shelf.kept.get(number)
            if kept is None:
                raise missing(at, f"it has no version {number}")
            if kept.state != "live":
                raise Missing(GONE[kept.state], f"{at} was not read", f"it is {kept.state}")
            return Stored(kept.secret, number, kept.created, shelf.metadata)

    def names(self, under: Reference | None = None) -> Sequence[Reference]:
        """See :class:`Backend`; ``under`` is a prefix."""
        prefix = under.path if under else ""
        with self._lock:
            live = [n for n, s in self._shelves.items() if s.kept[s.newest].state == "live"]
        return [Reference("memory", name) for name in sorted(live) if name.startswith(prefix)]

    def write(
        self,
        at: Reference,
        value: Secret,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """See :class:`Backend`."""
        with self._lock:
            shelf = self._shelves.get(at.path, _Shelf())
            _expected(at, shelf, expect)
            shelf.kept[shelf.newest + 1] = _Kept(value, self._clock())
            shelf.metadata = dict(shelf.metadata if metadata is None else metadata)
            self._shelves[at.path] = shelf
            return shelf.newest

    def delete(self, at: Reference, expect: int | None = None) -> None:
        """See :class:`Backend`."""
        with self._lock:
            shelf = self._shelf(at)
            _expected(at, shelf, expect)
            self._turn(shelf, shelf.newest, "deleted")

    def history(self, at: Reference) -> Sequence[Revision]:
        """See :class:`Backend`."""
        with self._lock:
            kept = self._shelf(at).kept
            return [Revision(n, k.created, k.state) for n, k in sorted(kept.items())]

    def undelete(self, at: Reference, version: int) -> None:
        """See :class:`Backend`."""
        with self._lock:
            shelf = self._shelf(at)
            if version not in shelf.kept:
                raise missing(at, f"it has no version {version}")
            if shelf.kept[version].state == "destroyed":
                raise Missing("secret.destroyed", f"{at} was not undeleted", "it is destroyed")
            self._turn(shelf, version, "live")

    def destroy(self, at: Reference, versions: Sequence[int] = ()) -> None:
        """See :class:`Backend`."""
        with self._lock:
            shelf = self._shelf(at)
            if not versions:
                del self._shelves[at.path]
            for version in versions:
                if version not in shelf.kept:
                    raise missing(at, f"it has no version {version}")
                old = shelf.kept[version]
                shelf.kept[version] = old._replace(secret=Secret(""), state="destroyed")

    def _shelf(self, at: Reference) -> _Shelf:
        if at.path not in self._shelves:
            raise missing(at)
        return self._shelves[at.path]

    @staticmethod
    def _turn(shelf: _Shelf, version: int, state: State) -> None:
        old = shelf.kept[version]
        if old.state != "destroyed":
            shelf.kept[version] = old._replace(state=state)


def _expected(at: Reference, shelf: _Shelf, expect: int | None) -> None:
    if expect is not None and expect != shelf.newest:
        raise conflict(at, f"its version is {shelf.newest}, and {expect} was expected")
