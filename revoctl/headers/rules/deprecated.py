"""Rules of headers that browsers no longer obey, or that do harm: one row of a table each.

A policy may still ask for one of them: then it is no deviation, and the weakness is named all the
same.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, quote
from revoctl.headers.rules.rule import HeaderRule, Judge, Problem, Verdict, rule
from revoctl.report.model import Fix, Severity

_MDN = "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/"


class Old(Struct, frozen=True):
    """A header that is past: why that is bad, what to do, and the values that do no harm."""

    header: str
    severity: Severity
    why: str
    fix: str
    harmless: tuple[str, ...] = ()
    reference: str = ""


_IGNORED = "Browsers ignore it, so the protection that it seems to give is not there."

TABLE = (
    Old(
        "X-XSS-Protection",
        Severity.LOW,
        "The filter is gone from current browsers; in old ones it can be abused to switch off "
        "chosen scripts of the page, or to read it through side effects.",
        "Send 0 or nothing, and rely on Content-Security-Policy.",
        ("0",),
    ),
    Old(
        "Public-Key-Pins",
        Severity.MEDIUM,
        "Pins were dropped because a wrong or hostile pin locks visitors out for months; what "
        "still obeys them can be held to ransom.",
        "Remove it; use CAA records and certificate transparency.",
    ),
    Old(
        "Public-Key-Pins-Report-Only",
        Severity.INFO,
        _IGNORED,
        "Remove it.",
        reference=f"{_MDN}Public-Key-Pins",
    ),
    Old(
        "Expect-CT",
        Severity.INFO,
        "Certificate transparency is required by browsers today; the header does nothing and "
        "hides that nobody looks after the list.",
        "Remove it.",
    ),
    Old(
        "Feature-Policy",
        Severity.LOW,
        _IGNORED,
        "Send Permissions-Policy, whose syntax is another one.",
        reference=f"{_MDN}Permissions-Policy",
    ),
    Old(
        "X-Content-Security-Policy",
        Severity.LOW,
        "Only Internet Explorer 10 knew it, and in part; next to it the real header is easily "
        "forgotten, and scripts stay unrestricted.",
        "Send Content-Security-Policy.",
        reference=f"{_MDN}Content-Security-Policy",
    ),
    Old(
        "X-WebKit-CSP",
        Severity.LOW,
        "Only browsers before 2013 knew it; next to it the real header is easily forgotten, and "
        "scripts stay unrestricted.",
        "Send Content-Security-Policy.",
        reference=f"{_MDN}Content-Security-Policy",
    ),
    Old(
        "P3P",
        Severity.INFO,
        "Only Internet Explorer read it; what it says of privacy is often untrue and quoted "
        "against the site.",
        "Remove it.",
        reference="https://www.w3.org/TR/P3P/",
    ),
    Old(
        "Pragma",
        Severity.INFO,
        "It means nothing in a response; caches keep an answer that only Pragma was to protect.",
        "Send Cache-Control: no-store.",
    ),
    Old(
        "Warning",
        Severity.INFO,
        "It was withdrawn, nobody reads it, and its text can name inner hosts of a cache.",
        "Remove it.",
        reference="https://www.rfc-editor.org/rfc/rfc9111#section-5.5",
    ),
    Old(
        "X-UA-Compatible",
        Severity.INFO,
        "It can put Internet Explorer into an older mode with fewer defences; nothing else reads "
        "it.",
        "Remove it, or send IE=edge.",
        ("ie=edge", "ie=edge,chrome=1"),
        reference="https://learn.microsoft.com/en-us/openspecs/ie_standards/ms-iedoco/",
    ),
    Old(
        "Tk",
        Severity.INFO,
        "Do Not Track was abandoned; a status that nobody honours misleads visitors.",
        "Remove it.",
    ),
)


def _judge(old: Old) -> Judge:
    name = old.header.lower()

    def judge(page: Page) -> Verdict:
        lines = page.values(name)
        if not lines:
            return ABSENT
        if all(line.strip().lower() in old.harmless for line in lines):
            return ()
        return _problem(page, old, lines)

    return judge


def _problem(page: Page, old: Old, lines: Sequence[str]) -> Verdict:
    detail = quote(f"sent: {', '.join(lines) or '(empty)'}")
    asked = page.policy.setting(old.header)
    note = "the policy asks for it" if asked else ""
    fix = Fix("remove", old.header, note=note)
    return (Problem(detail, "", page.evidence(old.header.lower()), fix),)


RULES: tuple[HeaderRule, ...] = tuple(
    rule(
        f"{old.header.lower()}-deprecated",
        f"{old.header} is obsolete",
        old.severity,
        why=old.why,
        fix=old.fix,
        references=(old.reference or f"{_MDN}{old.header}",),
    )(_judge(old))
    for old in TABLE
)
