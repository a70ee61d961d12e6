"""The embedded store: what was acknowledged stays, what was changed by others is noticed."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.secret import Secret
from revoctl.secrets.backends.store import StoreBackend
from revoctl.secrets.errors import Conflict, Denied, Missing, Refused, SecretError, Tampered
from revoctl.secrets.reference import Reference
from revoctl.secrets.store import bundle, envelope, ledger, unlock
from revoctl.secrets.store.store import Store
from revoctl.secrets.store.unlock import Passphrase, RawKey, create_key_file, key_file, key_of

KEY = key_of(Secret("ab" * 32))
OTHER = key_of(Secret("cd" * 32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture
def store(path: Path) -> Store:
    return Store.create(path, KEY)


def value(store: Store, name: str, version: int | None = None) -> bytes:
    return store.read(name, version)[1]


def test_versions(store: Store) -> None:
    """Each write makes a version; the newest is read, older ones on request."""
    assert [store.write("a", f"v{i}".encode()) for i in (1, 2, 3)] == [1, 2, 3]
    assert value(store, "a") == b"v3"
    assert value(store, "a", 1) == b"v1"
    with pytest.raises(Missing):
        store.read("a", 4)
    with pytest.raises(Missing):
        store.read("b")


def test_old_versions_go(path: Path) -> None:
    """Beyond the limit the oldest versions are dropped; numbers go on."""
    store = Store.create(path, KEY, max_versions=3)
    for i in range(5):
        store.write("a", str(i).encode())
    assert [row.version for row in store.history("a")] == [3, 4, 5]


def test_delete_undelete_destroy(store: Store) -> None:
    """A deleted version can be had again, a destroyed one cannot, and both are told apart."""
    store.write("a", b"1")
    store.turn("a", None, "deleted")
    assert store.names() == []
    for action, code in ((lambda: store.read("a"), "secret.deleted"),):
        with pytest.raises(Missing) as gone:
            action()
        assert gone.value.code == code
    store.turn("a", 1, "live")
    assert value(store, "a") == b"1"
    store.destroy("a", [1])
    for action in (lambda: store.read("a"), lambda: store.turn("a", 1, "live")):
        with pytest.raises(Missing) as gone:
            action()
        assert gone.value.code == "secret.destroyed"
    store.destroy("a")
    with pytest.raises(Missing):
        store.history("a")


def test_check_and_set_counts_deleted_versions(store: Store) -> None:
    """0 means that no version ever existed: a deleted one did."""
    assert store.write("a", b"1", expect=0) == 1
    store.turn("a", None, "deleted")
    for stale in (0, 2):
        with pytest.raises(Conflict):
            store.write("a", b"2", expect=stale)
    assert store.write("a", b"2", expect=1) == 2


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1,
                               max_size=20), st.binary(max_size=60), max_size=6))  # fmt: skip
def test_any_value_under_any_name(values: dict[str, bytes]) -> None:
    """What is written is read back, from the same store and from a newly opened one."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        store = Store.create(path, KEY)
        for name, data in values.items():
            store.write(name, data)
        for opened in (store, Store(path, KEY)):
            assert {name: value(opened, name) for name in opened.names()} == values
            assert opened.verify() == len(values)
            opened.close()


def test_the_wrong_key_is_not_damage(path: Path, store: Store) -> None:
    """A wrong key is a refusal; the kind of key that is needed is named."""
    for wrong in (OTHER, Passphrase(Secret("long enough"))):
        with pytest.raises(Denied) as refused:
            Store(path, wrong)
        assert refused.value.code == "store.key-refused"


def test_a_passphrase_opens(path: Path) -> None:
    """Argon2id with its published parameters; another passphrase is refused, a short one too."""
    Store.create(path, Passphrase(Secret("correct horse"))).write("a", b"1")
    assert value(Store(path, Passphrase(Secret("correct horse"))), "a") == b"1"
    with pytest.raises(Denied):
        Store(path, Passphrase(Secret("correct hors ")))
    with pytest.raises(Refused):
        Store.create(path.with_name("t.db"), Passphrase(Secret("short")))


def test_a_key_file_is_private(tmp_path: Path) -> None:
    """Made for its owner alone, never over another file, and refused once others can read it."""
    path = tmp_path / "key"
    made = create_key_file(path)
    assert key_file(path).base64 == made.base64
    with pytest.raises(Refused):
        create_key_file(path)
    path.chmod(0o640)
    with pytest.raises(Refused) as refused:
        key_file(path)
    assert refused.value.code == "store.key-file"
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Refused):
        key_file(path)


def test_a_store_is_private(path: Path, store: Store) -> None:
    """All its files are the owner's; one that others can read is refused; none is overwritten."""
    store.write("a", b"1")
    assert {p.stat().st_mode & 0o777 for p in path.parent.glob("s.db*")} == {0o600}
    with pytest.raises(Refused):
        Store.create(path, KEY)
    path.chmod(0o644)
    with pytest.raises(Refused) as refused:
        Store(path, KEY)
    assert refused.value.code == "store.readable"


def test_rekey_and_reencrypt(path: Path, store: Store) -> None:
    """Afterwards the old key opens nothing; values, versions and their states are the same."""
    store.write("a", b"1")
    store.write("a", b"2")
    store.turn("a", 1, "deleted")
    for change, key in ((store.rekey, OTHER), (store.reencrypt, KEY)):
        before = [row[1:6] for row in store.history("a")]
        change(key)
        assert [row[1:6] for row in store.history("a")] == before
        reopened = Store(path, key)
        assert value(reopened, "a") == b"2"
        with pytest.raises(Denied):
            Store(path, OTHER if key is KEY else KEY)


def test_export_and_import(tmp_path: Path, store: Store) -> None:
    """A bundle carries secrets to another store, under a key of its own."""
    store.write("a", b"\xff1", metadata={"owner": "ada"})
    store.write("b", b"2")
    file = tmp_path / "bundle"
    assert bundle.export(store, file, OTHER) == 2
    assert b"\xff1" not in file.read_bytes()
    other = Store.create(tmp_path / "t.db", KEY)
    with pytest.raises(Denied):
        bundle.load(other, file, KEY)
    assert bundle.load(other, file, OTHER) == {"a": 1, "b": 1}
    assert json.loads(other.read("a")[0].metadata) == {"owner": "ada"}
    with pytest.raises(Conflict):
        bundle.load(other, file, OTHER)
    assert bundle.load(other, file, OTHER, "skip") == {}
    assert bundle.load(other, file, OTHER, "replace") == {"a": 2, "b": 2}
    text = json.loads(file.read_text())
    for key in ("id", "derivation"):
        file.write_text(json.dumps(text | {key: text[key] + " "}))
        with pytest.raises((Tampered, Denied)):
            bundle.load(other, file, OTHER)


SQL: dict[str, str] = {
    "delete a record": "DELETE FROM record WHERE name = 'b'",
    "delete the newest version": "DELETE FROM record WHERE name = 'a' AND version = 2",
    "rename": "UPDATE record SET name = 'c' WHERE name = 'b'",
    "swap": "UPDATE record SET nonce = (SELECT nonce FROM record WHERE name = 'b'), ciphertext = "
    "(SELECT ciphertext FROM record WHERE name = 'b') WHERE name = 'a' AND version = 2",
    "renumber": "UPDATE record SET version = 3 WHERE version = 1 AND name = 'a'",
    "duplicate": "INSERT INTO record SELECT 99, name, version, created, state, metadata, nonce, "
    "ciphertext FROM record WHERE name = 'b'",
    "undelete": "UPDATE record SET state = 'live' WHERE name = 'gone'",
    "redate": "UPDATE record SET created = '2020-01-01T00:00:00+00:00' WHERE name = 'b'",
    "metadata": 'UPDATE record SET metadata = \'{"x":"y"}\'',
    "empty": "UPDATE record SET ciphertext = x''",
    "no header": "DELETE FROM header",
    "type": "UPDATE record SET name = 5 WHERE name = 'b'",
    "no table": "DROP TABLE record",
    "format": "UPDATE header SET format = 2",
    "store": "UPDATE header SET store = 'other'",
    "huge memory": 'UPDATE header SET derivation = \'{"kind": "argon2id", "salt": '
    '"00000000000000000000000000000000", "memory_kib": 999999999, "iterations": 3, "lanes": 4}\'',
}


@pytest.mark.parametrize("kind", SQL)
def test_what_others_write_is_noticed(path: Path, store: Store, kind: str) -> None:
    """Records cannot be dropped, moved, renamed, doubled, revived or redated without the key."""
    for name, data in (("a", b"1"), ("a", b"2"), ("b", b"3"), ("gone", b"4")):
        store.write(name, data)
    store.turn("gone", None, "deleted")
    with sqlite3.connect(path) as connection:
        connection.execute(SQL[kind])
    connection.close()
    for attempt in (lambda: store.read("b"), lambda: Store(path, KEY)):
        with pytest.raises(Tampered) as noticed:
            attempt()
        assert noticed.value.code == "store.tampered"


def test_an_old_slot_cannot_be_put_back(path: Path, store: Store) -> None:
    """After a rekey the old slot, copied back, does not open the store."""
    with sqlite3.connect(path) as connection:
        columns = "derivation, commitment, nonce, wrapped, checksum"
        old = connection.execute(f"SELECT {columns} FROM header").fetchone()
        store.rekey(OTHER)
        connection.execute(f"UPDATE header SET ({columns}) = (?, ?, ?, ?, ?)", old)
    connection.close()
    with pytest.raises(Tampered):
        Store(path, KEY)


def test_an_old_file_is_noticed(path: Path, tmp_path: Path) -> None:
    """A whole older file shows against the anchor, and so does another one of the same age."""
    anchor = tmp_path / "anchors"
    store = Store.create(path, KEY, anchor)
    store.write("a", b"old")
    store.close()
    shutil.copy(path, tmp_path / "copy")
    store = Store(path, KEY, anchor)
    store.write("a", b"new")
    store.close()
    shutil.copy(tmp_path / "copy", path)
    with pytest.raises(Tampered) as noticed:
        Store(path, KEY, anchor)
    assert noticed.value.code == "store.rolled-back"
    Store(path, KEY).write("a", b"fork")
    with pytest.raises(Tampered):
        Store(path, KEY, anchor)


def test_two_writes_of_a_value_differ(path: Path, store: Store) -> None:
    """Nothing in the file tells that two secrets are the same, nor what they are."""
    for name in "ab":
        store.write(name, b"canary-canary-canary")
    store.close()
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT nonce, ciphertext FROM record").fetchall()
    connection.close()
    assert len({nonce for nonce, _ in found}) == len({text for _, text in found}) == 2
    assert b"canary" not in path.read_bytes()


def test_associated_data_is_not_ambiguous() -> None:
    """Parts cannot be shifted from one field to the next."""
    assert envelope.bound("a", "bc") != envelope.bound("ab", "c")
    assert envelope.bound("1", 1) == envelope.bound(1, "1")


def test_hkdf_is_the_standard() -> None:
    """Our one-block derivation is HKDF-SHA256 of RFC 5869."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    want = HKDF(SHA256(), 32, b"salt" * 8, b"revoctl store v1 use").derive(b"k" * 32)
    assert envelope.derive(b"k" * 32, b"use", b"salt" * 8) == want


def filled(folder: Path) -> tuple[Path, dict[str, bytes]]:
    path = folder / "s.db"
    store = Store.create(path, KEY)
    values = {f"name-{i}": f"value-{i}".encode() * 5 for i in range(12)}
    for name, data in values.items():
        store.write(name, b"older")
        store.write(name, data)
    store.close()
    return path, values


def judge(path: Path, values: dict[str, bytes]) -> bool:
    """Whether the damaged store gave an error; asserts that it otherwise gave the truth."""
    try:
        store = Store(path, KEY)
        try:
            assert {name: value(store, name) for name in values} == values
            assert store.names() == sorted(values)
        finally:
            store.close()
    except SecretError:
        return True
    return False


@pytest.mark.parametrize("part", range(4))
def test_a_flipped_byte_never_gives_a_wrong_value(tmp_path: Path, part: int) -> None:
    """Bytes flipped all over the file: the true values, or an error of ours."""
    path, values = filled(tmp_path)
    data = path.read_bytes()
    chance = random.Random(part)
    told = 0
    for offset in [*range(part, 100, 4), *chance.sample(range(100, len(data)), 110)]:
        broken = bytearray(data)
        broken[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        told += judge(path, values)
        for stray in tmp_path.glob("s.db-*"):
            stray.unlink()
    assert told > 10


def test_a_truncated_file_never_gives_a_wrong_value(tmp_path: Path) -> None:
    """Cut off anywhere: an error of ours."""
    path, values = filled(tmp_path)
    data = path.read_bytes()
    for length in [0, 1, 99, 100, *range(512, len(data), 777)]:
        path.write_bytes(data[:length])
        assert judge(path, values)
        for stray in tmp_path.glob("s.db-*"):
            stray.unlink()


def test_a_flipped_log_is_noticed(tmp_path: Path) -> None:
    """A damaged write-ahead log may only lose whole changes, which the anchor then tells."""
    path, anchor = tmp_path / "s.db", tmp_path / "anchors"
    store = Store.create(path, KEY, anchor)
    for i in range(5):
        store.write("a", str(i).encode())
    log = path.with_name("s.db-wal").read_bytes()
    image = path.read_bytes()
    store.close()
    chance, told = random.Random(1), 0
    for offset in chance.sample(range(len(log)), 80):
        broken = bytearray(log)
        broken[offset] ^= 0x55
        path.write_bytes(image)
        path.with_name("s.db-wal").write_bytes(broken)
        path.with_name("s.db-shm").unlink(missing_ok=True)
        try:
            opened = Store(path, KEY, anchor)
            assert value(opened, "a") == b"4"
            opened.close()
        except SecretError:
            told += 1
    assert told > 10


WRITER = """
import sys
from pathlib import Path
from revoctl.secret import Secret
from revoctl.secrets.store.store import Store
from revoctl.secrets.store.unlock import key_of
path, who, count, mode = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
key = key_of(Secret("ab" * 32))
store = Store(path, key, path.parent / "anchors")
for i in range(count):
    if mode == "write":
        store.write(f"{who}-{i}", f"v{i}".encode())
    else:
        store.reencrypt(key)
    print(i, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_acknowledged(path: Path, seed: int) -> None:
    """After kill -9 the store verifies and holds every acknowledged write."""
    Store.create(path, KEY, path.parent / "anchors").close()
    command = [sys.executable, "-c", WRITER, str(path), "x", "100000", "write"]
    acknowledged = killed(command, seed)
    store = Store(path, KEY, path.parent / "anchors")
    store.verify()
    for i in acknowledged:
        assert value(store, f"x-{i}") == f"v{i}".encode()
    assert len(store.names()) - len(acknowledged) in (0, 1)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_reencryption_leaves_one_whole_store(path: Path, seed: int) -> None:
    """Old or new, never half, and the same values."""
    store = Store.create(path, KEY, path.parent / "anchors")
    for i in range(50):
        store.write(f"n-{i}", str(i).encode())
    store.close()
    killed([sys.executable, "-c", WRITER, str(path), "x", "1000", "reencrypt"], seed)
    store = Store(path, KEY, path.parent / "anchors")
    assert store.verify() == 50
    assert [value(store, f"n-{i}") for i in range(50)] == [str(i).encode() for i in range(50)]


def test_a_reader_survives_a_reencryption(path: Path, store: Store) -> None:
    """An open store says that it must be opened again; the backend does so by itself."""
    store.write("a", b"1")
    backend = StoreBackend(path, lambda: KEY, False)
    assert backend.read(Reference("store", "a")).version == 1
    other = Store(path, KEY)
    other.reencrypt(KEY)
    with pytest.raises(Denied):
        store.read("a")
    assert backend.read(Reference("store", "a")).secret == Secret("1")


def killed(command: list[str], seed: int) -> list[int]:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        first = process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.01, 0.15))
        process.send_signal(signal.SIGKILL)
        return [int(first), *map(int, process.stdout.read().split())]


def test_processes_take_turns(path: Path) -> None:
    """Three processes of twenty writes each, and a reader that was open before, agree."""
    store = Store.create(path, KEY, path.parent / "anchors")
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), who, "20", "write"],
                         stdout=subprocess.DEVNULL)
        for who in "abc"
    ]  # fmt: skip
    assert [process.wait() for process in running] == [0, 0, 0]
    assert len(store.names()) == 60
    assert store.verify() == 60


def test_a_fork_opens_its_own(path: Path, store: Store) -> None:
    """A child reads and writes without harm to its parent's connection."""
    store.write("a", b"1")
    child = os.fork()
    if child == 0:
        try:
            good = value(store, "a") == b"1" and store.write("a", b"2") == 2
            os._exit(0 if good else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert value(store, "a") == b"2"


def test_nonces_are_never_reused() -> None:
    """A hundred thousand encryptions, a hundred thousand nonces."""
    key = bytes(32)
    assert len({envelope.seal(key, b"", b"").nonce for _ in range(100_000)}) == 100_000


def test_a_worn_key_is_not_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 2^31 encryptions nothing more is written before a re-encryption."""
    from revoctl.secrets.store import store as module

    monkeypatch.setattr(module, "MOST_ENCRYPTIONS", store._state.encryptions)
    with pytest.raises(Refused) as refused:
        store.write("a", b"1")
    assert refused.value.code == "store.worn"
    assert store.names() == []


@pytest.mark.parametrize("text", ["aa" * 32, "A" * 43 + "=", "-_" * 32])
def test_keys_from_other_places(text: str) -> None:
    """32 bytes in hexadecimal or base64 are a key; all else is a passphrase."""
    assert isinstance(key_of(Secret(text)), RawKey)
    assert isinstance(key_of(Secret(text[:20])), Passphrase)


def test_parameters_are_checked_before_use() -> None:
    """A file does not choose how much memory or time we take."""
    good = json.loads(unlock.wrap(Passphrase(Secret("x" * 9)), b"k" * 32, "s").derivation)
    for change in ({"memory_kib": 1 << 30}, {"iterations": 0}, {"lanes": True}, {"salt": "00"},
                   {"kind": "md5"}, {"lanes": 99}):  # fmt: skip
        with pytest.raises(RevoctlError) as refused:
            unlock._params(json.dumps(good | change))
        assert refused.value.code == "store.tampered"


def test_a_missing_store_is_not_a_missing_secret(path: Path) -> None:
    """Opening what is not there has a code of its own."""
    with pytest.raises(Missing) as absent:
        Store(path, KEY)
    assert absent.value.code == "store.missing"
    assert ledger.FORMAT == 1
