"""Which record of each target counts, in flat arrays."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

_EPOCH = 1_704_067_200
"""The start of 2024: no record is older, and 31 bits of seconds reach to 2092."""


class _Name(msgspec.Struct):
    name: str = ""


class Key(msgspec.Struct):
    """The little of a record that tells which target it answers, and whether with a verdict."""

    schema: str = ""
    target: str = ""
    finished: datetime = datetime.min.replace(tzinfo=UTC)
    subjects: list[_Name] = []
    errors: list[msgspec.Raw] = []

    @property
    def name(self) -> bytes:
        """The target, or what a report that is no journal's speaks of."""
        name = self.target or (self.subjects[0].name if self.subjects else "")
        return name.encode("utf-8", "backslashreplace")


class Index:
    """Which record counts of each target: an open-addressed table of hashes in flat arrays."""

    def __init__(self) -> None:
        self._size = 1 << 12
        self._used = 0
        self._hash = array("Q", bytes(8 * self._size))
        self._order = array("I", bytes(4 * self._size))
        self._number = array("I", bytes(4 * self._size))
        self._holds = bytearray()

    def offer(self, key: Key, number: int) -> None:
        """Let a record count, unless the one that counts so far is a verdict or newer."""
        hash = int.from_bytes(blake2b(key.name, digest_size=8).digest(), "big") or 1
        at = self._find(hash)
        order = _order(key)
        if self._hash[at] and order < self._order[at]:
            return
        if not self._hash[at]:
            self._used += 1
        else:
            self._mark(self._number[at], 0)
        self._hash[at], self._order[at], self._number[at] = hash, order, number
        self._mark(number, 1)
        if self._used * 3 > self._size * 2:
            self._grow()

    def holds(self, number: int) -> bool:
        """Whether the record of that number counts."""
        return number >> 3 < len(self._holds) and bool(self._holds[number >> 3] >> (number & 7) & 1)

    def _mark(self, number: int, bit: int) -> None:
        if number >> 3 >= len(self._holds):
            self._holds.extend(bytes((number >> 3) - len(self._holds) + 1))
        mask = 1 << (number & 7)
        self._holds[number >> 3] = (self._holds[number >> 3] & ~mask) | (mask * bit)

    def _find(self, hash: int) -> int:
        at = hash & (self._size - 1)
        while self._hash[at] and self._hash[at] != hash:
            at = (at + 1) & (self._size - 1)
        return at

    def _grow(self) -> None:
        old = zip(self._hash, self._order, self._number, strict=True)
        self._size *= 2
        self._hash = array("Q", bytes(8 * self._size))
        self._order = array("I", bytes(4 * self._size))
        self._number = array("I", bytes(4 * self._size))
        for hash, order, number in old:
            if hash:
                at = self._find(hash)
                self._hash[at], self._order[at], self._number[at] = hash, order, number


def _order(key: Key) -> int:
    """32 bits that grow with the second in which a record was made, every verdict above any error.

    Of two records of the same second the one that stands later counts.
    """
    seconds = int(key.finished.timestamp()) - _EPOCH
    return min(max(seconds, 0), (1 << 31) - 1) | (0 if key.errors else 1 << 31)
