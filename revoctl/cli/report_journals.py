"""Journals of scans with ``--targets``, merged and gated without being held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from revoctl.cli.deliver import Delivery
from revoctl.cli.fleet_deliver import FleetDelivery, Missing, not_before
from revoctl.errors import RevoctlError
from revoctl.report.journal import header, keys


def are_journals(files: Sequence[Path]) -> bool:
    """Whether all files are journals; false if none is.

    Raises :class:`RevoctlError` ``report.mixed`` for some of each, or for different policies.
    """
    heads = [header(path) if path.is_file() else None for path in files]
    found = [head for head in heads if head]
    if not found:
        return False
    if len(found) < len(heads):
        other = ", ".join(str(p) for p, head in zip(files, heads, strict=True) if not head)
        why = f"of these files some are journals, and {other[:200]} is not"
        raise RevoctlError(
            "report.mixed", "the reports do not belong together", why, "name one kind"
        )
    profiles = dict.fromkeys(f"{h.profile.name} ({h.profile.digest[:12]})" for h in found)
    if len(profiles) > 1:
        why = f"they were made under {', '.join(profiles)}"
        fix = "merge journals that were made under one profile"
        raise RevoctlError("report.mixed", "the journals do not belong together", why, fix)
    return True


def deliver(delivery: Delivery, files: Sequence[Path], targets: Path | None, column: str) -> int:
    """Deliver what counts of some journals; ``targets`` is the list that they should answer.

    A target without a record counts at the gate as one without a verdict.
    """
    not_before(delivery)
    missing = _missing(files, targets, column) if targets else Missing()
    return FleetDelivery(delivery, files, missing=missing).deliver()


def _missing(files: Sequence[Path], targets: Path, column: str) -> Missing:
    from revoctl.headers.fleet.seen import Seen
    from revoctl.headers.fleet.targets import name_of, read_targets

    seen = Seen()
    for path in files:
        for key in keys(path):
            seen.add(key.name)
    missing = Missing()
    try:
        with targets.open("rb") as stream:
            for entry in read_targets(stream, column):
                if seen.add(name_of(entry)):
                    missing.add(name_of(entry))
    except OSError as error:
        why = error.strerror or str(error)
        code = "file.missing" if isinstance(error, FileNotFoundError) else "file.unreadable"
        raise RevoctlError(code, f"the list {targets} was not read", why, "check it") from None
    return missing
