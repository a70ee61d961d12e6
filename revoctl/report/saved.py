"""Reports that were saved as JSON or JSON lines, read back strictly."""

from __future__ import annotations

from pathlib import Path

import msgspec

from revoctl.errors import RevoctlError
from revoctl.files import read
from revoctl.report.model import Report


def load(path: Path, what: str = "the report") -> tuple[Report, ...]:
    """All reports of a file: one JSON report, an array of them, or one a line.

    Of a journal they are the records that count, each target's once. Raises
    :class:`RevoctlError` ``report.format`` with what is wrong, or ``file.*``.
    """
    from revoctl.report.journal import header, latest

    if path.is_file() and header(path):
        return tuple(report for _, report in latest([path]))
    data = read(path, what)
    try:
        return decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RevoctlError(
            "report.format",
            f"{what} {path} is not a saved report",
            str(error),
            "save one with: revoctl headers scan URL --save json:FILE",
        ) from None


def decode(data: bytes) -> tuple[Report, ...]:
    """Decode one report, an array of reports, or JSON lines. Raises ``msgspec.MsgspecError``."""
    start = data.lstrip()[:1]
    if start == b"[":
        return msgspec.json.decode(data, type=tuple[Report, ...])
    if start == b"{" and b"\n{" in data.strip():
        return tuple(msgspec.json.Decoder(Report).decode_lines(data))
    return (msgspec.json.decode(data, type=Report),)


def fingerprints(path: Path) -> frozenset[str]:
    """The findings that a baseline file knows. Raises as :func:`load` does."""
    from revoctl.report.journal import header, latest

    if path.is_file() and header(path):
        return frozenset(f.fingerprint for _, r in latest([path]) for f in r.findings)
    return frozenset(f.fingerprint for r in load(path, "the baseline") for f in r.findings)
