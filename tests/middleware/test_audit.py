"""One policy, two uses: a service hardened with a policy does not deviate when scanned with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revoctl.headers.audit import audit
from revoctl.headers.fetch import Request, scan
from revoctl.middleware import harden, read_policy
from revoctl.policy.headers import HeadersPolicy
from revoctl.profiles import shipped
from revoctl.report.model import Kind, Tool
from tests.middleware.calls import service
from tests.middleware.live import served
from tests.servers.certificates import Certificates

TOOL = Tool("revoctl", "0")


class Changing:
    """A service that a test hardens anew for every example, on one port."""

    def __init__(self) -> None:
        self.app = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@pytest.fixture(scope="module", params=["http", "https"])
def changing(request, tmp_path_factory):
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    app = Changing()
    tls = certificates.good() if request.param == "https" else None
    with served(app, tls, server_header=False) as origin:
        yield app, origin, certificates.ca_file


def deviations(changing, policy, kind="text/html", path="/"):
    app, origin, ca_file = changing
    fields = [("content-type", kind), ("Server", "x/1.2"), ("X-Powered-By", "PHP")]
    app.app = harden(service(fields, b"<!doctype html><title>t</title>"), policy)
    request = Request(origin + path, timeout=10.0, ca_file=ca_file)
    report = audit(scan(request), policy, tool=TOOL, finished=datetime.now(UTC))
    rules = {rule.id for rule in report.rules if rule.kind is Kind.DEVIATION}
    return [(f.rule, f.detail) for f in report.findings if f.rule in rules]


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
@pytest.mark.parametrize("name", shipped("headers"))
def test_a_shipped_profile(changing, name, kind):
    """A service hardened with a shipped profile has no deviation from it."""
    assert deviations(changing, read_policy(name), kind) == []


def one(name, *values):
    setting = st.fixed_dictionaries(
        {"value": st.sampled_from(values)},
        optional={
            "scope": st.sampled_from(["always", "https", "html"]),
            "mode": st.sampled_from(["replace", "append", "default"]),
            "paths": st.sampled_from([[], ["/"], ["/logout"]]),
        },
    )
    return st.tuples(st.just(name), setting)


SETTINGS = st.one_of(
    one("X-Frame-Options", "DENY", "SAMEORIGIN"),
    one("X-Content-Type-Options", "nosniff"),
    one("Referrer-Policy", "no-referrer", "strict-origin", "same-origin"),
    one(
        "Content-Security-Policy",
        "default-src 'self'",
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; base-uri 'none'",
        "default-src https: 'unsafe-inline'; frame-ancestors 'self'",
    ),
    one("Strict-Transport-Security", "max-age=300", "max-age=63072000; includeSubDomains; preload"),
    one("Permissions-Policy", "camera=(), geolocation=(self)", "usb=()"),
    one("Cross-Origin-Opener-Policy", "same-origin", "same-origin-allow-popups"),
    one("Cross-Origin-Embedder-Policy", "require-corp", "credentialless"),
    one("Cross-Origin-Resource-Policy", "same-site", "same-origin"),
    one("Cache-Control", "no-store", "private, max-age=0"),
    one("X-Custom", "one", "two"),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.lists(SETTINGS, max_size=8).map(dict),
    remove=st.lists(st.sampled_from(["Server", "X-Powered-By", "X-P*"]), unique=True),
    kind=st.sampled_from(["text/html; charset=utf-8", "application/json"]),
    path=st.sampled_from(["/", "/logout"]),
)
def test_any_policy(changing, headers, remove, kind, path):
    """For any policy, over http and TLS: what is enforced is what is audited."""
    data = {"name": "t", "headers": headers, "remove": remove}
    assert deviations(changing, HeadersPolicy.from_mapping(data), kind, path) == []
