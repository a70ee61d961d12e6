"""What an operator means by a target: a declared name, or an address; with its request headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from revoctl.cli import credentials
from revoctl.cli.run import Run
from revoctl.config import Layer
from revoctl.errors import PolicyError
from revoctl.quantities import duration
from revoctl.trust import TrustStore

KEYS = ("url", "headers", "profile", "timeout", "subject")


class Target(msgspec.Struct, frozen=True):
    """One thing to scan: its address, what to send along, and what its settings entry says."""

    address: str
    headers: tuple[tuple[str, str], ...] = ()
    profile: str = ""
    timeout: float | None = None
    subject: str = ""
    base: Path | None = None


def resolve(run: Run, text: str, given: Sequence[str]) -> Target:
    """A target by its name in the settings, or the text as an address; ``given`` are --header.

    A header that a project file asks for is sent only if that file is trusted. Raises
    :class:`RevoctlError` ``config.untrusted``, ``config.invalid``, ``credential.*``.
    """
    own = tuple(credentials.parse(h, run.environment) for h in given)
    run.streams.redactor.learn(*(value for _, value in own))
    found = run.settings.entry("targets", text)
    if found is None:
        return Target(text, own)
    entry, layer = found
    check_entry(text, entry, layer)
    return Target(
        address=entry["url"],
        headers=(*_headers(run, entry, layer), *own),
        profile=entry.get("profile", ""),
        timeout=duration(str(entry["timeout"])) if "timeout" in entry else None,
        subject=entry.get("subject", text),
        base=layer.path.parent,
    )


def check_entry(name: str, entry: Any, layer: Layer) -> None:
    """Check one entry of ``targets``. Raises :class:`PolicyError` with file and line."""
    key = f"targets.{name}"
    place = layer.source.place
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise PolicyError(key, "lacks url", "a target is a mapping with a url").at(place(key))
    for word, value in entry.items():
        where = f"{key}.{word}"
        if word not in KEYS:
            raise PolicyError(where, "is not a key of a target", f"known: {KEYS}").at(place(where))
        if word == "headers" and not isinstance(value, Mapping):
            raise PolicyError(where, "must be a mapping").at(place(where))


def _headers(run: Run, entry: Mapping[str, Any], layer: Layer) -> tuple[tuple[str, str], ...]:
    permit = _permit(run, entry, layer)
    found = tuple(
        (name, credentials.resolve(name, value, run.environment, permit))
        for name, value in (entry.get("headers") or {}).items()
    )
    run.streams.redactor.learn(*(value for _, value in found))
    return found


def _permit(run: Run, entry: Mapping[str, Any], layer: Layer) -> Callable[[str], None]:
    store = TrustStore(run.environment)
    return lambda wants: store.require(layer, f"{wants} to {entry['url']}")
