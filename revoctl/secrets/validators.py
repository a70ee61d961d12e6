"""What a value must be like before anything believes it. None of them repeats the value."""

from __future__ import annotations

import re
from collections.abc import Callable

from revoctl.secret import Secret
from revoctl.secrets.errors import Refused

Validator = Callable[[Secret], None]
_COMMON = frozenset(
    {"password", "passw0rd", "changeme", "change-me", "secret", "example", "default", "letmein"}
    | {"admin", "root", "test", "qwerty", "123456", "12345678", "123456789", "todo", "xxx", "xxxx"}
    | {"placeholder", "your-secret-key", "your_secret_key", "insecure", "none", "null"}
)


def _refuse(why: str) -> Refused:
    return Refused("secret.invalid", "the value was refused", why)


def not_empty(value: Secret) -> None:
    """Something besides white space."""
    if not value.reveal().strip():
        raise _refuse("it is empty")


def not_a_placeholder(value: Secret) -> None:
    """No word that stands in examples, and not one character over and over."""
    text = value.reveal().strip().lower()
    if text in _COMMON or (len(text) > 1 and len(set(text)) == 1) or re.fullmatch(r"<.*>", text):
        raise _refuse("it is a placeholder, or known to everybody")


def length(at_least: int = 0, at_most: int | None = None) -> Validator:
    """Characters, both ends included."""

    def check(value: Secret) -> None:
        size = len(value.reveal())
        if size < at_least or (at_most is not None and size > at_most):
            end = f" and at most {at_most}" if at_most is not None else ""
            raise _refuse(f"it has {size} characters, and at least {at_least}{end} are asked for")

    return check


def pattern(expression: str) -> Validator:
    """The whole value matches a regular expression of yours."""
    compiled = re.compile(expression)

    def check(value: Secret) -> None:
        if not compiled.fullmatch(value.reveal()):
            raise _refuse("it does not have the form that is asked for")

    return check


def url(*schemes: str, host: bool = True) -> Validator:
    """A URL of one of the schemes (any, if none is named), with a host and a valid port."""

    def check(value: Secret) -> None:
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(value.reveal())
            port = parts.port
        except ValueError:
            raise _refuse("it is not a URL") from None
        if not parts.scheme or (schemes and parts.scheme not in schemes) or port == 0:
            raise _refuse(f"it is not a URL of {', '.join(schemes) or 'any scheme'}")
        if host and not parts.hostname:
            raise _refuse("it is a URL without a host")

    return check


def encoded_key(size: int, encoding: str = "hex") -> Validator:
    """Exactly ``size`` bytes in ``hex``, ``base64`` or ``base64url``."""

    def check(value: Secret) -> None:
        if len(_decoded(value.reveal(), encoding)) != size:
            raise _refuse(f"it is not {size} bytes in {encoding}")

    return check


def pem_private_key(value: Secret) -> None:
    """An unencrypted private key in PEM that loads: RSA from 2048 bits, EC, Ed25519."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(value.reveal().encode(), None)
    except Exception:  # noqa: BLE001 (whatever it says would quote the key)
        raise _refuse("it is not a private key in PEM") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < 2048:
        raise _refuse("it is an RSA key of fewer than 2048 bits")


def strength(bits: float) -> Validator:
    """At least so many bits by the size of the alphabet it seems to be drawn from: an upper
    bound of what it is worth, so that only the plainly weak are refused."""

    def check(value: Secret) -> None:
        worth = apparent_bits(value.reveal())
        if worth < bits:
            raise _refuse(f"it is worth at most {worth:.0f} bits, and {bits:.0f} are asked for")

    return check


def every(*validators: Validator) -> Validator:
    """All of them, in order."""

    def check(value: Secret) -> None:
        for validate in validators:
            validate(value)

    return check


def apparent_bits(text: str) -> float:
    """Bits of a text if each character were drawn evenly from its kinds, repeats counted once."""
    from math import log2

    kinds = (("a", "z", 26), ("A", "Z", 26), ("0", "9", 10))
    size = sum(n for low, high, n in kinds if any(low <= c <= high for c in text))
    size += 33 * any(not c.isalnum() for c in text)
    size += 100 * any(c.isalnum() and not c.isascii() for c in text)
    steps = sum(1 for i, c in enumerate(text) if i < 1 or c != text[i - 1])
    return steps * log2(size) if size else 0.0


def _decoded(text: str, encoding: str) -> bytes:
    import base64

    try:
        if encoding == "hex":
            return bytes.fromhex(text)
        alphabet = b"-_" if encoding == "base64url" else None
        return base64.b64decode(text + "=" * (-len(text) % 4), alphabet, validate=True)
    except ValueError:
        return b""
