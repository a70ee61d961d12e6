"""SecurityHeaders on the answers of a bare ASGI application."""

import asyncio

import pytest

from revoctl.errors import PolicyError
from revoctl.middleware import SecurityHeaders
from tests.middleware.calls import call, call_async, service

HTML = ("content-type", "text/html; charset=utf-8")


def guarded(headers, fields=(HTML,), remove=(), trusted=(), **more):
    policy = {"name": "t", "headers": headers, "remove": list(remove)}
    return SecurityHeaders(service(fields, **more), policy, trusted_proxies=trusted)


def test_replace_removes_every_duplicate_in_any_case():
    """A replaced header is sent once, however often and however written the application sent it."""
    app = guarded(
        {"X-Frame-Options": "DENY"}, [HTML, ("X-Frame-Options", "a"), ("x-frame-options", "b")]
    )
    assert call(app).all("x-frame-options") == ["DENY"]


def test_nothing_of_the_application_is_lost():
    """Headers that the policy does not name keep their number, order and values."""
    mine = [HTML, ("set-cookie", "a=1"), ("X-Mine", "1"), ("set-cookie", "b=2"), ("x-mine", "2")]
    answer = call(guarded({"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}, mine))
    assert answer.fields[: len(mine)] == mine
    assert answer.body == b"hi"


def test_append_adds_a_line():
    """An appended policy stands beside the application's own."""
    app = guarded(
        {"Content-Security-Policy": {"value": "default-src 'self'", "mode": "append"}},
        [HTML, ("content-security-policy", "img-src *")],
    )
    assert call(app).all("content-security-policy") == ["img-src *", "default-src 'self'"]


@pytest.mark.parametrize(
    ("own", "sent"), [([("Cache-Control", "max-age=9")], "max-age=9"), ([], "no-store")]
)
def test_default_is_sent_where_the_application_has_none(own, sent):
    """A default gives way to the application's own header."""
    app = guarded({"Cache-Control": {"value": "no-store", "mode": "default"}}, [HTML, *own])
    assert call(app).one("cache-control") == sent


@pytest.mark.parametrize("name", ["Content-Security-Policy", "Content-Security-Policy-Report-Only"])
@pytest.mark.parametrize("mode", ["replace", "append", "default"])
def test_a_nonce_is_new_for_every_request_and_reaches_the_application(name, mode):
    """The nonce in the header is the one in the request's state, and never the same twice."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["state"]["csp_nonce"])
        await service()(scope, receive, send)

    policy = {"headers": {name: {"value": "script-src 'nonce-{nonce}'", "mode": mode}}}
    mounted = SecurityHeaders(app, {"name": "t", **policy})
    sent = [call(mounted).one(name.lower()) for _ in range(3)]
    assert sent == [f"script-src 'nonce-{nonce}'" for nonce in seen]
    assert len(set(seen)) == 3
    assert all(len(nonce) >= 22 for nonce in seen)


def test_the_state_of_the_server_is_kept():
    """What lifespan left in the state is still there beside the nonce."""
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope["state"])
        await service()(scope, receive, send)

    mounted = SecurityHeaders(
        app, {"headers": {"Content-Security-Policy": "script-src 'nonce-{nonce}'"}}
    )
    call(mounted, state={"pool": 1})
    assert seen["pool"] == 1
    assert "csp_nonce" in seen


def test_report_only_and_enforced_side_by_side():
    """Both forms of a Content-Security-Policy are sent."""
    answer = call(
        guarded(
            {
                "Content-Security-Policy": "default-src 'self'",
                "Content-Security-Policy-Report-Only": "default-src 'none'",
            }
        )
    )
    assert answer.one("content-security-policy") == "default-src 'self'"
    assert answer.one("content-security-policy-report-only") == "default-src 'none'"


HSTS = {"Strict-Transport-Security": "max-age=300"}
FORWARDED = [("x-forwarded-proto", "https")]


@pytest.mark.parametrize(
    ("scheme", "headers", "trusted", "sent"),
    [
        ("https", [], [], True),
        ("http", [], [], False),
        ("http", FORWARDED, [], False),
        ("http", FORWARDED, ["192.0.2.0/24"], True),
        ("http", FORWARDED, ["198.51.100.0/24"], False),
        ("https", [("x-forwarded-proto", "http")], ["192.0.2.1"], False),
        ("https", [], ["192.0.2.1"], True),
        ("http", [("x-forwarded-proto", "https, http")], ["192.0.2.1"], False),
        ("http", [("x-forwarded-proto", "http"), *FORWARDED], ["192.0.2.1"], True),
    ],
)
def test_hsts_only_over_https_as_trusted_proxies_tell(scheme, headers, trusted, sent):
    """Strict-Transport-Security is sent over TLS; only a trusted proxy can say that it was TLS."""
    answer = call(guarded(HSTS, trusted=trusted), "/", headers, scheme=scheme)
    assert bool(answer.all("strict-transport-security")) is sent


def test_over_http_the_applications_own_hsts_is_left_alone():
    """Behind a TLS proxy that nobody named, an application's header still reaches it."""
    answer = call(guarded(HSTS, [HTML, ("strict-transport-security", "max-age=9")]), scheme="http")
    assert answer.all("strict-transport-security") == ["max-age=9"]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text/html", True),
        ("TEXT/HTML;charset=utf-8", True),
        ("application/xhtml+xml", True),
        (None, True),
        ("application/json", False),
    ],
)
def test_scope_html(kind, sent):
    """Data go without headers for documents; what has no type may be taken for a document."""
    fields = [("Content-Type", kind)] if kind else []
    app = guarded({"Cross-Origin-Opener-Policy": {"value": "same-origin", "scope": "html"}}, fields)
    assert bool(call(app).all("cross-origin-opener-policy")) is sent


def test_a_header_out_of_scope_leaves_the_applications_own():
    """Where the policy's header does not apply, the application's is not taken out."""
    fields = [("content-type", "application/json"), ("cross-origin-opener-policy", "unsafe-none")]
    app = guarded({"Cross-Origin-Opener-Policy": {"value": "same-origin", "scope": "html"}}, fields)
    assert call(app).all("cross-origin-opener-policy") == ["unsafe-none"]


def test_paths():
    """A header with paths is sent below them only."""
    app = guarded({"Clear-Site-Data": {"value": '"cache"', "paths": ["/logout", "/bye"]}})
    found = {path: call(app, path).one("clear-site-data") for path in ("/", "/logout/x", "/bye")}
    assert found == {"/": None, "/logout/x": '"cache"', "/bye": '"cache"'}


def test_remove_by_name_and_by_beginning():
    """Unwanted headers go; a name that the policy itself sets is not caught by a beginning."""
    fields = [
        HTML,
        ("Server", "x/1"),
        ("X-Powered-By", "y"),
        ("X-Dt-Id", "1"),
        ("X-Frame-Options", "DENY"),
    ]
    app = guarded(
        {"X-Frame-Options": {"value": "SAMEORIGIN", "mode": "default"}},
        fields,
        remove=["Server", "X-*", "X-Frame-Options"],
    )
    assert call(app).fields == [HTML, ("X-Frame-Options", "DENY")]


def test_several_starts_and_other_messages():
    """Every start of a response is edited; other messages pass as they are."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 103})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/x"})

    answer = call(SecurityHeaders(app, {"headers": {"X-Frame-Options": "DENY"}}))
    assert [start["headers"] for start in answer.starts] == [[(b"x-frame-options", b"DENY")]] * 2
    assert answer.messages[-1] == {"type": "http.response.pathsend", "path": "/x"}


def test_the_applications_own_objects_are_not_changed():
    """An application may send the same message again."""
    message = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}

    async def app(scope, receive, send):
        await send(message)

    call(SecurityHeaders(app, {"headers": {"X-Frame-Options": "DENY"}}))
    assert message == {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_not_http_passes_untouched(kind):
    """Websockets and lifespan get the very objects that the server handed over."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    policy = {"headers": {"Content-Security-Policy": "script-src 'nonce-{nonce}'"}}
    asked, receive, send = {"type": kind}, object(), object()
    asyncio.run(SecurityHeaders(app, policy)(asked, receive, send))
    assert seen == [(asked, receive, send)]
    assert asked == {"type": kind}


def test_an_exception_becomes_a_500_with_headers_and_goes_on():
    """Whoever raises before answering: the client has headers, the server the error."""

    async def app(scope, receive, send):
        raise KeyError("x")

    answer = call(SecurityHeaders(app, {"headers": {"X-Frame-Options": "DENY"}}))
    assert (answer.status, answer.one("x-frame-options")) == (500, "DENY")
    assert isinstance(answer.error, KeyError)


def test_an_exception_after_the_start_adds_nothing():
    """A response that has begun cannot become another one."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError("x")

    answer = call(SecurityHeaders(app, {"headers": {"X-Frame-Options": "DENY"}}))
    assert [m["type"] for m in answer.messages] == ["http.response.start"]
    assert isinstance(answer.error, KeyError)


def test_concurrent_requests_have_nonces_of_their_own():
    """Requests that wait for each other do not mix their nonces up."""

    async def app(scope, receive, send):
        nonce = scope["state"]["csp_nonce"]
        await asyncio.sleep(0)
        await service(body=nonce.encode())(scope, receive, send)

    mounted = SecurityHeaders(
        app, {"headers": {"Content-Security-Policy": "script-src 'nonce-{nonce}'"}}
    )

    async def run():
        return await asyncio.gather(*(call_async(mounted) for _ in range(50)))

    answers = asyncio.run(run())
    assert all(a.body.decode() in a.one("content-security-policy") for a in answers)


def test_a_name_that_cannot_be_sent_is_refused():
    """A header name outside ASCII is a PolicyError when mounted."""
    with pytest.raises(PolicyError, match="not a header name"):
        guarded({"X-é": "1"})
