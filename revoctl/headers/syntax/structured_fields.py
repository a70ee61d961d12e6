"""Structured fields (RFC 9651): strict parsers of items, lists and dictionaries.

The grammar has no recovery: one wrong character makes the whole field invalid, and a browser then
behaves as if it had not been sent. So every parser answers a value or :class:`Invalid`, never both.

Bare items become ``int``, ``float`` (decimals), ``str`` (strings), :class:`Token`, ``bytes``,
``bool``, :class:`Date` (seconds since 1970) and :class:`DisplayString`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from revoctl.headers.syntax.bare_items import Bare, Date, DisplayString, Fault, Token, bare
from revoctl.headers.syntax.tokens import combine

__all__ = [
    "Bare",
    "Date",
    "DisplayString",
    "InnerList",
    "Invalid",
    "Item",
    "Member",
    "Parameters",
    "Token",
    "parse_dictionary",
    "parse_item",
    "parse_list",
    "parse_members",
]

T = TypeVar("T")


Parameters = dict[str, Bare]


class Item(Struct, frozen=True):
    """A bare item with its parameters in order."""

    value: Bare
    params: Parameters


class InnerList(Struct, frozen=True):
    """A list in parentheses, with parameters of its own."""

    items: tuple[Item, ...]
    params: Parameters


Member = Item | InnerList


class Invalid(Struct, frozen=True):
    """The field means nothing: where it broke (a character index, lines joined by ``, ``), why."""

    position: int
    reason: str


def parse_item(lines: Sequence[str]) -> Item | Invalid:
    """One item (section 4.2.3). Two lines are a list, and so invalid."""
    return _whole(lines, _item)


def parse_list(lines: Sequence[str]) -> tuple[Member, ...] | Invalid:
    """A list of items and inner lists (section 4.2.1); an empty field is an empty list."""
    return _whole(lines, _list)


def parse_dictionary(lines: Sequence[str]) -> dict[str, Member] | Invalid:
    """A dictionary (section 4.2.2). The last value of a repeated key counts, at its first place."""
    members = parse_members(lines)
    return members if isinstance(members, Invalid) else dict(members)


def parse_members(lines: Sequence[str]) -> tuple[tuple[str, Member], ...] | Invalid:
    """A dictionary's members as they were sent, repeated keys included."""
    return _whole(lines, _members)


def _whole(lines: Sequence[str], parse: Callable[[str, int], tuple[T, int]]) -> T | Invalid:
    text = combine(lines) if lines else ""
    try:
        value, at = parse(text, _spaces(text, 0))
        at = _spaces(text, at)
        if at != len(text):
            raise Fault(at, f"unexpected {text[at]!r}")
    except Fault as fault:
        return Invalid(fault.position, fault.reason)
    return value


_SPACES = re.compile(r" *")
_OWS = re.compile(r"[ \t]*")
_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")


def _spaces(text: str, at: int) -> int:
    return _SPACES.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at least


def _list(text: str, at: int) -> tuple[tuple[Member, ...], int]:
    members: list[Member] = []
    while at < len(text):
        member, at = _member(text, at)
        members.append(member)
        at = _comma(text, at)
    return tuple(members), at


def _members(text: str, at: int) -> tuple[tuple[tuple[str, Member], ...], int]:
    members: list[tuple[str, Member]] = []
    while at < len(text):
        key, at = _key(text, at)
        if text.startswith("=", at):
            member, at = _member(text, at + 1)
        else:
            params, at = _params(text, at)
            member = Item(True, params)
        members.append((key, member))
        at = _comma(text, at)
    return tuple(members), at


def _comma(text: str, at: int) -> int:
    at = _OWS.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at least
    if at == len(text):
        return at
    if text[at] != ",":
        raise Fault(at, f"expected a comma, found {text[at]!r}")
    after = _OWS.match(text, at + 1).end()  # type: ignore[union-attr]
    if after == len(text):
        raise Fault(at, "a comma at the end")
    return after


def _member(text: str, at: int) -> tuple[Member, int]:
    return _inner_list(text, at) if text.startswith("(", at) else _item(text, at)


def _inner_list(text: str, at: int) -> tuple[InnerList, int]:
    items: list[Item] = []
    start, at = at, _spaces(text, at + 1)
    while not text.startswith(")", at):
        if at >= len(text):
            raise Fault(start, "a parenthesis that is not closed")
        item, at = _item(text, at)
        items.append(item)
        if at < len(text) and text[at] not in " )":
            raise Fault(at, f"expected a space or a parenthesis, found {text[at]!r}")
        at = _spaces(text, at)
    params, at = _params(text, at + 1)
    return InnerList(tuple(items), params), at


def _item(text: str, at: int) -> tuple[Item, int]:
    value, at = bare(text, at)
    params, at = _params(text, at)
    return Item(value, params), at


def _params(text: str, at: int) -> tuple[Parameters, int]:
    params: Parameters = {}
    while text.startswith(";", at):
        key, at = _key(text, _spaces(text, at + 1))
        value: Bare = True
        if text.startswith("=", at):
            value, at = bare(text, at + 1)
        params[key] = value
    return params, at


def _key(text: str, at: int) -> tuple[str, int]:
    found = _KEY.match(text, at)
    if not found:
        raise Fault(at, f"a key cannot start with {text[at]!r}" if text[at:] else "no key")
    return found.group(), found.end()
