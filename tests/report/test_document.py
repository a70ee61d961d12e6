"""Documents: what is drawn, made by hand and made of audits."""

from collections.abc import Sequence

import msgspec
import pytest

from revoctl.report.details import advice, fix_words
from revoctl.report.document import (
    Cell,
    Document,
    Fact,
    Headline,
    Tone,
    fact,
    grade_tone,
    row,
    severity_cell,
)
from revoctl.report.model import Check, Fix, Report, Severity, Status
from revoctl.report.overview import document
from revoctl.report.tally import subjects
from tests.render.sample import API, DOWN, FAILURE, HOSTILE, ONE, RULES, SHOP, TWO, saying


def titles(page: Document) -> list[str]:
    return [table.title for table in page.tables]


def replaced(report: Report, **changes: object) -> Report:
    return msgspec.structs.replace(report, **changes)


def test_rows_take_anything() -> None:
    """Cells stay, None is empty, everything else is its text."""
    assert row("a", 1, None, Cell("x", Tone.BAD)) == (
        Cell("a"),
        Cell("1"),
        Cell(""),
        Cell("x", Tone.BAD),
    )
    assert fact("n", 5, Tone.GOOD) == Fact("n", Cell("5", Tone.GOOD))


def test_every_severity_has_its_word_and_tone() -> None:
    """The word is always there; the tone tells the severities apart."""
    found = [severity_cell(s) for s in Severity]
    assert [c.text for c in found] == ["critical", "high", "medium", "low", "info"]
    assert len({c.tone for c in found}) == 5
    assert severity_cell(Severity.LOW, "3 low").text == "3 low"


@pytest.mark.parametrize(
    ("grade", "tone"),
    [("A+", Tone.GOOD), ("B-", Tone.NOTE), ("C", Tone.WARN), ("D", Tone.BAD), ("F", Tone.BAD)],
)
def test_grades_have_tones(grade: str, tone: Tone) -> None:
    """A is good, F is bad."""
    assert grade_tone(grade) is tone


def test_a_document_reads_back_from_json() -> None:
    """A page is data as well: it can be saved and drawn later."""
    page = document([ONE], verbose=1)
    assert msgspec.json.decode(msgspec.json.encode(page), type=Document) == page


def test_the_headline_is_the_verdict() -> None:
    """Grade, score, findings by kind and counts by severity; waived ones do not count."""
    assert document([ONE]).headline == Headline(
        "C+",
        "Grade C+: 60/100, owasp scale",
        "4 findings: 2 deviations, 2 weaknesses",
        Tone.WARN,
        (
            severity_cell(Severity.CRITICAL, "1 critical"),
            severity_cell(Severity.HIGH, "1 high"),
            severity_cell(Severity.MEDIUM, "1 medium"),
            severity_cell(Severity.LOW, "1 low"),
        ),
        0.6,
    )


def test_a_headline_never_hides_its_text() -> None:
    """What is too long to be drawn tall stands before the caption."""
    assert Headline("APPROVED", "risk low").words == "APPROVED: risk low"
    assert Headline("B", "Grade B").words == "Grade B"
    assert Headline("87").words == "87"


def test_the_worst_target_heads_several() -> None:
    """A fleet is as good as its worst target, and says who has no verdict."""
    headline = document(TWO).headline
    assert headline
    assert headline.text == "F"
    assert API in headline.caption
    assert headline.verdict.endswith("1 target without a verdict")


def test_unknown_is_not_passed() -> None:
    """Without a single decided check nothing is called clean."""
    unknown = tuple(Check(r.id, SHOP, Status.NOT_EVALUATED, "cut off") for r in RULES)
    page = document([replaced(ONE, checks=unknown, findings=())])
    assert page.headline and page.headline.verdict == "Nothing was evaluated"
    assert titles(page)[-1] == "Not evaluated (6)"
    assert page.tables[-1].rows[0][0].text == "cut off"
    passed = document([replaced(ONE, checks=(Check("a", SHOP, Status.PASS),), findings=())])
    assert passed.headline and passed.headline.verdict == "No open findings in 1 passed check"


def test_one_target_has_its_findings_worst_first() -> None:
    """Findings, score, waived and unknown each have a table."""
    page = document([ONE])
    assert titles(page) == [
        "Findings (4)",
        "What to change (4)",
        "How the score came about (1 more without effect)",
        "Waived (1)",
        "Not evaluated (1)",
    ]
    assert [r[0].text for r in page.tables[0].rows] == ["critical", "high", "medium", "low"]
    assert [f.label for f in page.facts] == [
        "Final URL", "Status", "Profile", "Checks", "Time", "Tool",
    ]  # fmt: skip


def test_several_targets_are_ranked_and_findings_grouped_by_rule() -> None:
    """Those without a verdict first, then the lowest score; each rule names its targets."""
    page = document(TWO)
    assert titles(page)[:3] == [
        "Targets, the worst first",
        "Findings (8) by rule",
        "Without a verdict (1)",
    ]
    assert [r[0].text for r in page.tables[0].rows] == [DOWN, API, SHOP]
    assert [r[1].text for r in page.tables[0].rows] == ["no verdict", "F", "C+"]
    assert len(page.tables[1].rows) == 4
    assert page.tables[1].rows[0][4].text == f"{API}, {SHOP}"


def edits(fixes: Sequence[Fix]) -> str:
    return "\n".join(f"{f.action} {f.header}" for f in fixes if f.header)


def test_all_fixes_together_set_each_header_once() -> None:
    """The configuration to paste takes the policy's value, and names no header twice."""
    (detail,) = document([ONE], snippet=edits).details
    written = detail.code[0].text.splitlines()
    assert len(written) == len(set(written)) > 1
    assert document([ONE], snippet=lambda fixes: "").details == ()


def test_details_and_snippets_come_when_asked() -> None:
    """verbose adds a detail for each open finding; a snippet is what to paste."""
    assert document([ONE]).details == ()
    page = document([ONE], snippet=edits, verbose=1)
    labels = [d.label.text for d in page.details]
    assert labels == ["critical", "high", "medium", "low", "fix"]
    high = page.details[1]
    assert high.group == SHOP
    assert high.quotes[0].text.startswith("content-security-policy:")
    assert high.code[0].text == "set Content-Security-Policy"
    assert high.links == ("https://www.w3.org/TR/CSP3/",)
    assert {f.label: f.value.text for f in high.facts}["Note"].startswith("give each response")


def test_advice_is_the_edit_or_the_rules_words() -> None:
    """Set, remove and advise in words; without a fix the rule says what to do."""
    assert fix_words(Fix("set", "A", "b")) == "set A: b"
    assert fix_words(Fix("remove", "A")) == "remove A"
    assert fix_words(Fix("advise", note="do x")) == "do x"
    assert advice(replaced(ONE.findings[0], fix=None), RULES[0]) == RULES[0].fix
    assert advice(replaced(ONE.findings[0], fix=None), None) == ""


def test_subjects_are_all_that_are_named_each_once() -> None:
    """Targets of findings, checks and errors count, with the report's score for a lone one."""
    assert [s.name for s in subjects(TWO)] == [SHOP, API, DOWN]
    bare = replaced(ONE, subjects=(type(ONE.subjects[0])(SHOP),), score=ONE.subjects[0].score)
    assert subjects([bare])[0].score == ONE.subjects[0].score


def test_a_report_of_failures_only_is_bad_news() -> None:
    """Without a score the headline still says what happened."""
    page = document([replaced(ONE, subjects=(), checks=(), findings=(), errors=(FAILURE,))])
    assert page.headline
    assert page.headline.text == ""
    assert page.headline.tone is Tone.BAD
    assert page.headline.verdict == "Nothing was evaluated; 1 target without a verdict"


def test_pages_hold_only_text_that_prints() -> None:
    """What a target said is harmless before a renderer sees it."""
    page = document([saying(HOSTILE)], verbose=2)
    shown = msgspec.to_builtins(page)

    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [t for v in value.values() for t in texts(v)]
        if isinstance(value, list | tuple):
            return [t for v in value for t in texts(v)]
        return [value] if isinstance(value, str) else []

    links = set(saying(HOSTILE).rules[0].references)
    assert all(t.replace("\n", "").isprintable() for t in texts(shown) if t not in links)
