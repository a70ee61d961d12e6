"""The embedded store, opened: versioned records, each change one durable transaction."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from revoctl.secrets.errors import GONE, Denied, Missing, Refused, Tampered, conflict, missing
from revoctl.secrets.store import ledger
from revoctl.secrets.store.anchor import Anchor
from revoctl.secrets.store.envelope import (
    KEY_BYTES,
    MOST_ENCRYPTIONS,
    Sealed,
    bound,
    keys,
    seal,
    tampered,
    unseal,
)
from revoctl.secrets.store.ledger import Row, State, judged
from revoctl.secrets.store.unlock import Key, Slot, intact, unwrap, wrap

LARGEST_VALUE = 16 << 20
"""Bytes of one value."""
_NAME_LIMIT = 1024


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """An open store. Methods may be called from any thread, and after a fork.

    The derived key is kept in memory while it is open; :meth:`close` lets go of it.
    """

    def __init__(
        self,
        path: Path,
        key: Key,
        anchor: Path | None = None,
        max_versions: int = 10,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Open one. Raises ``Missing`` ``store.missing``, ``Denied`` ``store.key-refused``,
        ``Tampered`` (``store.tampered``, ``store.rolled-back``), ``Refused`` ``store.readable``,
        ``Unavailable``. ``anchor`` is a folder; without one, an old file is not noticed."""
        self.path = path
        self.max_versions = max_versions
        self._anchor = Anchor(anchor)
        self._clock = clock
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._state = State(0, 0, 0, 0)
        self._index: dict[str, dict[int, Row]] = {}
        self._data_key, self._keys = b"", keys(b"")
        try:
            self._unlock(key)
        except BaseException:
            self.close()
            raise
        _stores.add(self)

    @classmethod
    def create(
        cls, path: Path, key: Key, anchor: Path | None = None, max_versions: int = 10
    ) -> Store:
        """Make an empty store for its owner only. Raises ``Refused`` ``store.exists``."""
        store, data_key = str(uuid.uuid4()), os.urandom(KEY_BYTES)
        slot = wrap(key, data_key, store)
        with judged(f"the store {path}"), ledger.creating(path) as connection:
            ledger.write_header(connection, store, slot, keys(data_key), State(1, 0, 0, 1))
        return cls(path, key, anchor, max_versions)

    def read(self, name: str, version: int | None = None) -> tuple[Row, bytes]:
        """A live record and its value. Raises ``Missing`` (``secret.missing``, ``secret.deleted``,
        ``secret.destroyed``), ``Tampered``, ``Unavailable``."""
        with self._transaction(write=False):
            row = self._row(name, version)
            if row.state != "live":
                raise Missing(GONE[row.state], f"store:{name} was not read", row.state)
            return row, self._value(row)

    def names(self) -> list[str]:
        """Names whose newest version is live, sorted."""
        with self._transaction(write=False):
            newest = {name: found[max(found)] for name, found in self._index.items()}
            return sorted(name for name, row in newest.items() if row.state == "live")

    def history(self, name: str) -> list[Row]:
        """All versions of a name that are kept, oldest first."""
        with self._transaction(write=False):
            self._row(name, None)
            return [row for _, row in sorted(self._index[name].items())]

    def write(
        self,
        name: str,
        value: bytes,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """A new version, durable when this returns; the oldest beyond ``max_versions`` go."""
        _check(name, value, metadata or {})
        with self._transaction():
            versions = self._index.get(name, {})
            newest = max(versions, default=0)
            if expect is not None and expect != newest:
                raise conflict(f"store:{name}", f"its version is {newest}, not {expect}")
            kept = json.loads(versions[newest].metadata) if versions and metadata is None else {}
            text = json.dumps(dict(metadata or kept), sort_keys=True)
            self._insert(name, newest + 1, self._clock().isoformat(), text, value)
            for old in sorted(self._index[name])[: -self.max_versions]:
                self._drop(self._index[name][old])
            return newest + 1

    def turn(self, name: str, version: int | None, state: str, expect: int | None = None) -> None:
        """Delete or undelete a version (the newest if None): its value stays encrypted."""
        with self._transaction():
            newest = max(self._index.get(name, {}), default=0)
            if expect is not None and expect != newest:
                raise conflict(f"store:{name}", f"its version is {newest}, not {expect}")
            row = self._row(name, version)
            if row.state == "destroyed":
                raise Missing("secret.destroyed", f"store:{name} was not changed", "destroyed")
            self._change(row, row._replace(state=state))

    def destroy(self, name: str, versions: Sequence[int] = ()) -> None:
        """Erase versions' values for good; of all, with the name, if none is given."""
        with self._transaction():
            self._row(name, None)
            if not versions:
                for row in list(self._index[name].values()):
                    self._drop(row)
                return
            for version in versions:
                row = self._row(name, version)
                self._change(row, row._replace(state="destroyed", nonce=b"", tag=b""))

    def rekey(self, key: Key) -> None:
        """Lock the same data key with another key: at once, whatever the size; the old one no
        longer opens the file. An older copy of it is still opened by the old key: whoever may
        know that needs :meth:`reencrypt` and new values as well."""
        slot = wrap(key, self._data_key, self.id)
        with self._transaction():
            self._slot = slot

    def reencrypt(self, key: Key) -> int:
        """Encrypt every record under a new data key, locked with ``key``; returns how many.

        One transaction: after a crash the store is the old one or the new one.
        """
        fresh = os.urandom(KEY_BYTES)
        slot = wrap(key, fresh, self.id)
        with self._transaction():
            rows = [row for versions in self._index.values() for row in versions.values()]
            values = [self._value(row) if row.state != "destroyed" else b"" for row in rows]
            self._open.execute("DELETE FROM record")
            self._data_key, self._keys, self._slot = fresh, keys(fresh), slot
            self._index, self._state = {}, State(self._state.generation, 0, 0, 0)
            for row, value in zip(rows, values, strict=True):
                self._insert(row.name, row.version, row.created, row.metadata, value, row.state)
        return len(rows)

    def verify(self) -> int:
        """Decrypt every record; returns how many. Raises ``Tampered``."""
        with self._transaction(write=False):
            self._load()
            rows = [row for versions in self._index.values() for row in versions.values()]
            for row in rows:
                if row.state != "destroyed":
                    self._value(row)
            with judged(f"the store {self.path}"):
                if self._open.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise tampered(f"the store {self.path}")
            return len(rows)

    @property
    def generation(self) -> int:
        """How often the store was changed."""
        return self._state.generation

    def close(self) -> None:
        """Close the file and forget the keys."""
        with self._lock:
            if self._connection and self._pid == os.getpid():
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None
            self._data_key, self._keys = b"", keys(b"")

    def _unlock(self, key: Key) -> None:
        with judged(f"the store {self.path}"):
            self._connect()
            self.id, slot, _ = ledger.header(self._open)
            self._data_key = unwrap(slot, key, self.id)
            self._keys, self._slot = keys(self._data_key), slot
            # Read before the state: writers commit first and anchor then, so that a change
            # between the two readings never looks like an older file.
            known = self._anchor.read(self.id, self._keys)
            with self._transaction(write=False):
                pass
        self.anchored = self._anchor.check(self.id, known, self._state)
        self._anchor.keep(self.id, self._keys, self._state)

    def _connect(self) -> None:
        self._connection, self._pid = ledger.connect(self.path), os.getpid()
        self._seen: object = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise Refused("store.closed", f"the store {self.path} was not read", "it is closed")
        return self._connection

    @contextlib.contextmanager
    def _transaction(self, write: bool = True) -> Iterator[None]:
        """One view of the file; with ``write``, one change of it, durable at the end."""
        with self._lock, judged(f"the store {self.path}"):
            self._after_fork()
            self._open.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            before = (self._data_key, self._keys)
            try:
                self._refresh()
                before = (self._data_key, self._keys)
                yield
                if write:
                    self._seal()
                self._open.execute("COMMIT")
            except BaseException:
                self._data_key, self._keys = before
                self._seen = None
                with contextlib.suppress(sqlite3.Error):
                    self._open.execute("ROLLBACK")
                raise
            if write:
                self._committed()

    def _committed(self) -> None:
        self._seen = self._open.execute("PRAGMA data_version").fetchone()
        self._anchor.keep(self.id, self._keys, self._state)

    def _after_fork(self) -> None:
        if self._connection is not None and self._pid != os.getpid():
            # SQLite forbids using, and even closing, a connection in a forked child.
            _abandoned.append(self._connection)
            self._connect()

    def _refresh(self) -> None:
        version = self._open.execute("PRAGMA data_version").fetchone()
        if version != self._seen:
            self._load()
            self._seen = version

    def _load(self) -> None:
        store, slot, sealed = ledger.header(self._open)
        if store != self.id:
            raise tampered("the store's header")
        try:
            self._state = ledger.open_state(self._keys, store, slot, sealed)
        except Tampered:
            if slot.wrapped == self._slot.wrapped or not intact(slot):
                raise
            why, fix = "it was re-encrypted meanwhile", "open it again"
            raise Denied("store.key-refused", "the store was not read", why, fix) from None
        self._slot = slot
        self._index = ledger.verified(self._keys, self._state, ledger.rows(self._open))

    def _seal(self) -> None:
        if self._state.encryptions >= MOST_ENCRYPTIONS:
            fix = "revoctl secrets store reencrypt"
            raise Refused("store.worn", "nothing was written", "the data key is worn out", fix)
        self._state = self._state._replace(
            generation=self._state.generation + 1, encryptions=self._state.encryptions + 1
        )
        ledger.write_header(self._open, self.id, self._slot, self._keys, self._state)

    def _row(self, name: str, version: int | None) -> Row:
        versions = self._index.get(name)
        if not versions:
            raise missing(f"store:{name}")
        found = versions.get(max(versions) if version is None else version)
        if found is None:
            raise missing(f"store:{name}", f"it has no version {version}")
        return found

    def _value(self, row: Row) -> bytes:
        query = "SELECT nonce, ciphertext FROM record WHERE id = ?"
        found = self._open.execute(query, (row.id,)).fetchone()
        if found is None or found[0] != row.nonce or found[1][-16:] != row.tag:
            raise tampered(f"store:{row.name}")
        sealed = Sealed(found[0], found[1])
        associated = self._associated(row.name, row.version, row.created)
        return unseal(self._keys.encryption, sealed, associated, f"store:{row.name}")

    def _associated(self, name: str, version: int, created: str) -> bytes:
        return bound("record", ledger.FORMAT, self.id, self._keys.id, name, version, created)

    def _insert(
        self,
        name: str,
        version: int,
        created: str,
        metadata: str,
        value: bytes,
        state: str = "live",
    ) -> None:
        sealed = Sealed(b"", b"")
        if state != "destroyed":
            associated = self._associated(name, version, created)
            sealed = seal(self._keys.encryption, value, associated)
        row = (name, version, created, state, metadata, *sealed)
        cursor = self._open.execute(
            "INSERT INTO record (name, version, created, state, metadata, nonce, ciphertext) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        made = Row(cursor.lastrowid or 0, *row[:5], sealed.nonce, sealed.ciphertext[-16:])
        self._count(ledger.weight(self._keys, made), 1, 1)
        self._index.setdefault(name, {})[version] = made

    def _drop(self, row: Row) -> None:
        self._open.execute("DELETE FROM record WHERE id = ?", (row.id,))
        self._count(-ledger.weight(self._keys, row), -1)
        del self._index[row.name][row.version]
        if not self._index[row.name]:
            del self._index[row.name]

    def _change(self, old: Row, new: Row) -> None:
        self._open.execute("UPDATE record SET state = ? WHERE id = ?", (new.state, new.id))
        if new.state == "destroyed":
            query = "UPDATE record SET nonce = x'', ciphertext = x'' WHERE id = ?"
            self._open.execute(query, (new.id,))
        self._count(ledger.weight(self._keys, new) - ledger.weight(self._keys, old))
        self._index[new.name][new.version] = new

    def _count(self, amount: int, records: int = 0, encryptions: int = 0) -> None:
        self._state = ledger.added(self._state, amount, records, encryptions)


_abandoned: list[sqlite3.Connection] = []
_stores: weakref.WeakSet[Store] = weakref.WeakSet()


def _renew_locks() -> None:
    for store in _stores:
        store._lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_locks)


def slot_of(path: Path) -> Slot:
    """How a store is locked, without opening it."""
    with judged(f"the store {path}"), contextlib.closing(ledger.connect(path)) as connection:
        return ledger.header(connection)[1]


def _check(name: str, value: bytes, metadata: Mapping[str, str]) -> None:
    if not name or len(name) > _NAME_LIMIT or not name.isprintable():
        why = f"it is empty, longer than {_NAME_LIMIT} characters or not printable"
        raise Refused("secret.name", "the name was refused", why)
    if not all(isinstance(text, str) for pair in metadata.items() for text in pair):
        raise Refused("secret.invalid", f"store:{name} was not written", "metadata is text")
    if len(value) > LARGEST_VALUE:
        why = f"it is larger than {LARGEST_VALUE} bytes"
        raise Refused("secret.invalid", f"store:{name} was not written", why)
