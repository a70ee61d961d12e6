"""Validate a policy's mapping key by key: every complaint is a PolicyError that names the key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from revoctl.errors import PolicyError


def known(data: Mapping[str, Any], allowed: Sequence[str], prefix: str) -> None:
    """Refuse a key that a policy does not have, with the nearest one that it has."""
    for key in data:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, 1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(allowed)}"
            raise PolicyError(f"{prefix}{key}", "is not a key of a header policy", "", hint)


def mapping(value: object, key: str) -> Mapping[str, Any]:
    """A mapping, or a PolicyError."""
    if not isinstance(value, Mapping):
        raise PolicyError(key, "must be a mapping", f"it is {kind(value)}")
    return value


def text(value: object, key: str) -> str:
    """A text, or a PolicyError."""
    if not isinstance(value, str):
        raise PolicyError(key, "must be text", f"it is {kind(value)}", "put it in quotes")
    return value


def texts(value: object, key: str) -> tuple[str, ...]:
    """A list of texts, or a PolicyError."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise PolicyError(key, "must be a list of texts", f"it is {kind(value)}")
    return tuple(text(v, f"{key}[{i}]") for i, v in enumerate(value))


def flag(value: object, key: str) -> bool:
    """True or false, or a PolicyError."""
    if not isinstance(value, bool):
        raise PolicyError(key, "must be true or false", f"it is {kind(value)}")
    return value


def whole(value: object, key: str, least: int, most: int) -> int:
    """A whole number within bounds, or a PolicyError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise PolicyError(key, "must be a whole number", f"it is {kind(value)}")
    if not least <= value <= most:
        raise PolicyError(key, f"is {value}", f"it must be from {least} to {most}")
    return value


def one_of(value: object, allowed: Sequence[str], key: str) -> str:
    """One of the allowed texts, or a PolicyError."""
    if value not in allowed:
        raise PolicyError(key, f"is {value!r}", f"it must be one of {', '.join(allowed)}")
    return str(value)


def paths(value: object, key: str) -> tuple[str, ...]:
    """Path prefixes, each from the root, or a PolicyError."""
    found = texts(value, key)
    for index, path in enumerate(found):
        path_prefix(path, f"{key}[{index}]")
    return found


def path_prefix(value: str, key: str) -> str:
    """One path prefix, from the root and without query, or a PolicyError."""
    if not value.startswith("/") or not value.isprintable() or "?" in value or "#" in value:
        raise PolicyError(key, f"is {value!r}", "a path starts with / and has no query")
    return value


def kind(value: object) -> str:
    """What a value is, for a sentence: ``missing`` or ``a list``."""
    return "missing" if value is None else f"a {type(value).__name__}"
