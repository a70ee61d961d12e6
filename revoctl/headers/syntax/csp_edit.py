"""Edits of a policy, for the fixes that rules propose: each returns a new policy without problems.

``str`` of the result is the header value to send.
"""

from __future__ import annotations

from collections.abc import Callable

from revoctl.headers.syntax.csp import Directive, Policy

Edit = Callable[[Policy], Policy]


def without_sources(policy: Policy, name: str, *values: str, rest: str = "'none'") -> Policy:
    """Take values (in any case) out of a directive; an emptied list becomes ``rest``."""
    lost = {v.lower() for v in values}
    found = policy.get(name)
    if found is None:
        return Policy(policy.directives)
    kept = tuple(v for v in found.values if v.lower() not in lost)
    return with_directive(policy, name, *(kept or (rest,)))


def with_sources(policy: Policy, name: str, *values: str) -> Policy:
    """Add values that a directive lacks; a directive of ``'none'`` alone loses it."""
    found = policy.get(name)
    present = tuple(v for v in found.values if v.lower() != "'none'") if found else ()
    return with_directive(policy, name, *present, *(v for v in values if v not in present))


def with_directive(policy: Policy, name: str, *values: str) -> Policy:
    """Set a directive, in its place if the policy has it and at the end otherwise."""
    made = Directive(name, values)
    if policy.get(name) is None:
        return Policy((*policy.directives, made))
    return Policy(tuple(made if d.name == name else d for d in policy.directives))


def without_directive(policy: Policy, name: str) -> Policy:
    """Take a directive out."""
    return Policy(tuple(d for d in policy.directives if d.name != name))


def replaced_source(policy: Policy, name: str, old: str, *new: str) -> Policy:
    """Put other values in the place of one value of a directive."""
    found = policy.get(name)
    if found is None:
        return Policy(policy.directives)
    values = tuple(w for v in found.values for w in (new if v == old else (v,)))
    return with_directive(policy, name, *(values or ("'none'",)))


def tidied(policy: Policy) -> Policy:
    """The policy as it is read: without what browsers pass over."""
    return Policy(policy.directives)


def removing(name: str, *values: str, rest: str = "'none'") -> Edit:
    """:func:`without_sources` for a policy to come."""
    return lambda policy: without_sources(policy, name, *values, rest=rest)


def adding(name: str, *values: str) -> Edit:
    """:func:`with_sources` for a policy to come."""
    return lambda policy: with_sources(policy, name, *values)


def setting(name: str, *values: str) -> Edit:
    """:func:`with_directive` for a policy to come."""
    return lambda policy: with_directive(policy, name, *values)


def dropping(name: str) -> Edit:
    """:func:`without_directive` for a policy to come."""
    return lambda policy: without_directive(policy, name)


def replacing(name: str, old: str, *new: str) -> Edit:
    """:func:`replaced_source` for a policy to come."""
    return lambda policy: replaced_source(policy, name, old, *new)
