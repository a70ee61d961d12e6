"""Rules of redirects that end without a page: one row of a table for each way."""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.redirects import HTTP, chains, one
from revoctl.headers.rules.rule import HeaderRule, Judge, Verdict, rule
from revoctl.headers.snapshot import Ending
from revoctl.report.model import Severity


class Stop(Struct, frozen=True):
    """A way in which a chain ends without a page, with the words of its rule."""

    ending: Ending
    id: str
    severity: Severity
    title: str
    why: str
    fix: str


_NO_PAGE = "Visitors see no page, and what protects the page was never seen by this scan."

STOPS = (
    Stop(
        Ending.LOOP,
        "redirect-loop",
        Severity.MEDIUM,
        "Redirects go round in a loop",
        _NO_PAGE,
        "Look for two places that redirect to each other, often proxy and application on https.",
    ),
    Stop(
        Ending.TOO_MANY,
        "redirect-too-many",
        Severity.MEDIUM,
        "There are more redirects than browsers follow",
        _NO_PAGE,
        "Redirect to the final address at once.",
    ),
    Stop(
        Ending.BAD_LOCATION,
        "redirect-bad-location",
        Severity.MEDIUM,
        "A redirect's Location is no address",
        f"{_NO_PAGE} A Location made from a request is also a way to inject headers.",
        "Send one absolute address or path in Location.",
    ),
    Stop(
        Ending.REFUSED_SCHEME,
        "redirect-refused-scheme",
        Severity.MEDIUM,
        "A redirect leads to something other than http or https",
        "Clients that follow it read local files or start other programs in an attacker's favour.",
        "Redirect to https addresses only.",
    ),
    Stop(
        Ending.REFUSED_ADDRESS,
        "redirect-refused-address",
        Severity.LOW,
        "A redirect leads to an address that this scan must not visit",
        "A public host that leads clients to inner addresses can be used to reach what is behind "
        "their firewall.",
        "Redirect to public addresses only, or allow inner ones for this scan.",
    ),
    Stop(
        Ending.BROKEN,
        "redirect-broken",
        Severity.MEDIUM,
        "A redirect leads to where nothing answers",
        f"{_NO_PAGE} A name that no longer resolves can be registered by somebody else.",
        "Correct the address, or bring its host back.",
    ),
)


@per_page
def _stopped_early(page: Page) -> bool:
    return any(ending is not Ending.FINAL for _, _, ending, _ in chains(page))


def _stopped(stop: Stop) -> Judge:
    def judge(page: Page) -> Verdict:
        if not _stopped_early(page):
            return ()
        return [
            one(page, f"after {hops[-1].url}: {detail or stop.title}", hops, stop.fix, key)
            for key, hops, ending, detail in chains(page)
            if ending is stop.ending
        ]

    return judge


RULES: tuple[HeaderRule, ...] = tuple(
    rule(stop.id, stop.title, stop.severity, why=stop.why, fix=stop.fix, references=(HTTP,))(
        _stopped(stop)
    )
    for stop in STOPS
)
