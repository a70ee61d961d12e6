"""Which policies a page delivers, and what a rule over them is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.csp_posture import Finder, Flaw, Posture, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Skip, Verdict, not_applicable
from revoctl.headers.syntax.csp import Directive, Policy, parse_lines, parse_meta
from revoctl.report.model import Evidence, Fix, Kind, Rule, Severity

HEADER = "Content-Security-Policy"
ENFORCED = "content-security-policy"
REPORTED = "content-security-policy-report-only"
LIMIT = 25
"""How many problems one rule tells of one page; the last one then counts the rest."""

NO_POLICY = not_applicable("no Content-Security-Policy is enforced")
NO_DOCUMENT = not_applicable("the response is not a document in which a policy limits scripts")


class Delivery(msgspec.Struct, frozen=True):
    """The policies of a page: ``enforced`` by header or meta element, and ``reported`` ones.

    ``lost`` are directives that a meta element cannot deliver; ``metas`` the meta contents.
    """

    enforced: tuple[Policy, ...] = ()
    reported: tuple[Policy, ...] = ()
    lost: tuple[Directive, ...] = ()
    metas: tuple[str, ...] = ()


@per_page
def delivered(page: Page) -> Delivery:
    """Read all policies that the final response delivers."""
    enforced = parse_lines(page.values(ENFORCED))
    reported = parse_lines(page.values(REPORTED))
    contents = _meta_contents(page)
    if not contents:
        return Delivery(enforced, reported)
    read = [parse_meta(content) for content in contents]
    return Delivery(
        enforced + tuple(policy for policy, _ in read if policy.directives),
        reported,
        tuple(d for _, lost in read for d in lost),
        contents,
    )


@per_page
def enforced(page: Page) -> Posture | Skip:
    """The posture of the enforced policies, or why there is none to judge."""
    policies = tuple(p for p in delivered(page).enforced if p.directives)
    return Posture(policies, own_host=_host(page.hop.url)) if policies else NO_POLICY


def _host(url: str) -> str:
    """The host of an address, at a fraction of what a full parse costs."""
    authority = url.partition("://")[2].partition("/")[0]
    return authority.rpartition("@")[2].partition(":")[0].lower()


@per_page
def evidence(page: Page) -> tuple[Evidence, ...]:
    """The lines, and the meta elements, that the enforced policies come from."""
    metas = delivered(page).metas
    if not metas:
        return page.evidence(ENFORCED)
    made = tuple(
        Evidence(page.hop.url, f'<meta http-equiv="{HEADER}">: {text}', page.snapshot.taken)
        for text in metas
    )
    return (page.evidence(ENFORCED) if page.values(ENFORCED) else ()) + made


def _meta_contents(page: Page) -> tuple[str, ...]:
    body = page.hop.body
    if body is None or not page.is_html:
        return ()
    if not re.search("-security-policy", body.text, re.IGNORECASE):
        return ()
    from revoctl.headers.syntax import html

    metas = html.read(body.text).metas
    return tuple(m.content for m in metas if m.http_equiv.lower() == ENFORCED)


class CspRule(HeaderRule, frozen=True):
    """A rule over the enforced policies; ``find`` is its judge without a page."""

    find: Finder


def csp_rule(
    id: str,
    title: str,
    severity: Severity,
    *,
    why: str,
    fix: str,
    references: tuple[str, ...] = (),
    anywhere: bool = False,
    grouped: bool = False,
) -> Callable[[Finder], CspRule]:
    """Make a rule of a finder.

    ``anywhere``: it is about the text and holds on responses that are no documents, too.
    ``grouped``: on a page, flaws of one directive make one problem.
    """
    metadata = Rule(id, title, severity, Kind.WEAKNESS, why, fix, references)

    def made(find: Finder) -> CspRule:
        def judge(page: Page) -> Verdict:
            posture = enforced(page)
            if isinstance(posture, Skip):
                return posture
            if not (anywhere or page.is_html or page.media_type.endswith("xml")):
                return NO_DOCUMENT
            flaws = find(posture)
            return _problems(page, posture, flaws, grouped) if flaws else ()

        return CspRule(metadata, judge, find)

    return made


def fix_of(posture: Posture, flaw: Flaw) -> Fix | None:
    """The fix of a flaw: the policy at fault with the flaw mended; None if it is not that easy."""
    if flaw.edit is None:
        return None
    return Fix("set", HEADER, str(flaw.edit(posture.policies[flaw.policy])))


def _problems(
    page: Page, posture: Posture, flaws: Sequence[Flaw], grouped: bool
) -> Sequence[Problem]:
    shown = _by_directive(flaws) if grouped else flaws[:LIMIT]
    lines = evidence(page)
    problems = [
        Problem(
            f.text,
            f.key,
            lines,
            fix_of(posture, f) or page.policy_fix(ENFORCED, "what the profile says"),
            f.severity,
        )
        for f in shown
    ]
    if len(flaws) > LIMIT and not grouped:
        rest = len(flaws) - LIMIT
        problems.append(Problem(f"and {rest} more of this kind", "more", lines))
    return problems


def _by_directive(flaws: Sequence[Flaw]) -> list[Flaw]:
    """One flaw per directive, listing the values; its severity is the worst of them."""
    groups: dict[str, list[Flaw]] = {}
    for flaw in flaws:
        groups.setdefault(flaw.directive, []).append(flaw)
    return [_merged(group) for group in groups.values()][:LIMIT]


def _merged(group: Sequence[Flaw]) -> Flaw:
    first = group[0]
    if len(group) == 1:
        return Flaw(first.directive, first.text, "", first.severity, first.policy, first.edit)
    named = quote(", ".join(f.value[:60] for f in group[:LIMIT]))
    worst = None
    if all(f.severity for f in group):
        worst = max((f.severity for f in group if f.severity), key=lambda s: s.rank)
    text = f"{first.text} (the same holds for {len(group)} sources: {named})"
    return Flaw(first.directive, text, "", worst, first.policy)
