"""Cloudflare, Netlify and our own middleware: what is written parses back and means the policy."""

from __future__ import annotations

import ast
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.cli.policies import headers_policy
from revoctl.headers.emit import Edit, of_policy, render, render_profile
from revoctl.policy.headers import HeadersPolicy
from revoctl.profiles import shipped

QUICK = settings(max_examples=40, deadline=None)
TOKEN = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=12)
VALUE = st.text("\"'\\$%{}[]#;:,&|`~!?*^+-@/.<> axé", min_size=1, max_size=40)
NASTY = VALUE.map(lambda t: " ".join(t.split())).filter(bool)


def rules(edits: list[Edit]) -> list[dict]:
    text = render("cloudflare", edits).text
    return json.loads(text)["rules"] if text else []


def test_cloudflare_body_has_the_documented_shape() -> None:
    """Each rule rewrites headers by set, add or remove, under an expression."""
    made = rules(
        [
            Edit("set", "X-A", "1"),
            Edit("set", "Vary", "Origin", mode="append"),
            Edit("remove", "X-B"),
            Edit("set", "Strict-Transport-Security", "max-age=1", "https"),
            Edit("set", "X-C", "3", "html", "default", ("/a", '/b"\\')),
        ]
    )
    assert [rule["action"] for rule in made] == ["rewrite"] * 3
    assert made[0]["expression"] == "true"
    assert made[0]["action_parameters"]["headers"] == {
        "X-A": {"operation": "set", "value": "1"},
        "Vary": {"operation": "add", "value": "Origin"},
        "X-B": {"operation": "remove"},
    }
    assert made[1]["expression"] == "ssl"
    last = made[2]["expression"]
    assert 'starts_with(http.request.uri.path, "/b\\"\\\\")' in last
    assert 'not any(http.response.headers.names[*] == "x-c")' in last
    assert "http.response.content_type.media_type in" in last


def test_cloudflare_says_where_the_body_goes() -> None:
    """A note names the call, and one header never stands twice in a rule."""
    edits = [Edit("set", "X-A", "1", mode="append"), Edit("set", "X-A", "2", mode="append")]
    done = render("cloudflare", edits)
    assert any("/rulesets/phases/http_response_headers_transform/" in n for n in done.notes)
    assert [r["action_parameters"]["headers"]["X-A"]["value"] for r in rules(edits)] == ["1", "2"]


@QUICK
@given(TOKEN, NASTY, st.text(max_size=60))
def test_cloudflare_values_parse_back(header: str, value: str, note: str) -> None:
    """The JSON holds the value as it is, whatever it and the note hold."""
    for rule in rules([Edit("set", header, value, note=note)]):
        assert rule["action_parameters"]["headers"] == {
            header: {"operation": "set", "value": value}
        }


def parsed(text: str) -> dict[str, list[tuple[str, str]]]:
    """A ``_headers`` file as both platforms read it."""
    found: dict[str, list[tuple[str, str]]] = {}
    path = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith(" "):
            name, _, value = line.strip().partition(":")
            found[path].append((name, value.strip()))
        else:
            path = line
            found.setdefault(path, [])
    return found


@QUICK
@given(TOKEN.filter(lambda t: not t.startswith("#")), NASTY, st.text(max_size=60))
def test_netlify_file_parses_back(header: str, value: str, note: str) -> None:
    """A line under the path holds name and value as they are."""
    text = render("netlify", [Edit("set", header, value, note=note)]).text
    assert parsed(text) == {"/*": [(header, value)]}


def test_netlify_writes_paths_after_the_whole_site() -> None:
    """A prefix is a path and all below it."""
    edits = [
        Edit("set", "X-A", "1", paths=("/a", "/b/")),
        Edit("set", "X-B", "2"),
        Edit("set", "X-B", "3", paths=("/a",)),
    ]
    done = render("netlify", edits)
    assert parsed(done.text) == {
        "/*": [("X-B", "2")],
        "/a": [("X-A", "1")],
        "/a/*": [("X-A", "1")],
        "/b/*": [("X-A", "1")],
    }
    assert any("joins all values of X-B" in note for note in done.notes)


@pytest.mark.parametrize("name", shipped("headers"))
def test_asgi_mounts_a_profile_by_its_name(name: str) -> None:
    """Three lines that run: the middleware has the very policy."""
    text = render_profile("asgi", headers_policy(name)[0], name).text
    code = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert code == ["from revoctl.middleware import harden", f'app = harden(app, "{name}")']
    space: dict = {"app": None}
    exec(compile(text, "snippet", "exec"), space)
    assert space["app"].policy == headers_policy(name)[0]


@pytest.mark.parametrize("name", shipped("headers"))
def test_asgi_edits_are_the_policy_as_a_mapping(name: str) -> None:
    """Written out as a mapping, the headers are those of the profile."""
    policy, _ = headers_policy(name)
    text = render("asgi", of_policy(policy)).text
    (mapping,) = re.findall(r"(?s)harden\(app, (\{.*\})\)", text)
    made = HeadersPolicy.from_mapping(ast.literal_eval(mapping))
    assert {k: (s.value, s.scope, s.mode, s.paths) for k, s in made.settings.items()} == {
        k: (s.value, s.scope, s.mode, s.paths) for k, s in policy.settings.items()
    }
    assert set(made.remove) == {n for n in policy.remove if policy.setting(n) is None}


@QUICK
@given(TOKEN, NASTY, st.text(max_size=60), st.lists(NASTY, max_size=2))
def test_asgi_literals_hold_any_value(header: str, value: str, note: str, paths: list[str]) -> None:
    """Name, value and paths come out of the code as they went in."""
    edit = Edit("set", header, value, paths=tuple(paths), note=note)
    (mapping,) = re.findall(r"(?s)harden\(app, (\{.*\})\)", render("asgi", [edit]).text)
    (made,) = HeadersPolicy.from_mapping(ast.literal_eval(mapping)).settings.values()
    assert (made.name, made.value, made.paths) == (header, value, tuple(paths))
