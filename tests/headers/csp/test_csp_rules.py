"""Each CSP rule over pages: what it finds, what it leaves alone, and the fix it proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from revoctl.headers.rules.rule import Skip
from revoctl.report.model import Severity, Status

Ask = Callable[..., Any]
STRICT = (
    "script-src 'nonce-r4nd0mr4nd0mr4nd0mr4nd' 'strict-dynamic' https: 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'"
)
OWASP = (
    "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; "
    "frame-ancestors 'none'; upgrade-insecure-requests"
)

FAILING = [
    ("csp-script-unsafe-inline", "script-src 'unsafe-inline'", "script-src 'unsafe-inline'"),
    ("csp-script-unsafe-inline", "default-src 'UNSAFE-INLINE'", "default-src 'unsafe-inline'"),
    ("csp-script-unsafe-hashes", "script-src 'unsafe-hashes'", "script-src 'unsafe-hashes'"),
    ("csp-script-unsafe-eval", "script-src 'unsafe-eval'", "script-src 'unsafe-eval'"),
    ("csp-style-unsafe-inline", "style-src 'unsafe-inline'", "style-src 'unsafe-inline'"),
    ("csp-wildcard-source", "default-src https://*:443", "default-src https://*:443"),
    ("csp-wildcard-source", "frame-ancestors *", "frame-ancestors *"),
    ("csp-plain-scheme", "script-src data:", "script-src data:"),
    ("csp-plain-scheme", "base-uri https:", "base-uri https:"),
    ("csp-plain-scheme", "connect-src https:", "connect-src https:"),
    ("csp-insecure-source", "img-src HTTP://a.example", "img-src HTTP://a.example"),
    ("csp-insecure-source", "report-uri http://a.example/r", "report-uri http://a.example/r"),
    ("csp-ip-source", "img-src https://10.0.0.1/x", "img-src https://10.0.0.1/x"),
    ("csp-ip-source", "img-src [::1]", "img-src [::1]"),
    ("csp-missing-script-src", "img-src 'self'", "script-src"),
    ("csp-missing-object-src", "script-src 'self'", "object-src"),
    ("csp-missing-base-uri", "script-src 'nonce-abcdefgh'", "base-uri"),
    ("csp-missing-form-action", "default-src 'self'", "form-action"),
    ("csp-missing-frame-ancestors", "default-src 'self'", "frame-ancestors"),
    ("csp-allowlist-bypass", "script-src *.googleapis.com", "script-src *.googleapis.com"),
    ("csp-allowlist-bypass", "script-src WWW.Google.com", "script-src WWW.Google.com"),
    ("csp-allowlist-possible-bypass", "script-src 'self' cdn.example.com", "script-src"),
    ("csp-object-allowlist", "object-src 'self'", "object-src 'self'"),
    ("csp-script-host-allowlist", "script-src a.example", "script-src"),
    ("csp-strict-dynamic-without-nonce", "script-src 'strict-dynamic'", "script-src"),
    (
        "csp-strict-dynamic-not-backward-compatible",
        "script-src 'strict-dynamic' 'nonce-abcdefgh'",
        "script-src",
    ),
    ("csp-nonce-not-backward-compatible", "script-src 'nonce-abcdefgh'", "script-src"),
    ("csp-trusted-types-missing", "default-src 'self'", "require-trusted-types-for"),
    ("csp-nonce-short", "style-src 'nonce-abc'", "style-src 'nonce-…'"),
    ("csp-nonce-charset", "script-src 'nonce-{{nonce}}'", "script-src 'nonce-…'"),
    ("csp-hash-length", "script-src 'sha256-abc='", "script-src 'hash'"),
    ("csp-reporting-missing", "default-src 'self'", "report-uri"),
    ("csp-reporting-only-report-to", "report-to a", "report-to"),
    ("csp-reporting-only-report-uri", "report-uri /a", "report-uri"),
    ("csp-reporting-endpoint-undefined", "report-to a", "report-to"),
    ("csp-syntax-unknown-directive", "frame-anchestors 'none'", "frame-anchestors"),
    ("csp-syntax-missing-semicolon", "img-src 'self' Script-Src a", "img-src Script-Src"),
    ("csp-syntax-unquoted-keyword", "script-src self", "script-src self"),
    ("csp-syntax-unquoted-keyword", "script-src nonce-abc", "script-src 'nonce-…'"),
    ("csp-syntax-invalid-keyword", "script-src 'unsafe-inlin'", "script-src 'unsafe-inlin'"),
    ("csp-syntax-invalid-keyword", "trusted-types 'self'", "trusted-types 'self'"),
    ("csp-syntax-invalid-source", "img-src https://", "img-src https://"),
    ("csp-syntax-duplicate-directive", "img-src a; img-src b", "img-src"),
    ("csp-syntax-non-ascii", "img-src a; default-src \u00e2self", "default-src"),
    ("csp-syntax-none-mixed", "img-src 'none' a.example", "img-src 'none'"),
    ("csp-deprecated-directive", "plugin-types x/y", "plugin-types"),
]

PASSING = [
    ("csp-script-unsafe-inline", "script-src 'unsafe-inline' 'nonce-abcdefgh'"),
    ("csp-script-unsafe-inline", "script-src 'unsafe-inline' 'strict-dynamic'"),
    ("csp-script-unsafe-inline", "style-src 'unsafe-inline'"),
    ("csp-style-unsafe-inline", "style-src 'unsafe-inline' 'sha256-abc'"),
    ("csp-wildcard-source", "default-src 'self'; img-src *; media-src *"),
    ("csp-wildcard-source", STRICT),
    ("csp-plain-scheme", "default-src 'self'; img-src data: https:"),
    ("csp-plain-scheme", STRICT),
    ("csp-ip-source", "img-src https://a.example/1.2.3.4"),
    ("csp-missing-object-src", "default-src"),
    ("csp-missing-base-uri", "default-src 'none'"),
    ("csp-missing-form-action", "sandbox allow-scripts"),
    ("csp-allowlist-bypass", "script-src www.google-analytics.com"),
    ("csp-allowlist-bypass", "script-src www.google.com/other/path"),
    ("csp-allowlist-bypass", "img-src www.google.com"),
    ("csp-allowlist-possible-bypass", STRICT),
    ("csp-object-allowlist", "object-src 'none'"),
    ("csp-script-host-allowlist", STRICT),
    ("csp-nonce-short", STRICT),
    ("csp-hash-length", "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"),
    ("csp-syntax-unquoted-keyword", "sandbox allow-forms; report-to none"),
    ("csp-syntax-invalid-keyword", "webrtc 'block'; require-trusted-types-for 'script'"),
    ("csp-syntax-none-mixed", "img-src 'none'"),
]


@pytest.mark.parametrize(("rule", "policy", "key"), FAILING)
def test_a_rule_finds_its_flaw(ask: Ask, rule: str, policy: str, key: str) -> None:
    """The problem names directive and source in its key, quotes the header and is short."""
    problems = ask(rule, policy)
    assert [p.key for p in problems] == [key]
    assert problems[0].evidence[0].excerpt.startswith("Content-Security-Policy: ")
    assert 0 < len(problems[0].detail) <= 300


@pytest.mark.parametrize(("rule", "policy"), PASSING)
def test_a_rule_leaves_the_rest_alone(ask: Ask, rule: str, policy: str) -> None:
    """What is switched off, narrow or elsewhere is no problem."""
    assert ask(rule, policy) == []


def test_a_known_endpoint_may_need_eval(ask: Ask) -> None:
    """Google Analytics answers with script only where eval is allowed."""
    policy = "script-src www.google-analytics.com 'unsafe-eval'"
    assert [p.key for p in ask("csp-allowlist-bypass", policy)]


@pytest.mark.parametrize(
    ("rule", "policies"),
    [
        ("csp-script-unsafe-inline", ("script-src 'unsafe-inline'", "script-src 'self'")),
        ("csp-script-unsafe-inline", ("default-src 'none', script-src 'unsafe-inline'",)),
        ("csp-wildcard-source", ("script-src *; object-src *", "default-src 'self'")),
        ("csp-insecure-source", ("img-src http://a.example", "default-src 'self'")),
        ("csp-missing-script-src", ("frame-ancestors 'none'", "script-src 'self'")),
        ("csp-missing-base-uri", ("script-src 'nonce-abcdefgh'", "base-uri 'none'")),
        ("csp-allowlist-bypass", ("script-src www.google.com", "script-src a.example")),
    ],
)
def test_what_another_policy_forbids_is_no_weakness(
    ask: Ask, rule: str, policies: tuple[str, ...]
) -> None:
    """All policies are enforced, whether by lines or by commas."""
    assert ask(rule, *policies) == []


def test_what_every_policy_lets_in_is_a_weakness(ask: Ask) -> None:
    """https: is within http:, so together they let every https server in."""
    assert [p.key for p in ask("csp-plain-scheme", "script-src http:", "script-src https:")] == [
        "script-src https:"
    ]


def test_a_policy_without_a_say_changes_nothing(ask: Ask) -> None:
    """A policy on frames alone does not limit scripts."""
    assert ask("csp-script-unsafe-inline", "frame-ancestors 'none'", "script-src 'unsafe-inline'")


def test_the_fix_is_the_policy_with_the_flaw_mended(ask: Ask) -> None:
    """Everything else of the policy stays."""
    policy = "img-src 'self'; script-src 'self' 'unsafe-inline'"
    fix = ask("csp-script-unsafe-inline", policy)[0].fix
    assert (fix.action, fix.header) == ("set", "Content-Security-Policy")
    assert fix.value == "img-src 'self'; script-src 'self'"


def test_weights_follow_the_case(ask: Ask) -> None:
    """A missing base-uri and a lone 'self' weigh less than the rule's severity says."""
    assert ask("csp-missing-base-uri", "script-src 'self'")[0].severity is Severity.LOW
    assert ask("csp-allowlist-possible-bypass", "script-src 'self'")[0].severity is Severity.INFO
    assert ask("csp-nonce-short", "script-src 'nonce-abcdefgh'")[0].severity is Severity.LOW


@pytest.mark.parametrize("media_type", ["application/json", "text/css"])
def test_only_documents_are_judged_on_scripts(ask: Ask, media_type: str) -> None:
    """A JSON answer's policy need not limit scripts, but must be written right."""
    weak = ask("csp-missing-script-src", "frame-ancestors 'none'", media_type=media_type)
    assert isinstance(weak, Skip)
    assert ask("csp-syntax-unknown-directive", "frame-anchestors x", media_type=media_type)


def test_svg_is_a_document(ask: Ask) -> None:
    """Scripts run in SVG."""
    assert ask("csp-missing-script-src", "img-src 'self'", media_type="image/svg+xml")


def test_without_a_policy_no_weakness_is_told(ask: Ask) -> None:
    """Weaknesses need an enforced policy; a report-only one is none."""
    fields = [("Content-Security-Policy-Report-Only", "default-src *")]
    for rule in ("csp-wildcard-source", "csp-syntax-none-mixed"):
        verdict = ask(rule, fields=fields)
        assert isinstance(verdict, Skip)
        assert verdict.status is Status.NOT_APPLICABLE


def test_missing_is_a_deviation_from_the_profile(ask: Ask) -> None:
    """It fails only where the profile asks for the header, in its scope."""
    html = {"value": OWASP, "scope": "html"}
    assert isinstance(ask("csp-missing"), Skip)
    assert ask("csp-missing", profile=OWASP)[0].fix.value == OWASP
    assert isinstance(ask("csp-missing", profile=html, media_type="text/css"), Skip)
    assert ask("csp-missing", "img-src 'self'", profile=OWASP) == []


@pytest.mark.parametrize("policy", ["", ";", "default-src \u00e2self"])
def test_a_header_that_says_nothing_is_missing(ask: Ask, policy: str) -> None:
    """A policy without a directive that is read limits nothing."""
    assert ask("csp-missing", policy, profile=OWASP)


def test_report_only_is_no_protection(ask: Ask) -> None:
    """It is a problem alone, and none beside an enforced policy."""
    fields = [("Content-Security-Policy-Report-Only", OWASP)]
    assert ask("csp-report-only", fields=fields)[0].fix.value == OWASP
    assert ask("csp-missing", fields=fields, profile=OWASP)
    assert ask("csp-report-only", OWASP, fields=fields) == []


META = '<html><head><meta http-equiv="content-SECURITY-policy" content="{}"></head><body>'


def test_a_meta_element_delivers_a_policy(ask: Ask) -> None:
    """Its sources are judged, and it makes up for the header."""
    body = META.format("script-src 'unsafe-inline'")
    assert ask("csp-script-unsafe-inline", body=body)[0].evidence[0].excerpt.startswith("<meta")
    assert ask("csp-missing", body=body, profile=OWASP) == []


def test_a_meta_element_cannot_deliver_everything(ask: Ask) -> None:
    """frame-ancestors in a meta element is passed over, unless a header says it."""
    body = META.format("default-src 'self'; frame-ancestors 'none'")
    assert [p.key for p in ask("csp-meta-directive-ignored", body=body)] == ["frame-ancestors"]
    assert ask("csp-meta-directive-ignored", "frame-ancestors 'self'", body=body) == []
    assert ask("csp-missing-frame-ancestors", body=body)


def test_a_commented_or_report_only_meta_element_is_none(ask: Ask) -> None:
    """Comments and report-only metas deliver nothing."""
    body = f"<html><head><!-- {META.format('img-src x')} -->" + META.format("img-src x").replace(
        "policy", "policy-report-only"
    )
    assert isinstance(ask("csp-ip-source", body=body), Skip)


@pytest.mark.parametrize(
    ("policy", "keys"),
    [
        (OWASP, []),
        (OWASP.upper().replace("UPGRADE", "upgrade"), []),
        (OWASP.replace("'none'", "'self'"), ["frame-ancestors", "object-src"]),
        (OWASP + "; img-src 'self'", []),
        (OWASP + "; img-src https://www.example.com", []),
        (OWASP + "; img-src 'self' data:", ["img-src"]),
        (OWASP + "; script-src 'nonce-abcdefgh' 'strict-dynamic'", []),
        (OWASP + "; script-src 'unsafe-inline' 'nonce-abcdefgh'", []),
        (OWASP + "; script-src 'unsafe-inline'", ["script-src"]),
        (OWASP + "; child-src a.example", ["child-src"]),
        (OWASP.replace("default-src 'self'; ", ""), ["default-src"]),
        (OWASP.replace("; frame-ancestors 'none'", ""), ["frame-ancestors"]),
        (OWASP.replace("; upgrade-insecure-requests", ""), ["upgrade-insecure-requests"]),
        (OWASP.replace("default-src 'self'", "default-src 'none'"), []),
    ],
)
def test_deviating_is_letting_more_in(ask: Ask, policy: str, keys: list[str]) -> None:
    """Stricter and equal policies do not deviate, each looser directive does."""
    assert [p.key for p in ask("csp-deviates", policy, profile=OWASP)] == keys


def test_policies_together_may_satisfy_the_profile(ask: Ask) -> None:
    """What one line leaves open another may close."""
    wanted = "script-src a.example b.example; object-src 'none'"
    lines = ("script-src a.example c.example", "script-src https:; object-src 'none'")
    assert [p.key for p in ask("csp-deviates", *lines, profile=wanted)] == ["script-src"]
    closed = (*lines, "script-src a.example")
    assert ask("csp-deviates", *closed, profile=wanted) == []


def test_a_nonce_placeholder_of_the_profile_stands_for_any_nonce(ask: Ask) -> None:
    """The profile cannot know the nonce of a response."""
    profile = "script-src 'nonce-{nonce}' 'strict-dynamic'"
    assert ask("csp-deviates", "script-src 'nonce-r4nd0m' 'strict-dynamic'", profile=profile) == []
    assert ask("csp-deviates", "script-src 'self'", profile=profile)


def test_a_defined_endpoint_is_no_problem(ask: Ask) -> None:
    """Reporting-Endpoints, or the older Report-To, defines the group."""
    rule = "csp-reporting-endpoint-undefined"
    fields = [("Reporting-Endpoints", 'csp="https://r.example/"')]
    assert ask(rule, "report-to csp", fields=fields) == []
    old = [("Report-To", '{"group":"csp","max_age":1,"endpoints":[]}')]
    assert ask(rule, "report-to csp", fields=old) == []


def test_a_thousand_flaws_are_told_in_short(ask: Ask) -> None:
    """A hostile policy does not flood the report."""
    problems = ask("csp-syntax-unknown-directive", "".join(f"x{i};" for i in range(1000)))
    assert len(problems) == 26
    assert problems[-1].key == "more"
