"""What a registry has counted, told only when somebody asks: a call pays nothing for it.

:func:`page` is the Prometheus text format 0.0.4 by itself; :class:`Collector` hands the same to
``prometheus_client``, :func:`observe` to OpenTelemetry. Both of those import their library when
used.
"""

from __future__ import annotations

from revoctl.circuits._bulkhead import Bulkhead
from revoctl.circuits._fallback import Fallback
from revoctl.circuits._permit import CLOSED, HALF_OPEN, OPEN, OVERRIDES
from revoctl.circuits._retry import Retry
from revoctl.circuits._status import counts, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from revoctl.circuits._breaker import Circuit
    from revoctl.circuits._registry import Registry

    Sample = tuple[dict[str, str], float]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GAUGE = "gauge"
COUNTER = "counter"
STATES = (CLOSED, OPEN, HALF_OPEN, *OVERRIDES)


class Family:
    """One metric: its name, whether a ``counter`` or ``gauge``, what it says, and its samples."""

    __slots__ = ("kind", "name", "samples", "says")

    def __init__(self, name: str, kind: str, says: str, samples: list[Sample]) -> None:
        self.name = name
        self.kind = kind
        self.says = says
        self.samples = samples


def families(registry: Registry) -> Iterator[Family]:
    """Every metric of a registry's circuits, fallbacks, retries and bulkheads, as of now."""
    circuits = [(circuit, circuit.state) for circuit in registry]
    for name, kind, says, read in _OF_CIRCUITS:
        samples = [sample for circuit, state in circuits for sample in read(circuit, state)]
        yield Family(f"revoctl_circuit_{name}", kind, says, samples)
    for part, name, kind, says, read_part in _OF_PARTS:
        parts = [one for one in registry.parts if isinstance(one, part)]
        samples = [sample for one in parts for sample in read_part(one)]
        if samples:
            yield Family(f"revoctl_{name}", kind, says, samples)


def page(registry: Registry) -> str:
    """The metrics as one page to be scraped, of the type :data:`CONTENT_TYPE`."""
    lines = []
    for family in families(registry):
        lines.append(f"# HELP {family.name} {family.says}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        for labels, value in family.samples:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            lines.append(f"{family.name}{{{told}}} {value:.17g}")
    return "\n".join(lines) + "\n"


class Collector:
    """A custom collector for ``prometheus_client``: ``REGISTRY.register(Collector(registry))``."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Any]:
        """The metric families as of now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kinds = {COUNTER: CounterMetricFamily, GAUGE: GaugeMetricFamily}
        for family in families(self._registry):
            keys = list(family.samples[0][0]) if family.samples else ["circuit"]
            metric = kinds[family.kind](family.name, family.says, labels=keys)
            for labels, value in family.samples:
                metric.add_metric(list(labels.values()), value)
            yield metric

    def describe(self) -> list[Any]:
        """Nothing: circuits come and go."""
        return []


def observe(registry: Registry, meter: Any = None) -> list[Any]:
    """Observable instruments on an OpenTelemetry meter (by default that of ``revoctl.circuits``).

    Gives the instruments, one per metric; they are read when the reader collects.
    """
    if meter is None:
        from opentelemetry.metrics import get_meter

        meter = get_meter("revoctl.circuits")
    make = {COUNTER: meter.create_observable_counter, GAUGE: meter.create_observable_gauge}
    described = [(f"revoctl_circuit_{n}", k, s) for n, k, s, _ in _OF_CIRCUITS]
    described += [(f"revoctl_{n}", k, s) for _, n, k, s, _ in _OF_PARTS]
    return [
        make[kind](
            name.removesuffix("_total").replace("_", "."),
            callbacks=[_reader(registry, name)],
            description=says,
        )
        for name, kind, says in described
    ]


def _reader(registry: Registry, name: str) -> Callable[[Any], Iterable[Any]]:
    def read(_: Any) -> Iterable[Any]:
        from opentelemetry.metrics import Observation

        for family in families(registry):
            if family.name == name:
                return [Observation(value, labels) for labels, value in family.samples]
        return []

    return read


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _state(circuit: Circuit, state: str) -> Iterator[Sample]:
    for one in STATES:
        yield {"circuit": circuit.name, "state": one.lower()}, float(one == state)


def _calls(circuit: Circuit, _: str) -> Iterator[Sample]:
    for outcome, count in totals(circuit.machine).items():
        if outcome not in ("admitted", "rejected"):
            yield {"circuit": circuit.name, "outcome": outcome}, count


def _window(circuit: Circuit, _: str) -> Iterator[Sample]:
    from time import monotonic

    epoch = circuit.machine.epoch
    for kind, count in zip(("all", "failed", "slow"), counts(epoch, monotonic()), strict=True):
        yield {"circuit": circuit.name, "calls": kind}, count


def _one(read: Callable[[Any], float], label: str = "circuit") -> Any:
    return lambda thing, *_: [({label: thing.name}, float(read(thing)))]


def _links(counts_of: Callable[[Fallback], dict[str, int]]) -> Any:
    return lambda chain: [
        ({"fallback": chain.name, "link": link}, float(n)) for link, n in counts_of(chain).items()
    ]


_OF_CIRCUITS: tuple[tuple[str, str, str, Any], ...] = (
    ("state", GAUGE, "1 for the state that the circuit is in, 0 for the others.", _state),
    ("calls_total", COUNTER, "Calls that ended, by outcome.", _calls),
    (
        "rejected_total",
        COUNTER,
        "Calls that were refused.",
        _one(lambda c: c.machine.rejected),
    ),
    ("in_flight", GAUGE, "Calls under way.", _one(lambda c: c.machine.in_flight)),
    ("window_calls", GAUGE, "Calls in the window, all, failed and slow.", _window),
    (
        "transitions_total",
        COUNTER,
        "Changes of state, by itself or by an operator.",
        _one(lambda c: c.machine.seq),
    ),
    (
        "would_open_total",
        COUNTER,
        "How often a circuit that only measures would have opened.",
        _one(lambda c: c.machine.would_open),
    ),
    (
        "fault_active",
        GAUGE,
        "1 while a drill injects a fault.",
        _one(lambda c: bool(c.fault and c.fault.left_s)),
    ),
)

_OF_PARTS: tuple[tuple[type, str, str, str, Any], ...] = (
    (
        Fallback,
        "fallback_answers_total",
        COUNTER,
        "Answers, by the link that gave them.",
        _links(lambda f: f.answers),
    ),
    (
        Fallback,
        "fallback_failures_total",
        COUNTER,
        "Failures, by link.",
        _links(lambda f: f.failures),
    ),
    (
        Fallback,
        "fallback_unanswered_total",
        COUNTER,
        "Calls that no link answered.",
        _one(lambda f: f.unanswered, "fallback"),
    ),
    (
        Retry,
        "retry_retries_total",
        COUNTER,
        "Calls made again.",
        _one(lambda r: r.retried, "retry"),
    ),
    (
        Retry,
        "retry_exhausted_total",
        COUNTER,
        "Calls given up on.",
        _one(lambda r: r.exhausted, "retry"),
    ),
    (
        Bulkhead,
        "bulkhead_active",
        GAUGE,
        "Calls under way.",
        _one(lambda b: b.active, "bulkhead"),
    ),
    (
        Bulkhead,
        "bulkhead_waiting",
        GAUGE,
        "Calls that wait for a slot.",
        _one(lambda b: b.waiting, "bulkhead"),
    ),
    (
        Bulkhead,
        "bulkhead_rejected_total",
        COUNTER,
        "Calls that found no room.",
        _one(lambda b: b.rejected, "bulkhead"),
    ),
)
