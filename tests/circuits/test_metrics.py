"""The metrics page and what the two client libraries make of the same numbers."""

import pytest

from revoctl.circuits import Bulkhead, Fallback, Registry, Retry, metrics


def broken() -> None:
    raise OSError


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    odd = registry.circuit('o"dd\\', failure_threshold=2, tags=["x"])
    for _ in range(2):
        with pytest.raises(OSError):
            odd.call(broken)
    registry.circuit("fine").call(lambda: 1)
    chain = Fallback({"remote": broken, "local": lambda: 1}, name="llm")
    chain.call()
    retry = Retry(attempts=2, base_s=0, name="llm")
    for part in (chain, retry, Bulkhead(3, name="db"), chain):
        registry.show(part)
    return registry


def samples(text: str) -> dict[tuple, float]:
    from prometheus_client.parser import text_string_to_metric_families

    return {
        (s.name, *sorted(s.labels.values())): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_the_page(registry) -> None:
    """The page parses with Prometheus' own parser and holds the numbers of the status."""
    found = samples(metrics.page(registry))
    assert found["revoctl_circuit_state", 'o"dd\\', "open"] == 1
    assert found["revoctl_circuit_state", "closed", 'o"dd\\'] == 0
    assert found["revoctl_circuit_calls_total", "failure", 'o"dd\\'] == 2
    assert found["revoctl_circuit_calls_total", "fine", "success"] == 1
    assert found["revoctl_circuit_window_calls", "all", "fine"] == 1
    assert found["revoctl_fallback_answers_total", "llm", "local"] == 1
    assert found["revoctl_fallback_unanswered_total", "llm"] == 0
    assert found["revoctl_bulkhead_active", "db"] == 0
    assert len(found) == len(set(found))
    assert samples(metrics.page(Registry())) == {}


def test_the_collector_tells_the_same(registry) -> None:
    """prometheus_client exposes the same samples as the page."""
    from prometheus_client import CollectorRegistry, generate_latest

    theirs = CollectorRegistry()
    theirs.register(metrics.Collector(registry))
    assert samples(generate_latest(theirs).decode()) == samples(metrics.page(registry))


def test_opentelemetry_tells_the_same(registry) -> None:
    """Observable instruments give the same values when a reader collects."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    instruments = metrics.observe(registry, provider.get_meter("test"))
    collected = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    found = {
        (m.name, *sorted(p.attributes.values())): p.value
        for m in collected
        for p in m.data.data_points
    }
    assert found["revoctl.circuit.calls", "failure", 'o"dd\\'] == 2
    assert len(found) == len(samples(metrics.page(registry)))
    assert len(instruments) >= len(collected)
    provider.shutdown()
    assert metrics.observe(Registry())
