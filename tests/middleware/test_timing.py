"""Timing: figures, names of requests, the access log, and the page."""

import asyncio
import json
import logging
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.middleware import Metrics, MetricsPage, Timing
from revoctl.middleware import metrics as family
from revoctl.middleware.identity import kept_trace, new_trace, request_id
from revoctl.middleware.timing import ABORTED
from tests.middleware.calls import call, call_async, service

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def timed(policy=None, app=None, **more):
    return Timing(app or service(), policy or {}, **more)


def echo(seen):
    async def app(scope, receive, send):
        seen.append(scope)
        await service()(scope, receive, send)

    return app


def page(app):
    return app.metrics.page().decode()


def test_count_latency_and_size():
    """Requests are counted by method, route and status, with their time and size."""
    app = timed(app=service(body=b"x" * 500, status=201))
    call(app, "/made-up-by-a-client", method="POST")
    call(app, "/another", method="POST")
    labels = 'method="POST",route="",status="201"'
    assert f"http_requests_total{{{labels}}} 2" in page(app)
    assert f'http_request_duration_seconds_bucket{{{labels},le="+Inf"}} 2' in page(app)
    assert f"http_response_size_bytes_sum{{{labels}}} 1000" in page(app)
    assert "made-up" not in page(app)


def test_the_route_is_the_frameworks_template():
    """Where a framework leaves its route in the scope, that is the label."""

    class Route:
        path = "/items/{id}"

    async def app(scope, receive, send):
        scope["route"] = Route()
        await service()(scope, receive, send)

    mounted = timed(app=app)
    call(mounted, "/items/4711")
    assert 'route="/items/{id}"' in page(mounted)


def test_methods_that_clients_make_up_are_one():
    """No client can grow the metrics: unknown methods are other."""
    app = timed()
    for i in range(300):
        call(app, method=f"M{i}")
    assert 'http_requests_total{method="other",route="",status="200"} 300' in page(app)
    assert page(app).count("http_requests_total{") == 1
    assert len(app._series) < 20


def test_in_flight():
    """A request counts as under way until it ends, also when it fails."""
    seen = []

    async def app(scope, receive, send):
        seen.append("http_requests_in_flight 1" in page(mounted))
        raise KeyError

    mounted = timed(app=app)
    answer = call(mounted)
    assert seen == [True]
    assert isinstance(answer.error, KeyError)
    assert "http_requests_in_flight 0" in page(mounted)
    assert f'status="{ABORTED}"' in page(mounted)


def test_background_work_is_not_the_clients_time():
    """Time is measured to the last part of the body."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})
        await asyncio.sleep(0.3)

    mounted = timed(app=app)
    call(mounted)
    assert 'status="200",le="0.25"} 1' in page(mounted)


@pytest.mark.parametrize("given_id", [None, "", "a b", 'x"y', "é", "x" * 129])
def test_a_request_without_a_fit_id_gets_one(given_id):
    """An id that cannot stand in a log is replaced; header, state and request agree."""
    seen = []
    headers = [] if given_id is None else [("x-request-id", given_id)]
    answer = call(timed(app=echo(seen)), "/", headers)
    made = answer.one("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert seen[0]["state"]["request_id"] == made
    assert [v for n, v in seen[0]["headers"] if n == b"x-request-id"] == [made.encode()]


def test_a_given_id_is_kept():
    """The caller's id goes through, and replaces what the application says."""
    app = timed(app=service([("X-Request-ID", "mine"), ("a", "b")]))
    answer = call(app, "/", [("x-request-id", "abc-123")])
    assert answer.fields == [("a", "b"), ("x-request-id", "abc-123")]


def test_a_given_trace_is_kept():
    """A traceparent goes through to the application unchanged."""
    seen = []
    call(timed(app=echo(seen)), "/", [("traceparent", TRACE)])
    assert seen[0]["state"]["traceparent"] == TRACE
    assert (b"traceparent", TRACE.encode()) in seen[0]["headers"]


def test_a_trace_is_created():
    """Without a traceparent, or with a broken one, a new trace begins, with the request's id."""
    seen = []
    answer = call(timed(app=echo(seen)), "/", [("traceparent", "junk")])
    made = seen[0]["state"]["traceparent"]
    assert kept_trace(made.encode()) == made.encode()
    assert [v for n, v in seen[0]["headers"] if n == b"traceparent"] == [made.encode()]
    assert answer.one("x-request-id") == made[3:35]


def test_names_can_be_left_out():
    """Without id and trace the request and its answer are as they were."""
    seen = []
    answer = call(timed({"request_id": False, "trace": False}, app=echo(seen)))
    assert "state" not in seen[0]
    assert answer.fields == [("content-type", "text/html")]
    only_id = call(timed({"trace": False}))
    assert re.fullmatch("[0-9a-f]{32}", only_id.one("x-request-id"))
    only_trace = call(timed({"request_id": False}, app=echo(seen)))
    assert only_trace.one("x-request-id") is None
    assert "traceparent" in seen[1]["state"]


@pytest.mark.parametrize(
    ("given_trace", "kept"),
    [
        (TRACE, TRACE),
        (TRACE.replace("00-", "01-", 1) + "-more", TRACE),
        (TRACE.replace("00-", "01-", 1), TRACE),
        (TRACE + "-more", None),
        (TRACE.replace("00-", "cc-", 1) + ".x", None),
        (TRACE.replace("00-", "ff-", 1), None),
        (TRACE.upper(), None),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", None),
        ("00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01", None),
        (TRACE[:-1], None),
        (TRACE.replace("-b7", "bb7", 1), None),
        ("", None),
    ],
)
def test_traceparent_as_the_specification_has_it(given_trace, kept):
    """Version 00 exactly, later ones as far as they begin alike, ff and zeros never."""
    assert kept_trace(given_trace.encode()) == (kept.encode() if kept else None)


@given(st.binary(max_size=80))
def test_any_bytes_give_names(text):
    """Whatever a client sends, there are an id and a trace that can stand in a log."""
    assert re.fullmatch(rb"[!-~]{1,128}", request_id(text))
    assert kept_trace(kept_trace(text) or new_trace().encode()) is not None


def test_ids_differ_after_a_fork():
    """Names come from a generator that Python seeds anew in a forked worker."""
    assert request_id(None) != request_id(None)
    assert random.getstate() is not None


def test_server_timing_is_opt_in():
    """Clients learn how long it took only where the policy says so."""
    assert call(timed()).one("server-timing") is None
    told = call(timed({"server_timing": True})).one("server-timing")
    assert re.fullmatch(r"app;dur=\d+\.\d", told)


def test_the_access_log(caplog):
    """One JSON line for a request, without its query; hostile text stays within its string."""
    app = timed({"access_log": True}, trusted_proxies=["192.0.2.1"])
    headers = [("x-forwarded-for", "203.0.113.9"), ("x-request-id", "r1"), ("traceparent", TRACE)]
    with caplog.at_level(logging.INFO, "revoctl.access"):
        call(app, '/a"\n\x1b[31m', headers, query_string=b"token=secret")
    (record,) = caplog.records
    text = record.getMessage()
    assert "\n" not in text
    assert "\x1b" not in text
    assert "secret" not in text
    line = json.loads(text)
    assert line.pop("ms") >= 0
    assert line == {
        "method": "GET",
        "path": '/a"\n\x1b[31m',
        "status": 200,
        "bytes": 2,
        "client": "203.0.113.9",
        "request_id": "r1",
        "trace_id": TRACE[3:35],
    }


def test_a_log_that_nobody_reads_is_not_written(caplog):
    """Where the logger is off, no line is made."""
    with caplog.at_level(logging.WARNING, "revoctl.access"):
        call(timed({"access_log": True}))
    assert caplog.records == []


def test_custom_metrics_on_the_page():
    """A service registers figures of its own; the page is the format that Prometheus reads."""
    metrics = Metrics()
    metrics.counter("orders_total", "Orders\nplaced.", ["shop"]).labels('a"b\\c\n').inc(2)
    metrics.gauge("queue_length", "Jobs.").set(1.5)
    metrics.counter("plain_total", "Plain.").inc()
    metrics.histogram("wait_seconds", "Waits.", (0.1, 1.0)).observe(0.5)
    assert metrics.page().decode().splitlines() == [
        "# HELP orders_total Orders\\nplaced.",
        "# TYPE orders_total counter",
        'orders_total{shop="a\\"b\\\\c\\n"} 2',
        "# HELP queue_length Jobs.",
        "# TYPE queue_length gauge",
        "queue_length 1.5",
        "# HELP plain_total Plain.",
        "# TYPE plain_total counter",
        "plain_total 1",
        "# HELP wait_seconds Waits.",
        "# TYPE wait_seconds histogram",
        'wait_seconds_bucket{le="0.1"} 0',
        'wait_seconds_bucket{le="1"} 1',
        'wait_seconds_bucket{le="+Inf"} 1',
        "wait_seconds_sum 0.5",
        "wait_seconds_count 1",
    ]


def test_a_metric_is_registered_once():
    """The same metric again is the same; another of its name is an error."""
    metrics = Metrics()
    first = metrics.counter("a_total", "A.", ["x"])
    assert metrics.counter("a_total", "A.", ["x"]) is first
    with pytest.raises(ValueError, match="already"):
        metrics.gauge("a_total", "A.", ["x"])
    with pytest.raises(ValueError, match="not a metric's name"):
        metrics.gauge("a-b", "A.")
    with pytest.raises(ValueError, match="has the labels x"):
        first.labels("1", "2")


def test_labels_are_bounded(monkeypatch):
    """A label that takes every value is cut off at a thousand series."""
    monkeypatch.setattr(family, "MOST_SERIES", 5)
    counter = Metrics().counter("a_total", "A.", ["x"])
    for i in range(20):
        counter.labels(str(i)).inc()
    assert len(counter.series) == 6
    assert counter.labels("other").value == 15


def test_the_page_is_at_its_path_only():
    """The page answers its path; HEAD has no body; the rest is the application's."""
    metrics = Metrics()
    metrics.gauge("up", "Up.").set(1)
    app = MetricsPage(service(), metrics, "/metrics")
    answer = call(app, "/metrics")
    assert b"up 1" in answer.body
    assert answer.one("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert call(app, "/metrics", method="HEAD").body == b""
    assert call(app, "/metrics/x").body == b"hi"
    assert call(app, "/metrics", type="websocket").body == b"hi"


def test_websockets_are_not_measured():
    """What is not http passes."""
    app = timed()
    call(app, type="websocket")
    assert "http_requests_total{" not in page(app)


class TestOpenTelemetry:
    """Spans and metrics, read back from in-memory exporters."""

    @pytest.fixture
    def telemetry(self):
        pytest.importorskip("opentelemetry.sdk", reason="pip install opentelemetry-sdk")
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        from revoctl.middleware.otel import Tracing

        spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(spans))
        return Tracing(provider, MeterProvider([reader])), spans, reader, provider

    def test_spans_and_metrics(self, telemetry):
        """A span continues the caller's trace, holds the application's, has route and status."""
        tracing, spans, reader, provider = telemetry

        class Route:
            path = "/items/{id}"

        async def app(scope, receive, send):
            scope["route"] = Route()
            with provider.get_tracer("app").start_as_current_span("inner"):
                await service(status=503)(scope, receive, send)

        mounted = timed({"access_log": True}, app=app, tracing=tracing)
        call(mounted, "/items/1", [("traceparent", TRACE)], query_string=b"token=secret")
        inner, outer = spans.get_finished_spans()
        assert outer.name == "GET /items/{id}"
        assert f"{outer.context.trace_id:032x}" == TRACE[3:35]
        assert f"{outer.parent.span_id:016x}" == TRACE[36:52]
        assert inner.parent.span_id == outer.context.span_id
        assert outer.attributes["http.response.status_code"] == 503
        assert not outer.status.is_ok
        assert "secret" not in outer.to_json()
        points = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
        assert points[0].name == "http.server.request.duration"
        assert dict(points[0].data.data_points[0].attributes)["http.route"] == "/items/{id}"

    def test_the_application_sees_the_span_as_its_trace(self, telemetry):
        """The state's traceparent is the server span's, for calls onward."""
        tracing, spans, _, _ = telemetry
        seen = []
        call(timed(app=echo(seen), tracing=tracing))
        (span,) = spans.get_finished_spans()
        assert f"{span.context.span_id:016x}" in seen[0]["state"]["traceparent"]
        assert span.name == "GET"

    def test_by_policy(self, telemetry):
        """The policy switches it on."""
        assert call(timed({"otel": True})).status == 200

    def test_without_the_extra(self, monkeypatch):
        """A policy that asks for it says what to install."""
        monkeypatch.setitem(__import__("sys").modules, "opentelemetry", None)
        with pytest.raises(RevoctlError) as caught:
            timed({"otel": True})
        assert "revoctl[otel]" in caught.value.fix


def test_concurrent_requests_keep_their_names():
    """Requests under way together have ids of their own."""
    app = timed()

    async def run():
        return await asyncio.gather(*(call_async(app) for _ in range(100)))

    assert len({a.one("x-request-id") for a in asyncio.run(run())}) == 100
