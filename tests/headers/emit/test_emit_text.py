"""Snippets as text: they parse back exactly, and nothing escapes from a comment or a literal."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.headers.emit import SERVERS, Edit, Snippet, fix_snippet, guess, of_policy, render
from revoctl.headers.emit import servers as names
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Fix

QUICK = settings(max_examples=40, deadline=None)  # two cores, shared
TEXT = st.text(min_size=1, max_size=60)
VALUE = TEXT.map(lambda t: " ".join("".join(c for c in t if c.isprintable()).split()))
SYNTAX = st.text("\"'\\$%{}[]#;:,&|`~!?*^+-@/.<> ax", min_size=1, max_size=40)
NASTY = (VALUE | SYNTAX.map(lambda t: " ".join(t.split()))).filter(bool)
TOKEN = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=12)


@QUICK
@given(TOKEN, NASTY)
def test_envoy_yaml_parses_back(header: str, value: str) -> None:
    """Name and value are what they were, but for the doubled percent sign."""
    (doc,) = yaml.safe_load_all(render("envoy", [Edit("set", header, value)]).text)
    (entry,) = doc["response_headers_to_add"]
    assert entry["header"] == {"key": header, "value": value.replace("%", "%%")}
    assert entry["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"


@QUICK
@given(TOKEN, NASTY, TEXT)
def test_traefik_yaml_parses_back_after_its_template(header: str, value: str, note: str) -> None:
    """With every template action carried out the value is what it was, and no other is left."""
    text = render("traefik", [Edit("set", header, value, note=note)]).text
    actions = re.findall(r"\{\{.*?\}\}", text)
    assert set(actions) <= {"{{`{{`}}"}
    doc = yaml.safe_load(text.replace("{{`{{`}}", "{{"))
    sent = doc["http"]["middlewares"]["revoctl-headers"]["headers"]["customResponseHeaders"]
    assert sent == {header: value}


@QUICK
@given(TOKEN, NASTY)
def test_starlette_code_edits_exactly(header: str, value: str) -> None:
    """Executed, the middleware replaces the header by the value's UTF-8."""
    code = render("starlette", [Edit("set", header, value)]).text
    space = {"app": None}
    exec(compile(code, "snippet", "exec"), space)
    name = header.lower().encode()
    sent = space["SecurityHeaders"].edit({}, [(header.encode(), b"own"), (b"other", b"1")])
    assert sent == [*([(b"other", b"1")] if name != b"other" else []), (name, value.encode())]


@QUICK
@given(TOKEN, NASTY, TEXT, st.lists(NASTY, max_size=2))
def test_django_code_is_python_with_the_same_text(
    header: str, value: str, note: str, paths: list[str]
) -> None:
    """Name and value stand in it as literals, whatever the note and the paths hold."""
    edit = Edit("set", header, value, paths=tuple(paths), note=note)
    tree = ast.parse(render("django", [edit]).text)
    literals = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    if header.lower() not in ("server", "set-cookie") and isinstance(tree.body[-1], ast.ClassDef):
        assert {header, value.encode().decode("latin-1"), *paths} <= literals


@settings(max_examples=3, deadline=None)
@given(st.lists(st.tuples(TOKEN, NASTY, TEXT), min_size=20, max_size=40))
def test_express_code_runs_with_the_same_values(cases: list[tuple[str, str, str]]) -> None:
    """Node reads each name and value as they were, and every note as a comment."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    wanted, programs = [], []
    for header, value, note in cases:
        edit = Edit("set", header, value, note=note)
        programs.append(render("express", [edit]).text)
        known = header.lower() not in ("date", "connection", "keep-alive", "transfer-encoding")
        wanted += [[header, value.encode().decode("latin-1")]] if known else []
    fake = """
const seen = [];
const use = (edit) => {
  const res = { writeHead() {}, removeHeader() {}, setHeader(...field) { seen.push(field); } };
  edit({}, res, () => {});
  res.writeHead(200);
};
const app = { use };
"""
    script = "\n".join(
        [fake, *(f"{{{p}\n}}" for p in programs), "console.log(JSON.stringify(seen))"]
    )
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == wanted


MARKS = dict.fromkeys(SERVERS, "#") | {"express": "//"}
COMMENTED = [server for server in SERVERS if server != "cloudflare"]
"""JSON has no comments: there the notes say it all."""


@pytest.mark.parametrize("server", SERVERS)
@QUICK
@given(note=st.text(max_size=400) | SYNTAX)
def test_a_note_stays_within_its_comment(server: str, note: str) -> None:
    """Text of a finding adds comment lines and changes no other line."""
    edit = Edit("set", "X-Frame-Options", "DENY")
    plain = render(server, [edit]).text.splitlines()
    noted = render(server, [Edit("set", "X-Frame-Options", "DENY", note=note)]).text
    advised = render(server, [edit, Edit("advise", note=note)]).text
    for text in (noted, advised):
        added = [line for line in text.split("\n") if line and line not in plain]
        assert all(line.lstrip().startswith(MARKS[server]) for line in added)
        assert all(not line.endswith("\\") and line.isprintable() for line in map(str.strip, added))
        assert not any(mark in line for line in added for mark in ("{{", "{$", "${"))
    rest = [line for line in noted.split("\n") if not line.lstrip().startswith(MARKS[server])]
    assert [line for line in plain if not line.lstrip().startswith(MARKS[server])] == rest


@pytest.mark.parametrize("server", COMMENTED)
def test_a_single_edit_says_where_it_goes(server: str) -> None:
    """The first line is a comment with the place, and all that follows is to paste."""
    text = fix_snippet(server, Fix("set", "X-Frame-Options", "DENY"))
    assert text.splitlines()[0].startswith((f"{MARKS[server]} in ", f"{MARKS[server]} before ",
                                            f"{MARKS[server]} at "))  # fmt: skip
    assert "DENY" in text
    assert not text.endswith("\n")


@pytest.mark.parametrize("server", COMMENTED)
def test_advice_alone_is_comment_alone(server: str) -> None:
    """What can only be said in words adds no configuration."""
    text = fix_snippet(server, Fix("advise", "Set-Cookie", note="add Secure"))
    assert text == f"{MARKS[server]} Set-Cookie: add Secure"


def test_a_fix_without_meaning_is_no_snippet() -> None:
    """There is nothing to paste for a name that no header can have."""
    assert fix_snippet("nginx", Fix("set", "X Y", "v")) == ""


@pytest.mark.parametrize("server", SERVERS)
def test_preloading_is_written_with_a_warning(server: str) -> None:
    """Snippet and notes both say what preload commits the domain to."""
    value = "max-age=63072000; includeSubDomains; preload"
    done = render(server, [Edit("set", "Strict-Transport-Security", value, "https")])
    assert "preload asks browsers" in done.text
    assert any(note.startswith("preload asks browsers") for note in done.notes)
    tame = render(server, [Edit("set", "Strict-Transport-Security", value[:35], "https")])
    assert "preload asks" not in tame.text + " ".join(tame.notes)


@pytest.mark.parametrize(
    ("server", "edit", "said"),
    [
        ("nginx", Edit("remove", "Server"), "headers-more"),
        ("nginx", Edit("set", "Server", "x"), "headers-more"),
        ("nginx", Edit("remove", "X-Kong-*"), "by prefix"),
        ("nginx", Edit("set", "X-A", "1"), "add_header is inherited only"),
        ("nginx", Edit("set", "X-A", "1", "html"), "where a condition does not hold"),
        ("nginx", Edit("set", "X-A", ""), "without a value"),
        ("nginx", Edit("set", "X.A", "1", "html"), "has no variable"),
        ("apache", Edit("remove", "Server"), "ServerTokens Prod"),
        ("apache", Edit("remove", "X-Kong-*"), "by prefix"),
        ("apache", Edit("set", "Date", "x"), "writes Date itself"),
        ("apache", Edit("set", "X-A", "${x}"), "Define"),
        ("caddy", Edit("set", "X-A", "1", "html"), "HTML documents"),
        ("caddy", Edit("remove", "+X"), "operator"),
        ("haproxy", Edit("set", "X-A", "x" * 2000), "tune.maxrewrite to 4096"),
        ("haproxy", Edit("set", "X-A", ""), "without a value"),
        ("envoy", Edit("remove", "X-Kong-*"), "by prefix"),
        ("envoy", Edit("remove", "Server"), "server_header_transformation: PASS_THROUGH"),
        ("envoy", Edit("remove", "x-envoy-upstream-service-time"), "suppress_envoy_headers"),
        ("envoy", Edit("set", "X-A", "1"), "local_reply_config"),
        ("envoy", Edit("set", "X-A", "1", "html"), "HTML documents"),
        ("traefik", Edit("set", "X-A", "1", mode="append"), "cannot append"),
        ("traefik", Edit("set", "X-A", "1", mode="default"), "cannot give way"),
        ("traefik", Edit("set", "X-A", "{{x"), "template"),
        ("traefik", Edit("set", "X-A", ""), "without a value"),
        ("express", Edit("set", "X-Frame-Options", "DENY"), 'xFrameOptions: { action: "DENY" }'),
        ("express", Edit("set", "X-A", "é"), "first chunk of the body"),
        ("express", Edit("set", "Date", "x"), "Node writes Date"),
        ("starlette", Edit("remove", "Server"), "--no-server-header"),
        ("cloudflare", Edit("remove", "X-Kong-*"), "by prefix"),
        ("cloudflare", Edit("remove", "Server"), "writes Server itself"),
        ("cloudflare", Edit("set", "CF-Ray", "x"), "writes CF-Ray itself"),
        ("cloudflare", Edit("set", "X-A", ""), "without a value"),
        ("cloudflare", Edit("set", "X-A", "é"), "beyond ASCII"),
        ("cloudflare", Edit("advise", note="Think"), "Think"),
        ("netlify", Edit("remove", "X-A"), "cannot remove X-A"),
        ("netlify", Edit("set", "X-A", "1", "html"), "HTML documents"),
        ("netlify", Edit("set", "X-A", "1", "https"), "redirect plain http"),
        ("netlify", Edit("set", "X-A", "1", mode="default"), "cannot give way"),
        ("netlify", Edit("set", "X-A", "1", paths=("/a",)), "/a and /a/*"),
        ("netlify", Edit("set", "X-A", "1", paths=("/a:b",)), "cannot write the path"),
        ("netlify", Edit("set", "X-A", "x" * 2000), "2,000 characters"),
        ("netlify", Edit("set", "X-A", ""), "without a value"),
        ("netlify", Edit("set", "X-A", "1"), "published files"),
        ("asgi", Edit("remove", "Server"), "--no-server-header"),
        ("asgi", Edit("remove", "X-A", paths=("/a",)), "not X-A under some condition"),
        ("nginx", Edit("set", "X-A", "'nonce-{nonce}'"), "new in every response"),
        ("django", Edit("remove", "Server"), "in front of Django"),
        ("django", Edit("set", "X-Frame-Options", "DENY"), "gives way to a view"),
        ("django", Edit("set", "Vary", "Origin", mode="append"), "with a comma"),
        ("django", Edit("set", "Set-Cookie", "a=b"), "response.cookies"),
        ("apache", Edit("set", "X-A", "1", "https"), "as this server sees it"),
    ],
)
def test_notes_say_what_a_server_cannot_express(server: str, edit: Edit, said: str) -> None:
    """Each limit is named where an edit meets it."""
    assert any(said in note for note in render(server, [edit]).notes)
    other = render(server, [Edit("remove", "X-Other")]).notes
    assert not any(said in note for note in other)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("max-age=60", ("60", "False", "False")),
        ("max-age=60; includeSubDomains; preload", ("60", "True", "True")),
        ("max-age=60; preload; includeSubDomains", None),
        ("max-age=060", None),
        ("max-age=0", None),
        ('max-age="60"', None),
    ],
)
def test_django_uses_a_setting_only_for_what_it_sends(
    value: str, lines: tuple[str, str, str] | None
) -> None:
    """A value that Django would write otherwise goes through the middleware."""
    text = render("django", [Edit("set", "Strict-Transport-Security", value, "https")]).text
    found = tuple(re.findall(r"(?m)^SECURE_HSTS_\w+ = (\w+)$", text))
    assert found == (lines or ())
    assert ("class SecurityHeaders" in text) == (lines is None)


def test_envoy_names_the_fields_of_its_api() -> None:
    """append_action by mode, removal as a list, one document for each place."""
    edits = [
        Edit("set", "X-A", "1"),
        Edit("set", "X-B", "2", mode="append"),
        Edit("set", "X-C", "", mode="default"),
        Edit("remove", "X-D"),
        Edit("set", "X-E", "5", paths=("/e",)),
    ]
    first, second = yaml.safe_load_all(render("envoy", edits).text)
    actions = [e["append_action"] for e in first["response_headers_to_add"]]
    assert actions == ["OVERWRITE_IF_EXISTS_OR_ADD", "APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"]
    assert first["response_headers_to_add"][2]["keep_empty_value"] is True
    assert first["response_headers_to_remove"] == ["X-D"]
    assert [e["header"]["key"] for e in second["response_headers_to_add"]] == ["X-E"]


def test_traefik_has_a_middleware_for_each_condition() -> None:
    """An empty value removes, and https and paths are left to the routers."""
    edits = [
        Edit("set", "X-A", "1"),
        Edit("remove", "Server"),
        Edit("set", "Strict-Transport-Security", "max-age=1", "https"),
        Edit("set", "X-E", "5", paths=("/e",)),
    ]
    done = yaml.safe_load(render("traefik", edits).text)["http"]["middlewares"]
    assert {name: m["headers"]["customResponseHeaders"] for name, m in done.items()} == {
        "revoctl-headers": {"X-A": "1", "Server": ""},
        "revoctl-headers-1": {"Strict-Transport-Security": "max-age=1"},
        "revoctl-headers-2": {"X-E": "5"},
    }


@pytest.mark.parametrize("server", SERVERS)
def test_every_name_renders_a_whole_policy(server: str) -> None:
    """A policy of every kind of setting is written without complaint, and the same each time."""
    policy = HeadersPolicy.from_mapping(
        {
            "headers": {
                "Content-Security-Policy": {"value": "default-src 'self'", "scope": "html"},
                "Strict-Transport-Security": {"value": "max-age=1", "scope": "https"},
                "X-Frame-Options": "DENY",
                "Vary": {"value": "Origin", "mode": "append"},
                "Cache-Control": {"value": "no-store", "mode": "default", "paths": ["/a"]},
            },
            "remove": ["Server", "X-Powered-By", "X-Kong-*"],
        }
    )
    done = render(server, of_policy(policy))
    assert isinstance(done, Snippet)
    assert all(name in done.text for name in ("Content-Security-Policy",) if server != "starlette")
    assert done == render(server, of_policy(policy))


def test_an_unknown_server_is_named_with_the_nearest() -> None:
    """The fix is a guess at what was meant, or the list."""
    with pytest.raises(RevoctlError) as caught:
        render("ngnix", [])
    assert (caught.value.code, caught.value.fix) == ("usage.server", "did you mean nginx?")
    with pytest.raises(RevoctlError) as caught:
        render("zzz", [])
    assert caught.value.fix == f"one of {', '.join(names())}"


@pytest.mark.parametrize(
    ("value", "server"),
    [
        ("nginx/1.22.1", "nginx"),
        ("openresty", "nginx"),
        ("Apache/2.4.57 (Debian) OpenSSL/3.0", "apache"),
        ("Apache", "apache"),
        ("Apache-Coyote/1.1", ""),
        ("Apache Tomcat/9.0", ""),
        ("Caddy", "caddy"),
        ("istio-envoy", "envoy"),
        ("Express", "express"),
        ("uvicorn", "starlette"),
        ("WSGIServer/0.2 CPython/3.11.7", "django"),
        ("gunicorn", ""),
        ("cloudflare", ""),
        ("PHP/8.1, Express", "express"),
        ("Microsoft-IIS/10.0 (like nginx)", ""),
        ("", ""),
    ],
)
def test_a_server_is_guessed_from_what_it_says(value: str, server: str) -> None:
    """Only a product token counts, not a comment or a part of a name."""
    assert guess(value) == server


@QUICK
@given(st.text())
def test_guessing_takes_any_text(value: str) -> None:
    """An answer's header may hold anything."""
    assert guess(value) in ("", *names())
