"""What real servers send with a snippet in their configuration."""

from __future__ import annotations

import pytest

from revoctl.headers.emit import Edit
from revoctl.headers.emit.helmet import option
from tests.headers.emit.conftest import SITES, Serve
from tests.headers.emit.lab import OWN, PAGES
from tests.headers.emit.values import NASTY_CSP, nasty_edits

OF_THEIR_OWN = {"/files/none": 404, "/down": 500}
EVERY_PAGE = [*PAGES, *OF_THEIR_OWN]
HSTS = "max-age=63072000; includeSubDomains"
EDITS = (
    Edit("set", "Content-Security-Policy", NASTY_CSP, note="A note with \\ at the end \\"),
    Edit("set", "X-Frame-Options", "DENY"),
    Edit("set", "Strict-Transport-Security", HSTS, "https"),
    Edit("set", "X-Html", "only documents", "html"),
    Edit("set", "X-Api", "only there", paths=("/api", '/it\'s "here" {x}')),
    Edit("set", "Cache-Control", "no-store", mode="default"),
    Edit("set", "Vary", "Origin", mode="append"),
    Edit("remove", "X-Powered-By"),
    Edit("remove", "X-Gone"),
    Edit("remove", "X-Kong-A"),
    Edit("remove", "X-Kong-B"),
    Edit("advise", note="Think {{ .about }} ${it} {$HOME}\nserver { evil; } \\"),
)


@pytest.fixture(params=SITES)
def server(request: pytest.FixtureRequest) -> str:
    return request.param


def test_answers_of_every_status_carry_exactly_the_policy(serve: Serve, server: str) -> None:
    """Set headers come once with the exact value, removed ones are gone, on 200, 404 and 5xx."""
    site = serve(server, EDITS)
    for path in EVERY_PAGE:
        answer = site.get(path)
        wanted = PAGES.get(path) or OF_THEIR_OWN[path]
        assert answer.status // 100 == wanted // 100, path
        assert answer.values("Content-Security-Policy") == [NASTY_CSP], path
        assert answer.values("X-Gone") == [], path
        assert answer.values("X-Kong-A") == answer.values("X-Kong-B") == [], path
        assert answer.values("X-Powered-By") == [], path
        # Django has a setting for it, which gives way to the view's own.
        if server != "django" or path in OF_THEIR_OWN:
            assert answer.values("X-Frame-Options") == ["DENY"], path
        assert answer.values("X-Kept") == (["kept"] if path in PAGES else []), path


def test_append_and_default_leave_the_applications_own(serve: Serve, server: str) -> None:
    """An appended line stands beside the application's, a default gives way to it."""
    site = serve(server, EDITS)
    for path in EVERY_PAGE:
        answer = site.get(path)
        vary = {item.strip() for line in answer.values("Vary") for item in line.split(",")}
        assert vary == ({"Accept", "Origin"} if path in PAGES else {"Origin"}), path
        caching = answer.values("Cache-Control")
        own = {"/own": ["public"], "/down": ["no-cache"] if server == "haproxy" else None}
        assert caching == (own.get(path) or ["no-store"]), path


def test_conditions_hold(serve: Serve, server: str) -> None:
    """Documents, paths and https get what is theirs; other answers keep the application's own."""
    site = serve(server, EDITS)
    assert site.get("/api/x").values("X-Api") == ["only there"]
    assert site.get("/").values("X-Api") == []
    assert site.get("/").values("X-Html") == ["only documents"]
    assert site.get("/own").values("X-Html") == ["only documents"]
    everywhere = ["only documents"] if server == "caddy" else []
    assert site.get("/data").values("X-Html") == everywhere
    assert site.get("/").values("Strict-Transport-Security") == []
    if site.tls:
        for path in EVERY_PAGE:
            assert site.get(path, secure=True).values("Strict-Transport-Security") == [HSTS], path


@pytest.mark.parametrize("half", [0, 1])
def test_any_printable_value_arrives_as_it_is(serve: Serve, server: str, half: int) -> None:
    """Quotes, backslashes, braces, dollars, percents and words of the syntax come out unchanged."""
    edits = [e for e in nasty_edits()[half] if server != "express" or e.value.isascii()]
    answer = serve(server, edits).get("/")
    sent = {n.lower(): v.encode("latin-1").decode() for n, v in answer.fields}
    wrong = {e.value: sent.get(e.key) for e in edits if sent.get(e.key) != e.value}
    assert wrong == {}


@pytest.mark.parametrize("name", ["haproxy", "caddy", "express", "starlette", "django"])
def test_names_are_removed_by_prefix(serve: Serve, name: str) -> None:
    """A name that ends in a star takes all that begin so, and a set one stays."""
    edits = [Edit("set", "X-Kong-C", "set"), Edit("remove", "X-Kong-*")]
    answer = serve(name, edits).get("/")
    kong = [(n.lower(), v) for n, v in answer.fields if n.lower().startswith("x-kong")]
    assert kong == [("x-kong-c", "set")]


@pytest.mark.parametrize(
    ("name", "proxied", "own"),
    [
        ("nginx", "nginx", "nginx"),
        ("apache", "BaseHTTP", "Apache"),
        ("haproxy", None, None),
        ("caddy", None, None),
    ],
)
def test_the_version_is_not_told(
    serve: Serve, name: str, proxied: str | None, own: str | None
) -> None:
    """Server goes where the server can be kept from sending it, else its own version goes."""
    site = serve(name, [Edit("remove", "Server")])
    for path, product in {"/": proxied, "/files/none": own, "/down": own}.items():
        told = [value.partition("/")[0] for value in site.get(path).values("Server")]
        assert told == ([product] if product else []), path
    assert "/" not in "".join(site.get("/files/none").values("Server"))


@pytest.mark.parametrize("name", SITES)
def test_odd_header_names_are_written_right(serve: Serve, name: str) -> None:
    """Every token character may stand in a name."""
    odd = ["X-Odd!#$%&'*+.^_`|~", "Defer", "X_Under", "#x", "`y", "$z"]
    answer = serve(name, [Edit("set", header, "v") for header in odd]).get("/")
    assert [answer.values(header) for header in odd] == [["v"]] * len(odd)


@pytest.mark.parametrize("name", ["nginx", "apache", "haproxy", "express", "starlette", "django"])
def test_the_last_condition_that_holds_decides(serve: Serve, name: str) -> None:
    """A header with one value for all and another for a path has one line everywhere."""
    edits = [
        Edit("set", "X-Frame-Options", "DENY"),
        Edit("set", "X-Frame-Options", "SAMEORIGIN", paths=("/api",)),
        Edit("remove", "X-Kept", paths=("/api", "/data")),
    ]
    site = serve(name, edits)
    assert site.get("/").values("X-Frame-Options") == ["DENY"]
    assert site.get("/api/x").values("X-Frame-Options") == ["SAMEORIGIN"]
    assert [site.get(p).values("X-Kept") for p in ("/", "/data", "/api/x")] == [["kept"], [], []]


def test_express_head_written_by_a_handler(serve: Serve) -> None:
    """Headers given to writeHead, as an object or a list, are edited like any others."""
    site = serve("express", [Edit("set", "X-Frame-Options", "DENY")])
    for path in ("/head/object", "/head/flat"):
        answer = site.get(path)
        assert answer.values("X-Frame-Options") == ["DENY"]
        assert answer.values("X-Two") == ["a", "b"]


def test_express_sends_utf8_before_no_text(serve: Serve) -> None:
    """Beyond ASCII a value is its UTF-8, unless Node joins it with a text of the body."""
    answer = serve("express", [Edit("set", "X-A", "é €")]).get("/head/object")
    assert answer.values("X-A")[0].encode("latin-1").decode() == "é €"


def test_express_beside_helmet(serve: Serve) -> None:
    """Where helmet is used as well, its headers are replaced, also on Express's error page."""
    site = serve("express", EDITS, after='app.use(require("helmet")());')
    for path in EVERY_PAGE:
        answer = site.get(path)
        assert answer.values("Content-Security-Policy") == [NASTY_CSP], path
        assert answer.values("X-Frame-Options") == ["DENY"], path


def test_helmet_options_send_what_they_stand_for(serve: Serve) -> None:
    """The options in the note are helmet's: it takes them, and sends the same values."""
    wanted = {
        "Strict-Transport-Security": "max-age=63072000; preload",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Cross-Origin-Embedder-Policy": "credentialless",
        "Cross-Origin-Resource-Policy": "same-site",
        "Origin-Agent-Cluster": "?1",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-XSS-Protection": "0",
    }
    edits = [Edit("set", name, value) for name, value in wanted.items()]
    options = [option(edit) for edit in [*edits, Edit("remove", "X-Powered-By")]]
    assert all(options)
    before = f'app.use(require("helmet")({{ {", ".join(options)} }}));'
    answer = serve("express", [], before=before).get("/head/flat")
    del wanted["X-Frame-Options"]  # the handler's own wins, as the note says
    assert {name: answer.values(name) for name in wanted} == {n: [v] for n, v in wanted.items()}
    assert answer.values("X-Powered-By") == []


def test_django_settings_send_what_they_stand_for(serve: Serve) -> None:
    """Each setting makes Django send the value that was asked for, if a view sends none."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    }
    site = serve("django", [Edit("set", name, value) for name, value in wanted.items()])
    answer = site.get("/bare")
    assert {name: answer.values(name) for name in wanted} == {n: [v] for n, v in wanted.items()}


def test_the_application_is_as_weak_as_it_should_be(serve: Serve) -> None:
    """Without edits its own headers come through: else the tests above would prove nothing."""
    answer = serve("haproxy", []).get("/")
    assert all(value in answer.values(name) for name, value in OWN)
