"""Whether a request is admitted by all limits at once, and what the client is told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from revoctl.middleware.asgi import Field, below
from revoctl.middleware.counters import COUNTERS, Counter
from revoctl.policy.limits import Limit, RateLimitPolicy

FIELD_NAMES = (
    b"ratelimit-limit",
    b"ratelimit-remaining",
    b"ratelimit-reset",
    b"ratelimit-policy",
    b"retry-after",
)
SOON = 0.001
"""The least wait of a refused request, in seconds."""


class Unavailable(Exception):
    """The shared counters could not be asked."""


class Decision(NamedTuple):
    """``wait`` seconds until the request would be admitted, 0 if it is.

    ``limit`` is the tightest one, of which ``remaining`` requests are left, and whose count falls
    in ``reset`` seconds.
    """

    wait: float
    limit: Limit
    remaining: int
    reset: float


class Rule(NamedTuple):
    """The limits of the requests under a path prefix, empty for all others."""

    prefix: str
    limits: tuple[Limit, ...]
    counters: tuple[Counter, ...]
    policy_field: Field
    limit_fields: Mapping[int, Field]


def rules(policy: RateLimitPolicy) -> tuple[Rule, ...]:
    """A policy's rules, the longest prefix first."""
    found = [("", policy.limits), *policy.routes.items()]
    found.sort(key=lambda entry: -len(entry[0]))
    kind = COUNTERS[policy.strategy]
    return tuple(
        Rule(
            prefix,
            limits,
            tuple(kind(one, policy.max_clients) for one in limits),
            (b"ratelimit-policy", told(limits)),
            {one.period: (b"ratelimit-limit", b"%d" % one.amount) for one in limits},
        )
        for prefix, limits in found
    )


def rule_for(found: Sequence[Rule], path: str) -> Rule:
    """The rule of a path: of the longest prefix that it lies below."""
    return next(rule for rule in found if not rule.prefix or below(path, rule.prefix))


def decide(counters: Sequence[Counter], key: str, now: float) -> Decision:
    """Admit and count a request where every limit has room; a refused one counts nowhere."""
    tightest, least = counters[0], -1
    for counter in counters:
        room = counter.room(key, now)
        if room < 1:
            return _refuse(counters, key, now)
        if least < 0 or room < least:
            tightest, least = counter, room
    for counter in counters:
        counter.take(key, now)
    return Decision(0.0, tightest.limit, least - 1, tightest.reset(key, now) - now)


def _refuse(counters: Sequence[Counter], key: str, now: float) -> Decision:
    waits = [(counter.wait(key, now), index) for index, counter in enumerate(counters)]
    wait, index = max(waits)
    slowest = counters[index]
    return Decision(max(wait, SOON), slowest.limit, 0, slowest.reset(key, now) - now)


def told(limits: Sequence[Limit]) -> bytes:
    """The header ``RateLimit-Policy``: ``5;w=1, 100;w=60`` (seconds)."""
    return ", ".join(f"{one.amount};w={one.period}" for one in limits).encode()


def fields(rule: Rule, found: Decision) -> list[Field]:
    """The headers of draft-ietf-httpapi-ratelimit-headers-06: of the tightest limit, in seconds."""
    return [
        rule.limit_fields[found.limit.period],
        (b"ratelimit-remaining", b"%d" % found.remaining),
        (b"ratelimit-reset", b"%d" % math.ceil(found.reset)),
        rule.policy_field,
    ]
