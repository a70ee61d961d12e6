"""New values from the operating system's random numbers, with their strength in bits.

``strength`` is the logarithm of how many equally likely values there were. For key pairs it is the
security strength of NIST SP 800-57 part 1 rev. 5, table 2.
"""

from __future__ import annotations

import base64
import math
import secrets
import string
import uuid as uuids
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from revoctl.secret import Secret
from revoctl.secrets.errors import Refused


class Made(NamedTuple):
    """A new value, its strength in bits and, for key pairs, the public part in PEM."""

    secret: Secret
    strength: float
    public: str = ""


class Alphabet(NamedTuple):
    """An issuer's rules: characters in classes, and how many of each class at least.

    ``first`` are the characters that may come first (all, if empty).
    """

    classes: tuple[str, ...] = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    least: tuple[int, ...] = ()
    excluded: str = ""
    first: str = ""


SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"
URL_SAFE_SYMBOLS = "-._~"
"""Unreserved in a URL (RFC 3986 section 2.3): a password of these needs no encoding."""


def password(length: int = 24, alphabet: Alphabet | None = None) -> Made:
    """Every string that keeps the rules is equally likely: drawn until one does.

    Raises ``Refused`` ``secret.invalid`` for rules that nothing, or hardly anything, keeps.
    """
    rules = Alphabet() if alphabet is None else alphabet
    classes = [[c for c in sorted(set(k)) if c not in rules.excluded] for k in rules.classes]
    least = rules.least or (1,) * len(classes)
    chars = sorted({c for group in classes for c in group})
    heads = [c for c in chars if not rules.first or c in rules.first]
    if len(least) != len(classes) or min(least, default=0) < 0:
        raise _refuse("least needs one number, not below 0, for each class")
    if not heads or length < max(1, sum(least)) or length > 4096:
        raise _refuse("no password of that length keeps the rules")
    if any(n and not group for n, group in zip(least, classes, strict=True)):
        raise _refuse("a class that is asked for has no characters left")
    share = _share(length - bool(rules.first), [len(c) for c in classes], least, len(chars))
    for _ in range(100_000):
        rest = [secrets.choice(chars) for _ in range(length - 1)]
        text = secrets.choice(heads) + "".join(rest)
        counts = (sum(c in group for c in text) for group in classes)
        if all(count >= n for count, n in zip(counts, least, strict=True)):
            drawn = math.log2(len(heads)) + (length - 1) * math.log2(len(chars))
            return Made(Secret(text), max(0.0, drawn + math.log2(share)))
    raise _refuse("hardly any password keeps the rules; ask for a longer one or fewer of a class")


def _share(length: int, sizes: Sequence[int], least: Sequence[int], total: int) -> float:
    """Which part of all strings keeps the rules, at least: 1 - the sum over the classes of
    P(too few) (union bound), never below one in 100,000, which is where drawing gives up."""
    missing = 0.0
    for size, n in zip(sizes, least, strict=True):
        p = size / total
        missing += sum(math.comb(length, k) * p**k * (1 - p) ** (length - k) for k in range(n))
    return max(1.0 - missing, 1e-5)


def token(size: int = 32) -> Made:
    """``size`` random bytes in base64url without padding."""
    data = _bytes(size)
    return Made(Secret(base64.urlsafe_b64encode(data).rstrip(b"=").decode()), size * 8.0)


def hexadecimal(size: int = 32) -> Made:
    """``size`` random bytes in hexadecimal."""
    return Made(Secret(_bytes(size).hex()), size * 8.0)


def uuid() -> Made:
    """A random UUID (RFC 9562, version 4): 122 of its bits are random."""
    return Made(Secret(str(uuids.uuid4())), 122.0)


def jwt_secret(algorithm: str = "HS256") -> Made:
    """A key as long as the hash (RFC 7518 section 3.2), in base64url."""
    sizes = {"HS256": 32, "HS384": 48, "HS512": 64}
    if algorithm not in sizes:
        raise _refuse(f"{algorithm} is none of {', '.join(sizes)}")
    return token(sizes[algorithm])


def fernet() -> Made:
    """A key for Fernet: 128 bits to sign and 128 to encrypt."""
    return Made(Secret(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()), 128.0)


def passphrase(words: int = 8, separator: str = "-") -> Made:
    """Made-up words of two syllables that can be spoken, 12.3 bits each."""
    if not 1 <= words <= 64:
        raise _refuse("a passphrase has 1 to 64 words")
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    kinds = (consonants, vowels, consonants, vowels)
    made = ["".join(map(secrets.choice, kinds)) for _ in range(words)]
    each = 2 * math.log2(len(consonants)) + 2 * math.log2(len(vowels))
    return Made(Secret(separator.join(made)), words * each)


def key_pair(kind: str = "ed25519") -> Made:
    """``ed25519``, ``ec-p256``, ``ec-p384``, ``rsa-2048``, ``rsa-3072`` or ``rsa-4096``:
    PKCS 8 in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    made: dict[str, tuple[Callable[[], Any], float]] = {
        "ed25519": (ed25519.Ed25519PrivateKey.generate, 128.0),
        "ec-p256": (lambda: ec.generate_private_key(ec.SECP256R1()), 128.0),
        "ec-p384": (lambda: ec.generate_private_key(ec.SECP384R1()), 192.0),
        "rsa-2048": (lambda: rsa.generate_private_key(65537, 2048), 112.0),
        "rsa-3072": (lambda: rsa.generate_private_key(65537, 3072), 128.0),
        # SP 800-57 has no row for 4096 bits: the one below, 3072, counts.
        "rsa-4096": (lambda: rsa.generate_private_key(65537, 4096), 128.0),
    }
    if kind not in made:
        raise _refuse(f"{kind} is none of {', '.join(made)}")
    generate, bits = made[kind]
    key = generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Made(Secret(private.decode()), bits, public.decode())


def _bytes(size: int) -> bytes:
    if not 16 <= size <= 4096:
        raise _refuse("16 to 4096 bytes can be made")
    return secrets.token_bytes(size)


def _refuse(why: str) -> Refused:
    return Refused("secret.invalid", "no value was made", why)
