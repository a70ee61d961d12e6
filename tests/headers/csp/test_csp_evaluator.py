"""``csp check`` finds what Google's CSP Evaluator finds, or says why not.

Vectors: tests/data/headers/csp_evaluator*.json, made by npm csp_evaluator 1.1.8.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revoctl.headers.csp_check import EVALUATOR_TYPES, RULES, CspFinding, check

DATA = Path(__file__).parents[2] / "data" / "headers"
SINGLE = json.loads((DATA / "csp_evaluator.json").read_text())["vectors"]
MULTI = json.loads((DATA / "csp_evaluator_multi.json").read_text())["vectors"]

SEVERITIES = {
    "HIGH": "high",
    "SYNTAX": "medium",
    "MEDIUM": "medium",
    "HIGH_MAYBE": "medium",
    "STRICT_CSP": "low",
    "MEDIUM_MAYBE": "low",
    "INFO": "info",
    "NONE": "info",
}
OTHER_SEVERITY = {
    ("SCRIPT_UNSAFE_EVAL", "medium"): "eval of input is a common road to script execution",
    ("UNSAFE_INLINE_FALLBACK", "info"): "browsers of CSP level 1 are gone; no attacker gains",
    ("ALLOWLIST_FALLBACK", "info"): "browsers of CSP level 2 are gone; no attacker gains",
    ("SCRIPT_ALLOWLIST_BYPASS", "info"): "'self' is what every recommended policy has",
}
"""Where our severity differs from the table above, and why."""

COMMA = "a comma begins a second policy: default-src 'none' is enforced, so scripts are blocked"
EMPTY = "an empty source list is 'none' (CSP 6.7.2.4), so nothing is missing"
CASE = "literals of the grammar match in any case (RFC 5234, 2.3): it is a nonce or hash"
ARGUED = {
    ("simple-025", "MISSING_DIRECTIVES"): EMPTY,
    ("simple-026", "MISSING_DIRECTIVES"): EMPTY,
    ("simple-082", "INVALID_KEYWORD"): "block is the value that reflected-xss had, unquoted",
    ("simple-086", "UNKNOWN_DIRECTIVE"): "fenced-frame-src exists (Fenced Frame, Chromium 115)",
    ("nonce-006", "INVALID_KEYWORD"): CASE,
    ("nonce-011", "INVALID_KEYWORD"): CASE,
    ("syntax-022", "STRICT_DYNAMIC"): "browsers do not read a directive with typographic quotes; "
    "csp-syntax-non-ascii and csp-missing-script-src say so",
    ("multi-028#0", "STRICT_DYNAMIC"): COMMA,
    ("multi-028#0", "SCRIPT_UNSAFE_INLINE"): COMMA,
    ("multi-028#0", "MISSING_SEMICOLON"): COMMA,
    ("multi-028#0", "INVALID_KEYWORD"): COMMA,
    ("multi-028", "STRICT_DYNAMIC"): COMMA,
    ("multi-028", "SCRIPT_UNSAFE_INLINE"): COMMA,
    ("multi-028", "MISSING_SEMICOLON"): COMMA,
    ("multi-028", "INVALID_KEYWORD"): COMMA,
}
BEYOND = {
    "csp-missing-form-action": "default-src does not stand in for it",
    "csp-missing-frame-ancestors": "default-src does not stand in for it",
    "csp-missing-base-uri": "it is worth having without nonces, too, at a lower severity",
    "csp-reporting-missing": "the tool has the question, outside its default checks",
    "csp-reporting-only-report-to": "the tool has the question, outside its default checks",
    "csp-reporting-only-report-uri": "report-uri is to be withdrawn",
    "csp-style-unsafe-inline": "the tool names the type and has no check",
    "csp-hash-length": "such a hash matches nothing",
    "csp-nonce-short": "128 bits are what the specification asks for",
    "csp-syntax-duplicate-directive": "the tool passes over it as a browser does",
    "csp-syntax-none-mixed": "'none' counts alone only",
    "csp-syntax-invalid-source": "such sources have no effect",
    "csp-syntax-non-ascii": "such directives are not read",
    "csp-source-ignored": "every level's losses are told, not those of two cases only",
}
"""Rules that find what the tool does not, and why they should."""


def found_for(finding: dict[str, str], found: tuple[CspFinding, ...]) -> CspFinding | None:
    value = finding.get("value", "").lower()
    for one in found:
        if one.directive != finding["directive"] or one.value.lower() != value:
            continue
        if one.evaluator == finding["type"]:
            return one
    return None


def is_without_effect(finding: dict[str, str], found: tuple[CspFinding, ...]) -> bool:
    """Whether we say of the source that browsers pass over it, so that it allows nothing."""
    return any(
        one.rule == "csp-syntax-invalid-source" and one.value == finding.get("value")
        for one in found
    )


@pytest.mark.parametrize("vector", SINGLE, ids=lambda v: v["id"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_every_finding_is_found_at_its_severity(vector: dict, level: int) -> None:
    """Each finding of the tool has ours with the same directive and value, or an argument."""
    found = check([vector["csp"]], level)
    for finding in vector["expected"][f"csp{level}"].get("findings", []):
        ours = found_for(finding, found)
        if ours is None:
            argued = (vector["id"], finding["type"]) in ARGUED
            assert argued or is_without_effect(finding, found), finding
            continue
        severity = str(ours.severity)
        if severity != SEVERITIES[finding["severity"]]:
            assert (finding["type"], severity) in OTHER_SEVERITY, finding


def test_each_argument_is_needed() -> None:
    """An argued difference is really one, at some level."""
    multi = {(v["id"], f["type"]) for v in MULTI for f in unfound(v)}
    single = {
        (v["id"], f["type"])
        for v in SINGLE
        for level in (1, 2, 3)
        for f in v["expected"][f"csp{level}"].get("findings", [])
        if found_for(f, check([v["csp"]], level)) is None
    }
    assert set(ARGUED) <= single | multi


def test_what_we_find_beyond_the_tool_is_accounted_for() -> None:
    """On policies where nothing is argued, only listed rules find more than the tool."""
    argued = {id for id, _ in ARGUED}
    more = set()
    for vector in SINGLE:
        expected = vector["expected"]["csp3"].get("findings")
        if expected is None or vector["id"] in argued:
            continue
        keys = {(f["type"], f["directive"], f.get("value", "").lower()) for f in expected}
        for one in check([vector["csp"]], 3):
            if (one.evaluator, one.directive, one.value.lower()) not in keys:
                more.add(one.rule)
    refined = {  # a wider reading of a question that the tool has, too
        "csp-allowlist-possible-bypass",  # beside a 'none' that does not count
        "csp-deprecated-directive",  # more directives were withdrawn since
        "csp-plain-scheme",  # blob: and filesystem:
        "csp-wildcard-source",  # a port does not narrow *, and other directives matter
        "csp-syntax-invalid-keyword",  # 'wasm-eval' became 'wasm-unsafe-eval'
    }
    assert more <= set(BEYOND) | refined


@pytest.mark.parametrize(
    "text",
    [
        "script-src https://",
        "script-src https://a.example:99999",
        "script-src 'nonce-a#b' http://[",
    ],
)
def test_what_the_tool_throws_on_is_answered(text: str) -> None:
    """Sources that are no addresses are findings, not failures."""
    assert any(f.rule.startswith(("csp-syntax", "csp-nonce")) for f in check([text]))


def unfound(vector: dict) -> list[dict]:
    found = check(vector["policies"])
    expected = vector["expected"]
    listed = [
        *expected["failures"],
        *expected["warnings"],
        *(s for p in expected["syntax"] for s in p),
    ]
    return [f for f in listed if found_for(f, found) is None]


@pytest.mark.parametrize("vector", MULTI, ids=lambda v: v["id"])
def test_policies_enforced_together(vector: dict) -> None:
    """A failure counts only if every policy has it; syntax counts for each."""
    for finding in unfound(vector):
        assert (vector["id"], finding["type"]) in ARGUED, finding


REALLY_OPEN = {
    "multi-004": "https: is within http:, so both policies let every https server in",
    "multi-026": "the second policy has no say on plugins, for which the first one allows https:",
}
"""Where the tool sees no failure and there is one."""


@pytest.mark.parametrize("vector", MULTI, ids=lambda v: v["id"])
def test_no_failure_is_made_up_of_what_one_policy_forbids(vector: dict) -> None:
    """What the tool calls no failure of several policies is none of ours at high severity."""
    if vector["id"] in REALLY_OPEN:
        return
    expected = {(f["type"], f["directive"]) for f in vector["expected"]["failures"]}
    syntax = {f["type"] for p in vector["expected"]["syntax"] for f in p}
    for one in check(vector["policies"]):
        if str(one.severity) == "high" and one.evaluator not in syntax:
            assert (one.evaluator, one.directive) in expected


def test_every_row_of_the_table_is_a_rule() -> None:
    """The table of types names rules that exist."""
    assert set(EVALUATOR_TYPES) <= {r.rule.id for r in RULES}
