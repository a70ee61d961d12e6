"""Rules of cross-origin sharing: what the answers to foreign origins give away.

Most of it needs the CORS probe; what a response says without being asked is judged in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from revoctl.headers.page import Page
from revoctl.headers.rules.caching import control
from revoctl.headers.rules.cors_answers import HEADERS, Answer, answers, spoken, unasked
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.rule import (
    HeaderRule,
    Judge,
    Problem,
    Verdict,
    not_applicable,
    not_evaluated,
    rule,
)
from revoctl.headers.snapshot import Hop
from revoctl.headers.syntax import cors
from revoctl.headers.syntax.cors import Cors
from revoctl.report.model import Fix, Severity

_FETCH = "https://fetch.spec.whatwg.org/#http-cors-protocol"
_PORTSWIGGER = "https://portswigger.net/web-security/cors"
_NOT_PROBED = not_evaluated("other origins were not probed")
_NO_CORS = not_applicable("no answer names an origin")
_REFLECTED = not_applicable("any origin is admitted, which cors-reflected-origin reports")
_PLAIN = not_applicable("the target itself is plain http")
_ADVICE = "compare Origin with a list of whole origins, and answer only those"


class Opening(Struct, frozen=True):
    """A kind of origin that should not be admitted, with the words of its rule.

    The severities are those of an answer with credentials, and without.
    """

    relation: str
    id: str
    title: str
    severities: tuple[Severity, Severity]
    why: str
    fix: str


OPENINGS = (
    Opening(
        "foreign",
        "cors-reflected-origin",
        "Any origin is admitted by name",
        (Severity.CRITICAL, Severity.LOW),
        "With credentials, any website that a signed-in visitor opens can read this service in "
        "the visitor's name; without, it can read what only the visitor's network reaches.",
        "Compare Origin with a list of whole origins, and send nothing for all others.",
    ),
    Opening(
        "null",
        "cors-null-origin",
        "The origin null is admitted",
        (Severity.CRITICAL, Severity.LOW),
        "Any page can get the origin null, by a sandboxed frame; with credentials it then reads "
        "this service in the visitor's name.",
        "Take null off the list.",
    ),
    Opening(
        "suffix",
        "cors-suffix-origin",
        "An origin that only begins like this host is admitted",
        (Severity.CRITICAL, Severity.LOW),
        "The check looks at the beginning only, so an attacker registers a domain of which this "
        "host is the first part, and reads the service in the visitor's name.",
        "Compare whole origins, not beginnings.",
    ),
    Opening(
        "prefix",
        "cors-prefix-origin",
        "An origin that only ends like this host is admitted",
        (Severity.CRITICAL, Severity.LOW),
        "The check looks at the ending only, so an attacker registers a domain that ends in the "
        "same letters, and reads the service in the visitor's name.",
        "Compare whole origins; a subdomain's ending starts with a dot.",
    ),
    Opening(
        "downgrade",
        "cors-http-origin",
        "The plain-http origin of this host is admitted",
        (Severity.HIGH, Severity.LOW),
        "Anyone on the path can answer as the plain-http site, and from there read the https "
        "service in the visitor's name.",
        "Admit https origins only.",
    ),
    Opening(
        "subdomain",
        "cors-subdomain-origin",
        "Every subdomain is admitted",
        (Severity.MEDIUM, Severity.INFO),
        "One flaw in any subdomain, or one that was forgotten and taken over, is enough to read "
        "this service in the visitor's name.",
        "Name the subdomains that need it.",
    ),
)


def _judge(opening: Opening) -> Judge:
    def judge(page: Page) -> Verdict:
        if opening.relation == "null" and unasked(page).allow_origin == "null":
            return (_admitted(page, opening, unasked(page), (page.hop,), "every request"),)
        if "cors" not in page.snapshot.probed:
            return _NOT_PROBED
        if opening.relation == "downgrade" and not page.snapshot.target.startswith("https:"):
            return _PLAIN
        asked = [a for a in answers(page) if a.relation == opening.relation]
        if not asked:
            return not_evaluated(f"no answer to a probe with a {opening.relation} origin")
        if opening.relation != "foreign" and _reflects(page):
            return _REFLECTED
        return _echoed(page, opening, [a for a in asked if a.echoes])

    return judge


def _reflects(page: Page) -> bool:
    return any(a.relation == "foreign" and a.echoes for a in answers(page))


def _echoed(page: Page, opening: Opening, echoes: Sequence[Answer]) -> Verdict:
    """One problem for all answers; the one that gives the most away decides."""
    if not echoes:
        return ()
    worst = max(echoes, key=lambda a: (a.cors.credentials, not a.preflight))
    hops = tuple(a.hop for a in echoes)
    what = f"Origin: {worst.origin}"
    problem = _admitted(page, opening, worst.cors, hops, what)
    if worst.preflight and problem.severity is Severity.CRITICAL:
        return (Problem(problem.detail, "", problem.evidence, problem.fix, Severity.HIGH),)
    return (problem,)


def _admitted(
    page: Page, opening: Opening, found: Cors, hops: Sequence[Hop], asked: str
) -> Problem:
    rights = "with credentials" if found.credentials else "without credentials"
    evidence = [e for hop in hops[:4] for e in page.evidence(*HEADERS[:2], hop=hop)]
    severity = opening.severities[0 if found.credentials else 1]
    detail = quote(f"{asked} is answered by {found.allow_origin}, {rights}")
    fix = Fix("advise", "Access-Control-Allow-Origin", note=_ADVICE)
    return Problem(detail, "", evidence, fix, severity)


@rule(
    "cors-vary-missing",
    "The answer depends on Origin and does not say so",
    Severity.LOW,
    why="A cache can hand an answer that was made for one origin to another, so an attacker's "
    "request decides who may read, or that nobody can (cache poisoning).",
    fix="Send Vary: Origin with every answer, also where no origin is admitted.",
    references=("https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches",),
)
def vary_missing(page: Page) -> Verdict:
    """An origin is echoed without ``Vary: Origin``, and other requests are answered otherwise."""
    if "cors" not in page.snapshot.probed:
        return _NOT_PROBED
    got = [a for a in answers(page) if not a.preflight]
    if not got:
        return not_evaluated("no answer to a probe")
    echoes = [a for a in got if a.echoes and not a.cors.varies]
    if not echoes:
        return ()
    said = {a.cors.allow_origin for a in got} | {unasked(page).allow_origin}
    if len(said) < 2:
        return ()
    if "no-store" in control(page):
        return not_applicable("no cache may keep the answer")
    evidence = page.evidence("access-control-allow-origin", "vary", hop=echoes[0].hop)
    detail = quote(f"Origin: {echoes[0].origin} is echoed without Vary: Origin")
    return (Problem(detail, "", evidence, Fix("advise", "Vary", note="add Vary: Origin")),)


@rule(
    "cors-wildcard-credentials",
    "Every origin is admitted with credentials, which browsers refuse",
    Severity.LOW,
    why="Browsers refuse the pair, so it gives nothing away by itself; the next step, echoing "
    "every Origin to make it work, gives everything away.",
    fix="Drop the credentials, or name the origins that need them.",
    references=("https://fetch.spec.whatwg.org/#cors-protocol-and-credentials",),
)
def wildcard_credentials(page: Page) -> Verdict:
    """``*`` stands beside ``Access-Control-Allow-Credentials: true``."""
    found = spoken(page)
    if not found:
        return _NO_CORS
    hops = [hop for hop, said in found if said.allow_origin == "*" and said.credentials]
    if not hops:
        return ()
    evidence = page.evidence(*HEADERS[:2], hop=hops[0])
    fix = Fix("remove", "Access-Control-Allow-Credentials")
    return (Problem("* is sent with credentials", "", evidence, fix),)


@rule(
    "cors-invalid-origin",
    "Access-Control-Allow-Origin can match no origin",
    Severity.LOW,
    why="Browsers compare it letter by letter, so those who were meant stay out, and under that "
    "pressure the check is often replaced by one that admits everyone.",
    fix="Send one origin, as scheme://host with no path, or *.",
    references=(_FETCH,),
)
def invalid_origin(page: Page) -> Verdict:
    """Several origins, a pattern, a path, or no origin at all."""
    found = spoken(page)
    if not found:
        return _NO_CORS
    for hop, said in found:
        reason = cors.problem(said.allow_origin or "")
        if reason:
            evidence = page.evidence(HEADERS[0], hop=hop)
            fix = Fix("advise", "Access-Control-Allow-Origin", note="send one origin or *")
            return (Problem(quote(f"{reason}: {said.allow_origin}"), "", evidence, fix),)
    return ()


RULES: tuple[HeaderRule, ...] = (
    *(
        rule(
            opening.id,
            opening.title,
            opening.severities[0],
            why=opening.why,
            fix=opening.fix,
            references=(_FETCH, _PORTSWIGGER),
        )(_judge(opening))
        for opening in OPENINGS
    ),
    vary_missing,
    wildcard_credentials,
    invalid_origin,
)
