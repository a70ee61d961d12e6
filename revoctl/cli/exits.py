"""The one table that turns an error's stable code into an exit code."""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
GATE_NOT_MET = 1
USAGE = 2
NOT_FOUND = 3
DENIED = 4
UNAVAILABLE = 5
CONFLICT = 6
INTEGRITY = 7
HELD = 8
VALUE_REFUSED = 9
PARTIAL = 10
REFUSED_FOR_SAFETY = 11
OUR_FAULT = 70
WAIT_RAN_OUT = 124
INTERRUPTED = 130
TERMINATED = 143

MEANINGS: dict[int, str] = {
    DONE: "done, and the gate is met",
    GATE_NOT_MET: "the gate is not met: findings, a score or a grade are worse than asked for",
    USAGE: "usage or configuration: the command line, a settings file or a policy is wrong",
    NOT_FOUND: "not found, or there is nothing to evaluate",
    DENIED: "authentication or permission failed",
    UNAVAILABLE: "unavailable: unreachable, refused, sealed or timed out",
    CONFLICT: "conflict, or a lock is held by someone else",
    INTEGRITY: "integrity: tampered with or corrupt",
    HELD: "held: an operation stopped half-way needs resume or rollback",
    VALUE_REFUSED: "the value is refused",
    PARTIAL: "partial: some targets gave a verdict and more failed than --max-errors allows",
    REFUSED_FOR_SAFETY: "refused for safety, or a prompt was declined",
    OUR_FAULT: "a fault of revoctl's own; REVOCTL_DEBUG=1 shows where",
    WAIT_RAN_OUT: "a wait ran out of time",
    INTERRUPTED: "interrupted (Ctrl-C)",
    TERMINATED: "terminated (SIGTERM)",
}

CODES: dict[str, int] = {
    "config.invalid": USAGE,
    "config.missing": NOT_FOUND,
    "config.syntax": USAGE,
    "config.untrusted": REFUSED_FOR_SAFETY,
    "credential.literal": USAGE,
    "credential.unreadable": USAGE,
    "file.missing": USAGE,
    "file.too-large": USAGE,
    "file.unreadable": USAGE,
    "file.unwritable": UNAVAILABLE,
    "install.extra": USAGE,
    "install.incomplete": OUR_FAULT,
    "internal.fault": OUR_FAULT,
    "listen.refused": UNAVAILABLE,
    "operation.declined": REFUSED_FOR_SAFETY,
    "output.unknown-format": USAGE,
    "output.unsupported": USAGE,
    "profile.unknown": USAGE,
    "report.empty": NOT_FOUND,
    "report.format": USAGE,
    "report.mixed": USAGE,
    "rule.unknown": NOT_FOUND,
    "scan.busy": CONFLICT,
    "scan.changed": USAGE,
    "scan.journal": USAGE,
    "scan.parent": UNAVAILABLE,
    "scan.workers": UNAVAILABLE,
    "schema.unknown": NOT_FOUND,
    "secret.collision": USAGE,
    "secret.conflict": CONFLICT,
    "secret.deleted": NOT_FOUND,
    "secret.denied": DENIED,
    "secret.destroyed": NOT_FOUND,
    "secret.dialect": USAGE,
    "secret.environment": USAGE,
    "secret.file": USAGE,
    "secret.invalid": VALUE_REFUSED,
    "secret.locked": CONFLICT,
    "secret.missing": NOT_FOUND,
    "secret.name": USAGE,
    "secret.plaintext": REFUSED_FOR_SAFETY,
    "secret.read-only": USAGE,
    "secret.reference": USAGE,
    "secret.scheme": USAGE,
    "secret.token": DENIED,
    "secret.unavailable": UNAVAILABLE,
    "secret.unreadable": USAGE,
    "secret.unrepresentable": VALUE_REFUSED,
    "secret.unsupported": USAGE,
    "source.format": USAGE,
    "source.unreadable": USAGE,
    "store.busy": UNAVAILABLE,
    "store.closed": USAGE,
    "store.exists": USAGE,
    "store.key-file": REFUSED_FOR_SAFETY,
    "store.key-refused": DENIED,
    "store.missing": NOT_FOUND,
    "store.readable": REFUSED_FOR_SAFETY,
    "store.rolled-back": INTEGRITY,
    "store.tampered": INTEGRITY,
    "store.worn": REFUSED_FOR_SAFETY,
    "target.empty-answer": UNAVAILABLE,
    "target.invalid": USAGE,
    "target.not-http": UNAVAILABLE,
    "target.private-address": REFUSED_FOR_SAFETY,
    "target.proxy": UNAVAILABLE,
    "target.refused": UNAVAILABLE,
    "target.timeout": UNAVAILABLE,
    "target.tls": UNAVAILABLE,
    "target.unreachable": UNAVAILABLE,
    "target.unresolvable": UNAVAILABLE,
    "topic.unknown": NOT_FOUND,
    "trail.broken": INTEGRITY,
    "usage.command-line": USAGE,
    "usage.date": USAGE,
    "usage.duration": USAGE,
    "usage.edit": USAGE,
    "usage.gate": USAGE,
    "usage.save": USAGE,
    "usage.server": USAGE,
}

_ORDER = (INTEGRITY, HELD, GATE_NOT_MET, PARTIAL)


def of(code: str) -> int:
    """The exit code of an error's code; one that the table lacks is our own fault."""
    return CODES.get(code, OUR_FAULT)


def combine(outcomes: Iterable[int]) -> int:
    """The exit code of several outcomes: integrity, held, gate, partial, then the rest."""
    found = set(outcomes) - {DONE}
    return next((code for code in _ORDER if code in found), min(found, default=DONE))
