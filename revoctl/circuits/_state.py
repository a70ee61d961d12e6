"""The circuit as a pure machine: ask with ``acquire(now)``, answer with ``settle(permit, …, now)``.

``now`` is a monotonic second that the caller hands in; wall time only labels events. A permit
belongs to the epoch it was given in: every transition, reset and override starts a new epoch, and a
call of an older one is counted as late and changes nothing else. Probes of a half-open circuit hold
a lease; what falls due by time (a lease, an override's time to live) takes effect at its due
second, whenever it is noticed.

**The swift path.** While ``epoch.swift`` holds, a caller that settles exactly once by construction
may skip the permit: add one to ``begun``, put its thread into ``running`` (or mark its context),
call, take it out, and for a success that is not slow do ::

    if machine.epoch is epoch:
        epoch.clean += 1

CPython with its global lock switches threads only after calls, at loop ends and on function entry,
so nothing comes between those two lines and no count is lost. Everything else goes through
:meth:`Machine.settle` with a :class:`Permit` made on the spot. ``swift`` is only ever set in a
CLOSED epoch with a window of calls that holds the minimum already (before that, a success could be
the call that trips), and never on another interpreter or on a build without the global lock.

The lock is re-entrant, because a finaliser or a signal handler may settle a call of its own while
its thread is in here; it is never held while code of the caller runs.
"""

from __future__ import annotations

import math
from _thread import RLock

from revoctl.circuits._permit import (
    ATOMIC,
    CLOSED,
    FAILURE,
    HALF_OPEN,
    METRICS_ONLY,
    OPEN,
    OUTCOMES,
    OVERRIDES,
    REFUSING,
    SUCCESS,
    Epoch,
    Override,
    Permit,
    Rejection,
)
from revoctl.circuits._trip import share, verdict
from revoctl.circuits._window import FAILED, SLOW, CountWindow, TimeWindow
from revoctl.circuits.events import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from revoctl.circuits._settings import Settings

EVENTS_KEPT = 64
OUTCOMES_KEPT = 5  # as many as open a circuit by default
WAITING_EVENTS = 1000


class Conflict(Exception):
    """An operator's action named a revision that another action has replaced since."""


class Machine:
    """States, windows and counts of one circuit. Every method is atomic and returns at once.

    ``begun``, ``rejected``, ``late``, ``failed``, ``ignored``, ``cancelled`` count calls since the
    start of the process; ``would_open`` how often METRICS_ONLY would have opened.
    """

    __slots__ = (
        "_first_epoch", "_lock", "_reopened", "_succeeded", "_wall", "begun", "cancelled", "epoch",
        "events", "failed", "ignored", "late", "name", "outbox", "override", "plain", "recent",
        "rejected", "revision", "running", "seq", "settings", "would_open",
    )  # fmt: skip

    def __init__(
        self, name: str, settings: Settings, now: float, wall: Callable[[], float]
    ) -> None:
        self.name = name
        self.settings = settings
        self._wall = wall
        self._lock = RLock()
        self.plain = ATOMIC
        self.revision = self.seq = self.would_open = self._reopened = 0
        self.override: Override | None = None
        self.events: list[Event] = []
        self.outbox: list[Event] | None = None
        self.running: dict[int, Epoch | None] = {}
        self._zero(())
        self.epoch = self._first_epoch = self._make(CLOSED, now, 1)

    # What callers do

    def acquire(self, now: float) -> Permit | Rejection:
        """Leave for one call that begins at ``now``, or why there is none."""
        with self._lock:
            self._fall_due(now)
            epoch = self.epoch
            if epoch.state == OPEN and now >= epoch.until:
                epoch = self._enter(HALF_OPEN, now, "the recovery timeout is over")
            if epoch.state in REFUSING or self._crowded(epoch):
                self.rejected += 1
                return Rejection(epoch.state, epoch.until - now)
            self.begun += 1
            permit = Permit(epoch, now)
            if epoch.state == HALF_OPEN:
                epoch.probes[permit] = None
                self._lease(epoch)
            return permit

    def settle(
        self, permit: Permit, outcome: str, now: float, label: str = "", took: float | None = None
    ) -> None:
        """Say how a call ended. Only the first word counts; a call of an older epoch is late.

        ``label`` names the error for :attr:`recent`; ``took`` replaces the seconds since the permit
        began, for a stream that was not working all the time.
        """
        if outcome not in OUTCOMES:
            raise ValueError(f"{outcome!r} is no outcome: {', '.join(OUTCOMES)}")
        with self._lock:
            if permit.settled:
                return
            permit.settled = True
            self._fall_due(now)
            if permit.epoch is not self.epoch:
                self.came_late(permit.epoch)
                return
            seconds = now - permit.begin if took is None else took
            if outcome in (SUCCESS, FAILURE):
                self._record(permit, outcome == FAILURE, seconds, now, label)
            else:
                self._release(permit, outcome)

    def withdraw(self, permit: Permit) -> None:
        """Take a permit back as if it had never been given: the call has yet to begin."""
        with self._lock:
            if not permit.settled:
                permit.settled = True
                self.begun -= 1
                if permit.epoch.probes.pop(permit, self) is None:
                    self._lease(permit.epoch)

    def came_late(self, epoch: Epoch) -> None:
        """Count a call whose epoch ended before it did."""
        with self._lock:
            self.late += 1
            # what began in the process this one was forked from is first heard of when it ends
            self.begun += epoch.number < self._first_epoch.number

    # What operators do

    def reset(self, now: float, reason: str, actor: str, if_revision: int | None = None) -> None:
        """Close and forget, whatever the state; no call begun before can undo it.

        Raises :class:`Conflict` if ``if_revision`` is not the present revision.
        """
        with self._lock:
            self._operate(now, if_revision)
            self.override = None
            self._reopened = 0
            self._enter(CLOSED, now, reason, actor, "reset")

    def trip(self, now: float, reason: str, actor: str, if_revision: int | None = None) -> None:
        """Open as a failing dependency would: recovery is tried after the usual timeout."""
        with self._lock:
            self._operate(now, if_revision)
            self.override = None
            self._enter(OPEN, now, reason, actor)

    def impose(
        self,
        state: str,
        now: float,
        reason: str,
        actor: str,
        ttl_s: float | None = None,
        if_revision: int | None = None,
    ) -> None:
        """Hold FORCED_OPEN, DISABLED or METRICS_ONLY until an operator or ``ttl_s`` ends it."""
        if state not in OVERRIDES:
            raise ValueError(f"{state!r} cannot be imposed: {', '.join(OVERRIDES)}")
        with self._lock:
            self._operate(now, if_revision)
            until = math.inf if ttl_s is None else now + ttl_s
            self.override = Override(state, actor, reason, until)
            self._enter(state, now, reason, actor, "override")

    def configure(self, settings: Settings, now: float, reason: str, actor: str) -> None:
        """Take other settings: the state stays, the window starts empty, probes begin again."""
        with self._lock:
            self._fall_due(now)
            self.settings = settings
            opened = self.epoch.since
            self._enter(self.epoch.state, now, reason, actor, "configured")
            if self.epoch.state == OPEN:
                self.epoch.since = opened
                self.epoch.until = opened + self._pause()

    def permit_swift(self, plain: bool) -> None:
        """Whether calls are plain enough for the swift path; what else they need, others know."""
        with self._lock:
            self.plain = plain and ATOMIC
            self._choose(self.epoch)

    def notice(self, now: float) -> Epoch:
        """Let what is due by ``now`` take effect, and give the epoch that holds then."""
        with self._lock:
            self._fall_due(now)
            return self.epoch

    def reborn(self, now: float, threads: tuple[int, ...]) -> None:
        """Begin anew in a forked child, whose only ``threads`` are these.

        The state is inherited; the lock, the epoch and the counts are the child's own.
        """
        self._lock = RLock()
        state, until, since = self.epoch.state, self.epoch.until, self.epoch.since
        self._zero(threads)
        self.epoch = self._first_epoch = self._make(state, since, self.epoch.number + 1)
        if state == OPEN:
            self.epoch.until = until

    # Counts

    @property
    def in_flight(self) -> int:
        """Calls that began and have not ended, whatever their epoch."""
        ended = self.succeeded + self.failed + self.ignored + self.cancelled + self.late
        return max(0, self.begun - ended)

    @property
    def succeeded(self) -> int:
        """Calls that succeeded in the epoch they began in."""
        return self._succeeded + self.epoch.clean

    # Inside, under the lock

    def _zero(self, threads: tuple[int, ...]) -> None:
        for thread in [t for t in self.running if t not in threads]:
            del self.running[thread]  # in place: guards under way hold the mapping itself
        self.rejected = self.late = self.failed = self.ignored = self.cancelled = 0
        self.begun = self._succeeded = 0
        self.recent: list[tuple[float, float, str, str]] = []

    def _operate(self, now: float, if_revision: int | None) -> None:
        self._fall_due(now)
        if if_revision is not None and if_revision != self.revision:
            raise Conflict(f"revision {if_revision} was expected, {self.revision} holds")
        self.revision += 1

    def _fall_due(self, now: float) -> None:
        epoch = self.epoch
        if now < epoch.until or epoch.state == OPEN:
            return
        if epoch.state == HALF_OPEN:
            self._reopen(epoch.until, "a probe's lease expired")
        else:
            self.override = None
            self._enter(CLOSED, epoch.until, f"the override {epoch.state} expired")

    def _crowded(self, epoch: Epoch) -> bool:
        if epoch.state != HALF_OPEN:
            return False
        return len(epoch.probes) + epoch.succeeded >= self.settings.permits

    def _lease(self, epoch: Epoch) -> None:
        oldest = min((probe.begin for probe in epoch.probes), default=math.inf)
        epoch.until = oldest + self.settings.probe_lease_s

    def _release(self, permit: Permit, outcome: str) -> None:
        if outcome == "ignored":
            self.ignored += 1
        else:
            self.cancelled += 1
        if permit.epoch.probes.pop(permit, self) is None:
            self._lease(permit.epoch)

    def _record(self, permit: Permit, failed: bool, took: float, now: float, label: str) -> None:
        epoch = permit.epoch
        slow = epoch.slow_s is not None and took > epoch.slow_s
        if failed:
            self.failed += 1
        if failed or slow:
            self.recent.append((now, took, FAILURE if failed else "slow", label))
            del self.recent[:-OUTCOMES_KEPT]
        if epoch.state == HALF_OPEN:
            self._conclude(permit, failed, slow and self.settings.slow_call_rate is not None, now)
        elif epoch.window is not None:
            self._remember(epoch, failed * FAILED | slow * SLOW, now)
        elif not failed:
            self._succeeded += 1

    def _conclude(self, probe: Permit, failed: bool, slow: bool, now: float) -> None:
        epoch = probe.epoch
        del epoch.probes[probe]
        self._lease(epoch)
        self._succeeded += not failed
        epoch.succeeded += not failed
        if failed or slow:
            self._reopen(now, "a probe failed" if failed else "a probe was slow")
        elif epoch.succeeded >= self.settings.success_threshold:
            self._reopened = 0
            self._enter(CLOSED, now, f"{epoch.succeeded} probes succeeded")

    def _remember(self, epoch: Epoch, kind: int, now: float) -> None:
        window = epoch.window
        if kind:
            window.record(kind, epoch.clean, now)  # type: ignore[union-attr]
            self._succeeded += not kind & FAILED
        elif isinstance(window, TimeWindow):
            window.succeed(now)
            self._succeeded += 1
        else:
            epoch.clean += 1
        self._test(epoch, now)

    def _test(self, epoch: Epoch, now: float) -> None:
        reason = verdict(self.settings, epoch, now)
        if not reason:
            self._choose(epoch)
        elif epoch.state == METRICS_ONLY:
            self.would_open += 1
            self._enter(METRICS_ONLY, now, reason, kind="would_open")
        else:
            self._enter(OPEN, now, reason)

    def _reopen(self, now: float, reason: str) -> None:
        self._reopened += 1
        self._enter(OPEN, now, reason)

    def _pause(self) -> float:
        s = self.settings
        pause = s.recovery_timeout_s * s.recovery_backoff ** min(self._reopened, 64)
        return min(pause, s.recovery_timeout_max_s or math.inf)

    def _enter(
        self, state: str, now: float, reason: str, actor: str = "", kind: str = "transition"
    ) -> Epoch:
        old = self.epoch
        new = self._make(state, now, old.number + 1)
        self.epoch = new
        self._succeeded += old.clean
        old.clean = 0
        self.seq += 1
        event = Event(
            self.seq, self._wall(), now, self.name, kind, old.state, state, reason, actor,
            new.number, self.revision,
        )  # fmt: skip
        self.events.append(event)
        del self.events[:-EVENTS_KEPT]
        if self.outbox is not None:
            self.outbox.append(event)
            del self.outbox[:-WAITING_EVENTS]
        return new

    def _make(self, state: str, now: float, number: int) -> Epoch:
        s = self.settings
        until = math.inf
        if state == OPEN:
            until = now + self._pause()
        elif state in OVERRIDES and self.override:
            until = self.override.until
        counted = state in (CLOSED, METRICS_ONLY)
        window = self._window() if counted else None
        epoch = Epoch(number, state, now, until, window, s.slow_call_s)
        self._choose(epoch)
        return epoch

    def _window(self) -> CountWindow | TimeWindow:
        s = self.settings
        if s.window_s is None:
            return CountWindow(s.window)
        return TimeWindow(s.window_s, s.failure_threshold or 1)

    def _choose(self, epoch: Epoch) -> None:
        window = epoch.window
        swift = self.plain and epoch.state == CLOSED and isinstance(window, CountWindow)
        if swift and share(self.settings):
            calls, _, _ = window.counts(epoch.clean, 0.0)  # type: ignore[union-attr]
            swift = calls >= self.settings.minimum_calls
        epoch.swift = swift
