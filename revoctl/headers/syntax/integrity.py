"""The ``integrity`` attribute: hashes that a script must match (Subresource Integrity 3.5)."""

from __future__ import annotations

_ALGORITHMS = ("sha256", "sha384", "sha512")
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"


def is_usable(attribute: str) -> bool:
    """Whether a browser finds at least one hash in it; without one it checks nothing at all."""
    return any(_is_hash(word) for word in attribute.split())


def _is_hash(word: str) -> bool:
    algorithm, _, rest = word.partition("-")
    digest = rest.partition("?")[0].rstrip("=")
    return algorithm.lower() in _ALGORITHMS and bool(digest) and not digest.strip(_BASE64)
