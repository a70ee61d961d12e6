"""Cookie values and the operator's credentials taken out of what a target says, at capture."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from revoctl import redact
from revoctl.headers.snapshot import Anomaly, Body, Field, Hop
from revoctl.redact import REDACTED

_ATTRIBUTES = frozenset(
    ("expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned")
)
_LONGEST_FLAG = 16
_COOKIES = ("set-cookie", "set-cookie2")
_HARMLESS = frozenset(
    (
        "accept",
        "accept-language",
        "cache-control",
        "dnt",
        "host",
        "origin",
        "pragma",
        "referer",
        "upgrade-insecure-requests",
        "user-agent",
    )
)


def redact_cookie(value: str) -> str:
    """A Set-Cookie value with its name and attributes kept and the cookie's value replaced.

    An empty value stays, since it says that the cookie is deleted. Of attributes that no
    specification knows only the name stays: a value that holds a semicolon ends up there.
    """
    pair, *attributes = value.split(";")
    name, equals, text = pair.partition("=")
    if not equals:
        name, text = "", pair
    first = f"{name}{equals}{_hidden(text)}"
    return ";".join([first, *(_attribute(part) for part in attributes)])


def redact_cookies(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields, with the values of all cookies replaced."""
    return tuple(
        Field(f.name, redact_cookie(f.value)) if f.name.lower() in _COOKIES else f for f in fields
    )


def _hidden(text: str) -> str:
    stripped = text.strip(" \t")
    return text.replace(stripped, REDACTED, 1) if stripped else text


def _attribute(part: str) -> str:
    name, equals, value = part.partition("=")
    word = name.strip(" \t")
    if word.lower() in _ATTRIBUTES:
        return part
    if equals:
        return f"{name}={_hidden(value)}"
    flag = len(word) <= _LONGEST_FLAG and word.isascii() and word.replace("-", "").isalpha()
    return part if not word or flag else _hidden(part)


class Redactor:
    """Replaces the values of the operator's request headers wherever a target echoes them."""

    def __init__(self, headers: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> None:
        secrets = {s for name, value in headers for s in secrets_of(name, value)}
        self._redact = redact.Redactor(secrets | set(more))

    def text(self, text: str) -> str:
        """The text without any credential. Text is bytes as latin-1, or plain text."""
        return self._redact(text)

    def hop(self, hop: Hop) -> Hop:
        """The hop without any cookie's value or credential."""
        fields = redact_cookies(hop.fields)
        if not self._redact:
            return replace(hop, fields=fields)
        return replace(
            hop,
            url=self.text(hop.url),
            reason=self.text(hop.reason),
            fields=tuple(Field(self.text(f.name), self.text(f.value)) for f in fields),
            anomalies=tuple(Anomaly(a.kind, self.text(a.detail)) for a in hop.anomalies),
            body=hop.body and Body(self.text(hop.body.text), hop.body.complete, hop.body.size),
        )


def secrets_of(name: str, value: str) -> set[str]:
    """What of a request header must not come back: the value and the parts that are secret alone.

    Of ``Authorization`` also the token behind its scheme, and the two halves of Basic; of
    ``Cookie`` each value; of headers like ``Accept-Language`` nothing.
    """
    lower = name.lower()
    if lower in _HARMLESS:
        return set()
    found = {value.strip()}
    if lower == "cookie":
        found |= {pair.partition("=")[2].strip() for pair in value.split(";")}
    elif lower in ("authorization", "proxy-authorization"):
        scheme, _, token = value.strip().partition(" ")
        found.add(token.strip())
        found |= _basic(token.strip()) if scheme.lower() == "basic" else set()
    return found


def _basic(token: str) -> set[str]:
    import binascii

    try:
        text = binascii.a2b_base64(token.encode("ascii", "replace")).decode("utf-8", "replace")
    except ValueError:
        return set()
    return {text, text.partition(":")[2]}
