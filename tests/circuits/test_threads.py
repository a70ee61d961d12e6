"""Many callers at once: threads, tasks and forked children."""

import asyncio
import contextlib
import itertools
import os
import threading
import time

import pytest

from revoctl.circuits import Bulkhead, Circuit, CircuitOpen, Registry, RetryBudget


def together(count: int, work) -> list:
    """Run ``work(number)`` in so many threads that start at one barrier; what each gave."""
    barrier, results = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def half_open(permits: int = 1) -> Circuit:
    """A circuit whose next call is a probe."""
    circuit = Circuit("db", recovery_timeout_s=0.001, success_threshold=permits)
    circuit.trip("test")
    time.sleep(0.002)
    return circuit


@pytest.mark.parametrize("permits", [1, 3])
def test_no_stampede_of_threads(permits) -> None:
    """Of 20 callers of a recovering dependency only the permitted get through (CB-01)."""
    circuit = half_open(permits)
    calling = threading.Semaphore(0)

    @circuit
    def probe() -> str:
        calling.release()
        time.sleep(0.2)
        return "in"

    results = together(20, lambda _: probe())
    assert results.count("in") == permits
    assert sum(isinstance(r, CircuitOpen) for r in results) == 20 - permits
    assert circuit.state == "CLOSED"


def test_no_stampede_of_tasks() -> None:
    """The same for 20 tasks (CB-01)."""
    circuit = half_open()

    async def main() -> list:
        @circuit
        async def probe() -> str:
            await asyncio.sleep(0.01)
            return "in"

        return await asyncio.gather(*(probe() for _ in range(20)), return_exceptions=True)

    assert asyncio.run(main()).count("in") == 1


def test_calls_run_beside_each_other() -> None:
    """Eight threads of 0.1 s take 0.1 s together: nothing is locked while they run (CB-02)."""
    guarded = Circuit("db")(time.sleep)
    begin = time.monotonic()
    together(8, lambda _: guarded(0.1))
    assert time.monotonic() - begin < 0.4


def test_a_reset_does_not_wait_for_a_hanging_call() -> None:
    """An operator's reset returns while a guarded call hangs, and is not undone by it (CB-03)."""
    circuit = Circuit("db", failure_threshold=1)
    hangs, go = threading.Event(), threading.Event()

    @circuit
    def hang() -> None:
        hangs.set()
        go.wait(10)
        raise OSError

    def fail_late() -> None:
        with pytest.raises(OSError):
            hang()

    thread = threading.Thread(target=fail_late)
    thread.start()
    hangs.wait(10)
    begin = time.monotonic()
    circuit.force_open("now")
    circuit.reset("at once")
    assert time.monotonic() - begin < 0.5
    go.set()
    thread.join(10)
    assert (circuit.state, circuit.status()["totals"]["late"]) == ("CLOSED", 1)


def test_a_slow_listener_holds_up_one_caller() -> None:
    """Five callers and a listener of 0.2 s do not take a second (CB-13d)."""
    circuit = Circuit("db", failure_threshold=1)
    circuit.listen(lambda _: time.sleep(0.2))
    begin = time.monotonic()

    def fail(_: int) -> None:
        with pytest.raises((OSError, CircuitOpen)), circuit:
            raise OSError

    together(5, fail)
    assert time.monotonic() - begin < 0.7


@pytest.mark.parametrize("settings", [{}, {"window_s": 60.0}], ids=["swift", "locked"])
def test_no_count_is_lost(settings) -> None:
    """Eight threads, five thousand calls each, resets and trips in between: every call is
    accounted for once, and events are numbered without a gap."""
    circuit = Circuit("db", recovery_timeout_s=0.001, failure_threshold=5, **settings)
    told = []
    circuit.listen(told.append)

    def call(number: int) -> None:
        if number % 1000 == 999:
            circuit.reset("now and then")
        if number % 97 < 3:
            raise OSError

    guarded = circuit(call)

    def work(_: int) -> tuple[int, int]:
        done = refused = 0
        for number in range(5000):
            try:
                guarded(number)
                done += 1
            except OSError:
                done += 1
            except CircuitOpen:
                refused += 1
        return done, refused

    results = together(8, work)
    totals = circuit.status()["totals"]
    assert totals["admitted"] == sum(done for done, _ in results)
    assert totals["rejected"] == sum(refused for _, refused in results)
    assert totals["admitted"] + totals["rejected"] == 40_000
    assert circuit.machine.in_flight == 0
    assert [e.seq for e in told] == list(range(1, circuit.machine.seq + 1))
    assert all(a.after == b.before for a, b in itertools.pairwise(told))


def test_a_trip_is_decided_once() -> None:
    """Twenty failures that end at the same moment trip the circuit once (CB-14g)."""
    circuit = Circuit("db", failure_threshold=20)
    permits = [circuit.enter() for _ in range(20)]
    together(20, lambda n: circuit.settle(permits[n], "failure"))
    assert (circuit.state, circuit.machine.seq) == ("OPEN", 1)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_is_free() -> None:
    """A child forked while a lock is held can call, and its counts are its own (CB-18)."""
    registry, budget, bulkhead = Registry(), RetryBudget(), Bulkhead(1)
    circuit = registry.circuit("db")
    guarded = bulkhead(circuit(lambda: 1))
    guarded()
    circuit.listen(lambda _: None)
    taken, go = threading.Event(), threading.Event()

    def hold() -> None:
        locks = (circuit.machine._lock, circuit._delivery._busy, registry._lock, budget._lock)
        with contextlib.ExitStack() as held:
            for lock in (*locks, bulkhead):
                held.enter_context(lock)
            taken.set()
            go.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(10)
    child = os.fork()
    if child == 0:
        circuit.trip("in the child")
        circuit.reset("in the child")
        fine = guarded() == 1 and circuit.status()["totals"]["admitted"] == 1
        fine = fine and budget.spend() and registry.circuit("other") is not circuit
        os._exit(0 if fine else 1)
    try:
        deadline = time.monotonic() + 10
        while (found := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert found == (child, 0)
    finally:
        go.set()
        thread.join(10)
    assert circuit.machine.seq == 0


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_inside_a_call_settles_late() -> None:
    """A call that forks ends in both processes, once as itself and once as late."""
    circuit = Circuit("db")
    read, write = os.pipe()

    def fork() -> int:
        return os.fork()

    child = circuit(fork)()
    if child == 0:
        totals = circuit.status()["totals"]
        fine = totals["late"] == totals["admitted"] == 1 and circuit.machine.in_flight == 0
        os.write(write, b"y" if fine else b"n")
        os._exit(0)
    assert os.read(read, 1) == b"y"
    os.waitpid(child, 0)
    os.close(read), os.close(write)
    assert circuit.status()["totals"]["success"] == 1


def test_a_handler_that_interrupts_may_call() -> None:
    """A signal handler that uses the circuit while its thread is in it does not deadlock."""
    circuit = Circuit("db")
    with circuit.machine._lock:
        assert circuit(lambda: 1)() == 1
        circuit.trip("from the handler")
    assert circuit.state == "OPEN"
