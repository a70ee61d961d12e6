"""Hostile responses: the tests always come to a result, in time linear in the response."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observatory_vectors import page_of

from revoctl.headers.observatory import ALL, NONE, RESULTS, TESTS
from revoctl.headers.observatory.collation import order
from revoctl.headers.observatory.csp_merge import Invalid, merge, split_policies

NAMES = (
    "Content-Security-Policy",
    "Set-Cookie",
    "Strict-Transport-Security",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Content-Type",
)
TEXT = st.text(alphabet=st.characters(max_codepoint=0x2030), max_size=60)


def asked(headers: list[list[str]], body: str = "") -> dict:
    """An https site that answers with these headers."""
    return {
        "site": "example.com",
        "scheme": "https",
        "status": 200,
        "headers": headers,
        "body": body,
        "cors_headers": [],
        "http_redirects": None,
        "http_verified": True,
        "https": {"verified": True},
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), TEXT), max_size=8), TEXT)
def test_any_response_comes_to_a_result(headers: list[tuple[str, str]], body: str) -> None:
    """Whatever is sent, each test answers one of its results with a sentence, on both scales."""
    for corrections in (NONE, ALL):
        page = page_of(asked([list(h) for h in headers], f"<meta {body}><script {body}>"))
        for judge in TESTS.values():
            outcome = judge(page, corrections)
            assert outcome.result in RESULTS
            assert 0 < len(outcome.detail) < 400


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Content-Security-Policy", "a-src b,"),
        ("Content-Security-Policy", "a-src " + "/" * 50 + ","),
        ("Content-Security-Policy", "script-src 'nonce-a' https://a/%41/b;img-src *,"),
        ("Content-Security-Policy", "x y "),
        ("Set-Cookie", "a=1; Domain=a.b.c.d; SameSite=x; "),
        ("Strict-Transport-Security", "max-age=1; "),
        ("Referrer-Policy", "origin,"),
        ("X-Frame-Options", "DENY,"),
        ("Cross-Origin-Opener-Policy", 'same-origin;a="b\\"'),
    ],
)
@pytest.mark.parametrize("corrections", [NONE, ALL], ids=["mdn", "owasp"])
def test_time_is_linear_in_a_header(name: str, unit: str, corrections: frozenset[str]) -> None:
    """Ten times the header takes at most thirty times as long, and never long."""

    def cost(times: int) -> float:
        page = page_of(asked([["Content-Type", "text/html"], [name, unit * times]]))
        began = time.process_time()
        for judge in TESTS.values():
            judge(page, corrections)
        return time.process_time() - began

    cost(10)
    short = max(min(cost(400) for _ in range(3)), 0.002)
    long = cost(4_000)
    assert long < 30 * short or long < 1.5
    assert long < 4


def test_policies_that_cannot_be_compared_are_invalid() -> None:
    """Thousands of policies with one directive each end in a verdict, not in minutes."""
    many = ["img-src " + " ".join(f"https://{n}.example/" for n in range(3_000))] * 2
    assert isinstance(merge(many + ["img-src https://1.example/"] * 5_000), Invalid)


def test_the_order_of_sources_is_the_collators() -> None:
    """Punctuation, symbols, digits, letters; controls do not count; accents come last."""
    ranked = [
        "_a",
        "-a",
        "'self'",
        "*",
        "/",
        "`",
        "1",
        "a",
        "a\x80b",
        "abc",
        "\xe1bc",
        "abd",
        "\xfe",
    ]
    shuffled = [*ranked[1::2], *ranked[::2]]
    assert sorted(shuffled, key=order) == ranked


def test_policies_are_split_at_commas() -> None:
    """Each comma begins a policy, and empty ones stay to be found invalid."""
    assert split_policies(["a b, c", ""]) == ["a b", "c", ""]
