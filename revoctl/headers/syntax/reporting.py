"""Reporting-Endpoints (a structured dictionary) and NEL (JSON): where browsers send reports."""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.syntax.structured_fields import InnerList, Invalid, Token, parse_members
from revoctl.headers.syntax.tokens import combine


def endpoint_problems(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What is wrong with Reporting-Endpoints: pairs of endpoint name (or empty) and reason.

    Each member must be a quoted address over TLS, or a path (Reporting API section 3.2).
    """
    members = parse_members(lines)
    if isinstance(members, Invalid):
        return (("", f"{members.reason} at character {members.position}, so all of it is ignored"),)
    found = []
    for name, member in members:
        value = None if isinstance(member, InnerList) else member.value
        if not isinstance(value, str) or isinstance(value, Token):
            found.append((name, "the address must be a quoted string"))
        elif not value.startswith(("https://", "/")):
            found.append((name, "browsers only report to https addresses"))
    return tuple(found)


def nel_problem(lines: Sequence[str]) -> str:
    """What is wrong with NEL, empty if nothing: JSON objects with ``max_age`` and ``report_to``."""
    import json

    try:
        policies = json.loads(f"[{combine(lines)}]")
    except (ValueError, RecursionError):
        return "not JSON"
    for policy in policies:
        if not isinstance(policy, dict) or not isinstance(policy.get("max_age"), int):
            return "without a whole number max_age"
        if policy["max_age"] and not isinstance(policy.get("report_to"), str):
            return "without the report_to group"
    return ""
