"""headers emit --diff: what a policy would change in a live target's answer."""

from __future__ import annotations

import json

import pytest

from revoctl.cli.app import run
from revoctl.headers.emit.difference import difference, document
from revoctl.headers.snapshot import Field, Hop
from revoctl.policy.headers import HeadersPolicy
from revoctl.render import FORMATS, render
from tests.servers.scripted import Scripted, sends

POLICY = HeadersPolicy.from_mapping(
    {
        "name": "mine",
        "headers": {
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": {"value": "no-store", "mode": "default"},
            "Vary": {"value": "Origin", "mode": "append"},
            "Strict-Transport-Security": {"value": "max-age=1", "scope": "https"},
            "X-Html": {"value": "1", "scope": "html"},
            "X-Api": {"value": "1", "paths": ["/api"]},
            "Content-Security-Policy": "script-src 'nonce-{nonce}'; base-uri 'none'",
        },
        "remove": ["Server", "X-Powered-*"],
    }
)


def changes(*fields: tuple[str, str], url: str = "http://a.example/") -> dict[str, str]:
    hop = Hop(url, 200, tuple(Field(*field) for field in fields))
    return {c.header: c.change for c in difference(POLICY, hop).changes}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        (("X-Frame-Options", "SAMEORIGIN"), "change"),
        (("X-Frame-Options", "DENY"), "same"),
        (("Cache-Control", "public"), "left alone"),
        (("Vary", "Accept"), "append"),
        (("Vary", "Origin"), "same"),
        (("Server", "x"), "remove"),
        (("X-Powered-By", "x"), "remove"),
        (("Content-Security-Policy", "script-src 'nonce-abc' ; base-uri 'none'"), "same"),
        (("Content-Security-Policy", "script-src 'nonce-abc'"), "change"),
    ],
)
def test_each_header_is_compared(field: tuple[str, str], change: str) -> None:
    """Values are compared as texts, white space and nonces aside."""
    assert changes(("Content-Type", "text/html"), field)[field[0]] == change


def test_what_is_missing_is_added_where_the_policy_holds() -> None:
    """Scope and paths say which answers carry a header; two lines of one are a change."""
    found = changes(("Content-Type", "application/json"), ("X-Frame-Options", "DENY"))
    assert found["Referrer-Policy"] == "add"
    assert found["Cache-Control"] == "add"
    assert [found[n] for n in ("Strict-Transport-Security", "X-Html", "X-Api")] == [
        "left alone"
    ] * 3
    there = changes(url="https://a.example/api/x?y")
    assert [there[n] for n in ("Strict-Transport-Security", "X-Html", "X-Api")] == ["add"] * 3
    twice = changes(("X-Frame-Options", "DENY"), ("X-Frame-Options", "DENY"))
    assert twice["X-Frame-Options"] == "change"


@pytest.mark.parametrize("form", [n for n, f in FORMATS.items() if "document" in f.accepts])
def test_it_is_a_page_in_every_format(form: str) -> None:
    """Hostile values stay text."""
    hop = Hop("http://a.example/", 200, (Field("X-Frame-Options", "\x1b[31m<script>x\u202e"),))
    text = render(form, document(difference(POLICY, hop)))
    assert "X-Frame-Options" in text
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    assert form != "html" or "<script>" not in text


def test_a_live_target_is_asked(capsys) -> None:
    """One request; the answer's headers beside the policy's; JSON for machines."""
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Frame-Options: DENY\r\n\r\nhi"
    with Scripted(sends(raw)) as server:
        assert run(["headers", "emit", "--diff", server.url, "-p", "revoagent", "-o", "json"]) == 0
        assert len(server.requests) == 1
    found = json.loads(capsys.readouterr().out)
    made = {c["header"]: c["change"] for c in found["changes"]}
    assert made["X-Frame-Options"] == "same"
    assert made["Content-Security-Policy"] == "add"


def test_nothing_to_do_is_a_usage_error(capsys) -> None:
    """Without a server and without a target there is nothing to write."""
    assert run(["headers", "emit"]) == 2
    assert "--for SERVER" in capsys.readouterr().err
