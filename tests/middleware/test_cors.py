"""Cors: starlette's answers, where they are safe, and what its settings refuse."""

import json
import re
from pathlib import Path

import pytest

from revoctl.errors import PolicyError
from revoctl.middleware import Cors
from revoctl.policy.cors import CorsPolicy
from tests.middleware.calls import call, service

DATA = Path(__file__).parent.parent / "data/middleware/middleware_cors_starlette.json"
ROWS = json.loads(DATA.read_text())["vectors"]

# Where we differ from starlette 1.10, and why.
NOT_AN_ORIGIN = "cors/regex/newline"
"""The pattern ``https://.*\\.example`` matches ``https://evil.com/.example``. That has a path, so
no browser sends it as an origin; starlette reflects it, we match patterns on origins only."""
REFUSED = "star-cred"
"""``*`` with credentials: starlette reflects any origin, so any site could act as the user. The
settings are refused at construction, so these 14 rows have no answer."""


def settings(config):
    found = dict(config)
    if "allow_origin_regex" in found:
        found["allow_origin_patterns"] = [found.pop("allow_origin_regex")]
    return found


def answered(row):
    app = Cors(
        service([("content-type", "text/plain"), *row["app_headers"]]), settings(row["config"])
    )
    request = row["request"]
    answer = call(app, "/", request["headers"], method=request["method"])
    headers = sorted([n, v] for n, v in answer.fields if n != "content-length")
    return {"status": answer.status, "headers": headers, "body": answer.body.decode()}


MET = [r for r in ROWS if REFUSED not in r["id"] and r["id"] != NOT_AN_ORIGIN]


@pytest.mark.parametrize("row", MET, ids=[row["id"] for row in MET])
def test_as_starlette_answers(row):
    """106 of 121 vectors: status, every header and body are starlette's."""
    assert answered(row) == row["expected"]


def test_every_origin_with_credentials_is_refused():
    """The 14 rows of ``*`` with credentials cannot be constructed."""
    rows = [row for row in ROWS if REFUSED in row["id"]]
    assert len(rows) == 14
    for row in rows:
        with pytest.raises(PolicyError, match="every origin"):
            CorsPolicy.from_mapping(settings(row["config"]))


def test_a_pattern_sees_origins_only():
    """The one row where a loose pattern would match what is no origin."""
    row = next(row for row in ROWS if row["id"] == NOT_AN_ORIGIN)
    assert "access-control-allow-origin" not in dict(answered(row)["headers"])
    assert answered(row)["body"] == "hi"


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            {"allow_origins": ["*"], "allow_credentials": True},
            "allow_credentials is true for every",
        ),
        ({"allow_origins": ["*", "https://a.example"]}, "has * and others"),
        ({"allow_origins": ["*"], "allow_origin_patterns": ["https://a"]}, "has * and others"),
        ({"allow_origins": ["*"], "allow_private_network": True}, "allow_private_network is true"),
        ({"allow_origins": ["null"], "allow_credentials": True}, "has null"),
        ({"allow_origins": ["https://a.example/"]}, "never matches"),
        ({"allow_origins": ["https://A.example"]}, "never matches"),
        ({"allow_origins": ["https://a.example:443"]}, "never matches"),
        ({"allow_origins": ["https://bücher.example"]}, "never matches"),
        ({"allow_origins": ["https://*.example"]}, "an exact origin has no"),
        ({"allow_origins": ["a.example"]}, "an origin is https://host"),
        ({"allow_origins": ["https://a:99999"]}, "out of range"),
        ({"allow_origin_patterns": ["https://("]}, "is not a regular expression"),
        ({"allow_origin_patterns": [".*"]}, "matches any origin"),
        ({"allow_origin_patterns": ["https?://.*"]}, "matches any origin"),
        (
            {
                "allow_origins": ["https://a.example"],
                "allow_credentials": True,
                "expose_headers": ["*"],
            },
            "literally",
        ),
        ({"allow_methods": ["TRACE"]}, "browsers never send it"),
        ({"allow_methods": ["get"]}, "case-sensitive"),
        ({"allow_methods": ["a b"]}, "not a method"),
        ({"allow_headers": ["x y"]}, "not a header name"),
        ({"expose_headers": [""]}, "not a header name"),
        ({"max_age": -1}, "must be from 0"),
        ({"max_age": True}, "whole number"),
        ({"allow_credentials": "yes"}, "true or false"),
        ({"allow_origins": "https://a.example"}, "list of texts"),
        ({"allow_origin": ["https://a.example"]}, "did you mean allow_origins"),
    ],
)
def test_impossible_settings_are_refused(config, says):
    """What no browser honours, or what anyone could abuse, is a PolicyError when constructed."""
    with pytest.raises(PolicyError) as caught:
        Cors(service(), config)
    assert says in f"{caught.value} {caught.value.fix}"
    assert caught.value.key.startswith("cors.")


@pytest.mark.parametrize("origin", ["https://a.example", "http://[::1]:8080", "app://x", "null"])
def test_exact_origins_as_browsers_write_them(origin):
    """Origins in their serialised form are accepted, and reflected when they ask."""
    answer = call(Cors(service(), {"allow_origins": [origin]}), "/", [("origin", origin)])
    assert answer.one("access-control-allow-origin") == origin


def test_the_applications_own_grant_does_not_widen_the_policy():
    """An application that allows every origin by itself is held to the policy."""
    app = Cors(
        service(
            [("Access-Control-Allow-Origin", "*"), ("access-control-expose-headers", "X-Total")]
        ),
        {"allow_origins": ["https://a.example"]},
    )
    answer = call(app, "/", [("origin", "https://evil.example")])
    assert answer.all("access-control-allow-origin") == []
    assert answer.one("access-control-expose-headers") == "X-Total"


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ([], ["Origin"]),
        (["Accept-Encoding"], ["Accept-Encoding, Origin"]),
        (["Accept-Encoding, origin"], ["Accept-Encoding, origin"]),
        (["*"], ["*"]),
        (["Accept", "Cookie"], ["Accept, Cookie, Origin"]),
    ],
)
@pytest.mark.parametrize("headers", [[], [("origin", "https://a.example")]])
def test_vary_names_origin_once(own, sent, headers):
    """Caches learn that answers differ by origin, whoever asked, beside what else they vary by."""
    app = Cors(service([("Vary", v) for v in own]), {"allow_origins": ["https://a.example"]})
    assert call(app, "/", headers).all("vary") == sent


PREFLIGHT = [("origin", "https://a.example"), ("access-control-request-method", "PUT")]


def test_private_network_access():
    """A preflight into the private network is granted where the policy says so."""
    policy = {
        "allow_origins": ["https://a.example"],
        "allow_methods": ["PUT"],
        "allow_private_network": True,
    }
    asked = [*PREFLIGHT, ("access-control-request-private-network", "true")]
    answer = call(Cors(service(), policy), "/", asked, method="OPTIONS")
    assert answer.status == 200
    assert answer.one("access-control-allow-private-network") == "true"


def test_observe_refuses_nothing():
    """In observe mode a refused preflight is the application's to answer, and its grants stay."""
    app = Cors(service([("access-control-allow-origin", "*")]), {}, observe=True)
    answer = call(app, "/", PREFLIGHT, method="OPTIONS")
    assert answer.body == b"hi"
    assert answer.one("access-control-allow-origin") == "*"
    assert answer.one("vary") == "Origin"


def test_hostile_origins_are_not_matched_for_long():
    """A pattern that backtracks never sees an origin longer than one can be."""
    app = Cors(service(), {"allow_origin_patterns": [r"https://([a-z]+)+\.example\.com"]})
    assert not app.allows(b"https://" + b"a" * 1000)
    assert not app.allows(b"\xff\x00")
    assert app.allows(b"https://x.example.com")


def test_an_exception_is_readable_across_origins():
    """A 500 for an application that raised says which origin may read it."""

    async def app(scope, receive, send):
        raise ValueError

    mounted = Cors(app, {"allow_origins": ["https://a.example"]})
    answer = call(mounted, "/", [("origin", "https://a.example")])
    assert (answer.status, answer.one("access-control-allow-origin")) == (500, "https://a.example")


def test_websockets_pass():
    """CORS says nothing about websockets."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    call(Cors(app, {}), type="websocket")
    assert seen == ["websocket"]


def test_a_policy_object_serves_too():
    """The dataclass and the mapping mean the same."""
    policy = CorsPolicy(allow_origin_patterns=(r"https://[a-z]+\.a\.example",))
    answer = call(Cors(service(), policy), "/", [("origin", "https://x.a.example")])
    assert re.fullmatch(r"https://x\.a\.example", answer.one("access-control-allow-origin") or "")
