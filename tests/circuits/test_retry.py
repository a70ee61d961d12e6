"""Retries: how often, how long after, what for, and when not."""

import asyncio

import pytest

from revoctl.circuits import BulkheadFull, Circuit, CircuitOpen, Retry, RetryBudget, retry


class Service:
    """Fails so many times, then answers; knows how often it was called."""

    def __init__(self, failures: int, error: type[Exception] = OSError) -> None:
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error()
        return self.calls


def patient(clock, **rules) -> Retry:
    """Retries that sleep on the test's clock."""
    made = Retry(**rules)
    made.slept = []

    def nap(seconds: float) -> None:
        made.slept.append(seconds)
        clock.pass_time(seconds)

    made._sleep = nap
    return made


def asynchronous(service):
    async def call():
        return service()

    return call


@pytest.mark.parametrize("is_async", [False, True])
def test_it_tries_so_often_and_no_more(is_async) -> None:
    """Three attempts are three calls, and the last error arrives as it is (CB-16)."""
    for failures, calls in ((0, 1), (2, 3), (9, 3)):
        service, rules = Service(failures), Retry(attempts=3, base_s=0.001)
        guarded = rules(asynchronous(service) if is_async else service)
        call = (lambda g=guarded: asyncio.run(g())) if is_async else guarded
        if failures < 3:
            assert call() == calls
        else:
            with pytest.raises(OSError) as raised:
                call()
            assert raised.value.__notes__ == ["given up after 3 attempts: no attempt is left"]
        assert service.calls == calls


def test_delays_are_drawn_from_a_growing_range(clock) -> None:
    """The n-th delay lies between nothing and base · 2ⁿ⁻¹, never above max_s."""
    rules = patient(clock, attempts=6, base_s=1, max_s=5, total_s=None)
    rules._random = lambda: 1.0
    with pytest.raises(OSError):
        rules.call(Service(9))
    assert rules.slept == [1, 2, 4, 5, 5]
    rules._random = None
    drawn = [rules.draw(3) for _ in range(200)]
    assert min(drawn) < 1 and 3 < max(drawn) <= 4


def test_the_whole_is_bounded(clock) -> None:
    """No attempt begins after total_s, the first attempt's own time included."""
    rules = patient(clock, attempts=100, base_s=1, max_s=1, total_s=10)
    rules._random = lambda: 1.0

    def slow() -> None:
        clock.pass_time(2)
        raise OSError

    with pytest.raises(OSError) as raised:
        rules.call(slow)
    assert clock.now <= 1012 and len(rules.slept) == 2 + 1
    assert "10 s would be over" in raised.value.__notes__[0]


def test_an_error_names_its_own_delay(clock) -> None:
    """A Retry-After is waited for as it says, or ends the trying if there is no time for it."""
    rules = patient(clock, delay_of=lambda e: e.args[0], total_s=20)
    waits = iter([3.0, None])
    rules._random = lambda: 0.0

    def limited() -> str:
        for wait in waits:
            raise OSError(wait)
        return "fine"

    assert (rules.call(limited), rules.slept) == ("fine", [3.0])
    with pytest.raises(OSError):
        patient(clock, delay_of=lambda _: 60, total_s=20).call(Service(1))


@pytest.mark.parametrize("is_async", [False, True])
def test_results_are_retried(clock, is_async) -> None:
    """A result may ask for another attempt, with a delay of its own; the last one is given back."""
    answers = iter([429, 503, 200])
    rules = patient(clock, again=lambda status: 0.001 if status == 429 else status == 503, base_s=0)

    def ask() -> int:
        return next(answers)

    call = rules(asynchronous(ask)) if is_async else rules(ask)
    assert (asyncio.run(call()) if is_async else call()) == 200
    assert rules.retried == 2
    always = patient(clock, again=lambda _: True, base_s=0)(lambda: 503)
    assert always() == 503


def test_what_is_retried(clock) -> None:
    """Classes or a predicate say which errors are worth another attempt; interrupts never are."""
    assert patient(clock, on=(OSError, KeyError)).call(Service(1, KeyError)) == 2
    assert patient(clock, on=lambda e: isinstance(e, KeyError)).call(Service(1, KeyError)) == 2
    for rules, error in (
        (patient(clock, on=KeyError), OSError),
        (patient(clock, on=lambda _: False), OSError),
        (patient(clock, on=BaseException), KeyboardInterrupt),
        (patient(clock, on=BaseException), asyncio.CancelledError),
    ):
        service = Service(1, error)
        with pytest.raises(error):
            rules.call(service)
        assert service.calls == 1


def test_streams_are_refused() -> None:
    """A generator is not silently left without retries (CB-16)."""

    async def agenerate():
        yield 1

    for stream in (lambda: (yield), agenerate):
        with pytest.raises(TypeError, match="cannot be retried"):
            retry(attempts=2)(stream)
    with pytest.raises(ValueError, match="attempts"):
        retry(attempts=0)


def test_an_open_circuit_is_left_alone(clock) -> None:
    """A refusal is not retried, unless it is asked for; then its own wait is kept."""
    circuit = Circuit("db", failure_threshold=1, success_threshold=1)
    service = Service(1)
    guarded = circuit(service)
    rules = patient(clock, attempts=5, base_s=0)
    with pytest.raises(CircuitOpen):
        rules(guarded)()
    assert service.calls == 1
    waiting = patient(clock, on=CircuitOpen, total_s=100)
    assert (waiting(guarded)(), waiting.slept) == (2, [60])
    with pytest.raises(BulkheadFull):
        rules.call(Service(1, lambda: BulkheadFull("b", 1, 0)))


def test_layers_do_not_multiply(clock) -> None:
    """Three layers of three attempts make three calls, or 27 if told so (CB-16)."""
    for nested, calls in ((False, 3), (True, 27)):
        service = Service(99)
        guarded = service
        for _ in range(3):
            guarded = patient(clock, attempts=3, base_s=0, nested=nested)(guarded)
        with pytest.raises(OSError):
            guarded()
        assert service.calls == calls


def test_a_budget_bounds_the_added_load(clock) -> None:
    """When everything fails the dependency sees the budget more, not a multiple."""
    budget = RetryBudget(per_second=2, burst=5)
    rules = patient(clock, attempts=3, base_s=0, budget=budget)
    service = Service(10**6)
    for _ in range(100):
        with pytest.raises(OSError):
            rules.call(service)
    assert service.calls == 105 and budget.left < 1 and budget.refused
    clock.pass_time(1)
    assert budget.left == 2
    with pytest.raises(ValueError, match="burst"):
        RetryBudget(burst=0)


def test_an_observer_changes_nothing(clock) -> None:
    """Each retry is told with attempt, delay and error, and the observer's errors are dropped."""
    told = []

    def tell(*what: object) -> None:
        told.append(what)
        raise RuntimeError

    rules = patient(clock, attempts=3, base_s=0, tell=tell)
    assert rules.call(Service(2)) == 3
    assert [(attempt, delay) for attempt, delay, _ in told] == [(1, 0), (2, 0)]
