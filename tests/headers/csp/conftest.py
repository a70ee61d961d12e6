"""Pages made of headers alone, and a way to ask one rule about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from revoctl.headers import csp_check
from revoctl.headers.page import Page
from revoctl.headers.rules import csp, csp_reporting
from revoctl.headers.rules.rule import Problem, Skip
from revoctl.headers.snapshot import Body, Field, Hop, Snapshot
from revoctl.policy.headers import HeadersPolicy

RULES = {r.rule.id: r for r in (*csp.RULES, *csp_reporting.RULES, *csp_check.RULES)}
Ask = Callable[..., "list[Problem] | Skip"]


def make_page(
    *policies: str,
    fields: Iterable[tuple[str, str]] = (),
    body: str | None = None,
    profile: str | dict[str, object] | None = None,
    media_type: str = "text/html",
) -> Page:
    lines = [Field("Content-Type", media_type)]
    lines += [Field("Content-Security-Policy", p) for p in policies]
    lines += [Field(*f) for f in fields]
    held = Body(body) if body is not None else None
    hop = Hop("https://www.example.com/", 200, tuple(lines), body=held)
    headers = {"Content-Security-Policy": profile} if profile else {}
    policy = HeadersPolicy.from_mapping({"name": "test", "headers": headers})
    return Page(Snapshot(hop.url, datetime(2026, 1, 1, tzinfo=UTC), (hop,)), policy)


@pytest.fixture
def ask() -> Ask:
    """Ask a rule, by id, about a page: its problems, or why it has none to tell."""

    def asked(rule: str, *policies: str, **rest: object) -> list[Problem] | Skip:
        verdict = RULES[rule].judge(make_page(*policies, **rest))
        return verdict if isinstance(verdict, Skip) else list(verdict)

    return asked
