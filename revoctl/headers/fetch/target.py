"""What an operator types, made a URL."""

from __future__ import annotations

import socket

from msgspec import Struct
from msgspec.structs import replace

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.url import BadUrl, Url, parse_authority, parse_url


class Target(Struct, frozen=True):
    """Where to begin. ``assumed``: no scheme was given, so https is tried first, then http."""

    url: Url
    assumed: bool = False

    @property
    def plain(self) -> Url:
        """The http URL to fall back to: port 80 for the default port, else the same port."""
        port = 80 if self.url.port == 443 else self.url.port
        return replace(self.url, scheme="http", port=port)


def parse_target(text: str) -> Target:
    """A target from ``host``, ``host:port``, ``[v6]:port``, ``::1`` or a URL, each with a path.

    A bare host means https; bare port 80 means http. Raises
    :class:`~revoctl.errors.RevoctlError` ``target.invalid``.
    """
    stripped = text.strip()
    try:
        if "://" in stripped.partition("?")[0].partition("#")[0]:
            return Target(parse_url(stripped))
        return _bare(stripped)
    except BadUrl as error:
        shown = text if "@" not in text else "what stands after @: " + text.rpartition("@")[2]
        raise failures.invalid(shown, str(error)) from None


def _bare(text: str) -> Target:
    if not text:
        raise BadUrl("it is empty")
    if text.startswith("/"):
        raise BadUrl("it has no host")
    authority = text[: min((i for c in "/?#" if (i := text.find(c)) >= 0), default=len(text))]
    if _is_ipv6(authority):
        text = f"[{authority}]{text[len(authority) :]}"
    url = parse_url(f"https://{text}")
    if authority.endswith(":80") and not _is_ipv6(authority):
        host, port = parse_authority(authority, "http")
        return Target(replace(url, scheme="http", host=host, port=port))
    explicit = authority.endswith(":443") and not _is_ipv6(authority)
    return Target(url, assumed=not explicit)


def _is_ipv6(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True
