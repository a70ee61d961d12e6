"""The shipped header policies: valid, as specified, and met by a response that is the policy."""

import json
from pathlib import Path

import pytest

from revoctl import profiles
from revoctl.headers import catalogue
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Finding, Kind
from tests.headers.rules.pages import hop, page

DATA = Path(__file__).parents[2] / "data" / "headers"
NONCE = "c2VjcmV0c2VjcmV0c2VjcmV0"
NAMES = ("api", "mdn", "owasp", "revoagent", "strict")


def policy(name: str) -> HeadersPolicy:
    return HeadersPolicy.from_mapping(profiles.load("headers", name).data)


def judged(found: HeadersPolicy, path: str = "/", without: str = "", kind: str = "text/html"):
    """The findings of a response that carries the policy's headers for that path."""
    lines = [("Content-Type", kind)]
    lines += [
        (setting.name, setting.value.replace("{nonce}", NONCE))
        for setting in found.settings.values()
        if setting.name != without and (not setting.paths or path.startswith(setting.paths))
    ]
    made = page(hop(lines, f"https://www.example.com{path}"), policy=found)
    return catalogue.judge(made, "s")[1]


def deviations(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{f.rule}: {f.detail}" for f in findings if f.kind is Kind.DEVIATION]


def test_these_profiles_are_shipped() -> None:
    """The five that the documentation names, under their own names."""
    assert profiles.shipped("headers") == NAMES
    assert [policy(name).name for name in NAMES] == list(NAMES)
    assert all(policy(name).title and policy(name).description for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ["/", "/logout"])
def test_a_response_that_is_the_policy_does_not_deviate(name: str, path: str) -> None:
    """Exactly the profile's headers leave no deviation, nonces filled in."""
    assert deviations(judged(policy(name), path)) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_header_of_a_profile_is_missed(name: str) -> None:
    """Leaving one header out is one deviation, unless another stands in for it."""
    found = policy(name)
    for setting in found.settings.values():
        rules = deviations(judged(found, "/logout", setting.name))
        stands_in = setting.name == "X-Frame-Options"
        assert bool(rules) != stands_in, setting.name
        assert all("-missing" in rule for rule in rules)


@pytest.mark.parametrize("name", NAMES)
def test_profiles_name_rules_that_exist(name: str) -> None:
    """A misspelt rule would silently keep its severity."""
    assert all(catalogue.find(id) for id in policy(name).rules)


def test_owasp_is_the_list_of_the_project() -> None:
    """Every header to add has OWASP's value, every header to remove is removed."""
    facts = json.loads((DATA / "oshp.json").read_text())
    found = policy("owasp")
    assert {s.name: s.value for s in found.settings.values()} == {
        header["name"]: header["value"] for header in facts["headers_add"]
    }
    assert list(found.remove) == facts["headers_remove"]
    clearing = found.setting("Clear-Site-Data")
    assert clearing is not None
    assert clearing.paths == ("/logout",)


def test_owasp_is_not_compared_by_letters() -> None:
    """A longer HSTS and the other spelling of DENY pass."""
    found = policy("owasp")
    lines = [
        ("Strict-Transport-Security", "max-age=99999999; includeSubDomains; preload"),
        ("X-Frame-Options", "DENY"),
    ]
    made = page(hop(lines), policy=found)
    failed = {f.rule for f in catalogue.judge(made, "s")[1]}
    assert not failed & {"hsts-deviates", "x-frame-options-deviates"}


TEN = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(), payment=(), usb=()",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_revoagent_is_the_ten_headers_that_were_specified() -> None:
    """Name by name and value by value, and nothing else."""
    assert {s.name: s.value for s in policy("revoagent").settings.values()} == TEN


def test_revoagent_names_its_own_weaknesses() -> None:
    """What was specified and is not advised today is a weakness, not a deviation."""
    findings = judged(policy("revoagent"))
    weak = {f.rule for f in findings if f.kind is Kind.WEAKNESS}
    assert {"x-xss-protection-deprecated", "csp-script-unsafe-inline"} <= weak


def test_api_asks_nothing_that_only_documents_need() -> None:
    """An answer of JSON with the policy's headers does not deviate; documents' headers are gone."""
    found = policy("api")
    assert deviations(judged(found, kind="application/json")) == []
    gone = {"permissions-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"}
    assert not gone & set(found.settings)
    bare = page(hop([("Content-Type", "application/json")]), policy=found)
    failed = {f.rule for f in catalogue.judge(bare, "s")[1]}
    assert {"csp-missing", "cache-control-missing", "hsts-missing"} <= failed


def test_strict_forbids_headers_that_leak() -> None:
    """Beginnings of names cover whole families of products."""
    made = page(hop([("X-Kong-Proxy-Latency", "1"), ("Via", "x")]), policy=policy("strict"))
    found = [f for f in catalogue.judge(made, "s")[1] if f.rule == "header-unwanted"]
    assert [f.detail for f in found] == ["x-kong-proxy-latency: 1", "via: x"]
