"""Generators under a circuit: one permit from the first step to the last."""

import asyncio
import gc

import pytest

from revoctl.circuits import Circuit, CircuitOpen


def totals(circuit: Circuit) -> dict:
    return circuit.status()["totals"]


def conversation():
    """Yields what it is sent; gives back how many it was sent."""
    count, said = 0, None
    while said != "end":
        try:
            said = yield said
            count += 1
        except KeyError:
            said = "caught"
    return count


def test_send_throw_and_the_return_value_pass_through() -> None:
    """A guarded generator converses as the bare one does (CB-08)."""
    circuit = Circuit("feed")
    stream = circuit(conversation)()
    assert next(stream) is None
    assert stream.send("one") == "one"
    assert stream.throw(KeyError()) == "caught"
    with pytest.raises(StopIteration) as end:
        stream.send("end")
    assert end.value.value == 2
    assert totals(circuit)["success"] == 1


def test_breaking_off_is_neutral() -> None:
    """Consumers that stop early open nothing and hold nothing (CB-08)."""
    circuit = Circuit("feed", failure_threshold=1)

    @circuit
    def items():
        yield from range(10)

    for _ in range(3):
        for _item in items():
            break
        gc.collect()
    assert (circuit.state, totals(circuit)["cancelled"]) == ("CLOSED", 3)
    assert circuit.machine.in_flight == 0


def test_a_stream_that_was_never_started_holds_nothing(clock) -> None:
    """Making generators admits nothing; their first steps share the probes (CB-08)."""
    circuit = Circuit("feed", half_open_permits=2)
    circuit.trip("test")
    clock.pass_time(60)
    streams = [circuit(conversation)() for _ in range(20)]
    assert circuit.state == "OPEN"
    admitted = 0
    for stream in streams:
        try:
            next(stream)
            admitted += 1
        except CircuitOpen:
            pass
    assert admitted == 2


def test_a_stream_that_fails_midway_is_a_failure() -> None:
    """An error between items counts, and reaches the consumer as it is."""
    circuit = Circuit("feed", failure_threshold=1)

    @circuit
    def items():
        yield 1
        raise OSError

    with pytest.raises(OSError):
        list(items())
    assert circuit.state == "OPEN"
    with pytest.raises(CircuitOpen):
        next(items())


def test_the_consumers_own_error_is_neutral() -> None:
    """What the consumer throws in and gets back says nothing about the dependency."""
    circuit = Circuit("feed", failure_threshold=1)
    stream = circuit(conversation)()
    next(stream)
    with pytest.raises(ZeroDivisionError):
        stream.throw(ZeroDivisionError())
    assert totals(circuit)["cancelled"] == 1


def test_a_stale_stream_cannot_reopen(clock) -> None:
    """A half-open stream that fails after another probe closed the circuit is late (CB-24b)."""
    circuit = Circuit("feed", half_open_permits=2, success_threshold=1)
    circuit.trip("test")
    clock.pass_time(60)

    def items():
        yield 1
        raise OSError

    stream = circuit(items)()
    next(stream)
    circuit.call(lambda: 1)
    with pytest.raises(OSError):
        next(stream)
    assert (circuit.state, totals(circuit)["late"]) == ("CLOSED", 1)


def test_only_the_streams_own_time_is_measured(clock) -> None:
    """A slow consumer does not make the dependency slow; what it calls in between counts itself."""
    circuit = Circuit("feed", slow_call_s=1, slow_call_rate=1, minimum_calls=1)

    @circuit
    def items():
        yield 1
        yield 2

    for _ in items():
        clock.pass_time(10)
        circuit.call(lambda: 1)
    assert (circuit.state, totals(circuit)["success"]) == ("CLOSED", 3)


def test_asynchronous_streams_do_the_same() -> None:
    """Exhaustion, early close, failure and conversation of asynchronous generators (CB-07)."""
    circuit = Circuit("feed", failure_threshold=1)

    @circuit
    async def items(fail: bool = False):
        said = "start"
        while said != "end":
            try:
                said = yield said
            except KeyError:
                said = "caught"
        if fail:
            raise OSError

    async def main() -> None:
        stream = items()
        assert await anext(stream) == "start"
        assert await stream.asend("more") == "more"
        assert await stream.athrow(KeyError()) == "caught"
        await circuit.call(asyncio.sleep, 0)
        await stream.aclose()
        unstarted = items()
        await unstarted.aclose()
        stream = items()
        await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await stream.asend("end")
        async with circuit:
            nested = items()
            await anext(nested)
            await nested.aclose()
            nested = items(fail=True)
            await anext(nested)
            with pytest.raises(OSError):
                await nested.asend("end")
            nested = items()
            await anext(nested)
            with pytest.raises(StopAsyncIteration):
                await nested.asend("end")
        assert totals(circuit) | {"success": 3, "cancelled": 1} == totals(circuit)
        stream = items(fail=True)
        await anext(stream)
        with pytest.raises(OSError):
            await stream.asend("end")
        with pytest.raises(CircuitOpen):
            await anext(items())
        with pytest.raises(CircuitOpen):
            await anext(circuit(lambda: items.__wrapped__())())

    asyncio.run(main())
    assert totals(circuit)["failure"] == 1 and circuit.machine.in_flight == 0


def test_each_step_has_the_deadline() -> None:
    """timeout_s bounds the wait for each item of an asynchronous stream."""
    circuit = Circuit("feed", failure_threshold=1, timeout_s=0.01)

    @circuit
    async def items():
        yield 1
        await asyncio.sleep(60)

    async def main() -> None:
        stream = items()
        await anext(stream)
        with pytest.raises(TimeoutError):
            await anext(stream)

    asyncio.run(main())
    assert circuit.state == "OPEN"
