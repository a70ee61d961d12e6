"""Violations out of what browsers send: ``report-uri`` JSON and Reporting API JSON.

Sources: CSP Level 3 section 5.3 (``csp-report``) and 5.2 (``csp-violation``), Reporting API section
3.1; older browsers' ``violated-directive`` with its sources, Safari's names. Any bytes are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from revoctl.headers.csp_reports.model import LONGEST, Violation
from revoctl.headers.csp_reports.pieces import Pieces

PART = 64 << 10
"""Bytes of a line that are read at once."""
_NAMES = {
    "directive": ("effective-directive", "effectiveDirective", "violated-directive",
                  "violatedDirective"),
    "blocked": ("blocked-uri", "blockedURL", "blockedURI"),
    "page": ("document-uri", "documentURL", "documentURI"),
    "source": ("source-file", "sourceFile"),
    "sample": ("script-sample", "sample"),
    "policy": ("original-policy", "originalPolicy"),
    "disposition": ("disposition",),
}  # fmt: skip


class Reader:
    """Counts while it reads: ``reports`` of violations, ``other`` reports, ``unread`` objects."""

    def __init__(self) -> None:
        self.reports = 0
        self.other = 0
        self._strange = 0
        self._pieces = Pieces()

    @property
    def unread(self) -> int:
        """Objects that were broken, too large or no report."""
        return self._strange + self._pieces.broken

    def read(self, parts: Iterable[bytes]) -> Iterator[Violation]:
        """The violations of a stream of lines, or parts of lines."""
        for part in parts:
            whole = _decoded(part) if self._pieces.idle else None
            if whole is not None:  # the usual case: a line is a report, or an array of them
                for entry in whole if isinstance(whole, list) else (whole,):
                    yield from self._violations(entry)
                continue
            for piece in self._pieces.feed(part):
                entry = _decoded(piece)
                if entry is None:
                    self._strange += 1
                else:
                    yield from self._violations(entry)
        self._pieces.finish()

    def _violations(self, entry: object) -> Iterator[Violation]:
        found = violation(entry)
        if found is not None:
            self.reports += 1
            yield found
        elif isinstance(entry, dict) and isinstance(entry.get("body"), dict) and "type" in entry:
            self.other += 1
        else:
            self._strange += 1


def parts(stream: Any) -> Iterator[bytes]:
    """The lines of a binary file, long ones in parts, so that memory is bounded."""
    while part := stream.readline(PART):
        yield part


def _decoded(data: bytes) -> Any:
    """An object or an array, else None."""
    if data[:1] not in (b"{", b"["):
        return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def violation(entry: object) -> Violation | None:
    """One report as a violation, or None where it is about something else."""
    body = _body(entry)
    if body is None:
        return None
    texts = {name: _first(body, keys) for name, keys in _NAMES.items()}
    disposition = texts.pop("disposition")
    words = texts["directive"].lower().split()
    texts["directive"] = words[0][:60] if words else ""
    line = next((v for k in ("line-number", "lineNumber") if isinstance(v := body.get(k), int)), 0)
    return Violation(**texts, line=line, enforced=disposition != "report")


def _body(entry: object) -> dict[str, Any] | None:
    if not isinstance(entry, dict):
        return None
    if isinstance(old := entry.get("csp-report"), dict):
        return old
    body = entry.get("body")
    if entry.get("type") == "csp-violation" and isinstance(body, dict):
        return body if "documentURL" in body or "documentURI" in body else {
            **body, "documentURL": entry.get("url")
        }  # fmt: skip
    return None


def _first(body: dict[str, Any], names: tuple[str, ...]) -> str:
    values = (body.get(name) for name in names)
    return next((v[:LONGEST] for v in values if isinstance(v, str) and v), "")
