"""The face of ``csp check``: findings, effects and report."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.csp_check import RULES, SCHEMA, check, effects, report
from revoctl.report.model import Report, Status

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rules(*policies: str, level: int = 3) -> set[str]:
    return {f.rule for f in check(policies, level)}


def test_a_level_decides_what_counts() -> None:
    """'unsafe-inline' beside a nonce is open at level 1 and closed from level 2 on."""
    text = "script-src 'nonce-abcdefgh' 'unsafe-inline'"
    assert "csp-script-unsafe-inline" in rules(text, level=1)
    assert "csp-script-unsafe-inline" not in rules(text, level=2)


def test_effects_tell_each_level() -> None:
    """Every level's policy is written out, with what it passes over."""
    told = effects(["script-src 'strict-dynamic' 'nonce-abcdefgh' https: 'unsafe-inline'"])
    assert [e.text for e in told] == [
        "script-src https: 'unsafe-inline'",
        "script-src 'nonce-abcdefgh' https:",
        "script-src 'strict-dynamic' 'nonce-abcdefgh'",
    ]
    assert [i.value for i in told[2].ignored] == ["https:", "'unsafe-inline'"]


def test_a_report_has_a_subject_for_each_policy() -> None:
    """Policies are counted from 1, and a finding stands with the one at fault."""
    made = report(["default-src 'self'", "foo x"], 3, now=NOW, version="1.2.3")
    assert made.schema == SCHEMA
    assert [s.name for s in made.subjects] == ["policy 1", "policy 2"]
    assert {f.subject for f in made.findings if f.rule == "csp-syntax-unknown-directive"} == {
        "policy 2"
    }
    failed = {(c.rule, c.subject) for c in made.checks if c.status is Status.FAIL}
    assert {(f.rule, f.subject) for f in made.findings} == failed
    assert msgspec.json.decode(msgspec.json.encode(made), type=Report) == made


def test_a_fix_is_the_whole_policy_mended() -> None:
    """The fix of a finding is the policy with that one thing changed."""
    made = report(["img-src 'self'; script-src 'self' data:"], 3, now=NOW, version="1")
    fixes = {f.rule: f.fix.value for f in made.findings if f.fix}
    assert fixes["csp-plain-scheme"] == "img-src 'self'; script-src 'self'"
    assert fixes["csp-missing-object-src"].endswith("data:; object-src 'none'")


def test_no_policy_at_all_leaves_everything_open() -> None:
    """An empty text limits nothing."""
    assert {"csp-missing-script-src", "csp-missing-object-src"} <= rules("")


def test_a_fingerprint_survives_another_nonce() -> None:
    """Nonces and hashes do not go into fingerprints."""
    prints = [
        {f.fingerprint for f in report([t], 3, now=NOW, version="1").findings}
        for t in ("script-src 'nonce-abc'", "script-src 'nonce-xyz'")
    ]
    assert prints[0] == prints[1]


@given(st.lists(st.text(), max_size=3), st.sampled_from([1, 2, 3]))
def test_any_text_is_answered(policies: list[str], level: int) -> None:
    """Findings, effects and report never raise, and agree in number."""
    found = check(policies, level)
    effects(policies)
    assert len(report(policies, level, now=NOW, version="1").findings) == len(found)


@pytest.mark.parametrize(
    "grain",
    [
        "x{0} y;",
        "http://h{0}.example ",
        "a.example/{0} ",
        "'nonce-{0}' ",
        "1.2.3.{0} ",
        "'x{0}' ",
        ", script-src h{0}.example/",
        ", script-src * h{0}.example/ 'unsafe-inline'",
    ],
)
def test_a_hostile_policy_takes_linear_time(grain: str) -> None:
    """Ten times the sources, directives or policies take about ten times as long."""

    def seconds(count: int) -> float:
        text = "script-src " + "".join(grain.format(i) for i in range(count))
        best = 9.0
        for _ in range(2):
            start = time.process_time()
            report([text], 3, now=NOW, version="1")
            best = min(best, time.process_time() - start)
        return best

    assert seconds(2000) < 30 * max(seconds(200), 0.004)


def test_every_rule_of_the_check_stands_once() -> None:
    """Ids are unique, and say what an attacker gains, what to change and where it is written."""
    ids = [r.rule.id for r in RULES]
    assert len(ids) == len(set(ids))
    assert all(r.rule.why and r.rule.fix and r.rule.references for r in RULES)
