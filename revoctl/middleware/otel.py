"""Spans and metrics of requests by OpenTelemetry, as the service set it up.

Source: OpenTelemetry semantic conventions for HTTP 1.23 and later: ``http.request.method``,
``http.response.status_code``, ``http.route``, ``url.scheme``, ``url.path``, and the metric
``http.server.request.duration`` in seconds. Query strings and client addresses are left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from revoctl import __version__
from revoctl.errors import RevoctlError
from revoctl.middleware.asgi import Receive, Scope, Send, state

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_SPAN = "revoctl.span"


class Tracing:
    """One server span and one measurement for each request.

    ``tracer_provider`` and ``meter_provider`` are the process's own if not given. Raises
    :class:`~revoctl.errors.RevoctlError` ``install.extra`` where OpenTelemetry is not installed.
    """

    def __init__(self, tracer_provider: Any = None, meter_provider: Any = None) -> None:
        try:
            from opentelemetry import metrics, trace
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise RevoctlError(
                "install.extra",
                "timing.otel is on",
                f"{error.name} is not installed",
                "pip install 'revoctl[otel]'",
            ) from None
        self._trace = trace
        self._propagator = TraceContextTextMapPropagator()
        self._tracer = trace.get_tracer("revoctl", __version__, tracer_provider)
        self._duration = metrics.get_meter("revoctl", __version__, meter_provider).create_histogram(
            "http.server.request.duration",
            "s",
            "Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=BOUNDS,
        )

    async def run(
        self,
        measure: Callable[[Scope, Receive, Send], Awaitable[None]],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a request within a span; the application's own spans are its children."""
        carrier = {
            key.decode("latin-1"): value.decode("latin-1")
            for key, value in scope["headers"]
            if key in (b"traceparent", b"tracestate")
        }
        with self._tracer.start_as_current_span(
            scope["method"],
            context=self._propagator.extract(carrier),
            kind=self._trace.SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.scheme": scope.get("scheme", "http"),
                "url.path": scope["path"],
            },
        ) as span:
            told: dict[str, str] = {}
            self._propagator.inject(told)
            known = state(scope)
            known["traceparent"] = told.get("traceparent", "")
            known[_SPAN] = span
            await measure(scope, receive, send)

    def record(self, scope: Scope, status: int, seconds: float, route: str) -> None:
        """Tell a finished request: its status and, where the framework says it, its route."""
        attributes: dict[str, Any] = {
            "http.request.method": scope["method"],
            "http.response.status_code": status,
            "url.scheme": scope.get("scheme", "http"),
        }
        span = state(scope)[_SPAN]
        if route:
            attributes["http.route"] = route
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)
        self._duration.record(seconds, attributes)
