"""Measures every request of an ASGI application, and gives it an id and a place in a trace."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from revoctl.middleware import access
from revoctl.middleware.asgi import (
    BODY,
    START,
    App,
    Field,
    Message,
    Receive,
    Scope,
    Send,
    first,
    state,
)
from revoctl.middleware.forwarded import Proxies
from revoctl.middleware.identity import kept_trace, new_trace, request_id
from revoctl.middleware.metrics import Metrics
from revoctl.policy.timing import TimingPolicy

if TYPE_CHECKING:
    from revoctl.middleware.otel import Tracing

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"))
SIZES = (100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8)
ABORTED = 499
"""The status of a request that ended without an answer: its task was stopped, or raised."""


class Timing:
    """Counts requests and measures their time, their size, and how many are under way.

    ``policy`` is a :class:`~revoctl.policy.timing.TimingPolicy` or its mapping. The figures are in
    ``metrics``, labelled by method, route and status; the route is the framework's template (where
    it leaves one in the scope), never the path, which clients make up. ``request.state`` has
    ``request_id`` and ``traceparent``. Time is to the last part of the body: what a framework does
    in the background after it is not the client's.
    """

    def __init__(
        self,
        app: App,
        policy: TimingPolicy | Mapping[str, Any] | None = None,
        *,
        metrics: Metrics | None = None,
        trusted_proxies: Sequence[str] | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        if not isinstance(policy, TimingPolicy):
            policy = TimingPolicy.from_mapping(policy or {})
        self.app = app
        self.metrics = metrics or Metrics()
        self._policy = policy
        self.server_timing = policy.server_timing
        self._named = policy.request_id or policy.trace
        self._proxies = Proxies(trusted_proxies or ())
        self.tracing = tracing or _tracing(policy)
        self._series: dict[tuple[str, str, int], tuple[Any, Any, Any]] = {}
        labels = ["method", "route", "status"]
        make = self.metrics
        self._count = make.counter("http_requests_total", "Requests answered.", labels)
        self._time = make.histogram(
            "http_request_duration_seconds",
            "Time to the end of the answer.",
            policy.buckets,
            labels,
        )
        self._size = make.histogram(
            "http_response_size_bytes", "Size of the answer's body.", SIZES, labels
        )
        self.flight = make.gauge("http_requests_in_flight", "Requests under way.").labels()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not http."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self.tracing is None:
            await self._measure(scope, receive, send)
        else:
            await self.tracing.run(self._measure, scope, receive, send)

    async def _measure(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        end = 0.0
        status = size = 0
        fields = self.name(scope, first(scope, b"x-request-id"), first(scope, b"traceparent"))

        def measured(message: Message) -> Awaitable[None]:
            nonlocal status, size, end
            kind = message["type"]
            if kind == BODY:
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    end = time.perf_counter()
            elif kind == START:
                status = message["status"]
                if fields or self.server_timing:
                    headers = self.mark(message.get("headers", ()), fields, start)
                    return send({**message, "headers": headers})
            return send(message)

        self.flight.value += 1
        try:
            await self.app(scope, receive, measured)
        finally:
            self.flight.value -= 1
            self.record(scope, status, (end or time.perf_counter()) - start, size)

    def name(self, scope: Scope, given_id: bytes | None, given_trace: bytes | None) -> list[Field]:
        """Give the request its id and trace, in its state and headers; the response's fields."""
        if not self._named:
            return []
        known = state(scope)
        fresh: list[Field] = []
        named: list[Field] = []
        made = ""
        if self._policy.trace and self.tracing is None:
            trace = kept_trace(given_trace)
            if trace is None:
                known["traceparent"] = made = new_trace()
                fresh.append((b"traceparent", made.encode()))
            else:
                known["traceparent"] = trace.decode()
        if self._policy.request_id:
            found = request_id(given_id, made)
            known["request_id"] = found.decode()
            named.append((b"x-request-id", found))
            if given_id is not found:
                fresh += named
        if fresh:
            _put(scope, fresh, given_id is not None or given_trace is not None)
        return named

    def mark(self, headers: Iterable[Field], named: list[Field], start: float) -> list[Field]:
        """A response's headers with the request's id, and the time spent so far if asked for."""
        kept = with_id(list(headers), named)
        if self.server_timing:
            spent = (time.perf_counter() - start) * 1000
            kept.append((b"server-timing", b"app;dur=%.1f" % spent))
        return kept

    def record(self, scope: Scope, status: int, seconds: float, size: int) -> None:
        """Count a finished request; ``status`` 0 is one that nobody answered."""
        status = status or ABORTED
        route = scope.get("route")
        key = (scope["method"], getattr(route, "path", "") if route else "", status)
        series = self._series.get(key) or self._new_series(key)
        series[0].value += 1
        series[1].observe(seconds)
        series[2].observe(size)
        if self._policy.access_log:
            access.write(scope, self._proxies, status, seconds, size, _names(scope))
        if self.tracing is not None:
            self.tracing.record(scope, status, seconds, key[1])

    def _new_series(self, key: tuple[str, str, int]) -> tuple[Any, Any, Any]:
        method, route, status = key
        labels = (method if method in METHODS else "other", str(route), str(status))
        made = tuple(family.labels(*labels) for family in (self._count, self._time, self._size))
        if len(self._series) < len(self._count.series) + len(METHODS):
            self._series[key] = made  # as bounded as the metrics: clients make up methods
        return made


def with_id(headers: list[Field], named: list[Field]) -> list[Field]:
    """The headers with the request's id, in place of one that the application sent."""
    if not named:
        return headers
    return [*(field for field in headers if field[0].lower() != b"x-request-id"), *named]


def _put(scope: Scope, fields: list[Field], given: bool) -> None:
    """Set request headers, so that the application hands them on to whom it calls."""
    headers = scope["headers"]
    if given:
        names = [name for name, _ in fields]
        headers = [field for field in headers if field[0] not in names]
    scope["headers"] = [*headers, *fields]


def _names(scope: Scope) -> dict[str, str]:
    known = state(scope)
    trace = known.get("traceparent", "")
    names = {"request_id": known.get("request_id"), "trace_id": trace[3:35]}
    return {name: value for name, value in names.items() if value}


def _tracing(policy: TimingPolicy) -> Tracing | None:
    if not policy.otel:
        return None
    from revoctl.middleware.otel import Tracing

    return Tracing()
