"""Bulkheads, fallbacks, and everything together under one name."""

import asyncio
import threading
import time

import pytest

from revoctl.circuits import (
    Bulkhead,
    BulkheadFull,
    Circuit,
    CircuitOpen,
    Fallback,
    Guard,
    Retry,
    guard,
    registry,
)
from tests.circuits.test_threads import together


def broken(*_: object) -> None:
    raise OSError


async def abroken(*_: object) -> None:
    raise OSError


def test_threads_beyond_the_limit_wait_and_beyond_the_queue_are_refused() -> None:
    """Two at a time, three wait, the other five are refused at once."""
    bulkhead, most = Bulkhead(2, queue=3, name="db"), []

    @bulkhead
    def work() -> str:
        most.append(bulkhead.active)
        time.sleep(0.1)
        return "done"

    results = together(10, lambda _: work())
    assert results.count("done") == 5 and max(most) == 2
    assert bulkhead.rejected == 5 and (bulkhead.active, bulkhead.waiting) == (0, 0)
    refused = next(r for r in results if isinstance(r, BulkheadFull))
    assert "the bulkhead db is full" in str(refused) and refused.code == "bulkhead.full"


def test_tasks_and_threads_share_a_bulkhead() -> None:
    """A slot freed by a thread wakes a waiting task, first come first served."""
    bulkhead = Bulkhead(1, queue=10)
    order = []

    async def task(number: int) -> None:
        async with bulkhead:
            order.append(number)
            await asyncio.sleep(0)

    async def main() -> None:
        entered, go = threading.Event(), threading.Event()

        def hold() -> None:
            with bulkhead:
                entered.set()
                go.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        entered.wait(10)
        tasks = [asyncio.create_task(task(n)) for n in range(5)]
        await asyncio.sleep(0.01)
        assert bulkhead.waiting == 5
        tasks[2].cancel()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        thread.join(10)

    asyncio.run(main())
    assert order == [0, 1, 3, 4] and bulkhead.active == 0


def test_waiting_is_bounded() -> None:
    """Who has waited long enough is refused, and leaves no hole in the line."""
    bulkhead = Bulkhead(1, queue=5, wait_s=0.02)

    async def main() -> None:
        async with bulkhead:
            with pytest.raises(BulkheadFull):
                async with bulkhead:
                    pytest.fail("it was let in")
            with pytest.raises(BulkheadFull):
                await asyncio.to_thread(bulkhead.__enter__)

    asyncio.run(main())
    assert (bulkhead.active, bulkhead.waiting, bulkhead.rejected) == (0, 0, 2)


def test_a_cancelled_wait_passes_its_turn_on() -> None:
    """A task that is cancelled in the moment its turn comes does not take the slot with it."""
    bulkhead = Bulkhead(1, queue=5)

    async def main() -> None:
        await bulkhead.__aenter__()

        @bulkhead
        async def work() -> None:
            pass

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        await bulkhead.__aexit__(None, None, None)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(work(), 1)

    asyncio.run(main())
    assert bulkhead.active == 0


def test_a_turn_of_a_closed_loop_goes_to_the_next() -> None:
    """A waiter whose event loop is gone is passed over."""
    bulkhead = Bulkhead(1, queue=2)
    bulkhead.__enter__()

    async def main() -> None:
        waiting = asyncio.ensure_future(bulkhead.__aenter__())
        await asyncio.sleep(0)
        bulkhead._line[0].loop = asyncio.new_event_loop()
        bulkhead._line[0].loop.close()
        bulkhead.__exit__()
        waiting.cancel()

    asyncio.run(main())
    assert bulkhead.active == 0 or bulkhead.waiting == 0


def test_bulkheads_that_mean_nothing() -> None:
    """No slots, or a stream that would hold none, are refused."""
    with pytest.raises(ValueError, match="limit"):
        Bulkhead(0)
    with pytest.raises(TypeError, match="between its items"):
        Bulkhead(1)(lambda: (yield))


def test_the_first_link_that_answers() -> None:
    """The answer says which link gave it and what the others raised; shares add up to one."""
    up = iter([True, False, False, False])

    def primary(prompt: str) -> str:
        if not next(up):
            raise OSError
        return f"remote {prompt}"

    chain = Fallback({"remote": primary, "local": lambda p: f"local {p}"}, name="llm")
    assert chain.shares() == {"remote": 0, "local": 0} and chain.availability() is None
    answers = [chain.answer("hi") for _ in range(4)]
    assert [a.value for a in answers] == ["remote hi"] + ["local hi"] * 3
    assert (answers[1].link, answers[1].errors) == ("local", {"remote": "OSError"})
    assert chain.shares() == {"remote": 0.25, "local": 0.75} and chain.availability() == 1
    assert "local" in repr(answers[1])


def test_when_no_link_answers() -> None:
    """The last error arrives as it is, with a note of the others."""
    chain = Fallback({"a": broken, "b": broken}, name="llm")
    with pytest.raises(OSError) as raised:
        chain.call()
    assert raised.value.__notes__ == ["no link of llm answered: a raised OSError, b raised OSError"]
    assert (chain.unanswered, chain.availability()) == (1, 0)
    only = Fallback({"a": broken, "b": lambda: 1}, on=KeyError)
    with pytest.raises(OSError):
        only.call()
    for wrong, error in (({}, ValueError), ({"a": lambda: (yield)}, TypeError)):
        with pytest.raises(error):
            Fallback(wrong)


def test_an_asynchronous_chain() -> None:
    """Coroutine functions and plain functions may stand in one chain."""
    chain = Fallback({"a": abroken, "b": broken, "c": lambda: 3})
    assert asyncio.run(chain.acall()) == 3
    with pytest.raises(OSError):
        asyncio.run(Fallback({"a": abroken}).acall())


def test_everything_in_order() -> None:
    """Retries ask the circuit anew, the fallback sees what remains, the shares are counted."""
    made = guard(
        "order",
        failure_threshold=2,
        retry={"attempts": 5, "base_s": 0},
        bulkhead=2,
        fallback={"local": lambda n: f"local {n}"},
    )
    calls = []

    @made
    def remote(number: int) -> str:
        calls.append(number)
        raise OSError

    assert [remote(1), remote(2)] == ["local 1", "local 2"]
    assert calls == [1, 1], "the circuit opened between two attempts of the first call"
    assert remote.fallback.shares() == {"primary": 0, "local": 1}
    assert made.circuit is registry.get("order") and remote.fallback in registry.parts
    assert remote.__name__ == "remote"


def test_everything_in_order_for_coroutines() -> None:
    """The same, awaited."""
    made = guard("aorder", failure_threshold=2, retry=Retry(attempts=5, base_s=0), bulkhead=2,
                 fallback={"local": lambda: "local"})  # fmt: skip
    assert asyncio.run(made.call(abroken)) == "local"
    assert made.circuit.state == "OPEN"
    with pytest.raises(CircuitOpen):
        asyncio.run(guard("aorder", failure_threshold=2, bulkhead=1).call(abroken))
    with pytest.raises(ValueError, match="primary"):
        Guard(Circuit("x"), fallback={"primary": broken})


def test_an_open_circuit_refuses_before_anybody_queues() -> None:
    """While the only slot is taken, a refusal does not wait for it, and a full bulkhead is no
    failure of the dependency."""
    circuit = Circuit("db", failure_threshold=1)
    bulkhead = Bulkhead(1)
    guarded = Guard(circuit, bulkhead=bulkhead)(lambda: 1)
    with bulkhead:
        with pytest.raises(BulkheadFull):
            guarded()
        assert circuit.status()["totals"]["admitted"] == 0
        circuit.trip("test")
        with pytest.raises(CircuitOpen):
            guarded()
    assert circuit.status()["totals"]["rejected"] == 1
    circuit.reset("test")
    with circuit:
        assert guarded() == 1
