"""Content-Security-Policy is read as a browser reads it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.syntax.csp import parse, parse_lines, parse_meta
from revoctl.headers.syntax.csp_edit import (
    replaced_source,
    with_directive,
    with_sources,
    without_directive,
    without_sources,
)
from revoctl.headers.syntax.csp_levels import effective, ignored

GRAIN = st.sampled_from(
    [
        *";,'*:/.=[] \t\n\x0b\x0c\x1c\u00a0\u2018",
        "script-src ",
        "default-src ",
        "'self' ",
        "'none' ",
        "'nonce-abc' ",
        "'sha256-AA=' ",
        "'strict-dynamic' ",
        "'unsafe-inline' ",
        "https://a.example:*/x/ ",
        "*.a.example ",
        "data: ",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(GRAIN).map("".join))


def names(text: str) -> list[str]:
    return [d.name for d in parse(text).directives]


def test_the_first_directive_of_a_name_wins_in_any_case() -> None:
    """A repeated directive is a problem, and its values are not read."""
    policy = parse("IMG-SRC 'self'; img-src *")
    assert [str(d) for d in policy.directives] == ["img-src 'self'"]
    assert [p.kind for p in policy.problems] == ["duplicate-directive"]


def test_values_stay_as_sent() -> None:
    """Nonces are case-sensitive, so values are not lowered."""
    assert parse("script-src 'nonce-AbC' HTTPS:").directives[0].values == ("'nonce-AbC'", "HTTPS:")


def test_a_comma_begins_another_policy_in_a_header_only() -> None:
    """default-src 'none', script-src x are two policies, and one in a meta element."""
    text = "default-src 'none', script-src 'unsafe-inline'"
    assert [str(p) for p in parse_lines([text])] == [
        "default-src 'none'",
        "script-src 'unsafe-inline'",
    ]
    assert parse_meta(text)[0].directives[0].values[0] == "'none',"


def test_empty_policies_do_not_exist() -> None:
    """Blank lines, lone commas and semicolons say nothing."""
    assert parse_lines(["", " , ;;, \t"]) == ()


@pytest.mark.parametrize("space", ["\t", "\n", "\f", "\r", "  "])
def test_only_ascii_white_space_separates(space: str) -> None:
    """Tab, line feed, form feed and carriage return are white space."""
    assert names(f"{space}img-src{space}'self';{space}base-uri") == ["img-src", "base-uri"]


@pytest.mark.parametrize("odd", ["\x0b", "\x1c"])
def test_other_control_characters_do_not_separate(odd: str) -> None:
    """A vertical tab is part of the name, unlike in str.split."""
    assert names(f"img-src{odd}'self'") == [f"img-src{odd}'self'"]


@pytest.mark.parametrize("text", ["default-src \u2018self\u2019", "default-src\u00a0'self'"])
def test_a_directive_with_a_non_ascii_character_is_not_read(text: str) -> None:
    """Typographic quotes and no-break spaces lose the whole directive, and no other."""
    policy = parse(f"{text}; img-src 'self'; default-src 'none'")
    assert [str(d) for d in policy.directives] == ["img-src 'self'", "default-src 'none'"]
    assert [p.kind for p in policy.problems] == ["non-ascii"]


def test_a_meta_element_loses_what_only_a_header_can_say() -> None:
    """frame-ancestors, report-uri and sandbox do not count in a meta element."""
    policy, lost = parse_meta("frame-ancestors 'none'; default-src 'self'; sandbox; report-uri /r")
    assert str(policy) == "default-src 'self'"
    assert [d.name for d in lost] == ["frame-ancestors", "sandbox", "report-uri"]


@pytest.mark.parametrize(
    ("role", "text", "governing"),
    [
        ("script-src-elem", "script-src a; default-src b", "script-src"),
        ("script-src-attr", "script-src-elem a; default-src b", "default-src"),
        ("style-src-attr", "style-src a", "style-src"),
        ("worker-src", "script-src a; child-src b", "child-src"),
        ("worker-src", "script-src a; default-src b", "script-src"),
        ("frame-src", "child-src a; default-src b", "child-src"),
        ("fenced-frame-src", "frame-src a; child-src b", "frame-src"),
        ("img-src", "default-src a", "default-src"),
        ("base-uri", "default-src a", None),
        ("form-action", "default-src a", None),
        ("frame-ancestors", "default-src a", None),
    ],
)
def test_what_stands_in_for_a_missing_directive(
    role: str, text: str, governing: str | None
) -> None:
    """Fallback follows CSP Level 3, 6.8.3."""
    found = parse(text).governing(role)
    assert (found.name if found else None) == governing


@pytest.mark.parametrize(
    ("level", "text", "expected"),
    [
        (1, "script-src 'nonce-a' 'unsafe-inline'", "script-src 'unsafe-inline'"),
        (2, "script-src 'nonce-a' 'unsafe-inline'", "script-src 'nonce-a'"),
        (2, "script-src 'strict-dynamic' https: 'nonce-a'", "script-src https: 'nonce-a'"),
        (
            3,
            "script-src 'strict-dynamic' https: 'self' a.b 'unsafe-inline' 'nonce-a'",
            "script-src 'strict-dynamic' 'nonce-a'",
        ),
        (3, "script-src 'unsafe-inline' 'strict-dynamic'", "script-src 'strict-dynamic'"),
        (3, "style-src 'sha256-a' 'unsafe-inline'", "style-src 'sha256-a'"),
        (3, "script-src 'url-sha256-a' 'unsafe-inline'", None),
        (3, "img-src 'unsafe-inlin' 'none' a.b", "img-src a.b"),
        (3, "img-src 'unsafe-inlin'", "img-src 'none'"),
        (2, "worker-src a; script-src-elem b; img-src c", "img-src c"),
        (1, "base-uri 'self'; img-src c", "img-src c"),
        (3, "frame-anchestors 'none'; img-src c", "img-src c"),
        (
            3,
            "default-src 'unsafe-inline' 'nonce-a'",
            "default-src 'unsafe-inline' 'nonce-a'; script-src 'nonce-a'; style-src 'nonce-a'",
        ),
    ],
)
def test_what_takes_effect_at_a_level(level: int, text: str, expected: str | None) -> None:
    """Levels drop what they do not know; nonces and strict-dynamic switch sources off."""
    assert str(effective(parse(text), level)) == (text if expected is None else expected)


def test_what_a_level_ignores_comes_with_a_reason() -> None:
    """Each value that has no effect is named."""
    found = ignored(parse("script-src 'strict-dynamic' https: 'nonce-a'"), 3)
    assert [(i.value, "strict-dynamic" in i.reason) for i in found] == [("https:", True)]


def test_edits_keep_the_rest_of_the_policy() -> None:
    """An edit changes its directive alone, and an emptied list becomes 'none'."""
    policy = parse("img-src 'self' data:; script-src 'unsafe-inline'")
    assert str(without_sources(policy, "img-src", "DATA:")) == (
        "img-src 'self'; script-src 'unsafe-inline'"
    )
    assert str(without_sources(policy, "script-src", "'unsafe-inline'")).endswith("'none'")
    assert str(with_sources(parse("img-src 'none'"), "img-src", "a.b")) == "img-src a.b"
    assert str(with_directive(policy, "base-uri", "'none'")).endswith("; base-uri 'none'")
    assert str(without_directive(policy, "img-src")) == "script-src 'unsafe-inline'"
    assert str(replaced_source(policy, "img-src", "data:", "x", "y")).startswith(
        "img-src 'self' x y;"
    )


@given(TEXTS)
def test_any_text_is_read_and_written_back(text: str) -> None:
    """Reading what was written gives the same directives; nothing raises."""
    policy = parse(text)
    assert parse(str(policy)).directives == policy.directives
    for level in (1, 2, 3):
        once = effective(policy, level)
        assert parse(str(once)).directives == once.directives
        ignored(policy, level)
    parse_lines([text, text])


@pytest.mark.parametrize("grain", [";", "a;", "x y;", "'nonce-", ",", " \t", "a.", "\u2018;"])
def test_reading_takes_linear_time(grain: str) -> None:
    """Ten times the text takes about ten times as long."""

    def seconds(count: int) -> float:
        text = "img-src " + grain * count
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            for policy in parse_lines([text]):
                str(policy)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(40_000) < 30 * max(seconds(4_000), 0.001)
