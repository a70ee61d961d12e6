"""The header policy: which response headers a service sends, and how strictly a scan takes rules.

A profile's mapping becomes a :class:`HeadersPolicy`; whatever is not understood is an error that
names the key. The format stands in ``profiles/headers/owasp.yaml``, with every key explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from revoctl.errors import PolicyError
from revoctl.policy.check import known, mapping, one_of, text, texts

if TYPE_CHECKING:
    from revoctl.policy.cors import CorsPolicy
    from revoctl.policy.limits import RateLimitPolicy
    from revoctl.policy.timing import TimingPolicy

SCHEMA = "revoctl.policy.headers/v1"
SCOPES = ("always", "https", "html")
MODES = ("replace", "append", "default")
SCALES = ("mdn", "owasp")
SEVERITIES = ("critical", "high", "medium", "low", "info", "off")


@dataclass(frozen=True)
class HeaderSetting:
    """One header of the policy.

    ``scope``: ``always``, only over ``https``, or only on ``html`` documents. ``mode``: how it
    meets the application's own header: ``replace`` it, ``append`` a line, or ``default`` to it.
    ``paths``: if given, only responses under these path prefixes carry it.
    """

    name: str
    value: str
    scope: str = "always"
    mode: str = "replace"
    paths: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class RuleSetting:
    """How a profile takes one rule: another severity, or ``off`` with a reason."""

    severity: str
    reason: str = ""


@dataclass(frozen=True)
class HeadersPolicy:
    """What a service's responses carry and must not carry, and how a scan is graded.

    ``settings`` and ``rules`` are keyed by lower-case header name and by rule id. ``remove`` lists
    header names that must not be sent; a name may end in ``*``. ``cors``, ``rate_limit`` and
    ``timing`` are what a service enforces beside its headers, None where it does not.
    ``trusted_proxies`` are the addresses and networks whose ``X-Forwarded-*`` is believed; None is
    not written, which per-client limits refuse.
    """

    name: str
    title: str = ""
    description: str = ""
    scale: str = "owasp"
    settings: Mapping[str, HeaderSetting] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    cors: CorsPolicy | None = None
    rate_limit: RateLimitPolicy | None = None
    timing: TimingPolicy | None = None
    trusted_proxies: tuple[str, ...] | None = None

    def setting(self, header: str) -> HeaderSetting | None:
        """The setting of a header, by name in any case."""
        return self.settings.get(header.lower())

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> HeadersPolicy:
        """Validate a profile's resolved mapping.

        Raises :class:`~revoctl.errors.PolicyError` naming the key that is wrong.
        """
        known(data, _TOP, "")
        scale = one_of(data.get("scale", "owasp"), SCALES, "scale")
        return cls(
            name=text(data.get("name", ""), "name"),
            title=text(data.get("title", ""), "title"),
            description=text(data.get("description", ""), "description"),
            scale=scale,
            settings={
                str(name).lower(): _setting(str(name), entry)
                for name, entry in mapping(data.get("headers", {}), "headers").items()
                if entry is not None
            },
            remove=texts(data.get("remove", ()), "remove"),
            rules={
                str(name): _rule(str(name), entry)
                for name, entry in mapping(data.get("rules", {}), "rules").items()
                if entry is not None
            },
            **_enforced(data),
        )


_TOP = (
    *("schema", "name", "title", "description", "extends", "scale", "headers", "remove", "rules"),
    *("cors", "rate_limit", "timing", "trusted_proxies"),
)
_SETTING = ("value", "scope", "mode", "paths", "note")


def _setting(name: str, entry: object) -> HeaderSetting:
    key = f"headers.{name}"
    if not name or not all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name):
        raise PolicyError(key, "is not a header name", "RFC 9110 allows token characters only")
    data = entry if isinstance(entry, Mapping) else {"value": entry}
    known(data, _SETTING, f"{key}.")
    value = " ".join(text(data.get("value"), f"{key}.value").split())
    if not value.isprintable():
        raise PolicyError(
            f"{key}.value", "holds a control character", "a header is one line of text"
        )
    return HeaderSetting(
        name,
        value,
        one_of(data.get("scope", "always"), SCOPES, f"{key}.scope"),
        one_of(data.get("mode", "replace"), MODES, f"{key}.mode"),
        texts(data.get("paths", ()), f"{key}.paths"),
        text(data.get("note", ""), f"{key}.note"),
    )


def _rule(name: str, entry: object) -> RuleSetting:
    key = f"rules.{name}"
    if entry is False:  # YAML 1.1 reads a bare `off` as false
        entry = "off"
    data = entry if isinstance(entry, Mapping) else {"severity": entry}
    known(data, ("severity", "reason"), f"{key}.")
    severity = data.get("severity")
    severity = one_of("off" if severity is False else severity, SEVERITIES, f"{key}.severity")
    reason = text(data.get("reason", ""), f"{key}.reason")
    if severity == "off" and not reason:
        raise PolicyError(key, "is off without a reason", "what is not judged must say why")
    return RuleSetting(severity, reason)


def _enforced(data: Mapping[str, Any]) -> dict[str, Any]:
    """What only a service reads; imported when it is there, because a scan has no use for it."""
    found: dict[str, Any] = {}
    if data.get("trusted_proxies") is not None:
        found["trusted_proxies"] = texts(data["trusted_proxies"], "trusted_proxies")
    if data.get("cors") is not None:
        from revoctl.policy.cors import CorsPolicy

        found["cors"] = CorsPolicy.from_mapping(mapping(data["cors"], "cors"))
    if data.get("rate_limit") is not None:
        from revoctl.policy.limits import RateLimitPolicy

        section = mapping(data["rate_limit"], "rate_limit")
        found["rate_limit"] = limits = RateLimitPolicy.from_mapping(section)
        if limits.per_client and "trusted_proxies" not in found:
            raise PolicyError("trusted_proxies", *UNWRITTEN)
    if data.get("timing") is not None:
        from revoctl.policy.timing import TimingPolicy

        found["timing"] = TimingPolicy.from_mapping(mapping(data["timing"], "timing"))
    return found


UNWRITTEN = (
    "must be written where clients are limited",
    "behind a proxy that is not named all clients are one",
    "write trusted_proxies: [] if clients connect directly, else the proxies' networks",
)
"""Why a limit per client needs to know the proxies: what, why and fix of a PolicyError."""
