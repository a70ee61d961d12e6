"""The section ``cors``: which origins may read a service's answers, and what they may ask.

Sources: Fetch Standard, "CORS protocol"; Private Network Access (WICG draft). Settings that no
browser honours, or that hand every origin the user's credentials, are refused when read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from revoctl.errors import PolicyError
from revoctl.policy.check import flag, known, texts, whole

ALL_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
FORBIDDEN_METHODS = ("CONNECT", "TRACE", "TRACK")
DEFAULT_PORTS = {"http": 80, "https": 443}
STRANGERS = ("https://stranger.invalid", "http://stranger.invalid", "https://stranger.invalid:8443")
"""Origins that nobody owns: a pattern that matches one of them matches more than was meant."""


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """An allow-list of origins and what they are granted.

    ``allow_origins``: exact origins as browsers send them, or ``*`` alone. Every one of
    ``allow_origin_patterns`` is a regular expression that must match a whole origin.
    ``allow_methods``: ``*`` stands for the usual ones. ``allow_headers``: ``*`` stands for whatever
    is asked. ``max_age``: seconds that a browser may keep a preflight's answer. Raises
    :class:`~revoctl.errors.PolicyError` for settings that cannot work or that every origin could
    abuse.
    """

    allow_origins: tuple[str, ...] = ()
    allow_origin_patterns: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ("GET",)
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    allow_private_network: bool = False
    max_age: int = 600

    def __post_init__(self) -> None:
        """Refuse what is impossible."""
        _check_origins(self)
        _check_patterns(self)
        _check_everyone(self)
        _check_methods(self.allow_methods)
        for key in ("allow_headers", "expose_headers"):
            _check_headers(getattr(self, key), f"cors.{key}")
        whole(self.max_age, "cors.max_age", 0, 31_536_000)

    @property
    def everyone(self) -> bool:
        """Whether any origin may read, without credentials."""
        return "*" in self.allow_origins

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods granted, ``*`` spelt out: with credentials browsers take it literally."""
        return ALL_METHODS if "*" in self.allow_methods else self.allow_methods

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> CorsPolicy:
        """Validate the section; raises :class:`~revoctl.errors.PolicyError` naming the key."""
        known(data, [field.name for field in fields(cls)], "cors.")
        given: dict[str, Any] = {}
        for key, value in data.items():
            place = f"cors.{key}"
            if key == "max_age":
                given[key] = value
            elif key in ("allow_credentials", "allow_private_network"):
                given[key] = flag(value, place)
            else:
                given[key] = texts(value, place)
        return cls(**given)


def _check_origins(policy: CorsPolicy) -> None:
    if policy.everyone and len(policy.allow_origins) + len(policy.allow_origin_patterns) > 1:
        raise PolicyError("cors.allow_origins", "has * and others", "* already allows every origin")
    for index, origin in enumerate(policy.allow_origins):
        if origin not in ("*", "null"):
            _check_origin(origin, f"cors.allow_origins[{index}]")
    if "null" in policy.allow_origins and policy.allow_credentials:
        raise PolicyError(
            "cors.allow_origins",
            "has null, with credentials",
            "any page can make itself the origin null, by a sandboxed frame",
        )


def _check_origin(origin: str, key: str) -> None:
    """What is not written as a browser serialises an origin never matches (RFC 6454 section 6)."""
    if "*" in origin:
        raise PolicyError(key, f"is {origin!r}", "an exact origin has no *", _PATTERN_HINT)
    try:
        parts = urlsplit(origin)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise PolicyError(key, f"is {origin!r}", str(error)) from None
    if not parts.scheme or not host:
        raise PolicyError(key, f"is {origin!r}", "an origin is https://host or https://host:port")
    bracketed = f"[{host}]" if ":" in host else host
    usual = port is None or DEFAULT_PORTS.get(parts.scheme) == port
    written = f"{parts.scheme}://{bracketed}" + ("" if usual else f":{port}")
    if origin != written or not origin.isascii():
        hint = f"write {written}" if written.isascii() else "write the host in its xn-- form"
        raise PolicyError(
            key, f"is {origin!r}", "browsers send another form, it never matches", hint
        )


_PATTERN_HINT = "use allow_origin_patterns, such as https://[a-z0-9-]+\\.example\\.com"


def _check_patterns(policy: CorsPolicy) -> None:
    for index, pattern in enumerate(policy.allow_origin_patterns):
        key = f"cors.allow_origin_patterns[{index}]"
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise PolicyError(key, "is not a regular expression", str(error)) from None
        if any(compiled.fullmatch(stranger) for stranger in STRANGERS):
            raise PolicyError(
                key,
                "matches any origin",
                "whoever registers a host would be allowed",
                "name the host with its dots escaped, or write allow_origins: ['*']",
            )


def _check_everyone(policy: CorsPolicy) -> None:
    if not policy.everyone:
        if policy.allow_credentials and "*" in policy.expose_headers:
            raise PolicyError(
                "cors.expose_headers", "has * with credentials", "browsers take it literally then"
            )
        return
    if policy.allow_credentials:
        raise PolicyError(
            "cors.allow_credentials",
            "is true for every origin",
            "browsers refuse * with credentials, and reflecting the origin would let any site act "
            "as the user",
            "name the origins in allow_origins",
        )
    if policy.allow_private_network:
        raise PolicyError(
            "cors.allow_private_network",
            "is true for every origin",
            "any public page could reach into the private network",
            "name the origins in allow_origins",
        )


def _check_methods(methods: tuple[str, ...]) -> None:
    for index, method in enumerate(methods):
        key = f"cors.allow_methods[{index}]"
        if method in FORBIDDEN_METHODS:
            raise PolicyError(key, f"is {method}", "browsers never send it")
        if method != "*" and (not method.isascii() or not method.replace("-", "").isalpha()):
            raise PolicyError(key, f"is {method!r}", "it is not a method")
        if method.upper() in ALL_METHODS and not method.isupper():
            raise PolicyError(key, f"is {method!r}", "methods are case-sensitive", method.upper())


def _check_headers(names: tuple[str, ...], key: str) -> None:
    for index, name in enumerate(names):
        if not name or not name.isascii() or not all(c.isalnum() or c in _TOKEN for c in name):
            raise PolicyError(f"{key}[{index}]", f"is {name!r}", "it is not a header name")


_TOKEN = frozenset("!#$%&'*+-.^_`|~")
