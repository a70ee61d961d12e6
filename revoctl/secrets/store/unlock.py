"""What opens a store: a passphrase (Argon2id), a key file, or the value of any other reference.

A slot says which, and holds the data key wrapped under what that gives.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from revoctl.secret import Secret
from revoctl.secrets.errors import Denied, Refused, Unavailable
from revoctl.secrets.store.envelope import (
    KEY_BYTES,
    Sealed,
    bound,
    derive,
    digest,
    seal,
    tampered,
    unseal,
)

ARGON2ID = {"memory_kib": 65536, "iterations": 3, "lanes": 4}
"""RFC 9106 section 4, second recommended option: 64 MiB, 3 passes, 4 lanes; about 0.2 s."""
_CAPS = {"memory_kib": (8, 1 << 20), "iterations": (1, 16), "lanes": (1, 16)}
SHORTEST_PASSPHRASE = 8


class Passphrase(NamedTuple):
    """Text of people: stretched with Argon2id."""

    text: Secret


class RawKey(NamedTuple):
    """At least 32 random bytes, as text of a :class:`Secret` in base64."""

    base64: Secret


Key = Passphrase | RawKey


class Slot(NamedTuple):
    """How the data key is wrapped. ``derivation`` is JSON."""

    derivation: str
    commitment: bytes
    nonce: bytes
    wrapped: bytes
    checksum: bytes


def key_file(path: Path) -> RawKey:
    """A key from a file of 32 or more bytes, raw, in hexadecimal or base64.

    Raises ``Refused`` ``store.key-file`` if others can read it, it is too short or no regular
    file, and ``Unavailable`` ``secret.unavailable``.
    """
    try:
        with path.open("rb") as handle:
            status = os.fstat(handle.fileno())
            data = handle.read(4097)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Unavailable("secret.unavailable", f"the key {path} was not read", why) from None
    if not stat.S_ISREG(status.st_mode):
        raise _refused_file(path, "it is not a regular file", "")
    if status.st_mode & 0o077:
        raise _refused_file(path, "others may read it", f"chmod 600 {path}")
    key = _decoded(data)
    if not KEY_BYTES <= len(key) <= 4096:
        raise _refused_file(path, "it holds no key of 32 bytes", "make one: create_key_file")
    return RawKey(Secret(base64.b64encode(key).decode()))


def create_key_file(path: Path) -> RawKey:
    """Make a key file of 32 random bytes, for the owner only; never over an existing file.

    Raises ``Refused`` ``store.key-file``.
    """
    text = base64.b64encode(os.urandom(KEY_BYTES)) + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise _refused_file(path, error.strerror or "it was not made", "") from None
    return key_file(path)


def key_of(value: Secret) -> Key:
    """A key from another backend's value: 32 bytes in hexadecimal or base64, or a passphrase."""
    data = _decoded(value.reveal().encode("utf-8", "surrogatepass"), encoded_only=True)
    if len(data) >= KEY_BYTES:
        return RawKey(Secret(base64.b64encode(data).decode()))
    return Passphrase(value)


def _decoded(data: bytes, encoded_only: bool = False) -> bytes:
    text = data.strip()
    decoders: list[Callable[[bytes], bytes]] = [
        binascii.unhexlify,
        lambda t: base64.b64decode(t, validate=True),
        lambda t: base64.b64decode(t, altchars=b"-_", validate=True),
    ]
    for decode in decoders:
        try:
            found = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(found) >= KEY_BYTES:
            return found
    return b"" if encoded_only else data


def wrap(key: Key, data_key: bytes, store_id: str) -> Slot:
    """A new slot. Raises ``Refused`` ``secret.invalid`` for a passphrase that is too short."""
    if isinstance(key, Passphrase) and len(key.text.reveal()) < SHORTEST_PASSPHRASE:
        why = f"it is shorter than {SHORTEST_PASSPHRASE} characters"
        raise Refused("secret.invalid", "the passphrase was refused", why)
    salt = os.urandom(16).hex()
    params: dict[str, Any] = {"kind": "key", "salt": salt}
    if isinstance(key, Passphrase):
        params = {"kind": "argon2id", "salt": salt, **ARGON2ID}
    derivation = json.dumps(params, sort_keys=True)
    wrapping = _wrapping_key(key, params)
    nonce, wrapped = seal(derive(wrapping, b"wrap"), data_key, bound("slot", store_id, derivation))
    commitment = derive(wrapping, b"commit")
    return Slot(
        derivation, commitment, nonce, wrapped, digest(derivation, commitment, nonce, wrapped)
    )


def intact(slot: Slot) -> bool:
    """Whether a slot is as somebody wrote it; says nothing of who that was."""
    return digest(*slot[:4]) == slot.checksum


def unwrap(slot: Slot, key: Key, store_id: str) -> bytes:
    """The data key. Raises ``Denied`` ``store.key-refused`` for the wrong key, and ``Tampered``
    ``store.tampered`` for a damaged slot."""
    if not intact(slot):
        raise tampered("the store's key slot")
    params = _params(slot.derivation)
    if (params["kind"] == "argon2id") != isinstance(key, Passphrase):
        kinds = {"argon2id": "a passphrase", "key": "a key file or key"}
        raise _wrong_key(f"it is opened with {kinds[params['kind']]}")
    wrapping = _wrapping_key(key, params)
    if not hmac.compare_digest(derive(wrapping, b"commit"), slot.commitment):
        raise _wrong_key("the key is not the one it was locked with")
    sealed = Sealed(slot.nonce, slot.wrapped)
    associated = bound("slot", store_id, slot.derivation)
    return unseal(derive(wrapping, b"wrap"), sealed, associated, "the store's key slot")


def kind(slot: Slot) -> str:
    """``argon2id`` or ``key``."""
    return str(_params(slot.derivation)["kind"])


def _params(derivation: str) -> Mapping[str, Any]:
    """Checked before any of it is used: a file must not choose how much memory we take."""
    try:
        params = json.loads(derivation)
        good = params["kind"] in ("argon2id", "key") and len(bytes.fromhex(params["salt"])) >= 16
        if params["kind"] == "argon2id":
            for name, (low, high) in _CAPS.items():
                good = good and type(params[name]) is int and low <= params[name] <= high
            good = good and params["memory_kib"] >= 8 * params["lanes"]
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise tampered("the store's key slot")
    return params  # type: ignore[no-any-return]


def _wrapping_key(key: Key, params: Mapping[str, Any]) -> bytes:
    salt = bytes.fromhex(params["salt"])
    if isinstance(key, RawKey):
        return derive(base64.b64decode(key.base64.reveal()), b"key", salt)
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    made = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=params["iterations"],
        lanes=params["lanes"],
        memory_cost=params["memory_kib"],
    )
    return made.derive(key.text.reveal().encode("utf-8", "surrogatepass"))


def _wrong_key(why: str) -> Denied:
    return Denied("store.key-refused", "the store was not opened", why, "give the right key")


def _refused_file(path: Path, why: str, fix: str) -> Refused:
    return Refused("store.key-file", f"the key file {path} was refused", why, fix)
