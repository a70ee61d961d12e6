"""What a circuit tells: one event per transition, in order, numbered without a gap."""

from __future__ import annotations


class Event:
    """A circuit changed.

    ``seq`` counts up by one per circuit from 1. ``at`` is wall time (seconds since 1970, for
    display only), ``now`` the monotonic second that decided. ``kind`` is ``transition``, ``reset``,
    ``override``, ``would_open`` or ``configured``; ``before`` and ``after`` are states; ``reason``
    is one line with its numbers; ``actor`` is empty where the circuit decided by itself. ``epoch``
    is the epoch that began, ``revision`` the count of operators' actions so far.
    """

    __slots__ = (
        "actor", "after", "at", "before", "circuit", "epoch", "kind", "now", "reason", "revision",
        "seq",
    )  # fmt: skip

    def __init__(
        self,
        seq: int,
        at: float,
        now: float,
        circuit: str,
        kind: str,
        before: str,
        after: str,
        reason: str,
        actor: str,
        epoch: int,
        revision: int,
    ) -> None:
        self.seq = seq
        self.at = at
        self.now = now
        self.circuit = circuit
        self.kind = kind
        self.before = before
        self.after = after
        self.reason = reason
        self.actor = actor
        self.epoch = epoch
        self.revision = revision

    def __repr__(self) -> str:
        who = f" by {self.actor}" if self.actor else ""
        return f"<{self.circuit} #{self.seq} {self.before} → {self.after}: {self.reason}{who}>"

    def document(self) -> dict[str, object]:
        """The event as JSON-able values, as the admin endpoint and its stream show it."""
        return {
            "seq": self.seq,
            "at": self.at,
            "circuit": self.circuit,
            "kind": self.kind,
            "from": self.before,
            "to": self.after,
            "reason": self.reason,
            "actor": self.actor or None,
            "epoch": self.epoch,
            "revision": self.revision,
        }
