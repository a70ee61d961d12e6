"""Circuits and retries beside their peers, in one run: what a guard adds to a call."""

import contextlib
import statistics
import sys

import pytest

from revoctl.circuits import Circuit
from tests.bench import circuits_peers as peers
from tests.bench import ratio

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("ignore")]


def table(what: str, costs: dict[str, float], floor: str = "bare") -> dict[str, float]:
    """Print each cost above the floor in nanoseconds, and give them."""
    added = {name: 1e9 * (cost - costs[floor]) for name, cost in costs.items() if name != floor}
    told = "  ".join(f"{name} +{cost:.0f}" for name, cost in added.items())
    sys.stdout.write(f"\nBENCH {what}: bare {1e9 * costs[floor]:.0f} ns  {told}")
    return added


def aim(what: str, found: float, wanted: float, bound: float) -> None:
    """Print a ratio beside its aim and hold it to a generous bound."""
    ratio.say(what, found, wanted)
    assert found <= bound


@pytest.mark.parametrize("traffic", ["clean", "1 % failures"])
def test_a_synchronous_call(traffic: str) -> None:
    """What the guard of a function adds, with every guarantee on."""
    clean = traffic == "clean"

    def dependency() -> object:
        return peers.bare if clean else peers.sometimes()

    guarded = {n: peers.guard_by(n, dependency()) for n in ("revoctl", *peers.SYNC)}
    swallow = () if clean else (peers.Down,)
    costs = peers.in_turn({"bare": dependency(), **guarded}, swallow=swallow)
    added = table(f"sync call, {traffic}", costs)
    found = added["revoctl"] / added["circuitbreaker"]
    aim(f"sync overhead, {traffic} / circuitbreaker", found, 0.75, 1.5)


@pytest.mark.parametrize("traffic", ["clean", "1 % failures"])
def test_an_asynchronous_call(traffic: str) -> None:
    """What the guard of a coroutine function adds."""
    clean = traffic == "clean"

    def dependency() -> object:
        return peers.abare if clean else peers.asometimes()

    guarded = {n: peers.aguard_by(n, dependency()) for n in ("revoctl", *peers.ASYNC)}
    added = table(f"async call, {traffic}", peers.in_turn_async({"bare": dependency(), **guarded}))
    found = added["revoctl"] / added["circuitbreaker"]
    aim(f"async overhead, {traffic} / circuitbreaker", found, 0.75, 1.5)


def test_rules_over_rates() -> None:
    """Rates and slow calls, in a window of calls and of seconds, cost what they cost."""
    rated = {"failure_rate": 0.5, "slow_call_s": 1, "slow_call_rate": 0.5}
    functions = {
        "bare": peers.bare,
        "rates": Circuit("a", **rated)(peers.bare),
        "rates by time": Circuit("b", **rated, window_s=60)(peers.bare),
        "circuitbreaker": peers.guard_by("circuitbreaker", peers.bare),
    }
    added = table("sync call under rules", peers.in_turn(functions))
    found = added["rates"] / added["circuitbreaker"]
    aim("sync overhead with rates / circuitbreaker", found, 0.75, 1.5)
    assert added["rates by time"] / added["circuitbreaker"] <= 15


def test_a_rejection() -> None:
    """A refusal that is caught, beside raising and catching anything at all."""

    def raises() -> None:
        raise peers.Down

    functions = {"bare": raises, **{n: peers.opened(n) for n in ("revoctl", *peers.SYNC)}}
    costs = peers.in_turn(functions, calls=1500, swallow=(Exception,))
    told = "  ".join(f"{n} {1e9 * c:.0f}" for n, c in costs.items())
    sys.stdout.write(f"\nBENCH rejection, ns: {told}")
    aim("rejection / bare raise and except", costs["revoctl"] / costs["bare"], 2.2, 3.5)


def test_eight_threads() -> None:
    """Calls per second of eight threads, beside the best of the peers."""
    names = ("revoctl", *peers.SYNC)
    functions = {name: peers.guard_by(name, peers.bare) for name in names}
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(7):
        for name in names:
            rates[name].append(peers.rate_of_threads(functions[name]))
    best = {name: statistics.median(found) for name, found in rates.items()}
    told = "  ".join(f"{name} {rate / 1e6:.2f}" for name, rate in best.items())
    sys.stdout.write(f"\nBENCH 8 threads, million calls/s: {told}")
    found = best["revoctl"] / max(rate for name, rate in best.items() if name != "revoctl")
    ratio.say("8 threads, calls per second / best peer (at least)", found, 1.5)
    assert found >= 0.9


def test_a_retry_that_succeeds_at_once() -> None:
    """The first attempt of a retry, when nothing fails."""
    names = ("revoctl", "tenacity", "stamina")
    functions = {"bare": peers.bare, **{n: peers.retry_by(n, peers.bare) for n in names}}
    costs = peers.in_turn(functions, calls=1000)
    table("retry, first success", costs)
    aim("retry's first success / stamina", costs["revoctl"] / costs["stamina"], 0.05, 0.1)


def test_importing() -> None:
    """CPU time of a process that imports the library, beside circuitbreaker's."""
    names = "from revoctl.circuits import Circuit, circuit, retry, guard, registry"
    ours = [sys.executable, "-c", names]
    found = ratio.commands(ours, peers.importing("circuitbreaker"), rounds=11)
    aim("importing with its names / circuitbreaker", found, 0.8, 1)
    for peer in peers.PEERS:
        found = ratio.commands(peers.importing("revoctl.circuits"), peers.importing(peer), 5)
        ratio.say(f"importing revoctl.circuits / {peer}", found, 0.8)


def test_memory() -> None:
    """Bytes of a circuit with a window of 100 that has seen calls, a tenth of them failed."""

    dependency = peers.sometimes(10)

    def used(number: int) -> object:
        circuit = Circuit(f"c{number}", failure_rate=0.5, failure_threshold=None)
        guarded = circuit(dependency)
        for _ in range(200):
            with contextlib.suppress(peers.Down):
                guarded()
        return guarded

    fresh = peers.bytes_each(lambda n: Circuit(f"f{n}"))
    full = peers.bytes_each(used)
    sys.stdout.write(f"\nBENCH bytes per circuit: fresh {fresh:.0f}, full window {full:.0f}")
    aim("KiB per circuit with a full window of 100", full / 1024, 4, 4)
