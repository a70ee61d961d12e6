"""The fold of a fleet: counts, siblings, and that parts fold to the same as the whole."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.render import render
from revoctl.render.style import Style
from revoctl.report import fleet as fleets
from revoctl.report.fleet import Census, Fleet, family
from revoctl.report.fleet_summary import document
from revoctl.report.gate import Gate, judge
from revoctl.report.model import (
    Failure,
    Finding,
    Kind,
    ProfileRef,
    Report,
    Score,
    Severity,
    Subject,
    Tool,
    fingerprint,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
GATE = Gate(fail_on=Severity.HIGH, fail_under="B")


def verdict(name: str, *rules: str, value: int = 80) -> Report:
    findings = tuple(
        Finding(r, Severity.HIGH, Kind.WEAKNESS, name, f"{r}!", "seen", fingerprint(r, name))
        for r in rules
    )
    score = Score(value, "B" if value >= 70 else "F", "owasp")
    subject = Subject(name, score)
    profile = ProfileRef("owasp", "d")
    return Report("s/v1", Tool("revoctl", "0"), AT, AT, profile, (subject,), findings=findings)


def failed(name: str, code: str = "target.timeout") -> Report:
    errors = (Failure(name, code, f"{name} failed", "", "try"),)
    return Report("s/v1", Tool("revoctl", "0"), AT, AT, ProfileRef("owasp", "d"), errors=errors)


def fold(*reports: Report) -> Fleet:
    census = Census(GATE)
    for report in reports:
        census.add(report)
    return census.fleet


REPORTS = st.lists(
    st.one_of(
        st.builds(
            verdict,
            st.sampled_from([f"https://h{n}.a.example" for n in range(9)]),
            st.sampled_from(["one", "two", "three"]),
            value=st.integers(0, 100),
        ),
        st.builds(failed, st.sampled_from(["x", "y"]), st.sampled_from(["target.tls", "target.x"])),
    ),
    max_size=30,
)


@given(REPORTS, st.integers(0, 30))
def test_parts_fold_to_the_whole(reports: list[Report], cut: int) -> None:
    """What workers fold and send adds up to what one process would have folded."""
    parts = [fold(*reports[:cut]), fold(*reports[cut:])]
    sent = [msgspec.json.decode(msgspec.json.encode(part), type=Fleet) for part in parts]
    merged = Fleet()
    for part in sent:
        merged.merge(part)
    whole = fold(*reports)
    assert (merged.verdicts, merged.failures) == (whole.verdicts, whole.failures)
    assert merged.grades == whole.grades
    assert merged.lowest == whole.lowest
    assert {k: g.count for k, g in merged.rules.items()} == {
        k: g.count for k, g in whole.rules.items()
    }
    assert {k: g.count for k, g in merged.errors.items()} == {
        k: g.count for k, g in whole.errors.items()
    }
    assert {k: f.size for k, f in merged.families.items()} == {
        k: f.size for k, f in whole.families.items()
    }


@given(REPORTS)
def test_the_gate_of_a_fold_is_the_gate_of_its_reports(reports: list[Report]) -> None:
    """One by one or all at once, the outcome is the same."""
    assert fold(*reports).tally.outcome(GATE) == judge(reports, GATE)


def test_a_host_that_differs_from_its_siblings_is_named() -> None:
    """With what only it has and what only they have."""
    hosts = [verdict(f"https://h{n}.a.example", "one", "two") for n in range(5)]
    page = document(fold(*hosts, verdict("https://odd.a.example", "two", "three")))
    (table,) = [t for t in page.tables if "differ" in t.title]
    ((host, siblings, here, there),) = table.rows
    assert host.text == "https://odd.a.example"
    assert siblings.text == "5 of 6 in a.example"
    assert (here.text, there.text) == ("three", "one")


def test_hosts_without_a_common_way_are_not_compared() -> None:
    """Where no majority agrees, no one differs from it."""
    hosts = [verdict(f"https://h{n}.a.example", f"rule-{n}") for n in range(6)]
    page = document(fold(*hosts))
    assert not next(t for t in page.tables if "differ" in t.title).rows


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("https://www.a.example", "a.example"),
        ("https://www.ibm.com:8443/x", "ibm.com"),
        ("https://a.example", ""),
        ("https://a.co.uk", ""),
        ("https://www.a.co.uk", "a.co.uk"),
        ("http://192.0.2.7:8080/", "192.0.2.*"),
        ("https://[2001:db8::1]/", ""),
        ("line 3: x", ""),
        ("http://[", ""),
    ],
)
def test_families(subject: str, name: str) -> None:
    """Siblings share the domain above the first label, or an IPv4 /24; no registry's suffix."""
    assert family(subject) == name


def test_a_fold_is_bounded() -> None:
    """Thousands of domains, names and codes leave a fold of bounded size."""
    census = Census(GATE)
    for n in range(3000):
        census.add(verdict(f"https://h.d{n}.example/{'x' * 500}", f"r{n % 7}", value=n % 90))
        census.add(failed(f"https://e{n}.example"))
    assert len(census.fleet.families) == fleets.MOST_FAMILIES
    assert census.fleet.uncompared == 3000 - fleets.MOST_FAMILIES
    assert len(msgspec.json.encode(census.fleet)) < 400_000


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_hostile_names_are_harmless_on_every_page(name: str) -> None:
    """No control character, no markup."""
    bad = "https://\x1b[31m<script>alert(1)</script>\u202e.a.example"
    page = document(fold(verdict(bad, "one\x1b", value=3), failed(bad, "target.\x07")))
    text = render(name, page, Style())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    if name == "html":  # Markdown has it between backticks
        assert "<script>alert" not in text
