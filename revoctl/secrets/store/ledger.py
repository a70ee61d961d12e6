"""The store's file: tables, transactions, and the index that is verified before it is believed."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from revoctl.secrets.errors import Missing, Refused, Unavailable
from revoctl.secrets.store.envelope import Keys, Sealed, bound, seal, tampered, unseal
from revoctl.secrets.store.unlock import Slot

FORMAT = 1
PATIENCE_S = 10.0
_MODULUS = 1 << 256
_APPLICATION = 0x52564353
_SCHEMA = """
CREATE TABLE header (
  one INTEGER PRIMARY KEY, format INTEGER, store TEXT, derivation TEXT, commitment BLOB,
  nonce BLOB, wrapped BLOB, checksum BLOB, state_nonce BLOB, state BLOB
);
CREATE TABLE record (
  id INTEGER PRIMARY KEY, name TEXT, version INTEGER, created TEXT, state TEXT,
  metadata TEXT, nonce BLOB, ciphertext BLOB
);
"""


class Row(NamedTuple):
    """A record without its ciphertext but for the tag."""

    id: int
    name: str
    version: int
    created: str
    state: str
    metadata: str
    nonce: bytes
    tag: bytes


class State(NamedTuple):
    """What the header seals: how often the store was changed, and over what."""

    generation: int
    records: int
    total: int
    encryptions: int


def connect(path: Path) -> sqlite3.Connection:
    """Open the file: WAL, FULL, nothing deleted stays readable. Raises ``Missing``
    ``store.missing``, ``Refused`` ``store.readable``, ``Unavailable``."""
    _check(path)
    connection = sqlite3.connect(
        f"file:{_quoted(path)}?mode=rw",
        uri=True,
        timeout=PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextlib.contextmanager
def creating(path: Path) -> Iterator[sqlite3.Connection]:
    """A new file with empty tables, which gets its name when it is complete and on the disk.

    Raises ``Refused`` ``store.exists``, ``Unavailable`` ``secret.unavailable``.
    """
    unfinished = path.with_name(f".{path.name}.revoctl-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    _create(path, unfinished)
    try:
        with contextlib.closing(connect(unfinished)) as connection:
            connection.executescript(f"PRAGMA application_id={_APPLICATION}; {_SCHEMA}")
            yield connection
        try:
            os.link(unfinished, path)
        except FileExistsError:
            raise _exists(path) from None
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        unfinished.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path.absolute()))


def _exists(path: Path) -> Refused:
    return Refused("store.exists", f"{path} was not made", "it is there already")


def _create(path: Path, unfinished: Path) -> None:
    if path.exists():
        raise _exists(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise Unavailable("secret.unavailable", f"{path} was not made", why) from None


def _check(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        fix = "make one: revoctl secrets store init"
        raise Missing("store.missing", f"{path} was not opened", "there is none", fix) from None
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Unavailable("secret.unavailable", f"{path} was not opened", why) from None
    if not stat.S_ISREG(status.st_mode):
        raise Refused("store.readable", f"{path} was not opened", "it is not a regular file")
    if status.st_mode & 0o077:
        why, fix = "others than its owner have access to it", f"chmod 600 {path}"
        raise Refused("store.readable", f"{path} was not opened", why, fix)


@contextlib.contextmanager
def judged(what: str) -> Iterator[None]:
    """Turn what SQLite says of a busy or damaged file into our errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            why = f"another process has held it for {PATIENCE_S:.0f} s"
            raise Unavailable("store.busy", f"{what} was not read or written", why) from None
        if "full" in text or "readonly" in text or "unable to open" in text:
            raise Unavailable("secret.unavailable", f"{what} was not opened", text) from None
        raise tampered(what) from None
    except (sqlite3.Error, ValueError, TypeError, OverflowError, MemoryError):
        raise tampered(what) from None


def header(connection: sqlite3.Connection) -> tuple[str, Slot, Sealed]:
    """Store id, key slot and sealed state; ``Tampered`` if they are not of this shape."""
    rows = connection.execute("SELECT * FROM header").fetchall()
    if len(rows) != 1 or len(rows[0]) != 10 or rows[0][1] != FORMAT:
        raise tampered("the store's header")
    row = rows[0]
    slot, state = Slot(row[3], *map(bytes, row[4:8])), Sealed(bytes(row[8]), bytes(row[9]))
    if not isinstance(row[2], str) or not isinstance(slot.derivation, str):
        raise tampered("the store's header")
    return row[2], slot, state


def write_header(
    connection: sqlite3.Connection, store: str, slot: Slot, keys: Keys, state: State
) -> None:
    """Seal the state under the keys and put the header in its place."""
    text = json.dumps(state._asdict() | {"total": f"{state.total:x}"})
    sealed = seal(keys.encryption, text.encode(), _state_bound(store, slot))
    connection.execute(
        "INSERT OR REPLACE INTO header VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (FORMAT, store, *slot, *sealed),
    )


def open_state(keys: Keys, store: str, slot: Slot, sealed: Sealed) -> State:
    """The state; bound to the slot, so that an old passphrase cannot be put back."""
    text = unseal(keys.encryption, sealed, _state_bound(store, slot), "the store's state")
    found: dict[str, Any] = json.loads(text)
    return State(**{**found, "total": int(found["total"], 16)})


def _state_bound(store: str, slot: Slot) -> bytes:
    return bound("state", FORMAT, store, *slot)


def rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """All records, as they lie in the file."""
    query = (
        "SELECT id, name, version, created, state, metadata, nonce, "
        "CASE ciphertext WHEN x'' THEN x'' ELSE substr(ciphertext, -16) END FROM record NOT INDEXED"
    )
    for row in connection.execute(query):
        found = Row(*row)
        if tuple(map(type, found)) != (int, str, int, str, str, str, bytes, bytes):
            raise tampered("the store's list of records")
        yield found


def verified(keys: Keys, state: State, found: Iterator[Row]) -> dict[str, dict[int, Row]]:
    """Name → version → record, if they are all, and nothing but, what was written."""
    index: dict[str, dict[int, Row]] = {}
    total = count = 0
    for row in found:
        versions = index.setdefault(row.name, {})
        if row.version in versions:
            raise tampered("the store's list of records")
        versions[row.version] = row
        total += weight(keys, row)
        count += 1
    if count != state.records or total % _MODULUS != state.total:
        raise tampered("the store's list of records")
    return index


def weight(keys: Keys, row: Row) -> int:
    """A record's share of the sealed sum: a keyed hash of all that is not inside the ciphertext.

    The sum of such hashes modulo 2^256 is a multiset hash (Clarke et al. 2003, MSet-Add-Hash); the
    shares are never seen outside the sealed state.
    """
    data = bound(*row[1:])
    return int.from_bytes(hmac.digest(keys.sum, data, "sha256"), "big")


def added(state: State, amount: int, records: int = 0, encryptions: int = 0) -> State:
    """The state after one more change."""
    return State(
        state.generation,
        state.records + records,
        (state.total + amount) % _MODULUS,
        state.encryptions + encryptions,
    )
