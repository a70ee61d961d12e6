"""junit, github and gitlab: what continuous integration reads."""

import json
import re
from collections import Counter
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from revoctl.render import render
from revoctl.render.github import command
from revoctl.report.model import Check, Report, Status
from tests.render.sample import API, DOWN, NASTY, ONE, SHOP, TWO, findings, report

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def suites(item: object) -> ElementTree.Element:
    return ElementTree.fromstring(render("junit", item).encode())


def counted(element: ElementTree.Element) -> dict[str, int]:
    tags = Counter(child.tag for case in element.iter("testcase") for child in case)
    return {
        "tests": len(list(element.iter("testcase"))),
        "failures": tags["failure"],
        "errors": tags["error"],
        "skipped": tags["skipped"],
    }


def test_junit_has_a_suite_for_each_target_and_a_case_for_each_check() -> None:
    """Names, states and properties are those of the report."""
    root = suites(TWO)
    assert [s.get("name") for s in root] == [SHOP, API, DOWN]
    cases = {c.get("name"): [child.tag for child in c] for c in root[0].iter("testcase")}
    assert cases == {
        "server-version-leaked": ["failure"],
        "csp-script-unsafe-inline": ["failure"],
        "hsts-missing": ["failure"],
        "cors-origin-reflected-with-credentials": ["failure"],
        "x-xss-protection-set": ["skipped"],
        "cookie-secure": [],
        "nel-report": ["skipped"],
        "cors-null-origin": ["skipped"],
    }
    properties = {p.get("name"): p.get("value") for p in root[0].iter("property")}
    assert properties == {"profile": "owasp", "grade": "C+", "score": "60"}
    assert [e.get("type") for e in root[2].iter("error")] == ["target.unreachable"]


def test_junit_counts_are_right() -> None:
    """Every suite and the root count what is in them."""
    for item in (ONE, TWO, NASTY, ()):
        root = suites(item)
        for element in (root, *root):
            said = {key: int(element.get(key, "-1")) for key in counted(element)}
            assert said == counted(element)


def test_junit_says_why_a_case_is_skipped() -> None:
    """Waived, not applicable and not evaluated each give their reason."""
    reasons = [s.get("message", "") for s in suites(ONE).iter("skipped")]
    assert reasons[0].startswith("waived: accepted by the web team")
    assert reasons[1:] == [
        "not-applicable: no NEL header",
        "not-evaluated: CORS was not probed",
    ]


def test_junit_fails_what_failed_however_it_is_told() -> None:
    """A finding without a check, and a failed check without a finding, are failures."""
    bare = Report("s/v1", ONE.tool, ONE.started, ONE.finished, ONE.profile,
                  checks=(Check("x", SHOP, Status.FAIL),), findings=findings(SHOP)[:1])  # fmt: skip
    assert counted(suites(bare)) == {"tests": 2, "failures": 2, "errors": 0, "skipped": 0}


def test_github_annotates_the_worst_first() -> None:
    """A summary, failures, then findings by severity; waived ones are not annotated."""
    said = [COMMAND.fullmatch(line) for line in render("github", TWO).splitlines()]
    levels = [m[1] for m in said if m]
    assert levels == ["notice", "error", *["error"] * 4, *["warning"] * 2, *["notice"] * 2]
    assert said[0] and "8 findings" in said[0][3]
    assert said[1] and said[1][2] == "target.unreachable"


def test_github_escapes_what_the_runner_reads() -> None:
    """Percent signs everywhere; colons and commas in the title."""
    assert command("error", "a:b,c%", "50% off: a,b\n::error::x") == (
        "::error title=a%3Ab%2Cc%25::50%25 off: a,b ::error::x"
    )


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_github_commands_are_one_line_each(title: str, message: str) -> None:
    """No text ends its command or starts another."""
    said = command("error", title, message)
    assert COMMAND.fullmatch(said)
    assert said.isprintable()


def test_gitlab_entries_have_what_gitlab_needs() -> None:
    """Description, check, unique fingerprint, severity and place; failures are there too."""
    entries = json.loads(render("gitlab", TWO))
    assert len(entries) == 9
    for entry in entries:
        assert entry.keys() == {
            "description", "check_name", "fingerprint", "severity", "location",
        }  # fmt: skip
        assert entry["location"]["path"]
        assert entry["location"]["lines"] == {"begin": 1}
    assert [e["severity"] for e in entries] == (
        ["blocker"] * 2 + ["critical"] * 2 + ["major"] * 2 + ["minor"] * 2 + ["major"]
    )
    assert len({e["fingerprint"] for e in entries}) == 9


def test_gitlab_fingerprints_are_unique_even_when_findings_repeat() -> None:
    """A finding told twice is two entries."""
    twice = report(found=findings(SHOP) * 2)
    marks = [e["fingerprint"] for e in json.loads(render("gitlab", twice))]
    assert len(set(marks)) == len(marks) == 8
