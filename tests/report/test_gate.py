"""Gate, waivers, baseline, merge and diff over saved reports."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.report import diff, gate, merge, saved, waivers
from revoctl.report.model import (
    Check,
    Failure,
    Finding,
    Kind,
    ProfileRef,
    Report,
    Rule,
    Score,
    Severity,
    Status,
    Subject,
    Tool,
    fingerprint,
)

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def finding(rule: str = "hsts-missing", severity: str = "high", subject: str = "a") -> Finding:
    return Finding(
        rule, Severity(severity), Kind.WEAKNESS, subject, rule, "seen", fingerprint(rule, subject)
    )


def report(*findings: Finding, subject: str = "a", score: int | None = 70, **more) -> Report:
    points = Score(score, "B", "owasp") if score is not None else None
    rules = tuple(Rule(f.rule, f.title, f.severity, f.kind, "why", "fix") for f in findings)
    checks = tuple(Check(f.rule, f.subject, Status.FAIL) for f in findings)
    values = {
        "schema": "revoctl.headers/v1",
        "tool": Tool("revoctl", "0"),
        "started": AT,
        "finished": AT,
        "profile": ProfileRef("owasp", "d"),
        "subjects": (Subject(subject, points),),
        "rules": rules,
        "checks": checks,
        "findings": findings,
        "score": points,
        **more,
    }
    return Report(**values)


def failure(subject: str = "b", code: str = "target.timeout") -> Report:
    return report(subjects=(), score=None, errors=(Failure(subject, code, "it failed"),))


@pytest.mark.parametrize(
    ("severity", "bar", "met"),
    [
        ("high", "high", False),
        ("medium", "high", True),
        ("critical", "high", False),
        ("info", "info", False),
        ("critical", "never", True),
    ],
)
def test_fail_on(severity: str, bar: str, met: bool) -> None:
    """Findings from the bar upwards fail, those below do not."""
    outcome = gate.judge([report(finding(severity=severity))], gate.Gate(gate.fail_on(bar)))
    assert outcome.met is met


@pytest.mark.parametrize(
    ("bar", "met"), [("70", True), ("71", False), ("B", True), ("B-", True), ("B+", False)]
)
def test_fail_under(bar: str, met: bool) -> None:
    """A score or a grade is a bar that the worst target must reach."""
    best = report(subject="z", score=150)
    assert gate.judge([best, report()], gate.Gate(fail_under=gate.fail_under(bar))).met is met


def test_no_score_does_not_reach_any_bar() -> None:
    """What is not known is never counted as passed."""
    outcome = gate.judge([report(score=None)], gate.Gate(fail_under="0"))
    assert not outcome.met


@pytest.mark.parametrize(
    ("allowed", "partial"), [("0", True), ("1", False), ("50%", False), ("49%", True)]
)
def test_max_errors(allowed: str, partial: bool) -> None:
    """Targets without a verdict are allowed by number or by share."""
    count, share = gate.max_errors(allowed)
    reports = [report(), failure()]
    assert (
        gate.judge(reports, gate.Gate(max_errors=count, max_error_share=share)).partial is partial
    )


@pytest.mark.parametrize("text", ["-1", "101%", "x", "", "5 %x"])
def test_bad_numbers_of_errors_are_usage_errors(text: str) -> None:
    """A bound that means nothing is refused before the work."""
    with pytest.raises(RevoctlError) as bad:
        gate.max_errors(text)
    assert bad.value.code == "usage.gate"


@pytest.mark.parametrize("text", ["G", "a+", "-5", "7.5"])
def test_bad_bars_are_usage_errors(text: str) -> None:
    """Only grades of the chart and whole numbers are bars."""
    with pytest.raises(RevoctlError):
        gate.fail_under(text)


def test_a_baseline_lets_known_findings_pass() -> None:
    """Only what is new fails, and the words say so."""
    old, new = finding(), finding("csp-missing")
    known = frozenset({old.fingerprint})
    assert gate.judge([report(old)], gate.Gate(Severity.HIGH, baseline=known)).met
    outcome = gate.judge([report(old, new)], gate.Gate(Severity.HIGH, baseline=known))
    assert outcome.reasons == ("1 new finding of severity high or worse: csp-missing",)


WAIVER = {
    "rule": "hsts-*",
    "subject": "a",
    "reason": "internal only",
    "owner": "ada",
    "expires": "2026-12-31",
}


def test_a_waiver_holds_through_its_last_day() -> None:
    """On the day of expiry it still holds, on the next it does not."""
    rules = waivers.parse([WAIVER])
    (held,), _ = waivers.apply([report(finding())], rules, date(2026, 12, 31))
    assert held.findings[0].waived.startswith("internal only (ada")
    assert held.checks[0].status is Status.WAIVED
    assert gate.judge([held], gate.Gate(Severity.INFO)).met
    (ended,), warnings = waivers.apply([report(finding())], rules, date(2027, 1, 1))
    assert not ended.findings[0].waived
    assert "ended on 2026-12-31" in warnings[0]


def test_a_waiver_warns_a_fortnight_ahead() -> None:
    """Fourteen days before its end a waiver that is in use says so."""
    rules = waivers.parse([WAIVER])
    assert waivers.apply([report(finding())], rules, date(2026, 12, 16))[1] == ()
    assert waivers.apply([report(finding())], rules, date(2026, 12, 17))[1] != ()
    assert waivers.apply([report()], rules, date(2026, 12, 30))[1] == ()


@pytest.mark.parametrize("missing", list(WAIVER))
def test_a_waiver_says_everything(missing: str) -> None:
    """Rule, subject, reason, owner and end are all required."""
    entry = {k: v for k, v in WAIVER.items() if k != missing}
    with pytest.raises(RevoctlError, match=f"lacks {missing}"):
        waivers.parse([entry])


def test_an_unreadable_end_is_refused() -> None:
    """A day is written in one form only."""
    with pytest.raises(RevoctlError, match="is not a day"):
        waivers.parse([{**WAIVER, "expires": "next week"}])


def test_saved_reports_come_back(tmp_path: Path) -> None:
    """One report, an array and JSON lines all decode to what was saved."""
    one, two = report(finding()), report(subject="b")
    forms = {
        "one.json": msgspec.json.format(msgspec.json.encode(one)),
        "all.json": msgspec.json.encode([one, two]),
        "lines.jsonl": msgspec.json.encode(one) + b"\n" + msgspec.json.encode(two) + b"\n",
    }
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
        expected = (one,) if name == "one.json" else (one, two)
        assert saved.load(tmp_path / name) == expected


@given(st.binary(max_size=100))
def test_any_bytes_are_reports_or_an_error(tmp_path_factory, data: bytes) -> None:
    """A file that is no report is an error that names the file."""
    path = tmp_path_factory.mktemp("saved") / "r.json"
    path.write_bytes(data)
    with pytest.raises(RevoctlError) as bad:
        saved.load(path)
    assert bad.value.code == "report.format"


def test_deep_json_is_an_error_not_a_crash(tmp_path: Path) -> None:
    """Nesting beyond reason is refused."""
    (tmp_path / "deep").write_bytes(b"[" * 200_000)
    with pytest.raises(RevoctlError, match="not a saved report"):
        saved.load(tmp_path / "deep")


def test_merge_takes_the_newest_verdict_of_a_subject() -> None:
    """A later verdict replaces an earlier one, and an earlier failure."""
    later = AT.replace(hour=13)
    old, new = report(finding()), report(subject="a", score=100, finished=later)
    merged = merge.merge([failure("a"), new, old, report(subject="c", score=40)])
    assert [s.name for s in merged.subjects] == ["c", "a"]
    assert merged.findings == ()
    assert merged.errors == ()
    assert merged.score.value == 40


def test_merge_keeps_failures_without_a_verdict() -> None:
    """A target that no report has a verdict on stays a failure."""
    assert [f.subject for f in merge.merge([report(), failure("b")]).errors] == ["b"]


def test_reports_under_different_policies_do_not_merge() -> None:
    """Two profiles are two yardsticks."""
    other = report(profile=ProfileRef("strict", "e"))
    with pytest.raises(RevoctlError, match="do not belong together"):
        merge.merge([report(), other])


def test_nothing_does_not_merge() -> None:
    """An empty merge would be a report about nothing."""
    with pytest.raises(RevoctlError) as empty:
        merge.merge([])
    assert empty.value.code == "report.empty"


def test_diff_tells_new_fixed_and_remaining() -> None:
    """Findings are followed by fingerprint, scores by subject."""
    kept, gone, come = finding("a-a"), finding("b-b"), finding("c-c")
    change = diff.diff([report(kept, gone, score=50)], [report(kept, come, score=80)])
    assert (change.new, change.fixed, change.remaining) == ((come,), (gone,), (kept,))
    assert [(o.value, n.value) for _, o, n in change.scores] == [(50, 80)]


def test_waived_findings_are_not_there_for_a_diff() -> None:
    """Waiving a finding fixes it for the comparison."""
    waived = msgspec.structs.replace(finding(), waived="reason")
    assert diff.diff([report(finding())], [report(waived)]).fixed == (finding(),)
