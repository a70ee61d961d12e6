"""The cookies of one chain of redirects, for sites that set one and send the browser back.

Kept for the origin that set them and for this chain only; never saved. Domain and Path are not
honoured: a cookie goes back to exactly where it came from, and nowhere else.
"""

from __future__ import annotations

from revoctl.headers.fetch.url import Url
from revoctl.headers.snapshot import Field

MOST = 50
LONGEST = 4096


class Jar:
    """At most fifty cookies of at most 4096 characters for each origin."""

    def __init__(self) -> None:
        self._cookies: dict[str, dict[str, str]] = {}

    def learn(self, url: Url, fields: tuple[Field, ...]) -> None:
        """Take in what an answer from ``url`` sets."""
        for field in fields:
            if field.name.lower() == "set-cookie":
                self._set(url.origin, field.value)

    def header(self, url: Url) -> str:
        """The value of Cookie for a request to ``url``; empty without cookies."""
        kept = self._cookies.get(url.origin, {})
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def _set(self, origin: str, text: str) -> None:
        pair, _, attributes = text.partition(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(), value.strip()
        sendable = pair.isascii() and pair.isprintable() and len(pair) <= LONGEST
        if not equals or not name or not sendable:
            return
        kept = self._cookies.setdefault(origin, {})
        if "max-age=0" in attributes.lower().replace(" ", ""):
            kept.pop(name, None)
        elif name in kept or len(kept) < MOST:
            kept[name] = value
