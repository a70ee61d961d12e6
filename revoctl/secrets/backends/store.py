"""The embedded store as a home of secrets: ``store:name``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from revoctl.secret import Secret
from revoctl.secrets.backends.interface import Abilities, Backend, Revision, Stored
from revoctl.secrets.errors import Denied, Refused
from revoctl.secrets.reference import Reference

if TYPE_CHECKING:
    from revoctl.secrets.store.ledger import Row
    from revoctl.secrets.store.store import Store
    from revoctl.secrets.store.unlock import Key

T = TypeVar("T")


class StoreBackend(Backend):
    """One store file, opened when it is first needed; ``key`` is then asked for, once.

    ``anchor`` is the folder of anchors; None is the user's own, and False none at all.
    """

    scheme = "store"
    abilities = Abilities(
        write=True, check_and_set=True, history=True, metadata=True, encrypted=True
    )

    def __init__(
        self,
        path: Path,
        key: Callable[[], Key],
        anchor: Path | bool | None = None,
        max_versions: int = 10,
    ) -> None:
        self._path = path
        self._key = key
        self._anchor = anchor
        self._max_versions = max_versions
        self._opened: Store | None = None
        self._lock = threading.Lock()

    @property
    def store(self) -> Store:
        """The open store; see :class:`revoctl.secrets.store.store.Store` for what it raises."""
        from revoctl.secrets.store.anchor import default_folder
        from revoctl.secrets.store.store import Store

        with self._lock:
            if self._opened is None:
                anchor = default_folder() if self._anchor in (None, True) else self._anchor
                folder = anchor if isinstance(anchor, Path) else None
                self._opened = Store(self._path, self._key(), folder, self._max_versions)
            return self._opened

    def _on_store(self, call: Callable[[Store], T]) -> T:
        """Call once more with a newly opened store if it was re-encrypted meanwhile."""
        store = self.store
        try:
            return call(store)
        except Denied:
            self.close()
            return call(self.store)

    def read(self, at: Reference, version: int | None = None) -> Stored:
        """See :class:`Backend`."""
        row, value = self._on_store(lambda store: store.read(at.path, version))
        metadata = json.loads(row.metadata)
        secret = Secret(value.decode("utf-8", "surrogateescape"))
        return Stored(secret, row.version, _when(row), metadata)

    def names(self, under: Reference | None = None) -> Sequence[Reference]:
        """See :class:`Backend`; ``under`` is a prefix."""
        prefix = under.path if under else ""
        return [
            Reference("store", n)
            for n in self._on_store(lambda s: s.names())
            if n.startswith(prefix)
        ]

    def write(
        self,
        at: Reference,
        value: Secret,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """See :class:`Backend`."""
        try:
            data = value.reveal().encode("utf-8", "surrogateescape")
        except UnicodeError:
            raise Refused("secret.invalid", f"{at} was not written", "it is not text") from None
        return self._on_store(lambda store: store.write(at.path, data, expect, metadata))

    def delete(self, at: Reference, expect: int | None = None) -> None:
        """See :class:`Backend`."""
        self._on_store(lambda store: store.turn(at.path, None, "deleted", expect))

    def history(self, at: Reference) -> Sequence[Revision]:
        """See :class:`Backend`."""
        rows = self._on_store(lambda store: store.history(at.path))
        return [Revision(r.version, _when(r), r.state) for r in rows]  # type: ignore[arg-type]

    def undelete(self, at: Reference, version: int) -> None:
        """See :class:`Backend`."""
        self._on_store(lambda store: store.turn(at.path, version, "live"))

    def destroy(self, at: Reference, versions: Sequence[int] = ()) -> None:
        """See :class:`Backend`."""
        self._on_store(lambda store: store.destroy(at.path, versions))

    def close(self) -> None:
        """Close the file and forget its key; the next call asks for it again."""
        with self._lock:
            if self._opened:
                self._opened.close()
                self._opened = None


def _when(row: Row) -> datetime:
    return datetime.fromisoformat(row.created)
