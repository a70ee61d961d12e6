"""Counters, gauges and histograms of a process, and the page that Prometheus reads.

Source: Prometheus text exposition format 0.0.4. A metric has at most :data:`MOST_SERIES` series;
further label values are counted together as ``other``, so that no client can grow it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

MOST_SERIES = 1000
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
Labels = tuple[str, ...]


class Value:
    """One series of a counter or gauge."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0

    def inc(self, amount: float = 1) -> None:
        """Add to it."""
        self.value += amount

    def set(self, value: float) -> None:
        """Replace it; only a gauge's."""
        self.value = value


class Distribution:
    """One series of a histogram: how many values fell at or below each bound."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Metric:
    """A named family of series. ``kind`` is counter, gauge or histogram."""

    def __init__(
        self, kind: str, name: str, help: str, labels: Sequence[str], make: Callable[[], Any]
    ) -> None:
        if not _NAME.fullmatch(name) or not all(_NAME.fullmatch(label) for label in labels):
            raise ValueError(f"{name!r} or a label of it is not a metric's name")
        self.kind, self.name, self.help = kind, name, help
        self.label_names = tuple(labels)
        self._make = make
        self.series: dict[Labels, Any] = {}
        if not labels:
            self.series[()] = make()

    def labels(self, *values: str) -> Any:
        """The series with these label values, in the order of the labels' names."""
        found = self.series.get(values)
        return self._new(values) if found is None else found

    def _new(self, values: Labels) -> Any:
        if len(values) != len(self.label_names):
            raise ValueError(f"{self.name} has the labels {', '.join(self.label_names)}")
        if len(self.series) >= MOST_SERIES:
            values = ("other",) * len(values)
        return self.series.setdefault(values, self._make())

    def inc(self, amount: float = 1) -> None:
        """Add to a metric without labels."""
        self.series[()].inc(amount)

    def set(self, value: float) -> None:
        """Set a gauge without labels."""
        self.series[()].set(value)

    def observe(self, value: float) -> None:
        """Count a value in a histogram without labels."""
        self.series[()].observe(value)

    def lines(self) -> Iterator[str]:
        """The metric as the page has it."""
        yield f"# HELP {self.name} {_escape(self.help)}"
        yield f"# TYPE {self.name} {self.kind}"
        for values, one in self.series.items():
            pairs = list(zip(self.label_names, values, strict=True))
            if isinstance(one, Distribution):
                yield from _histogram(self.name, pairs, one)
            else:
                yield f"{self.name}{_labels(pairs)} {_number(one.value)}"


class Metrics:
    """All metrics of a process; an application registers its own beside ours.

    A name is registered once: the same name again gives the same metric, or raises ValueError if
    it is of another kind or has other labels.
    """

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def counter(self, name: str, help: str, labels: Sequence[str] = ()) -> Metric:
        """A figure that only grows; its name ends in ``_total`` by convention."""
        return self._register(Metric("counter", name, help, labels, Value))

    def gauge(self, name: str, help: str, labels: Sequence[str] = ()) -> Metric:
        """A figure that goes up and down."""
        return self._register(Metric("gauge", name, help, labels, Value))

    def histogram(
        self, name: str, help: str, bounds: tuple[float, ...], labels: Sequence[str] = ()
    ) -> Metric:
        """How often values fell at or below each of the ascending ``bounds``."""
        return self._register(Metric("histogram", name, help, labels, lambda: Distribution(bounds)))

    def page(self) -> bytes:
        """The page that Prometheus reads."""
        return "".join(f"{line}\n" for m in self._metrics.values() for line in m.lines()).encode()

    def _register(self, metric: Metric) -> Metric:
        found = self._metrics.setdefault(metric.name, metric)
        if (found.kind, found.label_names) != (metric.kind, metric.label_names):
            raise ValueError(f"{metric.name} is there already as a {found.kind}")
        return found


def _histogram(name: str, pairs: list[tuple[str, str]], found: Distribution) -> Iterator[str]:
    total = 0
    for bound, count in zip((*found.bounds, float("inf")), found.counts, strict=True):
        total += count
        yield f"{name}_bucket{_labels([*pairs, ('le', _number(bound))])} {total}"
    yield f"{name}_sum{_labels(pairs)} {_number(found.sum)}"
    yield f"{name}_count{_labels(pairs)} {total}"


def _labels(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    inner = ",".join(f'{name}="{_escape(value, quote=True)}"' for name, value in pairs)
    return f"{{{inner}}}"


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)
