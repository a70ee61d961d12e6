"""Headers that the policy names and that have no family of their own: sent as written, or not sent.

``header-missing`` and ``header-deviates`` compare whole values, blind to case and spacing;
``header-unwanted`` is what the policy's list ``remove`` forbids. The key is the header's name.
"""

from __future__ import annotations

from functools import lru_cache

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import Demand, absence, demand, quote
from revoctl.headers.rules.rule import HeaderRule, Problem, Skip, Verdict, not_applicable, rule
from revoctl.report.model import Fix, Kind, Severity

FAMILIES = frozenset(
    {
        "cache-control",
        "clear-site-data",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "referrer-policy",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
    }
)
"""Headers that have rules of their own for what the policy asks."""

_NO_OTHERS = not_applicable("the policy asks for no other headers")
_NOTHING_UNWANTED = not_applicable("the policy forbids no headers")
_SPEC = ("https://owasp.org/www-project-secure-headers/",)


@per_page
def demands(page: Page) -> tuple[Demand, ...] | Skip:
    """The other headers that the policy asks for on this page."""
    names = [name for name in page.policy.settings if name not in FAMILIES]
    if not names:
        return _NO_OTHERS
    asked = [demand(page, name) for name in names]
    found = tuple(one for one in asked if isinstance(one, Demand))
    return found or next(one for one in asked if isinstance(one, Skip))


@rule(
    "header-missing",
    "A header that the policy asks for is missing",
    Severity.LOW,
    Kind.DEVIATION,
    why="The policy's author relies on this header; what it was meant to prevent stays possible.",
    fix="Send the header as the policy has it.",
    references=_SPEC,
)
def missing(page: Page) -> Verdict:
    """A header of the policy is absent."""
    asked = demands(page)
    if isinstance(asked, Skip):
        return asked
    return [
        Problem(
            quote(f"no {one.setting.name}; the policy says: {one.setting.value}"),
            one.setting.name.lower(),
            absence(page, one.hop),
            page.policy_fix(one.setting.name),
        )
        for one in asked
        if not one.lines
    ]


@rule(
    "header-deviates",
    "A header differs from the policy",
    Severity.LOW,
    Kind.DEVIATION,
    why="The policy's author relies on this value; what it was meant to prevent stays possible.",
    fix="Send the header as the policy has it.",
    references=_SPEC,
)
def deviates(page: Page) -> Verdict:
    """A header of the policy is there with another value."""
    asked = demands(page)
    if isinstance(asked, Skip):
        return asked
    return [
        Problem(
            quote(f"{', '.join(one.lines) or '(empty)'}; the policy says: {one.setting.value}"),
            one.setting.name.lower(),
            page.evidence(one.setting.name.lower(), hop=one.hop),
            page.policy_fix(one.setting.name),
        )
        for one in asked
        if one.lines and one.setting.mode != "default" and not _same(one)
    ]


def _same(asked: Demand) -> bool:
    """All lines say it, or, where the policy appends its line, one of them does."""
    value = asked.setting.value
    said = [line == value or normalised(line) == normalised(value) for line in asked.lines]
    return any(said) if asked.setting.mode == "append" else all(said)


def normalised(value: str) -> str:
    """A value without what carries no meaning in most headers: case, and space round separators."""
    for separator in (";", ",", "="):
        value = separator.join(part.strip() for part in value.split(separator))
    return " ".join(value.lower().split()).rstrip(";")


@rule(
    "header-unwanted",
    "A header that the policy forbids is sent",
    Severity.LOW,
    Kind.DEVIATION,
    why="It tells an attacker which software, version or inner address to aim at.",
    fix="Remove the header in the application, the server or the proxy.",
    references=_SPEC,
)
def unwanted(page: Page) -> Verdict:
    """A header stands on the policy's list ``remove``."""
    if not page.policy.remove:
        return _NOTHING_UNWANTED
    names, beginnings = _patterns(page.policy.remove)
    return [
        Problem(
            quote(f"{name}: {', '.join(page.values(name))}"),
            name,
            page.evidence(name),
            Fix("remove", name),
            Severity.INFO if name == "server" and _plain(page) else None,
        )
        for name in page.names()
        if name in names or (beginnings and name.startswith(beginnings))
    ]


def _plain(page: Page) -> bool:
    """A Server header that names no version gives little away."""
    return not any(c.isdigit() for line in page.values("server") for c in line)


def is_unwanted(page: Page, name: str) -> bool:
    """Whether the policy forbids a header, by its name or by a beginning with ``*``."""
    names, beginnings = _patterns(page.policy.remove)
    return name in names or (bool(beginnings) and name.startswith(beginnings))


@lru_cache(maxsize=8)
def _patterns(remove: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    lower = [name.lower() for name in remove]
    return (
        frozenset(name for name in lower if not name.endswith("*")),
        tuple(name[:-1] for name in lower if name.endswith("*")),
    )


RULES: tuple[HeaderRule, ...] = (missing, deviates, unwanted)
