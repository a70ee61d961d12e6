"""Weaknesses of Strict-Transport-Security, whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable

from revoctl.headers.page import Page
from revoctl.headers.rules.demand import ABSENT, quote
from revoctl.headers.rules.hsts import HEADER, RFC, Seen, nothing_seen, picture, problem
from revoctl.headers.rules.rule import (
    HeaderRule,
    Judge,
    Problem,
    Verdict,
    not_applicable,
    not_evaluated,
    rule,
)
from revoctl.headers.syntax import hsts
from revoctl.report.model import Fix, Severity

_NO_PRELOAD = not_applicable("the header does not ask for preloading")
_NAME = Fix("advise", note="publish the service under a name")
PRELOAD = "https://hstspreload.org/"


def _weakness(test: Callable[[Seen], str]) -> Judge:
    """A judge that tests the header of each host that sends it."""

    def judge(page: Page) -> Verdict:
        found = picture(page)
        if not found.sent:
            return ABSENT if found.seen else nothing_seen(found)
        return [problem(page, seen, words) for seen in found.sent if (words := test(seen))]

    return judge


def _invalid(seen: Seen) -> str:
    if seen.first.valid or seen.first.duplicates or hsts.stored(seen.lines[:1]):
        return ""
    return f"user agents ignore it: {'; '.join(seen.first.problems)}"


def _ambiguous(seen: Seen) -> str:
    kept = hsts.stored(seen.lines[:1])
    if seen.first.duplicates or seen.first.max_age == 0:
        return ""
    if kept and not seen.first.valid:
        return f"the standard says to ignore it ({'; '.join(seen.first.problems)}), curl obeys it"
    if seen.first.valid and not kept:
        return "it follows the standard, but curl and others do not understand how it is written"
    return ""


def _duplicate(seen: Seen) -> str:
    names = ", ".join(dict.fromkeys(seen.first.duplicates))
    return f"given more than once, which makes the header invalid: {names}" if names else ""


def _disabled(seen: Seen) -> str:
    off = seen.first.valid and seen.first.max_age == 0
    return "max-age=0 makes browsers forget that the host wants https" if off else ""


def _short(seen: Seen) -> str:
    age = seen.first.max_age
    if not seen.first.valid or not age or age >= hsts.SIX_MONTHS:
        return ""
    return f"max-age={age} is {age / 86_400:.3g} days; under {hsts.SIX_MONTHS} s (180 days)"


def _several(seen: Seen) -> str:
    lines = len(seen.lines)
    return f"sent on {lines} lines; only the first counts" if lines > 1 else ""


def _not_preloadable(seen: Seen) -> str:
    if not seen.first.preload:
        return ""
    from revoctl.headers.syntax.hsts_preload import preloadable

    errors = preloadable(seen.lines[0]).errors
    return f"asks for preloading, but the list refuses it: {', '.join(errors)}" if errors else ""


invalid = rule(
    "hsts-invalid",
    "Strict-Transport-Security is malformed and ignored",
    Severity.HIGH,
    why="A browser ignores a malformed header altogether, so visitors can be held on plain http "
    "although the header looks as if it were there.",
    fix="Write max-age as a number of seconds, directives between semicolons.",
    references=(f"{RFC}#section-6.1", f"{RFC}#section-8.1"),
)(_weakness(_invalid))

ambiguous = rule(
    "hsts-ambiguous",
    "User agents disagree about Strict-Transport-Security",
    Severity.MEDIUM,
    why="Some user agents obey the header and some ignore it, and those that ignore it stay open "
    "to being held on plain http.",
    fix="Write it the plain way: max-age=SECONDS; includeSubDomains, without spaces round the "
    "equals sign and without commas.",
    references=(f"{RFC}#section-6.1",),
)(_weakness(_ambiguous))

duplicate = rule(
    "hsts-duplicate-directive",
    "Strict-Transport-Security repeats a directive",
    Severity.MEDIUM,
    why="The standard forbids a directive twice, and user agents drop the whole header for it.",
    fix="Send each directive once; look for a proxy that adds to the application's header.",
    references=(f"{RFC}#section-6.1",),
)(_weakness(_duplicate))

disabled = rule(
    "hsts-disabled",
    "Strict-Transport-Security switches itself off",
    Severity.HIGH,
    why="max-age=0 deletes what browsers had stored, and the next visit may go over plain http.",
    fix="Send a max-age of at least half a year, unless https is being abandoned on purpose.",
    references=(f"{RFC}#section-6.1.1",),
)(_weakness(_disabled))

short = rule(
    "hsts-short",
    "Strict-Transport-Security lasts less than half a year",
    Severity.MEDIUM,
    why="Whoever does not come back within that time goes over plain http again and can be held "
    "there.",
    fix="Raise max-age to 31536000 (a year) or 63072000 (two).",
    references=(f"{RFC}#section-11.2",),
)(_weakness(_short))

several = rule(
    "hsts-several-lines",
    "Strict-Transport-Security is sent more than once",
    Severity.LOW,
    why="Only the first line counts, so a weaker line in front silently replaces the intended one.",
    fix="Send it in one place only, in the application or in the proxy.",
    references=(f"{RFC}#section-8.1",),
)(_weakness(_several))


@rule(
    "hsts-not-preloadable",
    "The preload flag is sent without meeting the list's conditions",
    Severity.LOW,
    why="The host is not taken into the list, or dropped from it, so the very first visit stays "
    "open to being held on plain http.",
    fix="Send max-age of at least 31536000 with includeSubDomains, or drop the preload flag.",
    references=(PRELOAD,),
)
def not_preloadable(page: Page) -> Verdict:
    """The header says preload, and the list's checker would refuse the header."""
    sent = [seen for seen in picture(page).seen if seen.first.preload]
    if not sent:
        return _NO_PRELOAD
    return [problem(page, seen, words) for seen in sent if (words := _not_preloadable(seen))]


@rule(
    "hsts-not-preloaded",
    "The preload flag is sent, but the host is not on the list",
    Severity.INFO,
    why="The flag alone does nothing: until the host is listed, a first visit over plain http can "
    "be held there.",
    fix="Submit the domain at hstspreload.org, or drop the preload flag.",
    references=(PRELOAD,),
)
def not_preloaded(page: Page) -> Verdict:
    """The header says preload, and the list at hand does not know the host."""
    sent = [seen for seen in picture(page).seen if seen.first.preload]
    if not sent:
        return _NO_PRELOAD
    listed = page.preloaded
    if listed is None:
        return not_evaluated("no preload list is at hand")
    words = "not on the preload list at hand"
    return [problem(page, seen, words) for seen in sent if not listed(seen.host)]


@rule(
    "hsts-over-http",
    "Strict-Transport-Security is sent over plain http",
    Severity.LOW,
    why="Browsers must ignore it there; relying on it leaves the visitor on plain http.",
    fix="Redirect http to https, and send the header there.",
    references=(f"{RFC}#section-7.2",),
)
def over_http(page: Page) -> Verdict:
    """A plain-http hop carries the header."""
    return [
        Problem(
            f"sent by {quote(hop.url)}, where it is ignored",
            "",
            page.evidence(HEADER, hop=hop),
            Fix("advise", note="send it on https responses only"),
        )
        for hop in picture(page).over_http[:1]
    ]


@rule(
    "hsts-on-ip-address",
    "Strict-Transport-Security is sent for an IP address",
    Severity.INFO,
    why="User agents keep it for names only, so it protects nobody who uses the address.",
    fix="Publish the service under a name.",
    references=(f"{RFC}#section-8.1.1",),
)
def on_ip_address(page: Page) -> Verdict:
    """An https hop whose host is an address carries the header."""
    return [
        Problem(f"sent by {quote(hop.url)}", "", page.evidence(HEADER, hop=hop), _NAME)
        for hop in picture(page).on_ip[:1]
    ]


RULES: tuple[HeaderRule, ...] = (
    invalid,
    ambiguous,
    duplicate,
    disabled,
    short,
    several,
    not_preloadable,
    not_preloaded,
    over_http,
    on_ip_address,
)
