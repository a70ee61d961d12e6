"""What a response says to a request from another origin (Fetch, "CORS check").

``Access-Control-Allow-Origin`` must be ``*`` or the very bytes of the request's Origin, on one
line; ``Access-Control-Allow-Credentials`` must be ``true`` in lower case, and then ``*`` is not
enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from revoctl.headers.syntax.tokens import OWS, combine, split_list


class Cors(Struct, frozen=True):
    """The answer of one response; ``allow_origin`` is None where the header is absent."""

    allow_origin: str | None = None
    credentials: bool = False
    varies: bool = False

    def admits(self, origin: str) -> bool:
        """Whether a page of that origin may read the answer to a request without credentials."""
        return self.allow_origin in ("*", origin)

    def admits_with_credentials(self, origin: str) -> bool:
        """Whether it may read what the user's own cookies bring."""
        return self.credentials and self.allow_origin == origin


def read(origins: Sequence[str], credentials: Sequence[str], vary: Sequence[str]) -> Cors:
    """Read the lines of Allow-Origin, Allow-Credentials and Vary."""
    names = {name.lower() for name in split_list(vary)}
    return Cors(
        combine(origins).strip(OWS) if origins else None,
        len(credentials) == 1 and credentials[0].strip(OWS) == "true",
        "origin" in names or "*" in names,
    )


def problem(allow_origin: str) -> str:
    """Why no browser can ever match this value; empty where one can."""
    if allow_origin in ("*", "null"):
        return ""
    if "," in allow_origin or " " in allow_origin:
        return "several origins, where one is allowed"
    if "*" in allow_origin:
        return "a wildcard inside an origin"
    scheme, separator, rest = allow_origin.partition("://")
    if not separator or not scheme or not rest:
        return "not an origin"
    if "/" in rest or "?" in rest or "#" in rest:
        return "an address with a path, where an origin is wanted"
    return "" if allow_origin == allow_origin.lower() else "capital letters, which no Origin has"


def relation(origin: str, url: str) -> str:
    """How an Origin stands to the address that was asked.

    ``same``, ``null``, ``downgrade`` (the same host without TLS), ``subdomain``, ``suffix`` (our
    host followed by theirs), ``prefix`` (theirs ends with the letters of ours) or ``foreign``.
    """
    if origin == "null":
        return "null"
    try:
        theirs, ours = urlsplit(origin), urlsplit(url)
        same_port = (theirs.port or _PORTS.get(theirs.scheme)) == (
            ours.port or _PORTS.get(ours.scheme)
        )
    except ValueError:
        return "foreign"
    host, own = (theirs.hostname or "").lower(), (ours.hostname or "").lower()
    if host == own:
        if theirs.scheme == ours.scheme and same_port:
            return "same"
        return "downgrade" if (theirs.scheme, ours.scheme) == ("http", "https") else "foreign"
    return _by_name(host, own)


def _by_name(host: str, own: str) -> str:
    if not own:
        return "foreign"
    if host.endswith("." + own):
        return "subdomain"
    if host.startswith(own):
        return "suffix"
    return "prefix" if host.endswith(own) else "foreign"


_PORTS = {"http": 80, "https": 443}
