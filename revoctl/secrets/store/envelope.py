"""Keys and ciphertexts of the store: what is encrypted with what, and bound to what.

AES-256-GCM with random 96-bit nonces (NIST SP 800-38D: at most 2^32 encryptions per key; we stop at
2^31), HKDF-SHA256 (RFC 5869) for every derived key. Because GCM does not commit to its key, a slot
carries a commitment, so that a wrong key and a damaged file are told apart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import NamedTuple

from revoctl.secrets.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
MOST_ENCRYPTIONS = 1 << 31


class Sealed(NamedTuple):
    """A nonce and what was encrypted with it, tag included."""

    nonce: bytes
    ciphertext: bytes


class Keys(NamedTuple):
    """What a data key gives: its public id, and one key per use."""

    id: bytes
    encryption: bytes
    sum: bytes
    anchor: bytes


def keys(data_key: bytes) -> Keys:
    """The keys of a data key of 32 bytes."""
    return Keys(
        derive(data_key, b"id")[:16],
        derive(data_key, b"encryption"),
        derive(data_key, b"sum"),
        derive(data_key, b"anchor"),
    )


def derive(key: bytes, use: bytes, salt: bytes = b"") -> bytes:
    """32 bytes of HKDF-SHA256 (RFC 5869, one block): extract with the salt, expand with the use."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, b"revoctl store v1 " + use + b"\x01", "sha256")


def bound(*parts: bytes | str | int) -> bytes:
    """Associated data: each part with its length in front, so that no two lists look alike."""
    made = []
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        made += [len(data).to_bytes(8, "big"), data]
    return b"".join(made)


def seal(key: bytes, plain: bytes, associated: bytes) -> Sealed:
    """Encrypt with a fresh nonce of the operating system."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, plain, associated))


def unseal(key: bytes, sealed: Sealed, associated: bytes, what: str) -> bytes:
    """Decrypt; raises :class:`Tampered` ``store.tampered`` naming ``what``."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed.nonce) != NONCE_BYTES or len(sealed.ciphertext) < TAG_BYTES:
        raise tampered(what)
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, associated)
    except InvalidTag:
        raise tampered(what) from None


def digest(*parts: bytes | str | int) -> bytes:
    """SHA-256 over a list of parts: tells accidental damage, not malice."""
    return hashlib.sha256(bound(*parts)).digest()


def tampered(what: str) -> Tampered:
    """``store.tampered``."""
    fix = "keep the file as evidence, and restore a backup"
    return Tampered("store.tampered", f"{what} is not what was written", "", fix)
