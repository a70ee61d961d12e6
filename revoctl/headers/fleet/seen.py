"""Which targets were met before, in eight bytes each."""

from __future__ import annotations

from array import array
from hashlib import blake2b


class Seen:
    """A set of texts by 64-bit hash: an open-addressed table in one flat array.

    Of a million texts two share a hash with a probability of 3e-8.
    """

    def __init__(self) -> None:
        self._size = 1 << 12
        self._table = array("Q", bytes(8 * self._size))
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def __contains__(self, text: str | bytes) -> bool:
        return bool(self._table[self._find(_hash(text))])

    def add(self, text: str | bytes) -> bool:
        """Remember a text; true if it is new."""
        hash = _hash(text)
        at = self._find(hash)
        if self._table[at]:
            return False
        self._table[at] = hash
        self._used += 1
        if self._used * 3 > self._size * 2:
            self._grow()
        return True

    def _find(self, hash: int) -> int:
        mask = self._size - 1
        at = hash & mask
        while self._table[at] and self._table[at] != hash:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = self._table
        self._size *= 2
        self._table = array("Q", bytes(8 * self._size))
        for hash in old:
            if hash:
                self._table[self._find(hash)] = hash


def _hash(text: str | bytes) -> int:
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") or 1
