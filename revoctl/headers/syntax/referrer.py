"""Referrer-Policy: the last token that the browser knows wins (Referrer Policy section 8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from revoctl.headers.syntax.memory import remembered
from revoctl.headers.syntax.tokens import split_list

DEFAULT = "strict-origin-when-cross-origin"


class Exposure(NamedTuple):
    """How much of the address is sent: 0 nothing, 1 the origin, 2 all of it.

    To other origins, to an origin reached without TLS, and to the page's own origin.
    """

    cross_origin: int
    downgrade: int
    same_origin: int


POLICIES = {
    "no-referrer": Exposure(0, 0, 0),
    "same-origin": Exposure(0, 0, 2),
    "strict-origin": Exposure(1, 0, 1),
    "strict-origin-when-cross-origin": Exposure(1, 0, 2),
    "origin": Exposure(1, 1, 1),
    "origin-when-cross-origin": Exposure(1, 1, 2),
    "no-referrer-when-downgrade": Exposure(2, 0, 2),
    "unsafe-url": Exposure(2, 2, 2),
}


class ReferrerPolicy(Struct, frozen=True):
    """The policy in force, empty where no token is known, and the tokens that are not."""

    policy: str
    unknown: tuple[str, ...] = ()


@remembered
def parse(lines: Sequence[str]) -> ReferrerPolicy:
    """Read all lines of Referrer-Policy; names count in any case."""
    tokens = [token.lower() for token in split_list(lines)]
    known = [token for token in tokens if token in POLICIES]
    unknown = tuple(token for token in tokens if token and token not in POLICIES)
    return ReferrerPolicy(known[-1] if known else "", unknown)


def reveals_more(policy: str, than: str) -> bool:
    """Whether one known policy sends more to anyone than another.

    What other origins and the unencrypted web learn comes first; what the page's own origin learns
    decides only between policies that are equal for the others.
    """
    one, other = POLICIES[policy], POLICIES[than]
    if one[:2] == other[:2]:
        return one.same_origin > other.same_origin
    return one.cross_origin > other.cross_origin or one.downgrade > other.downgrade
