"""JUnit XML: a test suite for each target, a test case for each rule that was checked on it.

Failed: an open finding. Skipped, with the reason: waived, not applicable, not evaluated. Error: a
target without a verdict. Text that XML cannot hold is a visible escape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from revoctl.render.items import need_reports
from revoctl.report import tally
from revoctl.report.details import advice
from revoctl.report.model import Check, Failure, Finding, Report, Rule, Status, Subject
from revoctl.text import lines, one_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from revoctl.render.style import Style


def render(item: object, style: Style) -> str:
    """The results of one or several reports as ``<testsuites>``."""
    from xml.etree.ElementTree import Element, indent, tostring

    reports = need_reports(item, "junit")
    root = Element("testsuites", name="revoctl")
    for report in reports:
        root.extend(_suites(report))
    _count(root)
    indent(root)
    xml: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n'


def _suites(report: Report) -> Iterator[Element]:
    rules = {rule.id: rule for rule in report.rules}
    cases: dict[str, list[Element]] = {}
    for check, found in _checked(report):
        cases.setdefault(check.subject, []).append(_case(check, found, rules))
    for failure in report.errors:
        cases.setdefault(failure.subject, []).append(_error(failure))
    for subject in tally.subjects((report,)):
        yield _suite(report, subject, cases.get(subject.name, []))


def _checked(report: Report) -> Iterator[tuple[Check, list[Finding]]]:
    """Every check with its findings; a finding without a check counts as a failed one."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for f in report.findings:
        found.setdefault((f.subject, f.rule), []).append(f)
    for check in report.checks:
        yield check, found.pop((check.subject, check.rule), [])
    for (subject, rule), rest in found.items():
        yield Check(rule, subject, Status.FAIL), rest


def _suite(report: Report, subject: Subject, cases: Sequence[Element]) -> Element:
    from xml.etree.ElementTree import Element

    name = one_line(subject.name)
    stamp = report.started.replace(tzinfo=None, microsecond=0).isoformat()
    suite = Element("testsuite", name=name, timestamp=stamp)
    suite.append(_properties(report, subject))
    suite.extend(cases)
    _count(suite)
    return suite


def _properties(report: Report, subject: Subject) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    said = [("profile", report.profile.name)]
    if subject.score:
        said += [("grade", subject.score.grade), ("score", str(subject.score.value))]
    found = Element("properties")
    for name, value in said:
        SubElement(found, "property", name=name, value=one_line(value))
    return found


def _case(check: Check, found: Sequence[Finding], rules: Mapping[str, Rule]) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    name, where = one_line(check.rule), one_line(check.subject)
    case = Element("testcase", classname=where, name=name, time="0")
    failed = tally.worst_first(f for f in found if not f.waived)
    if failed or (check.status is Status.FAIL and not found):
        case.append(_failure(failed, rules))
    elif check.status is not Status.PASS or found:
        reason = check.reason or "; ".join(f.waived for f in found)
        status = Status.WAIVED if found else check.status
        SubElement(case, "skipped", message=one_line(f"{status}: {reason}" if reason else status))
    return case


def _failure(failed: Sequence[Finding], rules: Mapping[str, Rule]) -> Element:
    from xml.etree.ElementTree import Element

    severity = str(failed[0].severity) if failed else "failed"
    title = one_line(failed[0].title) if failed else ""
    failure = Element("failure", type=severity, message=f"{severity}: {title}".strip(": "))
    failure.text = "\n".join(_said(f, rules.get(f.rule)) for f in failed)
    return failure


def _said(finding: Finding, rule: Rule | None) -> str:
    said = [one_line(finding.detail or finding.title), f"Fix: {advice(finding, rule)}"]
    for e in finding.evidence:
        said += [f"Seen in {one_line(e.source)}", *(f"  {q}" for q in lines(e.excerpt).split("\n"))]
    return "\n".join(line for line in said if line.strip() and line != "Fix: ")


def _error(failure: Failure) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    where, code = one_line(failure.subject), one_line(failure.code)
    case = Element("testcase", classname=where, name="verdict", time="0")
    error = SubElement(case, "error", type=code, message=one_line(failure.what))
    error.text = "\n".join(one_line(t) for t in (failure.why, failure.fix) if t)
    return case


def _count(element: Element) -> None:
    kinds = [child.tag for case in element.iter("testcase") for child in case]
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(kinds.count(tag)))
