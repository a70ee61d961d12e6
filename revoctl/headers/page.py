"""A snapshot as the rules see it: with the policy beside it, and each header parsed only once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from revoctl.headers.snapshot import Hop, Snapshot
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Evidence, Fix

if TYPE_CHECKING:
    from revoctl.headers.preload import PreloadList

T = TypeVar("T")


class Page:
    """The final response of a snapshot, its hops and probes, and the policy that it is held to.

    ``preloaded`` is the HSTS preload list, or None without a list.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        policy: HeadersPolicy,
        preloaded: PreloadList | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.policy = policy
        self.preloaded = preloaded
        self.memo: dict[object, Any] = {}

    @cached_property
    def hop(self) -> Hop:
        """The response that is judged: the last one."""
        return self.snapshot.hops[-1]

    @cached_property
    def _fields(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self.hop.fields:
            key = name.lower()
            found[key] = (*found.get(key, ()), value)
        return found

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header of the final response in wire order; ``name`` in lower case."""
        return self._fields.get(name, ())

    def names(self) -> tuple[str, ...]:
        """The header names of the final response in lower case, each once."""
        return tuple(self._fields)

    @cached_property
    def https(self) -> bool:
        """Whether the final response came over TLS."""
        return self.hop.url.startswith("https:")

    @cached_property
    def host(self) -> str:
        """The final response's host in lower case, without port or brackets."""
        return (urlsplit(self.hop.url).hostname or "").lower()

    @cached_property
    def media_type(self) -> str:
        """The first Content-Type without parameters, in lower case; empty if there is none."""
        types = self.values("content-type")
        return types[0].partition(";")[0].strip().lower() if types else ""

    @cached_property
    def is_html(self) -> bool:
        """Whether a browser would render it as a document; an untyped response may be sniffed."""
        return self.media_type in ("text/html", "application/xhtml+xml", "")

    def evidence(self, *names: str, hop: Hop | None = None) -> tuple[Evidence, ...]:
        """Evidence made of the named headers' lines (lower case) of a hop, the final by default."""
        at = hop or self.hop
        return tuple(
            Evidence(at.url, f"{name}: {value}", self.snapshot.taken)
            for name, value in at.fields
            if name.lower() in names
        ) or (Evidence(at.url, "", self.snapshot.taken),)

    def policy_fix(self, header: str, note: str = "") -> Fix | None:
        """The fix that sets a header to what the policy says; None where it says nothing."""
        setting = self.policy.setting(header)
        return Fix("set", setting.name, setting.value, note) if setting else None


def per_page(parse: Callable[[Page], T]) -> Callable[[Page], T]:
    """Remember a function of a page on that page, so that many rules share one parse."""

    @wraps(parse)
    def remembered(page: Page) -> T:
        try:
            value: T = page.memo[parse]
        except KeyError:
            value = page.memo[parse] = parse(page)
        return value

    return remembered
