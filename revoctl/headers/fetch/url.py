"""URLs as the engine uses them: parsed once, canonical, and resolved as browsers do.

Facts are those of the WHATWG URL Standard for http and https: hosts in lower case and ASCII, IPv4
in all its spellings, backslashes as slashes, dot segments removed. Unlike the standard it refuses
user information and zone identifiers, because no scan needs them and both have fooled filters.
"""

from __future__ import annotations

import socket

from msgspec import Struct
from msgspec.structs import replace

from revoctl.headers.fetch.hosts import BadHost, canonical_host

PORTS = {"http": 80, "https": 443}
LONGEST = 16384
"""Characters of a URL; servers refuse longer request lines than 8 to 16 KiB."""
_PLAIN = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=%[]|"
)
_PLAIN_BYTES = bytes(_PLAIN)


class BadUrl(ValueError):
    """The text is no http(s) URL; the message says why."""


class RefusedScheme(BadUrl):
    """The URL is one of another scheme."""


class Url(Struct, frozen=True):
    """An absolute URL without fragment. ``host`` is ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """``host``, with its port unless that is the default of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def authority(self) -> str:
        """``host:port``, always with the port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin as browsers serialise it (RFC 6454 section 6.1)."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def parse_url(text: str, encoding: str = "utf-8") -> Url:
    """An absolute http(s) URL. Raises :class:`BadUrl`, :class:`RefusedScheme`.

    ``encoding`` is how characters above ASCII become bytes in the path: ``utf-8`` for what people
    type, ``latin-1`` for text that is bytes already.
    """
    _check_text(text)
    if not _has_scheme(text):
        raise BadUrl("it has no scheme")
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme not in PORTS:
        raise RefusedScheme(f"its scheme is {scheme[:20]}, not http or https")
    if not rest.startswith("//"):
        raise BadUrl("there is no // after the scheme")
    authority, path = _split(rest[2:])
    return Url(scheme, *parse_authority(authority, scheme), _path(path, encoding))


def parse_authority(text: str, scheme: str) -> tuple[str, int]:
    """Host and port of ``host``, ``host:port``, ``[v6]`` or ``[v6]:port``. Raises BadUrl."""
    if "@" in text:
        raise BadUrl("it holds a user name or password before @")
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise BadUrl("its IPv6 address lacks the closing bracket")
        return _ipv6(host), _port(port[1:], scheme)
    host, _, port = text.partition(":")
    try:
        return canonical_host(host), _port(port, scheme)
    except BadHost as error:
        raise BadUrl(str(error)) from None


def resolve(base: Url, location: str) -> Url:
    """Where a Location leads from ``base``, as browsers take it. Raises as :func:`parse_url`.

    ``location`` is the field's value: bytes on the wire as latin-1.
    """
    text = location.strip(" \t").translate({9: None, 10: None, 13: None}).partition("#")[0]
    if text == "":
        return base
    before_query = text.partition("?")[0]
    text = before_query.replace("\\", "/") + text[len(before_query) :]
    if text.startswith("//"):
        text = f"{base.scheme}:{text}"
    if _has_scheme(text):
        return parse_url(_two_slashes(text), "latin-1")
    _check_text(text)
    return replace(base, path=_path(_merged(base.path, text), "latin-1"))


def _has_scheme(text: str) -> bool:
    scheme, colon, _ = text.partition(":")
    letters = scheme.replace("+", "").replace("-", "").replace(".", "")
    return bool(colon) and letters.isascii() and letters.isalnum() and scheme[0].isalpha()


def _two_slashes(text: str) -> str:
    """``https:/host`` and ``https:///host`` as browsers read them: as ``https://host``."""
    scheme, _, rest = text.partition(":")
    if scheme.lower() in PORTS and rest.startswith("/"):
        return f"{scheme}://{rest.lstrip('/')}"
    return text


def _check_text(text: str) -> None:
    if len(text) > LONGEST:
        raise BadUrl(f"it is longer than {LONGEST} characters")
    if not text.isprintable() and any(c < " " or c == "\x7f" for c in text):
        raise BadUrl("it holds a control character")


def _split(rest: str) -> tuple[str, str]:
    end = min((i for c in "/?#" if (i := rest.find(c)) >= 0), default=len(rest))
    if "\\" in rest[:end]:
        raise BadUrl("it holds a backslash before the path")
    return rest[:end], rest[end:].partition("#")[0]


def _ipv6(text: str) -> str:
    if "%" in text:
        raise BadUrl("it holds a zone identifier")
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
    except (OSError, ValueError):
        raise BadUrl("what stands in the brackets is no IPv6 address") from None


def _port(text: str, scheme: str) -> int:
    if text == "":
        return PORTS[scheme]
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or not 0 < int(text) < 65536:
        raise BadUrl(f"its port {text[:10]!r} is not a number from 1 to 65535")
    return int(text)


def _merged(base: str, text: str) -> str:
    """RFC 3986 section 5.2.2 without its scheme and authority cases."""
    path = base.partition("?")[0]
    if text.startswith("/"):
        return text
    if text.startswith("?"):
        return path + text
    return path[: path.rfind("/") + 1] + text


def _path(text: str, encoding: str) -> str:
    """Path and query: dot segments removed, whatever a request line cannot hold escaped."""
    path, mark, query = text.partition("?")
    if not path.startswith("/"):
        path = f"/{path}"
    return _escaped(_without_dots(path) + mark + query, encoding)


def _escaped(text: str, encoding: str) -> str:
    data = text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "xmlcharrefreplace")
    if not data.translate(None, _PLAIN_BYTES):
        return text
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in data)


_DOT = frozenset({".", "%2e"})
_DOTS = frozenset({"..", ".%2e", "%2e.", "%2e%2e"})


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4; ``%2e`` counts as a dot, as it does in browsers."""
    if "/." not in path and "/%2" not in path:
        return path
    segments = path.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        if segment.lower() in _DOTS:
            del kept[-1:]
        elif segment.lower() not in _DOT:
            kept.append(segment)
    if segments[-1].lower() in _DOT | _DOTS:
        kept.append("")
    return "/" + "/".join(kept)
