"""SARIF: valid against the standard's schema, and as code scanning wants it."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from revoctl.render import render
from revoctl.render.sarif_results import relative
from revoctl.render.style import Style
from revoctl.report.model import Report
from tests.render.sample import NASTY, ONE, TWO, report, saying

SCHEMA = Path(__file__).parents[1] / "data" / "schemas" / "sarif-2.1.0-rtm.5.json"
VALIDATOR = Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))
REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})+")


def valid(text: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(text)
    problem = next(VALIDATOR.iter_errors(log), None)
    assert problem is None, problem and problem.message
    return log


@pytest.mark.parametrize("verbose", [0, 1])
@pytest.mark.parametrize("item", [ONE, TWO, NASTY, (), (ONE, NASTY)])
def test_the_log_is_valid(item: object, verbose: int) -> None:
    """Every log keeps the OASIS schema."""
    valid(render("sarif", item, Style(verbose=verbose)))


def test_rules_carry_what_code_scanning_shows() -> None:
    """Descriptions, help, level, severity and a link."""
    [run] = valid(render("sarif", ONE))["runs"]
    rule = run["tool"]["driver"]["rules"][0]
    assert rule["id"] == "cors-origin-reflected-with-credentials"
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"]["security-severity"] == "9.5"
    assert rule["properties"]["tags"] == ["security", "weakness"]
    assert rule["helpUri"] == "https://www.w3.org/TR/CSP3/"
    assert "Fix" in rule["help"]["text"]
    assert rule["help"]["markdown"]


def test_results_point_to_their_rule_and_place() -> None:
    """Index, level, fingerprint and location of each finding."""
    [run] = valid(render("sarif", TWO))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["kind"] == "fail"
        assert result["partialFingerprints"]["revoctl/v1"]
        place = result["locations"][0]
        assert place["physicalLocation"]["region"]["startLine"] == 1
        assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("https://")
    levels = [r["level"] for r in run["results"]]
    assert levels == ["error"] * 4 + ["warning"] * 2 + ["note"] * 4
    marks = {r["partialFingerprints"]["primaryLocationLineHash"] for r in run["results"]}
    assert len(marks) == 10


def test_waived_findings_are_suppressed() -> None:
    """A waiver is an accepted suppression with its reason; nothing else is suppressed."""
    [run] = valid(render("sarif", ONE))["runs"]
    [waived] = [r for r in run["results"] if "suppressions" in r]
    assert waived["ruleId"] == "x-xss-protection-set"
    assert waived["suppressions"][0]["status"] == "accepted"
    assert waived["suppressions"][0]["justification"].startswith("accepted by the web team")


def test_failures_make_the_invocation_unsuccessful() -> None:
    """A target without a verdict is an error notification; unevaluated checks are notes."""
    [run] = valid(render("sarif", TWO))["runs"]
    good, bad = run["invocations"]
    assert good["executionSuccessful"]
    assert not bad["executionSuccessful"]
    failed = bad["toolExecutionNotifications"][0]
    assert (failed["level"], failed["descriptor"]["id"]) == ("error", "target.unreachable")
    unknown = good["toolExecutionNotifications"][0]
    assert (unknown["level"], unknown["associatedRule"]["id"]) == ("note", "cors-null-origin")


def test_other_checks_are_results_only_when_asked() -> None:
    """Code scanning shows every result as an alert, so what passed is there under -v only."""
    [run] = valid(render("sarif", ONE, Style(verbose=1)))["runs"]
    kinds = [r["kind"] for r in run["results"]]
    assert sorted(set(kinds)) == ["fail", "notApplicable", "open", "pass"]
    [plain] = valid(render("sarif", ONE))["runs"]
    assert {r["kind"] for r in plain["results"]} == {"fail"}


def test_reports_of_two_profiles_are_two_runs_of_two_categories() -> None:
    """A reader refuses one file with two runs of the same category."""
    other = Report(**{f: getattr(ONE, f) for f in ONE.__struct_fields__ if f != "profile"},
                   profile=NASTY.profile)  # fmt: skip
    again = Report(**{f: getattr(ONE, f) for f in ONE.__struct_fields__ if f != "profile"},
                   profile=type(ONE.profile)("owasp", "sha256:ffff"))  # fmt: skip
    runs = valid(render("sarif", (ONE, other, again)))["runs"]
    ids = [run["automationDetails"]["id"] for run in runs]
    assert len(set(ids)) == 3
    assert ids[0] == "revoctl/owasp/"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("https://shop.example.com/login?a=b#c", "shop.example.com/login"),
        ("http://localhost:8000/", "localhost%3A8000"),
        ("https://[::1]:8443/a b", "%5B%3A%3A1%5D%3A8443/a%20b"),
        ("deploy/nginx.conf", "deploy/nginx.conf"),
        ("/etc/../etc/passwd", "etc/etc/passwd"),
        ("", "target"),
        ("https://", "target"),
        ("javascript:alert(1)", "javascript%3Aalert(1)"),
    ],
)
def test_locations_are_relative_references(source: str, uri: str) -> None:
    """An address becomes host and path, without anything that reads as a scheme."""
    assert relative(source) == uri


@given(st.text(st.characters(codec=None)))
def test_any_source_is_a_relative_reference(text: str) -> None:
    """Whatever the source, the location has no scheme, no host and no illegal character."""
    uri = relative(text)
    assert REFERENCE.fullmatch(uri)
    parts = urlsplit(uri)
    assert not parts.scheme
    assert not parts.netloc
    assert not uri.startswith("/")


def test_a_link_in_a_message_is_escaped() -> None:
    """SARIF viewers make links of [text](target) in messages."""
    [run] = valid(render("sarif", saying("see [here](https://evil.example)")))["runs"]
    assert "\\[here\\](" in run["results"][0]["message"]["text"]


def test_security_severities_are_those_of_the_levels() -> None:
    """Each severity falls into the band of the same name of code scanning."""
    [run] = valid(render("sarif", report()))["runs"]
    found = {
        r["id"]: float(r["properties"]["security-severity"]) for r in run["tool"]["driver"]["rules"]
    }
    assert found["csp-script-unsafe-inline"] == 8.0
    assert found["hsts-missing"] == 5.5
    assert found["server-version-leaked"] == 3.0
    assert found["x-xss-protection-set"] == 0.0
