"""Rules of framing: X-Frame-Options, and where CSP frame-ancestors stands above it."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import ABSENT, Demand, Shortfall, Texts, pair, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Verdict, not_applicable, rule
from revoctl.headers.syntax import framing
from revoctl.headers.syntax.framing import FrameOptions, Framing
from revoctl.policy.headers import HeaderSetting
from revoctl.report.model import Fix, Severity

HEADER = "x-frame-options"
HTML = "https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-x-frame-options-header"
CSP = "https://www.w3.org/TR/CSP3/#directive-frame-ancestors"
_CLICKJACKING = (
    "A hostile page can put this one into an invisible frame and have the visitor click in it "
    "(clickjacking)."
)
_WORDS = {
    Framing.ANYONE: "anyone may frame the page",
    Framing.LISTED: "listed origins may frame the page",
    Framing.SAME_ORIGIN: "its own origin may frame the page",
    Framing.NOBODY: "nobody may frame the page",
}


@per_page
def options(page: Page) -> FrameOptions | None:
    """X-Frame-Options of the final response, None where it is absent."""
    lines = page.values(HEADER)
    return framing.parse(lines) if lines else None


@per_page
def ancestors(page: Page) -> Framing | None:
    """Whom the enforced policies' frame-ancestors together allow; None where none has it.

    A browser that sees it disregards X-Frame-Options (CSP 3 section 6.4.2.1).
    """
    lines = page.values("content-security-policy")
    if not any("frame-ancestors" in line.lower() for line in lines):
        return None
    from revoctl.headers.rules.csp_delivery import delivered

    found = [
        framing.of_ancestors(directive.values)
        for policy in delivered(page).enforced
        for directive in policy.directives
        if directive.name == "frame-ancestors"
    ]
    return max(found, default=None)


def _covered(page: Page, setting: HeaderSetting) -> str:
    """frame-ancestors makes up for the header where it is at least as strict."""
    found = ancestors(page)
    wanted = framing.parse((setting.value,)).framing
    if found is None or found < max(wanted, Framing.SAME_ORIGIN):
        return ""
    return f"CSP frame-ancestors covers it: {_WORDS[found]}"


def _weaker(page: Page, asked: Demand) -> Sequence[Shortfall]:
    sent = framing.parse(asked.lines).framing
    wanted = framing.parse((asked.setting.value,)).framing
    if sent >= wanted or _covered(page, asked.setting):
        return ()
    return (("", f"{_WORDS[sent]}; by the policy {_WORDS[wanted]}"),)


_PAIR = pair(
    "X-Frame-Options",
    "x-frame-options",
    (Severity.MEDIUM, Severity.MEDIUM),
    Texts(
        _CLICKJACKING,
        "Send CSP frame-ancestors, and X-Frame-Options with the same meaning for old browsers.",
        (HTML, CSP),
    ),
    _weaker,
    _covered,
)
_COVERED = not_applicable("CSP frame-ancestors decides instead")


def _problem(page: Page, detail: str) -> Verdict:
    fix = page.policy_fix("X-Frame-Options") or Fix("set", "X-Frame-Options", "DENY")
    return (Problem(quote(detail), "", page.evidence(HEADER), fix),)


@rule(
    "x-frame-options-invalid",
    "X-Frame-Options has no valid value",
    Severity.MEDIUM,
    why=f"Browsers ignore a value they do not know. {_CLICKJACKING}",
    fix="Send DENY or SAMEORIGIN, once and without quotes.",
    references=(HTML,),
)
def invalid(page: Page) -> Verdict:
    """The header is there and restricts nothing."""
    found = options(page)
    if found is None:
        return ABSENT
    if found.effective or found.allow_from:
        return ()
    if ancestors(page) is not None:
        return _COVERED
    return _problem(page, f"browsers know none of: {', '.join(found.values) or '(empty)'}")


@rule(
    "x-frame-options-allow-from",
    "X-Frame-Options uses ALLOW-FROM",
    Severity.MEDIUM,
    why=f"No current browser knows ALLOW-FROM, so anyone may frame the page. {_CLICKJACKING}",
    fix="List the origins in CSP frame-ancestors instead.",
    references=(HTML, CSP),
)
def allow_from(page: Page) -> Verdict:
    """ALLOW-FROM stands where frame-ancestors should."""
    found = options(page)
    if found is None:
        return ABSENT
    if not found.allow_from or found.effective:
        return ()
    if ancestors(page) is not None:
        return _COVERED
    return _problem(page, f"without effect: {', '.join(found.values)}")


@rule(
    "x-frame-options-conflict",
    "X-Frame-Options says several things at once",
    Severity.LOW,
    why="Browsers have resolved contradicting values differently, so what protects in one does not "
    "in another.",
    fix="Send one value in one place, in the application or in the proxy.",
    references=(HTML,),
)
def conflict(page: Page) -> Verdict:
    """The lines and list items of the header differ."""
    found = options(page)
    if found is None:
        return ABSENT
    if not found.conflicting:
        return ()
    return _problem(page, f"sent together: {', '.join(found.values)}; {_WORDS[found.framing]}")


@rule(
    "x-frame-options-overridden",
    "CSP frame-ancestors allows what X-Frame-Options forbids",
    Severity.MEDIUM,
    why=f"Browsers that know frame-ancestors disregard X-Frame-Options. {_CLICKJACKING}",
    fix="Give both the same meaning.",
    references=(CSP, HTML),
)
def overridden(page: Page) -> Verdict:
    """The stricter header is the one that browsers pass over."""
    found, above = options(page), ancestors(page)
    if found is None:
        return ABSENT
    if above is None:
        return not_applicable("no CSP frame-ancestors is sent")
    if above >= found.framing:
        return ()
    detail = f"by X-Frame-Options {_WORDS[found.framing]}, by frame-ancestors {_WORDS[above]}"
    severity = None if above is Framing.ANYONE else Severity.INFO
    evidence = page.evidence(HEADER, "content-security-policy")
    fix = page.policy_fix("Content-Security-Policy") or Fix(
        "advise", "Content-Security-Policy", note="give frame-ancestors the same meaning"
    )
    return (Problem(detail, "", evidence, fix, severity),)


RULES: tuple[HeaderRule, ...] = (*_PAIR, invalid, allow_from, conflict, overridden)
