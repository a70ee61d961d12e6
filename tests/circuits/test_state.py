"""The machine against the reference, step by step, and its corners one by one."""

import itertools
import math

import hypothesis.strategies as st
import pytest
from hypothesis import settings as effort
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from revoctl.circuits import Conflict, Settings
from revoctl.circuits._permit import OUTCOMES, Permit, Rejection
from revoctl.circuits._state import EVENTS_KEPT, OUTCOMES_KEPT, Machine
from tests.circuits.reference import Reference

SETTINGS = [
    {},
    {"failure_threshold": 2, "success_threshold": 1, "recovery_timeout_s": 5, "probe_lease_s": 3},
    {"failure_threshold": 3, "half_open_permits": 4, "success_threshold": 3, "probe_lease_s": 7,
     "recovery_timeout_s": 2, "recovery_backoff": 2, "recovery_timeout_max_s": 6},
    {"failure_threshold": None, "failure_rate": 0.5, "minimum_calls": 2, "window": 4,
     "recovery_timeout_s": 3, "probe_lease_s": 2},
    {"failure_threshold": None, "failure_rate": 0.07, "slow_call_rate": 0.5, "slow_call_s": 1,
     "minimum_calls": 3, "window": 5, "recovery_timeout_s": 1},
    {"failure_threshold": 3, "window_s": 10, "failure_rate": 0.6, "minimum_calls": 3,
     "recovery_timeout_s": 4, "slow_call_s": 2, "slow_call_rate": 1},
    {"failure_threshold": None, "slow_call_rate": 0.3, "slow_call_s": 0.5, "window_s": 4,
     "minimum_calls": 1, "recovery_timeout_s": 2, "success_threshold": 1},
]  # fmt: skip


ENDS = (*OUTCOMES, "success", "success", "failure", "failure")
GAPS = (0.0, 0.1, 0.3, 0.7, 1.5, 2.5)


def machine_of(**settings: object) -> Machine:
    return Machine("payments", Settings(**settings), 0.0, lambda: 1.7e9)


def swift(machine: Machine, epoch: object) -> None:
    """What a guard does after a plain success on the swift path."""
    if machine.epoch is epoch:
        machine.epoch.clean += 1
    else:
        machine.came_late(epoch)


class Beside(RuleBasedStateMachine):
    """The machine and the reference, given the same calls at the same seconds."""

    @initialize(which=st.sampled_from(SETTINGS))
    def begin(self, which: dict) -> None:
        self.now = 100.0
        self.real = Machine("m", Settings(**which), self.now, lambda: 0.0)
        self.plain = Reference(Settings(**which))
        self.open: list[tuple[Permit, dict]] = []
        self.swift: list[tuple[object, dict]] = []

    @rule()
    def acquire(self) -> None:
        asked, model = self.real.acquire(self.now), self.plain.acquire(self.now)
        if model is None:
            assert isinstance(asked, Rejection)
            assert asked.retry_after is None or asked.retry_after >= 0
        else:
            assert isinstance(asked, Permit)
            assert asked.probe == (self.plain.state == "HALF_OPEN")
            self.open.append((asked, model))

    @rule(data=st.data(), outcome=st.sampled_from((*OUTCOMES, "failure", "failure")))
    def settle(self, data: st.DataObject, outcome: str) -> None:
        if self.open:
            permit, model = data.draw(st.sampled_from(self.open))
            self.real.settle(permit, outcome, self.now, "E")
            self.plain.settle(model, outcome, self.now)

    @precondition(lambda self: self.real.epoch.swift)
    @rule(failed=st.booleans())
    def take_the_swift_path(self, failed: bool) -> None:
        epoch = self.real.epoch
        model = self.plain.acquire(self.now)
        self.real.begun += 1
        if failed:
            self.real.settle(Permit(epoch, self.now), "failure", self.now)
        else:
            swift(self.real, epoch)
        self.plain.settle(model, "failure" if failed else "success", self.now)

    @precondition(lambda self: self.real.epoch.swift)
    @rule()
    def begin_swiftly(self) -> None:
        self.swift.append((self.real.epoch, self.plain.acquire(self.now)))
        self.real.begun += 1

    @precondition(lambda self: self.swift)
    @rule()
    def end_swiftly(self) -> None:
        epoch, model = self.swift.pop()
        began = model["begin"]
        slow = epoch.slow_s is not None and self.now - began > epoch.slow_s
        if slow:
            self.real.settle(Permit(epoch, began), "success", self.now)
        else:
            swift(self.real, epoch)
            self.real.notice(self.now)
        self.plain.settle(model, "success", self.now)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1, 2, 3, 7, 60]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(calls=st.lists(st.tuples(st.sampled_from(ENDS), st.sampled_from(GAPS)), max_size=15))
    def traffic(self, calls: list[tuple[str, float]]) -> None:
        for outcome, took in calls:
            permit, model = self.real.acquire(self.now), self.plain.acquire(self.now)
            assert isinstance(permit, Permit) == (model is not None)
            self.now += took
            if model is not None:
                self.real.settle(permit, outcome, self.now, "E")
                self.plain.settle(model, outcome, self.now)
                self.agree()

    @rule(
        action=st.sampled_from(["reset", "trip", "FORCED_OPEN", "DISABLED", *["METRICS_ONLY"] * 3]),
        ttl=st.sampled_from([2.0, 50.0, math.inf]),
    )
    def operate(self, action: str, ttl: float) -> None:
        if action in ("reset", "trip"):
            getattr(self.real, action)(self.now, "r", "ann")
            getattr(self.plain, action)(self.now)
        else:
            self.real.impose(action, self.now, "r", "ann", None if ttl == math.inf else ttl)
            self.plain.impose(action, self.now, ttl)

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "real"):
            return
        self.plain.time_passes(self.now)
        epoch = self.real.notice(self.now)
        assert (epoch.state, epoch.number) == (self.plain.state, self.plain.epoch)
        window = epoch.window.counts(epoch.clean, self.now) if epoch.window else (0, 0, 0)
        assert window == (self.plain.counts(self.now) if epoch.window else (0, 0, 0))
        real = self.real
        assert self.plain.totals == {
            "success": real.succeeded,
            "failure": real.failed,
            "ignored": real.ignored,
            "cancelled": real.cancelled,
            "late": real.late,
        }
        assert (real.rejected, real.would_open) == (self.plain.rejected, self.plain.would_open)
        assert real.in_flight == self.plain.in_flight()
        assert real.begun == len(self.plain.permits)
        assert real.seq == len(self.plain.changes)
        told = [(e.before, e.after) for e in real.events]
        assert told == self.plain.changes[-EVENTS_KEPT:]
        assert [e.seq for e in real.events] == list(range(real.seq - len(told) + 1, real.seq + 1))
        assert len(real.recent) <= OUTCOMES_KEPT


Beside.TestCase.settings = effort(max_examples=150, stateful_step_count=40, deadline=None)
TestBesideTheReference = Beside.TestCase


PAIRS = list(itertools.product(["success", "failure", "cancelled"], repeat=2))


@pytest.mark.parametrize("outcomes", PAIRS)
def test_every_interleaving(outcomes: tuple[str, str]) -> None:
    """In every order of two calls, a trip, a wait and a reset the machine does what the rules say,
    and after a reset nothing that began before it matters."""
    steps = ("acquire A", "acquire B", "settle A", "settle B", "trip", "wait", "reset")
    said = dict(zip("AB", outcomes, strict=True))
    made = Settings(failure_threshold=1, success_threshold=1, recovery_timeout_s=1)
    for order in itertools.permutations(steps):
        real, plain = Machine("m", made, 0.0, lambda: 0.0), Reference(made)
        held: dict[str, tuple] = {}
        began_before_reset, now = set(), 0.0
        for step in order:
            verb, _, who = step.partition(" ")
            before = real.epoch
            if verb == "acquire":
                held[who] = real.acquire(now), plain.acquire(now)
                assert isinstance(held[who][0], Permit) == (held[who][1] is not None)
            elif verb == "settle" and held.get(who, (None, None))[1]:
                real.settle(held[who][0], said[who], now)
                plain.settle(held[who][1], said[who], now)
                assert who not in began_before_reset or real.epoch is before
            elif verb == "wait":
                now += 1
            elif verb in ("trip", "reset"):
                getattr(real, verb)(now, "why", "ann")
                getattr(plain, verb)(now)
                began_before_reset |= set(held) if verb == "reset" else set()
            assert (real.epoch.state, real.epoch.number) == (plain.state, plain.epoch), order
        assert real.late == plain.totals["late"]
        assert real.begun == len(plain.permits)


def test_a_hung_probe_is_reclaimed_at_its_due_second() -> None:
    """A probe whose lease ends reopens the circuit as of then, however late that is noticed."""
    machine = machine_of(failure_threshold=1, success_threshold=1, probe_lease_s=10)
    machine.trip(0, "test", "ann")
    probe = machine.acquire(60)
    assert machine.acquire(65).retry_after == 5
    assert isinstance(machine.acquire(140), Permit)
    assert [(e.after, e.now) for e in machine.events] == [
        ("OPEN", 0), ("HALF_OPEN", 60), ("OPEN", 70), ("HALF_OPEN", 140)
    ]  # fmt: skip
    machine.settle(probe, "success", 141)
    assert (machine.late, machine.epoch.state) == (1, "HALF_OPEN")


def test_settling_twice_counts_once() -> None:
    """The second word about a call is not heard."""
    machine = machine_of(failure_threshold=2)
    permit = machine.acquire(0)
    machine.settle(permit, "failure", 1)
    machine.settle(permit, "failure", 1)
    assert (machine.failed, machine.in_flight, machine.epoch.state) == (1, 0, "CLOSED")


def test_a_permit_taken_back_leaves_no_trace() -> None:
    """A withdrawn permit was never given, also as a probe."""
    machine = machine_of(success_threshold=1)
    machine.trip(0, "test", "ann")
    probe = machine.acquire(60)
    machine.withdraw(probe)
    machine.withdraw(probe)
    assert machine.begun == 0 and isinstance(machine.acquire(60), Permit)


def test_an_unknown_outcome_is_refused() -> None:
    """An outcome that is none, and a state that nobody can impose, are programming errors."""
    machine = machine_of()
    with pytest.raises(ValueError, match="no outcome"):
        machine.settle(machine.acquire(0), "fine", 0)
    with pytest.raises(ValueError, match="imposed"):
        machine.impose("OPEN", 0, "r", "ann")


def test_a_stale_revision_changes_nothing() -> None:
    """Only operators' actions move the revision, and an action that names another is refused."""
    machine = machine_of(failure_threshold=1)
    machine.settle(machine.acquire(0), "failure", 0)
    assert (machine.revision, machine.epoch.number) == (0, 2)
    machine.reset(1, "back", "ann", if_revision=0)
    with pytest.raises(Conflict, match="revision 0 was expected, 1 holds"):
        machine.impose("FORCED_OPEN", 2, "late", "bob", if_revision=0)
    assert (machine.epoch.state, machine.revision) == ("CLOSED", 1)


def test_an_override_ends_by_its_time_to_live() -> None:
    """FORCED_OPEN refuses until its time is over, then the circuit is closed and empty."""
    machine = machine_of()
    machine.impose("FORCED_OPEN", 0, "maintenance", "ann", ttl_s=30)
    assert machine.acquire(10).retry_after == 20
    assert machine.override.actor == "ann"
    assert isinstance(machine.acquire(30), Permit)
    assert (machine.override, machine.events[-1].reason) == (
        None, "the override FORCED_OPEN expired"
    )  # fmt: skip


def test_an_override_without_end_says_so() -> None:
    """Where only an operator can help there is no time to wait for."""
    machine = machine_of()
    machine.impose("FORCED_OPEN", 0, "maintenance", "ann")
    assert machine.acquire(1e6).retry_after is None


def test_disabled_judges_nothing() -> None:
    """A disabled circuit admits, counts and never opens."""
    machine = machine_of(failure_threshold=1)
    machine.impose("DISABLED", 0, "noise", "ann")
    for outcome in OUTCOMES:
        machine.settle(machine.acquire(0), outcome, 0)
    assert (machine.epoch.state, machine.succeeded, machine.failed) == ("DISABLED", 1, 1)


def test_other_settings_keep_the_state() -> None:
    """New settings begin an epoch with an empty window; an open circuit stays open, anew timed."""
    machine = machine_of(failure_threshold=1, recovery_timeout_s=60)
    machine.settle(machine.acquire(0), "failure", 0)
    machine.configure(Settings(recovery_timeout_s=5), 2, "shorter", "ann")
    assert (machine.epoch.state, machine.epoch.until) == ("OPEN", 5)
    assert isinstance(machine.acquire(5), Permit)


def test_each_failed_recovery_waits_longer() -> None:
    """The recovery timeout grows with each failed probe up to a limit; a success ends that."""
    machine = machine_of(
        failure_threshold=1, success_threshold=1, recovery_timeout_s=10, recovery_backoff=2,
        recovery_timeout_max_s=35,
    )  # fmt: skip
    machine.settle(machine.acquire(0), "failure", 0)
    now, waits = 0.0, []
    for _ in range(4):
        waits.append(machine.epoch.until - now)
        now = machine.epoch.until
        machine.settle(machine.acquire(now), "failure", now)
    assert waits == [10, 20, 35, 35]
    now = machine.epoch.until
    machine.settle(machine.acquire(now), "success", now)
    machine.settle(machine.acquire(now), "failure", now)
    assert machine.epoch.until - now == 10


def test_memory_of_a_machine_is_bounded() -> None:
    """Events, failures and marks kept do not grow with the traffic."""
    machine = machine_of(failure_threshold=None, failure_rate=1, window=20)
    machine.outbox = []
    for at in range(3000):
        machine.settle(machine.acquire(at), "failure" if at % 2 else "success", at, "E")
        machine.reset(at, "again", "ann") if at % 3 == 0 else None
    assert len(machine.events) == EVENTS_KEPT
    assert len(machine.recent) == OUTCOMES_KEPT
    assert len(machine.outbox) == 1000


def test_a_child_process_begins_anew() -> None:
    """After a fork the state is inherited, the counts are not, and what ran before is late."""
    machine = machine_of(failure_threshold=1)
    before = machine.acquire(0)
    machine.settle(machine.acquire(0), "failure", 0)
    machine.running.update({7: machine.epoch, 8: machine.epoch})
    machine.reborn(1, (7,))
    assert (machine.epoch.state, machine.epoch.until, machine.failed) == ("OPEN", 60, 0)
    assert list(machine.running) == [7]
    machine.settle(before, "success", 2)
    assert (machine.late, machine.in_flight, machine.begun) == (1, 0, 1)


def test_the_rule_is_exact_in_the_last_digit() -> None:
    """Seven of a hundred reach 0.07, though 0.07 times 100 is above seven in floating point."""
    machine = machine_of(failure_threshold=None, failure_rate=0.07, minimum_calls=100)
    for outcome in ["failure"] * 7 + ["success"] * 93:
        machine.settle(machine.acquire(0), outcome, 0)
    assert machine.epoch.state == "OPEN"
    assert machine.events[-1].reason == "7 of 100 calls failed, the limit is 0.07"


def test_a_thousand_calls_at_half_failure_open() -> None:
    """Failures that alternate with successes never come five in a row, and the rate sees them."""
    machine = machine_of(failure_rate=0.5)
    for at in range(1000):
        permit = machine.acquire(at / 100)
        if isinstance(permit, Permit):
            machine.settle(permit, "success" if at % 2 else "failure", at / 100)
    assert machine.events[0].after == "OPEN"


def test_failures_in_a_row_within_the_span() -> None:
    """In a window of seconds a row of failures counts only while all of it is young enough."""
    machine = machine_of(failure_threshold=3, window_s=10)
    for at in (0, 1, 10.5, 11.5):
        machine.settle(machine.acquire(at), "failure", at)
        assert machine.epoch.state == "CLOSED"
    assert machine.epoch.window.counts(0, 11.5) == (2, 2, 0)
    assert machine.epoch.window.counts(0, 20.5) == (1, 1, 0), "an age of the span never counts"
    machine = machine_of(failure_threshold=3, window_s=10)
    for at in (0, 1, 9):
        machine.settle(machine.acquire(at), "failure", at)
    assert machine.events[-1].reason == "3 failures in a row"


def test_the_swift_path_waits_for_the_minimum() -> None:
    """While a success could be the call that trips, every call goes the careful way."""
    machine = machine_of(failure_threshold=None, failure_rate=0.5, minimum_calls=2)
    assert not machine.epoch.swift
    for _ in range(2):
        machine.settle(machine.acquire(0), "success", 0)
    assert machine.epoch.swift
    machine.permit_swift(False)
    assert not machine.epoch.swift
    assert not machine_of(window_s=10).epoch.swift
