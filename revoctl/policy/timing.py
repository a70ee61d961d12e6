"""The section ``timing``: what a service measures of its requests, and what it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from revoctl.errors import PolicyError
from revoctl.policy.check import flag, kind, known, path_prefix, text

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class TimingPolicy:
    """Measuring is always on; the rest is asked for.

    ``request_id``: keep or create ``X-Request-ID``. ``trace``: keep or create ``traceparent`` (W3C
    Trace Context). ``server_timing``: tell clients how long it took; attackers learn it too.
    ``access_log``: one JSON line for a request, on the logger ``revoctl.access``. ``metrics_path``:
    where the Prometheus page is, empty for nowhere; keep it from the public. ``buckets``: upper
    bounds of the latency histogram, in seconds. ``otel``: spans and metrics by OpenTelemetry.
    """

    request_id: bool = True
    trace: bool = True
    server_timing: bool = False
    access_log: bool = False
    otel: bool = False
    metrics_path: str = ""
    buckets: tuple[float, ...] = BUCKETS

    def __post_init__(self) -> None:
        """Refuse a histogram that does not ascend."""
        ascending = all(a < b for a, b in zip(self.buckets, self.buckets[1:], strict=False))
        if not self.buckets or self.buckets[0] <= 0 or not ascending:
            raise PolicyError("timing.buckets", "must ascend", "they are seconds above zero")
        if self.metrics_path:
            path_prefix(self.metrics_path, "timing.metrics_path")

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> TimingPolicy:
        """Validate the section; raises :class:`~revoctl.errors.PolicyError` naming the key."""
        known(data, [field.name for field in fields(cls)], "timing.")
        given: dict[str, Any] = {}
        for key, value in data.items():
            place = f"timing.{key}"
            if key == "metrics_path":
                given[key] = text(value, place)
            elif key == "buckets":
                given[key] = _seconds(value, place)
            else:
                given[key] = flag(value, place)
        return cls(**given)


def _seconds(value: object, key: str) -> tuple[float, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise PolicyError(key, "must be a list of seconds", f"it is {kind(value)}")
    for index, one in enumerate(value):
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise PolicyError(f"{key}[{index}]", "must be a number", f"it is {kind(one)}")
    return tuple(float(one) for one in value)
