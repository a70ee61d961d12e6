"""The audit trail: append-only JSON lines, each chained to the one before by an HMAC.

A record holds its sequence number, time, actor, operation, object, outcome and the chain value
``HMAC-SHA256(key, previous chain value + canonical record)``. Who lacks the key cannot change,
reorder, insert or drop a record in the middle without :func:`verify` naming the line; a cut-off
end shows against an anchor (the last chain value, kept elsewhere). No record holds a secret value.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from revoctl.errors import RevoctlError
from revoctl.files import locked, read

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found: how many records hold, and the first line that does not."""

    records: int
    last: str
    broken_line: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Whether every record is as it was written."""
        return self.broken_line is None


class Trail:
    """One trail file and its key. Writers of several processes take turns by a file lock."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key

    def append(self, at: datetime, actor: str, op: str, object_: str, **facts: Any) -> str:
        """Write one record durably and return its chain value (64 hexadecimal digits).

        Raises :class:`RevoctlError` ``trail.broken`` if the last line is not whole and
        ``file.unwritable`` if nothing could be written; then the operation must not happen.
        """
        with locked(self.path) as descriptor:
            number, previous = self._end(descriptor)
            record = {"n": number, "at": at.isoformat(), "actor": actor, "op": op}
            record |= {"object": object_, **facts}
            chain = self._chain(previous, record)
            line = _canonical({**record, "chain": chain}) + b"\n"
            try:
                if os.write(descriptor, line) != len(line):
                    raise OSError(28, "the disk is full")
                os.fsync(descriptor)
            except OSError as error:
                why = error.strerror or str(error)
                raise RevoctlError("file.unwritable", "the trail was not written", why) from None
        return chain

    def verify(self, anchor: str = "") -> Verdict:
        """Follow the chain from its beginning; with an anchor, it must occur in the chain."""
        previous, anchored, count = GENESIS, not anchor, 0
        for count, line in enumerate(self._lines(), 1):
            reason = self._fault(line, count, previous)
            if reason:
                return Verdict(count - 1, previous, count, reason)
            previous = json.loads(line)["chain"]
            anchored = anchored or previous == anchor
        if not anchored:
            return Verdict(count, previous, count + 1, "the anchored record is missing")
        return Verdict(count, previous)

    def _lines(self) -> Iterator[bytes]:
        yield from read(self.path, "the trail").splitlines()

    def _fault(self, line: bytes, number: int, previous: str) -> str:
        try:
            record = json.loads(line)
            chain = record.pop("chain")
        except (ValueError, KeyError, AttributeError, TypeError):
            return "it is not a record"
        if record.get("n") != number:
            return f"record {number} is missing or out of order"
        if not hmac.compare_digest(self._chain(previous, record), str(chain)):
            return "its chain value does not fit: it, or a record before it, was changed"
        return ""

    def _end(self, descriptor: int) -> tuple[int, str]:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 1 << 16, max(0, size - (1 << 16)))
        if not tail:
            return 1, GENESIS
        try:
            last = json.loads(tail.splitlines()[-1])
            if not tail.endswith(b"\n"):
                raise ValueError
            return int(last["n"]) + 1, str(last["chain"])
        except (ValueError, KeyError, TypeError):
            raise RevoctlError(
                "trail.broken",
                f"the trail {self.path} was not continued",
                "its last line is not a whole record",
                "keep the file as evidence, and start a new one in its place",
            ) from None

    def _chain(self, previous: str, record: Mapping[str, Any]) -> str:
        return hmac.new(
            self._key, previous.encode() + _canonical(record), hashlib.sha256
        ).hexdigest()


def _canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
