"""harden: the order, the modes, and that one step does what the layers do."""

import asyncio
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.errors import PolicyError, RevoctlError
from revoctl.middleware import Metrics, harden, read_policy
from revoctl.policy.headers import HeadersPolicy
from tests.middleware.calls import call, call_async, scope, service
from tests.middleware.test_limits import Clock

WHOLE = {
    "name": "t",
    "headers": {
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'self'",
        "Strict-Transport-Security": {
            "value": "max-age=63072000; includeSubDomains",
            "scope": "https",
        },
        "Cross-Origin-Opener-Policy": "same-origin",
    },
    "trusted_proxies": [],
    "cors": {"allow_origins": ["https://a.example"]},
    "rate_limit": {"limits": ["2/minute"]},
    "timing": {"metrics_path": "/metrics", "server_timing": True},
}
ORIGIN = [("origin", "https://a.example")]


def test_even_a_429_has_every_header():
    """A refused request is measured, protected and readable across origins."""
    app = harden(service(), WHOLE, clock=Clock())
    answers = [call(app, "/", ORIGIN) for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    for answer in answers:
        assert answer.one("x-frame-options") == "DENY"
        assert answer.one("access-control-allow-origin") == "https://a.example"
        assert answer.one("x-request-id")
        assert answer.one("server-timing")
        assert answer.one("ratelimit-policy") == "2;w=60"
    assert answers[2].one("retry-after")
    assert 'status="429"} 1' in app.metrics.page().decode()


def test_even_a_500_has_every_header():
    """An application that raises is answered for, with the headers of all layers."""

    async def app(scope, receive, send):
        raise KeyError("x")

    mounted = harden(app, WHOLE, clock=Clock())
    answer = call(mounted, "/", ORIGIN)
    assert answer.status == 500
    assert answer.one("x-frame-options") == "DENY"
    assert answer.one("access-control-allow-origin") == "https://a.example"
    assert isinstance(answer.error, KeyError)
    assert 'status="500"} 1' in mounted.metrics.page().decode()


def test_an_exception_after_the_start_is_passed_on():
    """A response that has begun is not begun again."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError("x")

    answer = call(harden(app, WHOLE, clock=Clock()))
    assert len(answer.starts) == 1
    assert isinstance(answer.error, KeyError)


def test_preflights_are_not_limited():
    """A preflight is answered before the limits, with the security headers."""
    app = harden(service(), WHOLE, clock=Clock())
    asked = [*ORIGIN, ("access-control-request-method", "GET")]
    answers = [call(app, "/", asked, method="OPTIONS") for _ in range(5)]
    assert {a.status for a in answers} == {200}
    assert answers[0].one("x-frame-options") == "DENY"


def test_the_metrics_page_is_protected_and_not_limited():
    """The page stands within the headers and outside the limits; a service adds its figures."""
    metrics = Metrics()
    metrics.counter("orders_total", "Orders.").inc(3)
    app = harden(service(), WHOLE, metrics=metrics, clock=Clock())
    answers = [call(app, "/metrics") for _ in range(5)]
    assert {a.status for a in answers} == {200}
    assert b"orders_total 3" in answers[0].body
    assert answers[0].one("x-frame-options") == "DENY"


def test_observe():
    """In observe mode nothing breaks: report-only, a short HSTS, no isolation, no refusals."""
    app = harden(service(), WHOLE, "observe", clock=Clock())
    answers = [call(app, "/", [("origin", "https://evil.example")]) for _ in range(5)]
    answer = answers[-1]
    assert {a.status for a in answers} == {200}
    assert answer.one("content-security-policy") is None
    assert answer.one("content-security-policy-report-only") == "default-src 'self'"
    assert answer.one("strict-transport-security") == "max-age=300"
    assert answer.one("cross-origin-opener-policy") is None
    assert answer.one("x-frame-options") == "DENY"
    assert 'outcome="would_refuse"} 3' in app.metrics.page().decode()


def test_observe_keeps_what_is_in_force():
    """The application's own CSP and HSTS stay; a report-only policy of the profile joins ours."""
    policy = {
        "headers": {
            "Content-Security-Policy-Report-Only": "default-src 'none'",
            "Content-Security-Policy": "default-src 'self'",
            "Strict-Transport-Security": "max-age=63072000",
        }
    }
    own = [("content-security-policy", "img-src *"), ("strict-transport-security", "max-age=9")]
    answer = call(harden(service(own), policy, "observe"))
    assert answer.one("content-security-policy") == "img-src *"
    assert answer.one("strict-transport-security") == "max-age=9"
    told = answer.one("content-security-policy-report-only")
    assert told == "default-src 'self', default-src 'none'"


def test_the_policy_is_given_in_any_form():
    """A name, a file, a mapping and a policy all serve."""
    assert read_policy("revoagent").name == "revoagent"
    assert read_policy(WHOLE).name == "t"
    policy = HeadersPolicy.from_mapping(WHOLE)
    assert harden(service(), policy).policy is policy
    assert call(harden(service(), "owasp")).one("x-content-type-options") == "nosniff"


def test_a_file_that_is_wrong_says_where(tmp_path):
    """An error in a profile has its file and line."""
    file = tmp_path / "p.yaml"
    file.write_text("headers: {}\ncors:\n  allow_origins: ['*']\n  allow_credentials: true\n")
    with pytest.raises(PolicyError, match=r"p\.yaml:4"):
        harden(service(), file)
    with pytest.raises(RevoctlError, match="no headers profile"):
        harden(service(), "nonsense")


def test_an_unknown_mode():
    """Only enforce and observe are modes."""
    with pytest.raises(PolicyError, match="enforce, observe"):
        harden(service(), WHOLE, "monitor")


def test_proxies_given_by_the_service_replace_the_policys():
    """What a deployment knows of its proxies overrules the profile."""
    app = harden(service(), WHOLE, trusted_proxies=["192.0.2.1"])
    answer = call(app, "/", [("x-forwarded-proto", "http")])
    assert answer.one("strict-transport-security") is None


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_not_http_passes_untouched(kind):
    """Websockets and lifespan get the very objects that the server handed over."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    asked, receive, send = {"type": kind}, object(), object()
    asyncio.run(harden(app, WHOLE)(asked, receive, send))
    assert seen == [(asked, receive, send)]
    assert asked == {"type": kind}


NAMES = st.sampled_from(
    [
        *("X-Frame-Options", "content-type", "Vary", "Set-Cookie", "X-Request-ID", "X-Powered-By"),
        *("Server", "Cache-Control", "access-control-allow-origin", "Content-Security-Policy"),
        *("X-Mine", "RateLimit-Limit"),
    ]
)
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from(["a", "text/html", "Origin", "*"])), max_size=6)
SETTING = st.fixed_dictionaries(
    {"value": st.sampled_from(["x", "'nonce-{nonce}'"])},
    optional={
        "scope": st.sampled_from(["always", "https", "html"]),
        "mode": st.sampled_from(["replace", "append", "default"]),
        "paths": st.sampled_from([[], ["/a"]]),
    },
)
POLICIES = st.fixed_dictionaries(
    {
        "headers": st.dictionaries(NAMES, SETTING, max_size=5),
        "remove": st.lists(st.sampled_from(["Server", "X-P*", "X-*", "V*", "Rate*"]), max_size=2),
        "trusted_proxies": st.just([]),
    },
    optional={
        "cors": st.sampled_from(
            [
                {"allow_origins": ["*"]},
                {"allow_origins": ["https://a.example"], "allow_credentials": True},
            ]
        ),
        "rate_limit": st.sampled_from(
            [{"limits": ["1/minute"]}, {"limits": ["9/hour"], "exempt": ["/a"]}]
        ),
        "timing": st.sampled_from([{"request_id": False}, {"trace": False}]),
    },
)


@settings(max_examples=300, deadline=None)
@given(
    policy=POLICIES,
    fields=FIELDS,
    asked=st.lists(
        st.tuples(st.sampled_from(["origin", "x-request-id"]), st.just("https://a.example"))
    ),
    path=st.sampled_from(["/", "/a"]),
    scheme=st.sampled_from(["http", "https"]),
    fails=st.booleans(),
)
def test_one_step_does_what_the_layers_do(policy, fields, asked, path, scheme, fails):
    """For any policy, request and answer: the same status, headers in order, body and error."""

    async def app(scope, receive, send):
        if fails:
            raise KeyError
        await service(fields)(scope, receive, send)

    asked.append(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    asked.append(("x-request-id", "r"))

    async def both():
        found = []
        for layered in (False, True):
            mounted = harden(app, policy, clock=Clock())
            mounted = mounted.layered if layered else mounted
            found.append([await call_async(mounted, path, asked, scheme=scheme) for _ in range(2)])
        return found

    for ours, theirs in zip(*asyncio.run(both()), strict=True):
        assert [blind(f) for f in ours.fields] == [blind(f) for f in theirs.fields]
        assert (ours.status, ours.body) == (theirs.status, theirs.body)
        assert type(ours.error) is type(theirs.error)


def blind(field):
    """A header without its nonce, which is new for every answer."""
    name, value = field
    return (name, "nonce") if value.startswith("'nonce-") else field


FORBIDDEN = [
    *("typer", "rich", "httpx", "hvac", "requests", "yaml", "msgspec", "cryptography", "sqlite3"),
    "asyncio",
]


@pytest.mark.parametrize("modules", ["revoctl.middleware", "revoctl.middleware.wsgi", "policies"])
def test_embedding_loads_nothing_heavy(modules):
    """A service that mounts a plain mapping loads none of the operator's libraries."""
    if modules == "policies":
        modules = ", ".join(f"revoctl.policy.{n}" for n in ("headers", "cors", "limits", "timing"))
    code = (
        f"import sys, {modules}\n"
        "from revoctl.middleware import harden\n"
        f"harden(None, {WHOLE!r})\n"
        f"print([m for m in {FORBIDDEN!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scopes_of_two_requests_are_apart():
    """A server that reuses a header list does not see what was added for one request."""
    headers = [(b"host", b"a")]
    asked = scope()
    asked["headers"] = headers
    call(harden(service(), WHOLE), scope=asked)
    assert headers == [(b"host", b"a")]
