"""The WSGI twin on a bare application, Flask and Django."""

import io

import pytest

from revoctl.middleware.wsgi import NONCE_KEY, SecurityHeaders

POLICY = {
    "headers": {
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "script-src 'nonce-{nonce}'",
        "Strict-Transport-Security": {"value": "max-age=300", "scope": "https"},
        "Cross-Origin-Opener-Policy": {"value": "same-origin", "scope": "html"},
        "Clear-Site-Data": {"value": '"cache"', "paths": ["/app/logout"]},
    },
    "remove": ["Server"],
}


def call(app, path="/", **environ):
    answer = {}

    def start(status, headers, exc_info=None):
        answer.update(status=status, headers=headers, exc_info=exc_info)

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        **environ,
    }
    body = app(environ, start)
    answer["body"] = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return answer


def one(answer, name):
    found = [v for n, v in answer["headers"] if n.lower() == name]
    assert len(found) < 2
    return found[0] if found else None


def bare(fields=(("Content-Type", "text/html"),)):
    def app(environ, start_response):
        start_response("200 OK", list(fields))
        return [environ.get(NONCE_KEY, "").encode()]

    return app


def test_a_bare_application():
    """Headers are set and removed, cookies kept, and the nonce reaches the application."""
    fields = [
        ("Server", "x"),
        ("x-frame-options", "a"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    answer = call(SecurityHeaders(bare(fields), POLICY))
    assert one(answer, "x-frame-options") == "DENY"
    assert one(answer, "server") is None
    assert [v for n, v in answer["headers"] if n == "Set-Cookie"] == ["a=1", "b=2"]
    assert one(answer, "content-security-policy") == f"script-src 'nonce-{answer['body'].decode()}'"
    assert one(answer, "strict-transport-security") == "max-age=300"
    assert all(type(n) is str and type(v) is str for n, v in answer["headers"])


@pytest.mark.parametrize(("trusted", "sent"), [([], None), (["192.0.2.1"], "max-age=300")])
def test_hsts_behind_a_proxy(trusted, sent):
    """Over http only a trusted proxy can say that it was https."""
    app = SecurityHeaders(bare(), POLICY, trusted_proxies=trusted)
    environ = {"wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": "https"}
    assert one(call(app, **environ), "strict-transport-security") == sent


def test_paths_include_where_it_is_mounted():
    """The path is the client's: mount point and rest."""
    app = SecurityHeaders(bare(), POLICY)
    assert one(call(app, "/logout", SCRIPT_NAME="/app"), "clear-site-data") == '"cache"'
    assert one(call(app, "/logout"), "clear-site-data") is None


def test_a_second_start_replaces_the_first():
    """PEP 3333: after an error the application starts again with exc_info."""

    def app(environ, start_response):
        start_response("200 OK", [])
        start_response("500 Oh", [("Content-Type", "text/plain")], (ValueError, None, None))
        return [b""]

    plain = {"headers": {"X-Frame-Options": "DENY"}}
    answer = call(SecurityHeaders(app, plain))
    assert answer["status"] == "500 Oh"
    assert answer["exc_info"] is not None
    assert one(answer, "x-frame-options") == "DENY"


def test_flask():
    """On Flask: pages, errors and templates."""
    flask = pytest.importorskip("flask", reason="pip install flask")
    app = flask.Flask("t")

    @app.get("/")
    def page():
        return flask.render_template_string("{{ request.environ['revoctl.csp_nonce'] }}")

    @app.get("/boom")
    def boom():
        raise KeyError("x")

    app.wsgi_app = SecurityHeaders(app.wsgi_app, POLICY)
    client = app.test_client()
    answer = client.get("/", base_url="https://localhost")
    assert answer.headers["Content-Security-Policy"] == f"script-src 'nonce-{answer.text}'"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    for path, status in (("/boom", 500), ("/missing", 404)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["X-Frame-Options"]) == (status, "DENY")


def test_django():
    """On Django: its own X-Frame-Options is replaced, and errors carry headers."""
    django = pytest.importorskip("django", reason="pip install django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            SECRET_KEY="t",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="tests.middleware.test_wsgi",
            MIDDLEWARE=["django.middleware.clickjacking.XFrameOptionsMiddleware"],
            X_FRAME_OPTIONS="SAMEORIGIN",
        )
        django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings

    with override_settings(ROOT_URLCONF="tests.middleware.test_wsgi"):
        app = SecurityHeaders(WSGIHandler(), POLICY)
        answer = call(app)
        assert answer["body"] == b"hi"
        assert one(answer, "x-frame-options") == "DENY"
        missing = call(app, "/missing")
        assert missing["status"].startswith("404")
        assert one(missing, "x-frame-options") == "DENY"


def _page(request):
    from django.http import HttpResponse

    return HttpResponse("hi")


class _Urls:
    """Django's URL list, made only when Django asks for it."""

    def __iter__(self):
        from django.urls import path

        return iter([path("", _page)])

    def __reversed__(self):
        return reversed(list(self))


urlpatterns = _Urls()
