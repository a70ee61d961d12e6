"""A circuit as its specification reads: everything kept, everything counted anew each time.

States CLOSED, OPEN, HALF_OPEN; operator states FORCED_OPEN, DISABLED, METRICS_ONLY. The numbers
beside the lines are those of the rules they state:

1 an older epoch's permit only counts as late; each change of state starts an epoch with an empty
window · 2 settling twice is settling once · 3 probes out + succeeded ≤ permits · 4 a probe older
than its lease is lost: open again · 5 by itself only CLOSED→OPEN, OPEN→HALF_OPEN,
HALF_OPEN→{OPEN, CLOSED} · 6 ignored and cancelled are neutral · 8 admitted = all that ended + in
flight · 9 a reset closes and nothing older undoes it · 10 an override ends by operator or time ·
11 the trip rule, after each recorded result; slow is strictly longer · 12 no outcome of age ≥ T.
"""

from fractions import Fraction

from revoctl.circuits import Settings


class Reference:
    """The same verbs as the machine, in the plainest way that obeys the rules."""

    def __init__(self, settings: Settings) -> None:
        self.s = settings
        self.state, self.epoch = "CLOSED", 1
        self.history: list[tuple[float, bool, bool]] = []
        self.totals = dict.fromkeys(("success", "failure", "ignored", "cancelled", "late"), 0)
        self.rejected = self.would_open = self.failed_recoveries = self.probes_ok = 0
        self.opened = self.expires = 0.0
        self.permits: list[dict] = []
        self.changes: list[tuple[str, str]] = []

    def move(self, state: str, now: float) -> None:
        self.changes.append((self.state, state))
        self.state, self.epoch = state, self.epoch + 1  # 1
        self.history, self.probes_ok = [], 0
        self.opened = now

    def open_until(self) -> float:
        pause = self.s.recovery_timeout_s * self.s.recovery_backoff**self.failed_recoveries
        return self.opened + min(pause, self.s.recovery_timeout_max_s or pause)

    def current(self) -> list[dict]:
        return [p for p in self.permits if p["epoch"] == self.epoch and not p["settled"]]

    def time_passes(self, now: float) -> None:
        if self.state in ("FORCED_OPEN", "DISABLED", "METRICS_ONLY") and now >= self.expires:
            self.move("CLOSED", self.expires)  # 10
        due = [p["begin"] + self.s.probe_lease_s for p in self.current()]
        if self.state == "HALF_OPEN" and due and now >= min(due):  # 4
            self.failed_recoveries += 1
            self.move("OPEN", min(due))

    def acquire(self, now: float) -> dict | None:
        self.time_passes(now)
        if self.state == "OPEN" and now >= self.open_until():
            self.move("HALF_OPEN", now)
        full = len(self.current()) + self.probes_ok >= self.s.permits  # 3
        if self.state in ("OPEN", "FORCED_OPEN") or (self.state == "HALF_OPEN" and full):
            self.rejected += 1
            return None
        permit = {"epoch": self.epoch, "begin": now, "settled": False}
        self.permits.append(permit)
        return permit

    def settle(self, permit: dict, outcome: str, now: float) -> None:
        if permit["settled"]:  # 2
            return
        self.time_passes(now)
        permit["settled"] = True
        if permit["epoch"] != self.epoch:
            self.totals["late"] += 1  # 1
            return
        self.totals[outcome] += 1
        if outcome in ("ignored", "cancelled"):  # 6
            return
        failed = outcome == "failure"
        limit = self.s.slow_call_s
        slow = limit is not None and now - permit["begin"] > limit  # 11
        if self.state == "HALF_OPEN":
            self.probe_ended(failed or (slow and self.s.slow_call_rate is not None), failed, now)
        elif self.state in ("CLOSED", "METRICS_ONLY"):
            self.history.append((now, failed, slow))
            if self.must_trip(now):
                self.trips(now)

    def probe_ended(self, bad: bool, failed: bool, now: float) -> None:
        self.probes_ok += not failed
        if bad:
            self.failed_recoveries += 1
            self.move("OPEN", now)
        elif self.probes_ok >= self.s.success_threshold:
            self.failed_recoveries = 0
            self.move("CLOSED", now)

    def trips(self, now: float) -> None:
        if self.state == "METRICS_ONLY":
            self.would_open += 1
            self.move("METRICS_ONLY", now)
        else:
            self.move("OPEN", now)

    def window(self, now: float) -> list[tuple[float, bool, bool]]:
        """The last N; or, in time, what its bucket lets count: dropped whole, opened by a call."""
        if self.s.window_s is None:
            return self.history[-self.s.window :]
        opened = float("-inf")
        kept = []
        for one in self.history:
            if one[0] - opened >= self.s.window_s / 10:
                opened = one[0]
            if now - opened < self.s.window_s:  # 12
                kept.append(one)
        return kept

    def row(self, now: float) -> int:
        row = 0
        span = self.s.window_s
        for at, failed, _ in reversed(self.history):
            if not failed or (span is not None and now - at >= span):  # 12
                break
            row += 1
        return row

    def must_trip(self, now: float) -> bool:
        if self.s.failure_threshold and self.row(now) >= self.s.failure_threshold:
            return True
        window = self.window(now)
        if len(window) < self.s.minimum_calls:
            return False
        for column, rate in ((1, self.s.failure_rate), (2, self.s.slow_call_rate)):
            if rate is not None and sum(one[column] for one in window) >= Fraction(str(rate)) * len(
                window
            ):
                return True  # 11
        return False

    def counts(self, now: float) -> tuple[int, int, int]:
        window = self.window(now)
        return len(window), sum(o[1] for o in window), sum(o[2] for o in window)

    def reset(self, now: float) -> None:
        self.time_passes(now)
        self.failed_recoveries = 0
        self.move("CLOSED", now)  # 9

    def trip(self, now: float) -> None:
        self.time_passes(now)
        self.move("OPEN", now)

    def impose(self, state: str, now: float, ttl: float) -> None:
        self.time_passes(now)
        self.expires = now + ttl
        self.move(state, now)

    def in_flight(self) -> int:
        return sum(not p["settled"] for p in self.permits)
