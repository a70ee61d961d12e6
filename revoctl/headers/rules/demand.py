"""What the policy asks of a header, and the two rules that every header has: missing, deviates.

A header *deviates* where it is weaker than the policy's value in the header's own order; each
family says what weaker means by a function from the sent lines to shortfalls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from revoctl.headers.page import Page
from revoctl.headers.rules.rule import HeaderRule, Problem, Skip, Verdict, not_applicable, rule
from revoctl.headers.snapshot import Hop
from revoctl.policy.headers import HeaderSetting
from revoctl.report.model import Evidence, Kind, Severity

NOT_ASKED = not_applicable("the policy does not ask for this header")
ABSENT = not_applicable("the header is absent")
_NOT_HTTPS = not_applicable("the policy asks for it over https only")
_NOT_HTML = not_applicable("the policy asks for it on HTML documents only")
_OTHER_PATH = not_applicable("the policy asks for it under other paths only")
_OWN_VALUE = not_applicable("the policy leaves the value to the application")
LONGEST_QUOTE = 300


class Demand(Struct, frozen=True):
    """A header that the policy asks for on this page, and the lines that were sent of it."""

    setting: HeaderSetting
    lines: tuple[str, ...]
    hop: Hop


class Texts(Struct, frozen=True):
    """The words of a header's two rules: what an attacker gains, what to change, the sources."""

    why: str
    fix: str
    references: tuple[str, ...]


Shortfall = tuple[str, str]
"""The key of a problem, and what is weaker than the policy in words."""

Weaker = Callable[[Page, Demand], Sequence[Shortfall]]
Covered = Callable[[Page, HeaderSetting], str]


def demand(page: Page, header: str) -> Demand | Skip:
    """What the policy asks of a header (lower case) on this page, or why it asks nothing."""
    setting = page.policy.settings.get(header)
    if setting is None:
        return NOT_ASKED
    if setting.scope == "https" and not page.https:
        return _NOT_HTTPS
    if setting.scope == "html" and not page.is_html:
        return _NOT_HTML
    if not setting.paths:
        return Demand(setting, page.values(header), page.hop)
    for hop in page.snapshot.hops:
        if (urlsplit(hop.url).path or "/").startswith(setting.paths):
            return Demand(setting, hop.values(header), hop)
    return _OTHER_PATH


def absence(page: Page, hop: Hop) -> tuple[Evidence, ...]:
    """Evidence of something that was not there: the address and the time."""
    return (Evidence(hop.url, "", page.snapshot.taken),)


def quote(text: str) -> str:
    """A quotation of the answer, at most 300 characters."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def pair(
    header: str,
    prefix: str,
    severities: tuple[Severity, Severity],
    texts: Texts,
    weaker: Weaker,
    covered: Covered | None = None,
) -> tuple[HeaderRule, HeaderRule]:
    """The rules ``PREFIX-missing`` and ``PREFIX-deviates`` of a header, written in its usual case.

    ``covered`` tells by what an absent header is made up for, empty if by nothing.
    """
    name = header.lower()

    @rule(
        f"{prefix}-missing",
        f"{header} is missing",
        severities[0],
        Kind.DEVIATION,
        why=texts.why,
        fix=texts.fix,
        references=texts.references,
    )
    def missing(page: Page) -> Verdict:
        asked = demand(page, name)
        if isinstance(asked, Skip):
            return asked
        return () if asked.lines else _missing(page, asked, covered)

    @rule(
        f"{prefix}-deviates",
        f"{header} is weaker than the policy",
        severities[1],
        Kind.DEVIATION,
        why=texts.why,
        fix=texts.fix,
        references=texts.references,
    )
    def deviates(page: Page) -> Verdict:
        asked = demand(page, name)
        if isinstance(asked, Skip):
            return asked
        return _deviates(page, asked, weaker)

    return missing, deviates


def _missing(page: Page, asked: Demand, covered: Covered | None) -> Verdict:
    setting = asked.setting
    instead = covered(page, setting) if covered else ""
    if instead:
        return not_applicable(instead)
    detail = f"the response has no {setting.name}; the policy says: {setting.value}"
    if asked.hop.values(f"{setting.name.lower()}-report-only"):
        detail += ". Its report-only form is there, which protects nothing"
    evidence = absence(page, asked.hop)
    return (Problem(quote(detail), "", evidence, page.policy_fix(setting.name)),)


def _deviates(page: Page, asked: Demand, weaker: Weaker) -> Verdict:
    setting = asked.setting
    if not asked.lines:
        return ABSENT
    if setting.mode == "default":
        return _OWN_VALUE
    if asked.lines == (setting.value,):
        return ()
    return [
        Problem(
            quote(detail),
            key,
            page.evidence(setting.name.lower(), hop=asked.hop),
            page.policy_fix(setting.name),
        )
        for key, detail in weaker(page, asked)
    ]
