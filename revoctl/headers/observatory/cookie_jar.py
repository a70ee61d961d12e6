"""The cookies that are left when the response's lines have gone into the Observatory's jar.

Facts from tough-cookie 5.1 (``setCookie`` with public suffixes refused and prefixes enforced
silently) and http-cookie-agent 7: a cookie without a name, for a foreign or public domain, or that
breaks its ``__Host-`` or ``__Secure-`` prefix never gets in; one of the same name, domain and path
replaces the former; what has expired stays until the next request that it would have gone with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from revoctl.headers.observatory.wire import is_plain, trim
from revoctl.headers.public_suffix import registrable
from revoctl.headers.snapshot import Hop

_SPECIAL = ("local", "example", "invalid", "localhost", "test")  # RFC 6761 section 6
_CONTROLS = frozenset(map(chr, range(32)))


class Cookie(Struct, frozen=True):
    """A cookie of the jar; ``same_site`` is None where it is absent or unknown."""

    name: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str | None
    max_age: str
    expires: str

    def expired(self, now: datetime) -> bool:
        """Whether it was gone when it came; Max-Age goes before Expires."""
        if self.max_age:
            return self.max_age.startswith("-") or not self.max_age.strip("0")
        if not self.expires:
            return False
        from revoctl.headers.syntax.dates import parse

        date = parse(self.expires)
        return date is not None and date <= now


def fill(hops: Iterable[Hop], now: datetime) -> tuple[Cookie, ...]:
    """The jar after these hops, all of which belong to one visit."""
    jar: dict[tuple[str, str, str], Cookie] = {}
    for hop in hops:
        url = urlsplit(hop.url)
        host, path = (url.hostname or "").lower(), url.path or "/"
        for key, cookie in list(jar.items()):
            if _goes_with(cookie, host, path) and cookie.expired(now):
                del jar[key]
        for line in hop.values("set-cookie"):
            found = read(line, host, path)
            if found:
                jar[found.domain, found.path, found.name] = found
    return tuple(jar.values())


def read(line: str, host: str, path: str) -> Cookie | None:
    """The cookie that a line puts into the jar, if it does."""
    cut = str.strip if is_plain(line) else trim
    pair, *rest = cut(line).split(";")
    name, equals, _ = pair.partition("=")
    name = cut(name)
    if not name or not equals or not _CONTROLS.isdisjoint(name):
        return None
    found = _attributes(rest, cut)
    domain = found.get("domain", "")
    if domain and not _may_set(domain, host):
        return None
    wanted = found.get("path", "")
    if not wanted.startswith("/"):
        wanted = path[: path.rfind("/")] or "/" if path.startswith("/") else "/"
    same_site = found.get("samesite", "").lower()
    cookie = Cookie(
        name,
        domain or host,
        wanted,
        "secure" in found,
        "httponly" in found,
        same_site if same_site in ("strict", "lax", "none") else None,
        found.get("max-age", ""),
        found.get("expires", ""),
    )
    return cookie if _keeps_promise(cookie, bool(domain)) else None


def _attributes(parts: list[str], cut: Callable[[str], str]) -> dict[str, str]:
    """The last attribute of each name; a Domain, Max-Age or Expires without meaning is none."""
    found: dict[str, str] = {}
    for part in parts:
        key, _, value = part.partition("=")
        key, value = cut(key).lower(), cut(value)
        if key == "domain":
            value = value.removeprefix(".").lower()
        if key == "max-age" and not _is_integer(value):
            continue
        if value or key not in ("domain", "expires"):
            found[key] = value
    return found


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit()


def _may_set(domain: str, host: str) -> bool:
    """Whether a host may set a cookie for a domain: its own or a parent, no public suffix."""
    labels = domain.split(".")
    special = labels[-1] in _SPECIAL and (len(labels) > 1 or domain in ("localhost", "invalid"))
    if not special and registrable(domain) is None:
        return False
    return host == domain or (host.endswith(f".{domain}") and not _is_address(host))


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _keeps_promise(cookie: Cookie, has_domain: bool) -> bool:
    if cookie.name.startswith("__Secure-"):
        return cookie.secure
    if cookie.name.startswith("__Host-"):
        return cookie.secure and not has_domain and cookie.path == "/"
    return True


def _goes_with(cookie: Cookie, host: str, path: str) -> bool:
    if host != cookie.domain and not host.endswith(f".{cookie.domain}"):
        return False
    return path == cookie.path or path.startswith(cookie.path.rstrip("/") + "/")
