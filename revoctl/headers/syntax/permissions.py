"""Permissions-Policy: a structured dictionary from features to allowlists.

One wrong character anywhere (the syntax of the old Feature-Policy, for one) makes browsers ignore
all of it. Inside an allowlist, origins are quoted strings, ``self`` and ``*`` bare words; any other
word is ignored silently. Lines join with a comma, the last entry of a repeated feature counts
(Permissions Policy sections 5.1, 9.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from revoctl.headers.syntax.memory import remembered
from revoctl.headers.syntax.structured_fields import (
    InnerList,
    Invalid,
    Member,
    Token,
    parse_members,
)


class Allowlist(Struct, frozen=True):
    """Who may use a feature: everyone, the page's own origin, and these origins."""

    everyone: bool = False
    own: bool = False
    origins: frozenset[str] = frozenset()

    def within(self, other: Allowlist) -> bool:
        """Whether nobody may use the feature whom the other list does not name."""
        if other.everyone:
            return True
        own_is_named = other.own or not self.own
        return not self.everyone and own_is_named and self.origins <= other.origins

    def __str__(self) -> str:
        if self.everyone:
            return "*"
        quoted = [f'"{origin}"' for origin in sorted(self.origins)]
        return f"({' '.join(['self'] * self.own + quoted)})"


class PermissionsPolicy(Struct, frozen=True):
    """The allowlists that are in force, and what went wrong.

    ``invalid`` says where the syntax broke; then nothing is in force. ``ignored`` are words in
    allowlists that browsers pass over, with their feature; ``swallowed`` are features that a
    semicolon turned into parameters of the one before; ``repeated`` are features named twice;
    ``unknown`` are names that no browser has known; ``open`` are sensitive features for everyone.
    """

    allowlists: Mapping[str, Allowlist]
    invalid: Invalid | None = None
    ignored: tuple[tuple[str, str], ...] = ()
    swallowed: tuple[tuple[str, str], ...] = ()
    repeated: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@remembered
def parse(lines: Sequence[str]) -> PermissionsPolicy:
    """Read all lines of Permissions-Policy."""
    from revoctl.headers.syntax.features import KNOWN, SENSITIVE

    members = parse_members(lines)
    if isinstance(members, Invalid):
        return PermissionsPolicy({}, members)
    lists: dict[str, Allowlist] = {}
    ignored: list[tuple[str, str]] = []
    swallowed: list[tuple[str, str]] = []
    repeated: dict[str, None] = {}
    for feature, member in members:
        if feature in lists:
            repeated[feature] = None
        lists[feature] = _allowlist(feature, member, ignored)
        swallowed += [(feature, name) for name in member.params if name != "report-to"]
    return PermissionsPolicy(
        lists,
        None,
        tuple(ignored),
        tuple(swallowed),
        tuple(repeated),
        tuple(name for name in lists if name not in KNOWN),
        tuple(name for name, who in lists.items() if who.everyone and name in SENSITIVE),
    )


def _allowlist(feature: str, member: Member, ignored: list[tuple[str, str]]) -> Allowlist:
    items = member.items if isinstance(member, InnerList) else (member,)
    if not items:
        return NOBODY
    bare, origins = set(), set()
    for item in items:
        word = item.value
        if isinstance(word, Token) and word in ("*", "self", "src"):
            bare.add(str(word))
        elif type(word) is str and "://" in word:
            origins.add(word)
        else:
            ignored.append((feature, f'"{word}"' if type(word) is str else str(word)))
    return Allowlist("*" in bare, "self" in bare, frozenset(origins))


NOBODY = Allowlist()
