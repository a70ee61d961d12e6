"""A circuit around functions and coroutines: what is counted, what is refused, what is neutral."""

import asyncio
import concurrent.futures
import contextlib
import functools
import gc
import pickle
import traceback
import tracemalloc
import weakref
from abc import ABCMeta

import pytest

from revoctl.circuits import Circuit, CircuitOpen, Fault, InjectedFault
from revoctl.errors import PolicyError, RevoctlError

NEUTRAL = [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]


class Refused(ConnectionError):
    """The dependency does not answer."""


def failing() -> None:
    raise Refused("no answer")


def fail(circuit: Circuit, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            circuit.call(failing)


def totals(circuit: Circuit) -> dict:
    return circuit.status()["totals"]


def opened(clock, **settings) -> Circuit:
    """A circuit that has just opened after one failure."""
    circuit = Circuit("payments", failure_threshold=1, **settings)
    fail(circuit)
    assert circuit.state == "OPEN"
    return circuit


def test_the_whole_round(clock) -> None:
    """Five failures open it, sixty seconds later two good probes close it."""
    circuit = Circuit("payments")
    fail(circuit, 5)
    with pytest.raises(CircuitOpen) as refusal:
        circuit.call(failing)
    assert (refusal.value.name, refusal.value.retry_after) == ("payments", 60)
    clock.pass_time(60)
    assert [circuit.call(lambda: 1), circuit.state] == [1, "HALF_OPEN"]
    assert [circuit.call(lambda: 2), circuit.state] == [2, "CLOSED"]
    reasons = [e.reason for e in circuit.machine.events]
    assert reasons == ["5 failures in a row", "the recovery timeout is over", "2 probes succeeded"]


@pytest.mark.parametrize("as_decorator", [True, False])
def test_the_error_of_a_call_is_its_own(as_decorator) -> None:
    """The call that trips raises the very object that the function raised."""
    circuit, error = Circuit("payments", failure_threshold=1), Refused("mine")

    def raises() -> None:
        raise error

    with pytest.raises(Refused) as raised:
        circuit(raises)() if as_decorator else circuit.call(raises)
    assert raised.value is error and circuit.state == "OPEN"


def test_the_value_of_a_call_is_its_own() -> None:
    """Whatever a guarded function returns arrives as the same object."""
    value = object()
    circuit = Circuit("payments")
    guarded = circuit(lambda: value)
    assert all(guarded() is value for _ in range(3)) and circuit.call(lambda: value) is value
    assert totals(circuit)["success"] == 4


def test_a_refusal_is_cheap_fresh_and_says_why(clock) -> None:
    """CircuitOpen carries two arguments, makes its text when asked, and pickles."""
    circuit = opened(clock)
    guarded = circuit(failing)
    refusals = []
    for _ in range(50):
        with pytest.raises(CircuitOpen) as refusal:
            guarded()
        refusals.append(refusal.value)
    assert len({id(r) for r in refusals}) == 50
    assert {len(traceback.extract_tb(r.__traceback__)) for r in refusals} == {2}
    assert str(refusals[0]) == "the circuit payments refuses calls for another 60 s"
    assert isinstance(refusals[0], RevoctlError) and refusals[0].code == "circuit.open"
    copy = pickle.loads(pickle.dumps(refusals[0]))
    assert (copy.name, copy.retry_after) == ("payments", 60)
    circuit.force_open("maintenance")
    with pytest.raises(CircuitOpen, match="until an operator ends it") as refusal:
        guarded()
    assert refusal.value.retry_after is None
    assert totals(circuit)["rejected"] == 51


def test_rejections_do_not_pile_up_memory(clock) -> None:
    """Thousands of refusals leave nothing behind (CB-11a)."""
    guarded = opened(clock)(failing)

    def refuse(times: int) -> None:
        for _ in range(times):
            with contextlib.suppress(CircuitOpen):
                guarded()

    refuse(100)
    tracemalloc.start()
    refuse(5000)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 10_000


def test_the_failed_request_is_not_kept(clock) -> None:
    """No traceback, frame or error of a failed call is pinned (CB-11b)."""
    circuit = Circuit("payments")

    class Body:
        pass

    def post(body: Body) -> None:
        raise Refused

    body = Body()
    gone = weakref.ref(body)
    with pytest.raises(Refused):
        circuit(post)(body)
    del body
    gc.collect()
    assert gone() is None


def test_late_results_change_nothing_while_open(clock) -> None:
    """A call that began before the trip neither closes it nor restarts its wait (CB-05ab)."""
    for late in ("success", "failure"):
        circuit = Circuit("payments", failure_threshold=1)
        permit = circuit.enter()
        fail(circuit)
        clock.pass_time(30)
        circuit.settle(permit, late)
        assert (circuit.state, circuit.retry_after, totals(circuit)["late"]) == ("OPEN", 30, 1)


def test_late_results_change_nothing_while_half_open(clock) -> None:
    """A call that began before the trip neither closes nor opens a half-open circuit (CB-05cd)."""
    for late in ("success", "failure"):
        circuit = Circuit("payments", failure_threshold=1, success_threshold=1)
        old = circuit.enter()
        fail(circuit)
        clock.pass_time(60)
        probe = circuit.enter()
        circuit.settle(old, late)
        assert circuit.state == "HALF_OPEN"
        circuit.succeed(probe)
        assert circuit.state == "CLOSED"


def test_a_late_swift_success_is_counted_as_late() -> None:
    """A guarded function under way while the circuit changes counts as late."""
    circuit = Circuit("payments")
    slowed = circuit(lambda: circuit.reset("while it ran"))
    slowed()
    assert totals(circuit) == {
        "admitted": 1, "rejected": 0, "success": 0, "failure": 0, "ignored": 0, "cancelled": 0,
        "late": 1,
    }  # fmt: skip


def test_a_reset_is_not_undone_by_a_probe(clock) -> None:
    """A probe that fails after an operator's reset does not open the circuit again (CB-06)."""
    circuit = opened(clock)
    clock.pass_time(60)
    probe = circuit.enter()
    circuit.reset("they fixed it", "ann")
    circuit.fail(probe, Refused())
    assert circuit.state == "CLOSED"
    assert circuit.machine.events[-1].actor == "ann"


@pytest.mark.parametrize("error", NEUTRAL)
def test_what_is_not_the_dependencys_fault_is_neutral(error, clock) -> None:
    """Interrupts and cancellations propagate, count and change nothing (CB-04, CB-09d)."""
    circuit = Circuit("payments", failure_threshold=3)

    def interrupted() -> None:
        raise error

    guarded = circuit(interrupted)
    fail(circuit, 2)
    for _ in range(5):
        with pytest.raises(error):
            guarded()
    assert (circuit.state, totals(circuit)["cancelled"]) == ("CLOSED", 5)
    fail(circuit)
    assert circuit.state == "OPEN", "the row of failures was kept"
    clock.pass_time(60)
    with pytest.raises(error):
        guarded()
    assert circuit.status()["half_open"] == {"permits": 2, "in_flight": 0, "ok": 0}
    assert circuit.state == "HALF_OPEN"


def test_a_cancelled_future_is_neutral() -> None:
    """The CancelledError of concurrent.futures is an Exception and still nobody's fault."""
    circuit = Circuit("payments", failure_threshold=1)
    future: concurrent.futures.Future = concurrent.futures.Future()
    future.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        circuit.call(future.result)
    assert circuit.state == "CLOSED"


def run(coroutine):
    return asyncio.run(coroutine)


def test_cancelled_tasks_are_neutral() -> None:
    """Clients that hang up open nothing and leave nothing in flight (CB-04a)."""
    circuit = Circuit("payments", failure_threshold=1)

    @circuit
    async def hang() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        for _ in range(5):
            task = asyncio.create_task(hang())
            await asyncio.sleep(0)
            assert circuit.machine.in_flight == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(main())
    assert (circuit.state, totals(circuit)["cancelled"]) == ("CLOSED", 5)
    assert circuit.machine.in_flight == 0


def test_a_dependency_that_hangs_trips_by_the_circuits_own_deadline() -> None:
    """timeout_s turns a hang into a failure, inside the circuit (CB-20)."""
    circuit = Circuit("payments", failure_threshold=2, timeout_s=0.01)

    @circuit
    async def hang() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await hang()

    run(main())
    assert circuit.state == "OPEN"
    assert circuit.status()["last_failures"][0]["error"] == "TimeoutError"


def test_the_deadline_of_async_with() -> None:
    """The context manager has the same deadline."""
    circuit = Circuit("payments", failure_threshold=1, timeout_s=0.01)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with circuit:
                await asyncio.sleep(60)

    run(main())
    assert circuit.state == "OPEN"


def test_a_deadline_for_blocking_calls_is_refused() -> None:
    """Nothing can stop a blocking call, so nothing pretends to."""
    circuit = Circuit("payments", timeout_s=1)
    for use in (lambda: circuit(failing), lambda: circuit.call(failing), circuit.__enter__):
        with pytest.raises(TypeError, match="timeout_s"):
            use()
    blocking = Circuit("other")
    blocking(failing)
    with pytest.raises(TypeError, match="no timeout_s can stop"):
        blocking.configure(timeout_s=1)


class AsyncCallable:
    async def __call__(self, value: int = 1) -> int:
        return value


class Service:
    circuit = Circuit("of a class")

    @circuit
    def plain(self) -> object:
        return self

    @circuit
    @staticmethod
    def static() -> int:
        return 1

    @circuit
    @classmethod
    def of_class(cls) -> type:
        return cls

    async def later(self) -> int:
        return 1


async def coroutine(value: int = 1) -> int:
    return value


@pytest.mark.parametrize(
    "function",
    [
        coroutine,
        functools.partial(coroutine, 1),
        functools.partial(functools.partial(coroutine), 1),
        AsyncCallable(),
        functools.partial(AsyncCallable(), 1),
        Service().later,
        lambda: coroutine(),
        lambda: asyncio.ensure_future(coroutine()),
    ],
    ids=[
        "function",
        "partial",
        "partials",
        "object",
        "partial object",
        "method",
        "lambda",
        "future",
    ],
)
def test_every_asynchronous_form_is_guarded(function) -> None:
    """Whatever gives an awaitable is counted when it ends, not when it is made (CB-07)."""
    circuit = Circuit("payments")
    guarded = circuit(function)

    async def main() -> None:
        awaitable = guarded()
        assert totals(circuit)["success"] == 0
        assert await awaitable == 1

    run(main())
    assert totals(circuit) | {"admitted": 1, "success": 1} == totals(circuit)


def test_an_awaitable_that_fails_counts() -> None:
    """A lambda that hides a coroutine does not hide its failures (CB-07)."""
    circuit = Circuit("payments", failure_threshold=1)

    async def broken() -> None:
        raise Refused

    async def main() -> None:
        with pytest.raises(Refused):
            await circuit(lambda: broken())()
        with pytest.raises(CircuitOpen):
            await circuit(broken)()
        with pytest.raises(CircuitOpen):
            circuit(lambda: broken())()

    run(main())


def test_methods_of_every_kind() -> None:
    """Methods, static methods and class methods stay what they are."""
    service = Service()
    assert service.plain() is service
    assert Service.static() == 1
    assert Service.of_class() is Service
    assert Service.plain.__name__ == "plain"


@pytest.mark.parametrize("thing", [Service, 7, "text", property(failing), (x for x in ())])
def test_what_cannot_be_guarded_is_refused(thing) -> None:
    """A guard that would guard nothing is a TypeError where it is written (I21)."""
    with pytest.raises(TypeError):
        Circuit("payments")(thing)


def test_a_coroutine_object_is_refused() -> None:
    """So is a coroutine that was called already."""
    made = coroutine()
    with pytest.raises(TypeError, match="called already"):
        Circuit("payments").call(made)
    made.close()


def test_call_takes_every_form() -> None:
    """call() gives a function's value, and a guarded coroutine for a coroutine function."""
    circuit = Circuit("payments")
    assert run(circuit.call(coroutine, 5)) == 5
    assert list(circuit.call(lambda: (x for x in (1, 2)))) == [1, 2]
    assert totals(circuit)["success"] == 2


def test_with_refuses_while_open(clock) -> None:
    """The context manager refuses as everything else does (CB-17a)."""
    circuit = opened(clock)
    with pytest.raises(CircuitOpen), circuit:
        pytest.fail("it was let in")
    clock.pass_time(60)
    with circuit, circuit:
        pass
    with pytest.raises(Refused), circuit:
        raise Refused
    assert circuit.state == "OPEN"
    assert totals(circuit)["admitted"] == 3


def test_async_with_counts() -> None:
    """async with counts successes, failures and cancellations."""
    circuit = Circuit("payments", failure_threshold=1)

    async def main() -> None:
        async with circuit, circuit:
            pass
        with pytest.raises(asyncio.CancelledError):
            async with circuit:
                raise asyncio.CancelledError
        with pytest.raises(Refused):
            async with circuit:
                raise Refused
        with pytest.raises(CircuitOpen):
            async with circuit:
                pass

    run(main())
    assert totals(circuit) | {"success": 1, "failure": 1, "cancelled": 1} == totals(circuit)


def test_leaving_what_was_not_entered() -> None:
    """A context manager that is left somewhere else says so."""
    with pytest.raises(RuntimeError, match="never entered"):
        Circuit("payments").__exit__(None, None, None)


def test_nested_use_counts_once(clock) -> None:
    """A guarded function that calls another of the same circuit is one call (I17)."""
    circuit = opened(clock, half_open_permits=1, success_threshold=1)
    clock.pass_time(60)

    @circuit
    def inner() -> int:
        return 1

    @circuit
    def outer() -> int:
        with circuit:
            return inner() + circuit.call(inner) + sum(circuit(lambda: (x for x in (1,)))())

    assert outer() == 3
    assert (circuit.state, totals(circuit)["success"]) == ("CLOSED", 1)
    assert outer() == 3
    assert totals(circuit)["success"] == 2


def test_nested_coroutines_count_once(clock) -> None:
    """The same across awaits, gathered tasks and threads that share the context (I17)."""
    circuit = opened(clock, half_open_permits=1, success_threshold=1)
    clock.pass_time(60)
    inner, plain = circuit(coroutine), circuit(lambda: 1)

    @circuit
    async def outer() -> int:
        async with circuit:
            two = sum(await asyncio.gather(inner(), inner()))
        return two + plain() + await asyncio.to_thread(plain) + await inner()

    assert run(outer()) == 5
    assert (circuit.state, totals(circuit)["success"]) == ("CLOSED", 1)
    assert circuit(lambda: run(inner()))() == 1
    assert totals(circuit)["success"] == 2


def test_a_task_that_outlives_its_call_is_guarded() -> None:
    """What a guarded call left running is no longer inside it."""
    circuit = Circuit("payments")
    inner = circuit(coroutine)

    async def main() -> None:
        go = asyncio.Event()

        async def straggler() -> None:
            await go.wait()
            await inner()

        @circuit
        async def outer() -> asyncio.Task:
            return asyncio.create_task(straggler())

        task = await outer()
        go.set()
        await task

    run(main())
    assert totals(circuit)["success"] == 2


def test_two_circuits_nest_both_ways() -> None:
    """Different circuits inside each other each count their own."""
    one, two = Circuit("one"), Circuit("two")

    async def main() -> None:
        for _ in range(3):
            await one(two(one(coroutine)))()

    run(main())
    assert (totals(one)["success"], totals(two)["success"]) == (3, 3)


def test_a_class_with_a_metaclass_is_a_class(clock) -> None:
    """Ignoring an abstract exception class ignores that class and nothing else (CB-09a)."""

    class Abstract(Exception, metaclass=ABCMeta):
        pass

    circuit = Circuit("payments", failure_threshold=1, ignore=[Abstract])
    with pytest.raises(Abstract), circuit:
        raise Abstract
    assert circuit.state == "CLOSED"
    fail(circuit)
    assert circuit.state == "OPEN"


def test_an_ignored_error_is_no_success(clock) -> None:
    """Ignored errors keep the row of failures, and do not close a half-open circuit (CB-09bc)."""
    circuit = Circuit("payments", failure_threshold=2, ignore=KeyError)
    fail(circuit)
    with pytest.raises(KeyError):
        circuit.call(lambda: {}[0])
    fail(circuit)
    assert circuit.state == "OPEN"
    clock.pass_time(60)
    for _ in range(5):
        with pytest.raises(KeyError):
            circuit.call(lambda: {}[0])
    assert circuit.status()["half_open"]["in_flight"] == 0
    assert (circuit.state, totals(circuit)["ignored"]) == ("HALF_OPEN", 6)


def test_what_is_recorded_and_judged() -> None:
    """record names what counts, predicates and a judge refine it, and their errors cost nothing."""
    circuit = Circuit(
        "payments",
        failure_threshold=100,
        record=[OSError, lambda e: e.args == ("this",)],
        judge=lambda e: {"ok": "success", "odd": "?"}.get(e.args[0]),
    )
    for error in (OSError("x"), ValueError("this"), ValueError("that"), ValueError("ok"),
                  OSError("odd"), OSError()):  # fmt: skip
        with pytest.raises(type(error)), circuit:
            raise error
    assert totals(circuit) | {"failure": 4, "ignored": 1, "success": 1} == totals(circuit)
    assert circuit.classifier.stumbles == 1
    with pytest.raises(TypeError, match="neither an exception class"):
        Circuit("payments", ignore=[int])


def test_groups_are_ignored_if_all_of_them_are() -> None:
    """One failure among ignored errors makes the group a failure (I22)."""
    circuit = Circuit("payments", failure_threshold=100, ignore=KeyError)
    for leaves in ([KeyError()], [KeyError(), ExceptionGroup("g", [OSError()])],
                   [KeyError(), asyncio.CancelledError()]):  # fmt: skip
        with pytest.raises(BaseExceptionGroup), circuit:
            raise BaseExceptionGroup("several", leaves)
    assert totals(circuit) | {"ignored": 1, "failure": 1, "cancelled": 1} == totals(circuit)


def test_failed_results_count(clock) -> None:
    """A result can be a failure, reaches the caller all the same, and a bad rule costs nothing."""
    circuit = Circuit("payments", failure_threshold=2, failed_result=lambda r: r[0] >= 500)
    guarded = circuit(lambda status: status)
    assert [guarded((503,)), guarded((503,))] == [(503,), (503,)]
    assert circuit.state == "OPEN"
    circuit.reset("again")
    assert guarded(()) == ()
    assert (totals(circuit)["success"], circuit.classifier.stumbles) == (1, 1)


def test_slow_calls_trip(clock) -> None:
    """Calls that succeed too slowly open the circuit, as slow as the limit is not slow."""
    circuit = Circuit("payments", slow_call_s=2, slow_call_rate=0.5, minimum_calls=2)
    guarded = circuit(clock.pass_time)
    for seconds in (2, 2, 2.5):
        guarded(seconds)
    assert circuit.state == "CLOSED"
    guarded(3)
    assert circuit.state == "OPEN"
    assert circuit.machine.events[-1].reason == "2 of 4 calls were slow, the limit is 0.5"

    async def main() -> None:
        async def slow() -> None:
            clock.pass_time(5)

        for _ in range(2):
            await circuit(slow)()

    circuit.reset("async now")
    run(main())
    assert circuit.state == "OPEN"


def test_wall_time_decides_nothing(clock, monkeypatch) -> None:
    """A wall clock that steps by an hour either way changes no waiting (CB-10)."""
    for step in (3600, -3600):
        circuit = opened(clock)
        circuit.machine._wall = lambda step=step: 1.7e9 + step
        clock.pass_time(59.9)
        assert circuit.retry_after == pytest.approx(0.1)
        clock.pass_time(0.1)
        circuit.call(lambda: 1)
        assert circuit.state == "HALF_OPEN"


def test_listeners_change_nothing(clock) -> None:
    """A listener that raises loses no result and keeps nothing from opening (CB-13)."""
    circuit, told = Circuit("payments", failure_threshold=1, success_threshold=1), []

    def broken(event: object) -> None:
        raise RuntimeError

    circuit.listen(broken)
    end = circuit.listen(told.append)
    circuit.listen(lambda e: circuit.reset("at once") if e.after == "OPEN" else None)
    fail(circuit)
    assert circuit.state == "CLOSED"
    assert [e.seq for e in told] == [1, 2] and circuit._delivery.stumbles == 2
    end()
    circuit.trip("test")
    assert len(told) == 2


def test_an_operator_sees_why(clock) -> None:
    """The status tells state, numbers, the rule that fired and the last failures."""
    circuit = Circuit("payments", failure_threshold=2, tags=["external"])
    circuit.call(lambda: 1)
    for _ in range(2):
        with pytest.raises(Refused), circuit:
            clock.pass_time(0.5)
            raise Refused
    clock.pass_time(10)
    status = circuit.status()
    assert status["state"] == "OPEN" and status["next_probe_in_s"] == 50
    assert status["last_transition"]["reason"] == "2 failures in a row"
    assert status["last_failures"][0] == {
        "outcome": "failure", "error": "Refused", "took_s": 0.5, "age_s": 10.0
    }  # fmt: skip
    assert status["totals"]["admitted"] == 3 and status["tags"] == ["external"]
    assert "OPEN" in repr(circuit) and "2 failures" in repr(circuit.machine.events[-1])


def test_operators_states(clock) -> None:
    """Forced open, disabled and measuring only, with their reasons and times to live."""
    circuit = Circuit("payments", failure_threshold=1)
    circuit.force_open("maintenance", "ann", ttl_s=10)
    assert circuit.refuses and circuit.retry_after == 10
    assert circuit.status()["override"]["expires_in_s"] == 10
    clock.pass_time(10)
    assert not circuit.refuses and circuit.retry_after == 0
    circuit.disable("noise")
    fail(circuit, 3)
    circuit.metrics_only("trial")
    fail(circuit, 3)
    assert (circuit.state, circuit.status()["would_open"]) == ("METRICS_ONLY", 3)
    circuit.trip("by hand", "ann")
    assert circuit.retry_after == 60


def test_settings_change_while_calls_run(clock) -> None:
    """Thresholds change at run time, and what means nothing changes nothing."""
    circuit = Circuit("payments")
    guarded = circuit(failing)
    with pytest.raises(PolicyError):
        circuit.configure(failure_threshold=0)
    circuit.configure("stricter", "ann", failure_threshold=1)
    with pytest.raises(Refused):
        guarded()
    assert circuit.state == "OPEN"
    assert circuit.machine.events[0].kind == "configured"


def test_a_drill_ends_by_itself(clock) -> None:
    """An injected fault strikes a share of the calls, innermost, until its time is over."""
    circuit = Circuit("payments", failure_threshold=100)
    guarded = circuit(lambda: "fine")
    rolls = iter([0.1, 0.9] * 50)
    circuit.inject(Fault("error", rate=0.5, for_s=30, dice=lambda: next(rolls)))
    with pytest.raises(InjectedFault):
        guarded()
    assert guarded() == "fine"
    assert circuit.status()["fault"]["struck"] == 1
    clock.pass_time(30)
    assert [guarded(), guarded(), circuit.status()["fault"]] == ["fine", "fine", None]
    circuit.inject(None)
    assert circuit.machine.epoch.swift


def test_a_drill_of_latency_and_hanging() -> None:
    """Latency delays a call, a hang lasts as long as the fault, blocking or not."""
    circuit = Circuit("payments", failure_threshold=1)
    circuit.inject(Fault("latency", seconds=0.01, for_s=5))
    assert circuit.call(lambda: 1) == 1
    assert run(circuit.call(coroutine)) == 1
    circuit.inject(Fault("hang", for_s=0.02))
    assert run(circuit.call(coroutine)) == 1
    circuit.configure(slow_call_s=0.001)
    hang = Fault("hang", for_s=60)
    hang.end()
    circuit.inject(hang)
    assert circuit.call(lambda: 1) == 1
    timed = Circuit("timed", timeout_s=0.01)
    timed.inject(Fault("hang", for_s=60))
    with pytest.raises(TimeoutError):
        run(timed.call(coroutine))
    for wrong in ({"kind": "x"}, {"kind": "error", "rate": 0}):
        with pytest.raises(ValueError, match=r"fault|rate"):
            Fault(**wrong)


def test_calls_can_be_recorded(clock) -> None:
    """A tape gets begin, seconds, outcome and error of every call while it runs."""
    circuit, tape = Circuit("payments"), []
    circuit.record(lambda *call: tape.append(call))
    circuit(lambda: clock.pass_time(2))()
    fail(circuit)
    circuit.record(None)
    circuit(lambda: 1)()
    assert tape == [(1000, 2, "success", ""), (1002, 0, "failure", "Refused")]


@pytest.mark.parametrize("name", ["", "a\nb", 7, None])
def test_names_are_printable_text(name) -> None:
    """A name goes into logs and metrics, so it is one line."""
    with pytest.raises(ValueError, match="no name"):
        Circuit(name)


def test_types_seen_are_not_collected_for_ever() -> None:
    """Guarding functions that return ever new types holds on to a bounded number of them."""
    from revoctl.circuits import _guarded

    guarded = Circuit("payments")(lambda kind: kind())
    for number in range(_guarded.PLAIN_TYPES_KEPT + 50):
        guarded(type(f"T{number}", (), {}))
    assert len(_guarded._plain) <= _guarded.PLAIN_TYPES_KEPT + 1
