"""What a page loads and holds, and the policy that is proposed for it."""

from __future__ import annotations

from typing import NamedTuple

from revoctl.report.model import Model

SCHEMA = "revoctl.headers.csp-proposal/v1"


class Reference(NamedTuple):
    """An address that a page uses: the directive that governs it, as written, and what used it."""

    directive: str
    address: str
    used_by: str


class Inline(NamedTuple):
    """Code in the page itself: ``script-src``, ``style-src`` or ``style-src-attr``, and its text.

    ``nonce``: the element has a nonce attribute.
    """

    directive: str
    text: str
    nonce: bool = False


class Danger(NamedTuple):
    """Something that no source or hash of a good policy covers: a key of ``dangers.KINDS``."""

    kind: str
    excerpt: str


class Load(NamedTuple):
    """One page: its final address, what it refers to, what it holds, and how that is known.

    ``icon``: it names its icon, so that browsers do not ask for ``/favicon.ico``. ``base`` is what
    a base element says. ``varying`` is the inline code that differed from answer to answer.
    """

    url: str
    references: tuple[Reference, ...] = ()
    inlines: tuple[Inline, ...] = ()
    dangers: tuple[Danger, ...] = ()
    icon: bool = False
    notes: tuple[str, ...] = ()
    base: str | None = None
    varying: frozenset[Inline] = frozenset()


class Use(Model, frozen=True):
    """One source of the policy: the directive it stands in, how often and for what it is needed."""

    directive: str
    source: str
    count: int
    examples: tuple[str, ...] = ()


class Warn(Model, frozen=True):
    """What the policy will block, or should not allow: kind, how often, where, and what to do."""

    kind: str
    title: str
    count: int
    advice: str
    examples: tuple[str, ...] = ()


class Proposal(Model, frozen=True):
    """A policy with the reason for each of its sources.

    ``policy`` may hold ``{nonce}``, which stands for a value that is new in every response.
    """

    schema: str
    policy: str
    pages: tuple[str, ...]
    uses: tuple[Use, ...] = ()
    warnings: tuple[Warn, ...] = ()
    notes: tuple[str, ...] = ()
    strict: bool = False
