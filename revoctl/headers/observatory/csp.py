"""Test ``content-security-policy``.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/csp.js``: policies in metas count like
those in headers, but if only directives are left that count in headers alone there is no policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from revoctl.headers.observatory.csp_dangers import find_dangers, unsaid, verdict
from revoctl.headers.observatory.csp_merge import (
    NONE,
    Directives,
    Invalid,
    Merged,
    merge,
    split_policies,
)
from revoctl.headers.observatory.markup import equivalents
from revoctl.headers.observatory.result import Corrections, Outcome
from revoctl.headers.observatory.session import session
from revoctl.headers.observatory.wire import header
from revoctl.headers.page import per_page

if TYPE_CHECKING:
    from revoctl.headers.page import Page
    from revoctl.headers.syntax.csp import Policy

HEADER = "content-security-policy"
_NOT_IN_META = ("frame-ancestors", "report-uri", "sandbox")


class Reading(Struct, frozen=True):
    """What the policies come to.

    ``dangers`` are named as in ``csp_dangers``; ``directives`` are those of the merged
    policy (one per name, after its dead sources went), None where the policies count for nothing.
    """

    outcome: Outcome
    policies: int
    in_header: bool = False
    in_meta: bool = False
    dangers: frozenset[str] = frozenset()
    directives: Directives | None = None
    ancestors: frozenset[str] | None = None


def judge(page: Page, corrections: Corrections) -> Outcome:
    """Grade the policies that the page carries."""
    return read(page, corrections).outcome


def read(page: Page, corrections: Corrections) -> Reading:
    """Read the page's policies, once per page and set of corrections."""
    key = (read, corrections)
    if key not in page.memo:
        browser = "csp-combination" in corrections
        page.memo[key] = _as_browsers(page, corrections) if browser else _merged(page, corrections)
    reading: Reading = page.memo[key]
    return reading


def _merged(page: Page, corrections: Corrections) -> Reading:
    """The Observatory's way: all policies become one."""
    sent = [header(page, HEADER)] if page.values(HEADER) else []
    headers = split_policies(sent)
    metas = split_policies(equivalents(page, corrections).policies)
    count = len(headers) + len(metas)
    if not count:
        return _absent(page, 0)
    merged = merge(headers + metas)
    if isinstance(merged, Invalid):
        said = f"The policy is invalid: {merged.reason}."
        return Reading(Outcome("csp-header-invalid", said), count)
    alone = _alone(headers, metas, merged)
    inside = _alone(metas, headers, merged)
    if not (alone.directives or alone.repeated or _counts_in_meta(inside)):
        return _absent(page, count)
    ancestors = alone.directives.get("frame-ancestors")
    dangers = find_dangers(merged.directives, session(page).secure)
    closed = merged.directives.get("default-src") == {NONE}
    return Reading(
        verdict(dangers, closed, merged.repeated),
        count,
        bool(headers),
        bool(metas),
        dangers,
        merged.directives,
        None if ancestors is None else frozenset(ancestors),
    )


def _alone(these: list[str], others: list[str], merged: Merged) -> Merged:
    """What one kind of policies says by itself."""
    found = merged if not others else merge(these)
    return found if these and isinstance(found, Merged) else Merged({}, repeated=False)


def _counts_in_meta(inside: Merged) -> bool:
    """Whether anything is left when metas lose the directives that count in headers only."""
    return inside.repeated or any(name not in _NOT_IN_META for name in inside.directives)


def _as_browsers(page: Page, corrections: Corrections) -> Reading:
    """The corrected way: a danger counts if every single policy leaves it open."""
    from revoctl.headers.syntax import csp

    headers = header_policies(page)
    metas = [csp.parse_meta(text)[0] for text in equivalents(page, corrections).policies]
    policies = [policy for policy in (*headers, *metas) if policy.directives]
    if not policies:
        return _absent(page, len(headers) + len(metas))
    secure = session(page).secure
    lists = [
        {d.name: {value.lower() for value in d.values} or {NONE} for d in policy.directives}
        for policy in policies
    ]
    found = [find_dangers(each, secure) for each in lists]
    left = [each | unsaid(policy) for each, policy in zip(found, lists, strict=True)]
    dangers = frozenset.intersection(*left) & frozenset.union(*found)
    closed = any(each.get("default-src") == {NONE} for each in lists)
    everything: Directives = {}
    for each in lists:
        for name, sources in each.items():
            everything.setdefault(name, set()).update(sources)
    outcome = verdict(dangers, closed, repeated=False)
    return Reading(outcome, len(policies), bool(headers), bool(metas), dangers, everything)


@per_page
def header_policies(page: Page) -> tuple[Policy, ...]:
    """The policies of the header as a browser reads them."""
    from revoctl.headers.syntax.csp import parse_lines

    return parse_lines(page.values(HEADER))


def _absent(page: Page, count: int) -> Reading:
    if header(page, f"{HEADER}-report-only"):
        said = "The policy is sent as report-only, which blocks nothing."
        return Reading(Outcome("csp-not-implemented-but-reporting-enabled", said), count)
    said = "No policy that browsers enforce is sent."
    return Reading(Outcome("csp-not-implemented", said), count)
