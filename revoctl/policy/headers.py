"""The header policy: which response headers a service sends, and how strictly a scan takes rules.

A profile's mapping becomes a :class:`HeadersPolicy`; whatever is not understood is an error that
names the key. The format stands in ``profiles/headers/owasp.yaml``, with every key explained.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from revoctl.errors import PolicyError

SCHEMA = "revoctl.policy.headers/v1"
SCOPES = ("always", "https", "html")
MODES = ("replace", "append", "default")
SCALES = ("mdn", "owasp")
SEVERITIES = ("critical", "high", "medium", "low", "info", "off")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """How a profile takes one rule: another severity, or ``off`` with a reason."""

    severity: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HeadersPolicy:
    """What a service's responses carry and must not carry, and how a scan is graded.

    ``settings`` and ``rules`` are keyed by lower-case header name and by rule id. ``remove`` lists
    header names that must not be sent; a name may end in ``*``.
    """

    name: str
    title: str = ""
    description: str = ""
    scale: str = "owasp"
    settings: Mapping[str, HeaderSetting] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)

    def setting(self, header: str) -> HeaderSetting | None:
        """The setting of a header, by name in any case."""
        return self.settings.get(header.lower())

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> HeadersPolicy:
        """Validate a profile's resolved mapping.

        Raises :class:`~revoctl.errors.PolicyError` naming the key that is wrong.
        """
        _known(data, _TOP, "")
        scale = _one_of(data.get("scale", "owasp"), SCALES, "scale")
        return cls(
            name=_text(data.get("name", ""), "name"),
            title=_text(data.get("title", ""), "title"),
            description=_text(data.get("description", ""), "description"),
            scale=scale,
            settings={
                str(name).lower(): _setting(str(name), entry)
                for name, entry in _mapping(data.get("headers", {}), "headers").items()
                if entry is not None
            },
            remove=_texts(data.get("remove", ()), "remove"),
            rules={
                str(name): _rule(str(name), entry)
                for name, entry in _mapping(data.get("rules", {}), "rules").items()
                if entry is not None
            },
        )


_TOP = ("schema", "name", "title", "description", "extends", "scale", "headers", "remove", "rules")
_SETTING = ("value", "scope", "mode", "paths", "note")


def _setting(name: str, entry: object) -> HeaderSetting:
    key = f"headers.{name}"
    if not name or not all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name):
        raise PolicyError(key, "is not a header name", "RFC 9110 allows token characters only")
    data = entry if isinstance(entry, Mapping) else {"value": entry}
    _known(data, _SETTING, f"{key}.")
    value = " ".join(_text(data.get("value"), f"{key}.value").split())
    if not value.isprintable():
        raise PolicyError(
            f"{key}.value", "holds a control character", "a header is one line of text"
        )
    return HeaderSetting(
        name,
        value,
        _one_of(data.get("scope", "always"), SCOPES, f"{key}.scope"),
        _one_of(data.get("mode", "replace"), MODES, f"{key}.mode"),
        _texts(data.get("paths", ()), f"{key}.paths"),
        _text(data.get("note", ""), f"{key}.note"),
    )


def _rule(name: str, entry: object) -> RuleSetting:
    key = f"rules.{name}"
    if entry is False:  # YAML 1.1 reads a bare `off` as false
        entry = "off"
    data = entry if isinstance(entry, Mapping) else {"severity": entry}
    _known(data, ("severity", "reason"), f"{key}.")
    severity = data.get("severity")
    severity = _one_of("off" if severity is False else severity, SEVERITIES, f"{key}.severity")
    reason = _text(data.get("reason", ""), f"{key}.reason")
    if severity == "off" and not reason:
        raise PolicyError(key, "is off without a reason", "what is not judged must say why")
    return RuleSetting(severity, reason)


def _known(data: Mapping[str, Any], allowed: Sequence[str], prefix: str) -> None:
    for key in data:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, 1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(allowed)}"
            raise PolicyError(f"{prefix}{key}", "is not a key of a header policy", "", hint)


def _mapping(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError(key, "must be a mapping", f"it is {_kind(value)}")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(key, "must be text", f"it is {_kind(value)}", "put it in quotes")
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise PolicyError(key, "must be a list of texts", f"it is {_kind(value)}")
    return tuple(_text(v, f"{key}[{i}]") for i, v in enumerate(value))


def _one_of(value: object, allowed: Sequence[str], key: str) -> str:
    if value not in allowed:
        raise PolicyError(key, f"is {value!r}", f"it must be one of {', '.join(allowed)}")
    return str(value)


def _kind(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
