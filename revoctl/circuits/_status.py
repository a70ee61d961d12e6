"""What an operator asks of one circuit, as JSON-able values with the endpoint's keys."""

from __future__ import annotations

import math
from time import monotonic

from revoctl.circuits._permit import HALF_OPEN, OPEN, Epoch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from revoctl.circuits._breaker import Circuit
    from revoctl.circuits._state import Machine

TOTALS = ("admitted", "rejected", "success", "failure", "ignored", "cancelled", "late")


def describe(circuit: Circuit) -> dict[str, Any]:
    """The whole of a circuit's present: state, window, totals, last transition, why, settings."""
    machine, now = circuit.machine, monotonic()
    epoch = machine.notice(now)
    calls, failures, slow = counts(epoch, now)
    return {
        "name": circuit.name,
        "tags": sorted(circuit.tags),
        "state": epoch.state,
        "epoch": epoch.number,
        "revision": machine.revision,
        "since_s": round(max(0.0, now - epoch.since), 3),
        "window": _window(machine, calls, failures, slow),
        "failure_rate": _rate(machine, failures, calls),
        "slow_rate": _rate(machine, slow, calls),
        "next_probe_in_s": _left(epoch.until - now) if epoch.state == OPEN else None,
        "half_open": _half_open(machine, epoch),
        "totals": totals(machine),
        "in_flight": machine.in_flight,
        "would_open": machine.would_open,
        "last_transition": machine.events[-1].document() if machine.events else None,
        "last_failures": [_outcome(now, *one) for one in reversed(machine.recent)],
        "override": _override(machine, now),
        "fault": _fault(circuit),
        "config": machine.settings.document(),
    }


def counts(epoch: Epoch, now: float) -> tuple[int, int, int]:
    """Calls, failures and slow calls in the window of an epoch; zeros where it has none."""
    return epoch.window.counts(epoch.clean, now) if epoch.window else (0, 0, 0)


def totals(machine: Machine) -> dict[str, int]:
    """Calls since the process began, by how they ended; ``admitted`` includes those in flight."""
    return {
        "admitted": machine.begun,
        "rejected": machine.rejected,
        "success": machine.succeeded,
        "failure": machine.failed,
        "ignored": machine.ignored,
        "cancelled": machine.cancelled,
        "late": machine.late,
    }


def _window(machine: Machine, calls: int, failures: int, slow: int) -> dict[str, Any]:
    counted = machine.settings.window_s is None
    size = machine.settings.window if counted else machine.settings.window_s
    kind = "count" if counted else "time"
    return {"type": kind, "size": size, "calls": calls, "failures": failures, "slow": slow}


def _rate(machine: Machine, part: int, calls: int) -> float | None:
    return part / calls if calls and calls >= machine.settings.minimum_calls else None


def _half_open(machine: Machine, epoch: Epoch) -> dict[str, int]:
    return {
        "permits": machine.settings.permits,
        "in_flight": len(epoch.probes) if epoch.state == HALF_OPEN else 0,
        "ok": epoch.succeeded,
    }


def _outcome(now: float, at: float, took: float, outcome: str, label: str) -> dict[str, Any]:
    age = round(max(0.0, now - at), 3)
    return {"outcome": outcome, "error": label or None, "took_s": round(took, 6), "age_s": age}


def _override(machine: Machine, now: float) -> dict[str, Any] | None:
    held = machine.override
    if held is None:
        return None
    return {
        "state": held.state,
        "actor": held.actor or None,
        "reason": held.reason,
        "expires_in_s": _left(held.until - now),
    }


def _fault(circuit: Circuit) -> dict[str, Any] | None:
    fault = circuit.fault
    if fault is None or not fault.left_s:
        return None
    left = round(fault.left_s, 3)
    return {"kind": fault.kind, "rate": fault.rate, "struck": fault.struck, "expires_in_s": left}


def _left(seconds: float) -> float | None:
    return None if seconds == math.inf else round(max(0.0, seconds), 3)
