"""Does one source list cover another's source: everything that it lets in, too?

Source: CSP Level 3, section 6.7.2.8 to 6.7.2.12 (scheme, host, port and path matching). A source
without a scheme is taken as https, which it is on an https page. Time is linear: a list is indexed
by host once, and of one host at most :data:`BUCKET` paths are compared, beyond which the answer
errs towards "not covered".
"""

from __future__ import annotations

from collections.abc import Iterable

from revoctl.headers.syntax.csp_sources import HOST, INVALID, SCHEME, Source

BUCKET = 32
NETWORK = frozenset({"http", "https", "ws", "wss"})
HARMLESS = frozenset(
    {"'none'", "'report-sample'", "'report-sha256'", "'report-sha384'", "'report-sha512'"}
)
"""Keywords that let nothing in."""

_UPGRADES = {
    "http": frozenset({"http", "https"}),
    "https": frozenset({"https"}),
    "ws": frozenset({"ws", "wss", "http", "https"}),
    "wss": frozenset({"wss", "https"}),
}
_DEFAULT_PORTS = {"http": "80", "ws": "80", "https": "443", "wss": "443"}


class Coverage:
    """What a list of sources lets in. ``own_host`` is what ``'self'`` stands for, if known."""

    def __init__(self, sources: Iterable[Source], own_host: str = "") -> None:
        self._own_host = own_host
        self._words: set[str] = set()
        self._schemes: set[str] = set()
        self._hosts: dict[str, list[Source]] = {}
        for source in sources:
            self._add(source)
        self.empty = not (self._words or self._schemes or self._hosts)

    def _add(self, source: Source) -> None:
        if source.kind == SCHEME:
            self._schemes |= _UPGRADES.get(source.scheme, {source.scheme})
        elif source.kind == HOST:
            bucket = self._hosts.setdefault(source.host, [])
            if len(bucket) < BUCKET:
                bucket.append(source)
        elif source.text not in HARMLESS and source.kind != INVALID:
            self._words.add(source.text)

    def has(self, text: str) -> bool:
        """Whether this exact keyword, nonce or hash is listed."""
        return text in self._words

    def covers(self, source: Source) -> bool:
        """Whether all that ``source`` lets in is let in by this list; INVALID lets in nothing."""
        if source.kind == SCHEME:
            every = Source("*", HOST, source.scheme, "*", "*")
            return source.scheme in self._schemes or self._host_covers(every)
        if source.kind == HOST:
            return self._covers_host(source)
        text = source.text
        if source.kind == INVALID or text in HARMLESS or text in self._words:
            return True
        if text == "'self'":
            own = Source(self._own_host, HOST, "https", self._own_host)
            return self._covers_host(own)
        return text == "'wasm-unsafe-eval'" and "'unsafe-eval'" in self._words

    def _covers_host(self, source: Source) -> bool:
        if (source.scheme or "https") in self._schemes:
            return True
        if "'self'" in self._words and source.host == self._own_host and source.scheme != "http":
            return source.port in ("", "443")
        return self._host_covers(source)

    def _host_covers(self, source: Source) -> bool:
        return any(
            _scheme(wide, source) and _port(wide, source) and _path(wide.path, source.path)
            for host in _wider(source.host)
            for wide in self._hosts.get(host, ())
        )


def _wider(host: str) -> list[str]:
    """The host patterns that contain ``host``: itself, each ``*.`` suffix of it, and ``*``."""
    labels = host.removeprefix("*.").split(".")
    first = 0 if host.startswith("*.") else 1
    patterns = ["*." + ".".join(labels[i:]) for i in range(first, len(labels))]
    return [host, *patterns, "*"] if host != "*" else ["*"]


def _scheme(wide: Source, narrow: Source) -> bool:
    asked = narrow.scheme or "https"
    if wide.text == "*":
        return asked in NETWORK
    given = wide.scheme or "https"
    return asked in _UPGRADES.get(given, (given,))


def _port(wide: Source, narrow: Source) -> bool:
    if wide.port == "*" or wide.port == narrow.port or wide.text == "*":
        return True
    default = _DEFAULT_PORTS.get(narrow.scheme or "https", "")
    given = wide.port or default
    return given == (narrow.port or default) or (given == "80" and narrow.port in ("", "443"))


def _path(wide: str, narrow: str) -> bool:
    if wide in ("", "/") or wide == narrow:
        return True
    return wide.endswith("/") and narrow.startswith(wide)
