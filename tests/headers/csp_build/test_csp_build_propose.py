"""From pages to a policy: sources by directive, hashes, warnings, and what a profile adds."""

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.cli.app import run
from revoctl.cli.policies import headers_policy
from revoctl.errors import RevoctlError
from revoctl.headers.csp_build import document, of_har, of_text, propose
from revoctl.headers.csp_check import check
from revoctl.headers.syntax.csp import parse
from revoctl.headers.syntax.csp_sources import INVALID, read_source
from revoctl.policy.headers import HeadersPolicy
from revoctl.render import FORMATS, render
from tests.servers.scripted import Scripted, sends

OWASP, _ = headers_policy("owasp")
URL = "https://www.example.com/a/page?x"


def proposed(html: str, url: str = URL, **options: object) -> dict[str, tuple[str, ...]]:
    made = propose([of_text(url, html)], OWASP, **options)  # type: ignore[arg-type]
    return {d.name: d.values for d in parse(made.policy).directives}


def kinds(html: str, url: str = URL) -> set[str]:
    return {w.kind for w in propose([of_text(url, html)], OWASP).warnings}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_an_empty_page_gets_the_basis() -> None:
    """Own origin only, no plug-ins, and the profile's word on framing and upgrading."""
    assert proposed("<p>hi") == {
        "default-src": ("'self'",),
        "object-src": ("'none'",),
        "base-uri": ("'self'",),
        "form-action": ("'self'",),
        "frame-ancestors": ("'none'",),
        "upgrade-insecure-requests": (),
    }


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("/x.js", "'self'"),
        ("https://www.example.com:443/x.js", "'self'"),
        ("//cdn.example/x.js?a", "https://cdn.example"),
        ("https://cdn.example:8443/x.js", "https://cdn.example:8443"),
        ("HTTPS://CDN.example/x.js", "https://cdn.example"),
        (" \n//cdn.ex\tample/x.js", "https://cdn.example"),
        ("//bücher.example/x.js", "https://xn--bcher-kva.example"),
    ],
)
def test_an_address_becomes_its_origin(address: str, source: str) -> None:
    """Resolved and canonical as browsers do."""
    assert proposed(f'<script src="{address}"></script>')["script-src"] == (source,)


def test_hashes_are_of_the_text_in_utf8() -> None:
    """SHA-256 of exactly what stands between the tags."""
    found = proposed("<script> ü </script><style>a{}</style>")
    assert found["script-src"] == (digest(" ü "),)
    assert found["style-src"] == (digest("a{}"),)


def test_style_attributes_are_hashed_up_to_a_point() -> None:
    """A few by 'unsafe-hashes' in style-src-attr alone; a crowd is only told."""
    assert proposed('<p style="a:b">')["style-src-attr"] == ("'unsafe-hashes'", digest("a:b"))
    crowd = "".join(f'<p style="width:{n}px">' for n in range(30))
    assert "style-src-attr" not in proposed(crowd)
    assert "many-style-attributes" in kinds(crowd)


def test_sockets_blobs_and_data() -> None:
    """Schemes are named where the content is passive, and refused where it is code."""
    page = """<img src="data:image/gif,"><video src="blob:x"></video><iframe src="data:text/html,x">
    </iframe><script src="data:,alert(1)"></script><script>new WebSocket("wss://www.example.com/s")
    </script>"""
    found = proposed(page)
    assert found["img-src"] == ("'self'", "data:")
    assert found["media-src"] == ("blob:",)
    assert found["connect-src"] == ("wss://www.example.com",)
    assert "frame-src" not in found
    assert not any("data:" in value for value in found["script-src"])
    assert "data-script" in kinds(page)


def test_a_base_element_counts() -> None:
    """Relative addresses start there, and base-uri names it."""
    found = proposed('<base href="https://b.example/"><script src="x.js"></script>')
    assert found["script-src"] == ("https://b.example",)
    assert found["base-uri"] == ("'self'", "https://b.example")


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ('<script src="http://a.example/x.js"></script>', "insecure"),
        ('<script src="https://[::1]/x.js"></script>', "unnamed"),
        ('<script src="https://a b/"></script>', "unnamed"),
        ('<img src="chrome-extension://x/y.png">', "unnamed"),
        ('<base href="https://b.example/">', "foreign-base"),
        ("<p onclick=x>", "event-handler"),
    ],
)
def test_what_cannot_be_allowed_is_told(html: str, kind: str) -> None:
    """With what to do instead."""
    made = propose([of_text(URL, html)], OWASP)
    (warning,) = [w for w in made.warnings if w.kind == kind]
    assert warning.advice
    assert warning.examples


def test_inline_code_that_varies_gets_no_hash() -> None:
    """A hash of it would block the next answer."""
    first = of_text(URL, "<script>a</script><script>token=1</script>")
    load = first._replace(varying=frozenset(i for i in first.inlines if "token" in i.text))
    made = propose([load], OWASP)
    assert digest("a") in made.policy
    assert digest("token=1") not in made.policy
    assert "varying" in {w.kind for w in made.warnings}


def test_strict_marks_scripts_by_nonce() -> None:
    """Neither hosts nor hashes let scripts in; what lacks a nonce is told."""
    page = '<script src="//cdn.example/x.js"></script><script>a</script><style>b{}</style>'
    found = proposed(page, strict=True)
    assert found["script-src"] == ("'nonce-{nonce}'", "'strict-dynamic'")
    assert found["style-src"] == ("'nonce-{nonce}'",)
    made = propose([of_text(URL, page)], OWASP, strict=True)
    (warning,) = [w for w in made.warnings if w.kind == "without-nonce"]
    assert warning.count == 3


def test_workers_are_named_even_if_they_are_our_own() -> None:
    """Without worker-src they would fall back to script-src, which may lack 'self'."""
    found = proposed("<script>new Worker('/w.js')</script>")
    assert found["worker-src"] == ("'self'",)


def test_several_pages_and_a_report_address() -> None:
    """One policy for all, each source once; upgrading only where all is https."""
    pages = [of_text(URL, "<script>a</script>"), of_text("http://localhost/", "<script>a</script>")]
    made = propose(pages, OWASP, report_uri="https://r.example/csp")
    assert made.policy.count(digest("a")) == 1
    assert made.policy.endswith("report-uri https://r.example/csp")
    assert "upgrade-insecure-requests" not in made.policy


def test_framing_follows_the_profile() -> None:
    """What the profile allows to frame is taken over."""
    data = {"headers": {"Content-Security-Policy": "frame-ancestors 'self' https://a.example"}}
    made = propose([of_text(URL, "")], HeadersPolicy.from_mapping({"name": "x", **data}))
    assert "frame-ancestors 'self' https://a.example" in made.policy


def test_a_proposal_is_not_weak_by_itself() -> None:
    """The checker finds nothing serious in what is proposed for an ordinary page."""
    page = '<script>a</script><script src="/x.js"></script><img src="//i.example/a.png">'
    severe = [f for f in check([propose([of_text(URL, page)], OWASP).policy])
              if f.severity in ("critical", "high")]  # fmt: skip
    assert severe == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(("script", "img", "iframe", "base")))
def test_any_address_gives_a_policy_that_reads_back(address: str, element: str) -> None:
    """No address can end a directive or a policy, or become an invalid source."""
    attribute = "href" if element == "base" else "src"
    quoted = address.replace("&", "&amp;").replace('"', "&quot;")
    policy = propose([of_text(URL, f'<{element} {attribute}="{quoted}">')], OWASP).policy
    read = parse(policy)
    assert read.problems == ()
    assert str(read) == policy
    assert "," not in policy
    for directive in read.directives:
        assert all(read_source(v).kind != INVALID for v in directive.values)


@pytest.mark.parametrize("form", [n for n, f in FORMATS.items() if "document" in f.accepts])
def test_a_proposal_is_a_page_in_every_format(form: str) -> None:
    """What the page holds stays text."""
    made = propose([of_text(URL, "<p onclick='\x1b[31m</td><script>x'>")], OWASP)
    text = render(form, document(made))
    assert "\x1b[31m" not in text
    assert form != "html" or "<script>" not in text


def entry(url: str, kind: str = "", dest: str = "", mime: str = "", **more: object) -> dict:
    headers = [{"name": "Sec-Fetch-Dest", "value": dest}] if dest else []
    if "referer" in more:
        headers.append({"name": "Referer", "value": more.pop("referer")})
    content = {"mimeType": mime, "text": more.pop("text", "")}
    made = {
        "request": {"url": url, "method": "GET", "headers": headers},
        "response": {"status": more.pop("status", 200), "headers": [], "content": content},
        "pageref": "p1",
        **more,
    }
    return {**made, **({"_resourceType": kind} if kind else {})}


def har(*entries: dict) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode()


PAGE = entry(URL, "document", "document", "text/html", text="<script>a</script>")


def from_har(*entries: dict) -> dict[str, tuple[str, ...]]:
    made = propose(of_har(har(*entries)), OWASP)
    return {d.name: d.values for d in parse(made.policy).directives}


@pytest.mark.parametrize(
    ("request_", "directive", "source"),
    [
        (entry("https://a.example/x", "script"), "script-src", "https://a.example"),
        (entry("https://a.example/x", "stylesheet"), "style-src", "https://a.example"),
        (entry("https://a.example/x", "font"), "font-src", "https://a.example"),
        (entry("https://a.example/x", "xhr"), "connect-src", "https://a.example"),
        (entry("wss://a.example/x", "websocket"), "connect-src", "wss://a.example"),
        (entry("https://a.example/x", dest="worker"), "worker-src", "https://a.example"),
        (entry("https://a.example/x", "document", "iframe"), "frame-src", "https://a.example"),
        (entry("https://a.example/x", mime="font/woff2"), "font-src", "https://a.example"),
        (entry("https://a.example/x", mime="image/png"), "img-src", "https://a.example"),
        (entry("https://a.example/x", "fetch", "empty"), "connect-src", "https://a.example"),
        (entry("https://a.example/x", "script", "", status=302), "script-src", "https://a.example"),
        (entry("https://a.example/x", "document", _initiator={"type": "parser"}), "frame-src",
         "https://a.example"),
        (entry("blob:https://www.example.com/1", dest="worker"), "worker-src", "blob:"),
    ],
)  # fmt: skip
def test_a_request_of_an_archive_is_governed_by_its_kind(
    request_: dict, directive: str, source: str
) -> None:
    """By destination, by the browser's type, or by media type."""
    assert source in from_har(PAGE, request_)[directive]


def test_what_a_frame_asks_for_is_its_own_affair() -> None:
    """Requests of a framed document are left out, and counted."""
    frame = entry("https://f.example/", "document", "iframe", "text/html")
    inside = entry("https://t.example/x.js", "script", referer="https://f.example/")
    loads = of_har(har(PAGE, frame, inside))
    assert "t.example" not in propose(loads, OWASP).policy
    assert any("1 requests of framed" in note for note in loads[0].notes)


def test_preflights_reports_and_extensions_are_passed_over() -> None:
    """Nothing governs them, or nothing can name them."""
    found = from_har(
        PAGE,
        entry("https://a.example/x", "preflight"),
        entry("https://b.example/x", dest="report"),
        entry("chrome-extension://abc/x.js", "script"),
    )
    assert "example" not in json.dumps({k: v for k, v in found.items() if k != "x"})


def test_scripts_in_an_archive_are_read_for_what_is_blocked() -> None:
    """An external script that evals is named with its address."""
    loads = of_har(har(PAGE, entry("https://www.example.com/x.js", "script", text="eval(a)")))
    (warning,) = [w for w in propose(loads, OWASP).warnings if w.kind == "eval"]
    assert warning.examples[0].startswith("https://www.example.com/x.js")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"log":{"entries":[]}}', b"[1", b"\xff", har(entry("x:y", "script"))]
)
def test_a_broken_archive_is_an_error(data: bytes) -> None:
    """With a code that the exit table knows."""
    with pytest.raises(RevoctlError) as caught:
        of_har(data)
    assert caught.value.code == "source.format"


KEYS = st.sampled_from(("log", "entries", "request", "url", "response"))
JSON = st.recursive(
    st.none() | st.text(max_size=9) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_is_an_archive_or_an_error(value: object) -> None:
    """Never another exception."""
    try:
        assert of_har(json.dumps(value).encode())
    except RevoctlError as error:
        assert error.code == "source.format"


ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p onclick=x><script>a</script>"
)


def test_the_command_prints_a_page_json_the_policy_or_a_snippet(tmp_path, capsys) -> None:
    """Each page is asked twice to see what varies; once on request."""
    with Scripted(sends(ANSWER)) as server:
        assert run(["headers", "csp", "build", server.url, "-o", "name"]) == 0
        assert len(server.requests) == 2
        policy = capsys.readouterr().out.strip()
        assert digest("a") in policy
        assert run(["headers", "csp", "build", server.url, "--once", "-o", "json"]) == 0
        assert len(server.requests) == 3
        assert json.loads(capsys.readouterr().out)["policy"] == policy
        saved = tmp_path / "policy.txt"
        command = ["headers", "csp", "build", server.url, "--for", "nginx"]
        assert run([*command, "--save", f"name:{saved}"]) == 0
    streams = capsys.readouterr()
    assert streams.out.startswith("# in the server")
    assert policy in streams.out
    assert "warning: inline event handlers" in streams.err
    assert saved.read_text() == policy + "\n"


def test_code_that_differs_between_two_answers_is_found(capsys) -> None:
    """The command sees it by asking twice."""
    count = iter(range(9))

    def script(connection, request) -> None:
        connection.sendall(ANSWER + b"<script>token=%d</script>" % next(count))

    with Scripted(script) as server:
        assert run(["headers", "csp", "build", server.url, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert digest("a") in found["policy"]
    assert found["policy"].count("sha256") == 1
    assert "varying" in {w["kind"] for w in found["warnings"]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--har", "missing.har"], 2),
        (["http://127.0.0.1:1/", "--timeout", "1s"], 5),
        (["http://127.0.0.1:1/", "--for", "ngnix"], 2),
        (["http://127.0.0.1:1/", "--report-uri", "a; script-src *"], 2),
    ],
)
def test_failures_have_their_codes(arguments: list[str], code: int, capsys) -> None:
    """Usage, files and targets."""
    assert run(["headers", "csp", "build", *arguments]) == code
    assert capsys.readouterr().out == ""
