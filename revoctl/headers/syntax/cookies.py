"""Set-Cookie as a browser reads it (RFC 6265bis section 5.6).

Attribute names count in any case, the last of several counts, ``Secure=false`` is still Secure, an
unknown SameSite is as if there were none, and Max-Age goes before Expires. One line is one cookie:
the comma in a date never separates.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from revoctl.headers.syntax.tokens import OWS

SAME_SITE = ("strict", "lax", "none")
PREFIXES = ("__host-http-", "__http-", "__host-", "__secure-")


class Cookie(Struct, frozen=True):
    """One cookie. ``same_site`` is as written in lower case, None where the attribute is absent.

    ``domain`` is lower-case without its leading dot, empty for a cookie of this host alone;
    ``max_age`` is in seconds; ``prefix`` is the promise that the name makes, in lower case.
    """

    name: str
    value: str = ""
    secure: bool = False
    http_only: bool = False
    same_site: str | None = None
    domain: str = ""
    path: str = ""
    max_age: int | None = None
    expires: datetime | None = None
    partitioned: bool = False

    @property
    def prefix(self) -> str:
        """``__host-`` and its like if the name starts with one, else empty."""
        name = self.name.lower()
        return next((p for p in PREFIXES if name.startswith(p)), "")

    def deletes(self, now: datetime) -> bool:
        """Whether the line only removes a cookie that the browser may hold."""
        if self.max_age is not None:
            return self.max_age <= 0
        return self.expires is not None and self.expires <= now

    def broken_promises(self) -> tuple[str, ...]:
        """What the name's prefix demands and the cookie lacks; browsers drop such a cookie."""
        prefix = self.prefix
        if not prefix:
            return ()
        lacks = [] if self.secure else ["Secure"]
        if "http-" in prefix and not self.http_only:
            lacks.append("HttpOnly")
        if prefix.startswith("__host-"):
            lacks += ["no Domain"] * bool(self.domain) + ["Path=/"] * (self.path != "/")
        return tuple(lacks)


def parse(line: str) -> Cookie:
    """Read one Set-Cookie line; whatever it is, it gives a cookie, perhaps without a name."""
    pair, _, rest = line.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    attributes: dict[str, str] = {}
    for part in rest.split(";") if rest else ():
        key, _, content = part.partition("=")
        _take(attributes, key.strip(OWS).lower(), content.strip(OWS))
    return Cookie(
        name.strip(OWS),
        value.strip(OWS),
        "secure" in attributes,
        "httponly" in attributes,
        attributes["samesite"].lower() if "samesite" in attributes else None,
        attributes.get("domain", "").removeprefix(".").lower(),
        attributes.get("path", ""),
        _max_age(attributes.get("max-age")),
        _moment(attributes["expires"]) if "expires" in attributes else None,
        "partitioned" in attributes,
    )


def _take(attributes: dict[str, str], key: str, content: str) -> None:
    """Keep the last usable attribute: a Max-Age or Expires that means nothing is passed over."""
    if key == "max-age" and _max_age(content) is None:
        return
    if key == "expires" and _moment(content) is None:
        return
    attributes[key] = content


def _moment(text: str) -> datetime | None:
    from revoctl.headers.syntax.dates import parse  # expressions that few cookies need

    return parse(text)


def _max_age(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return None
    digits = digits.lstrip("0") or "0"
    size = int(digits) if len(digits) <= 10 else 10**10
    return -size if text.startswith("-") else size
