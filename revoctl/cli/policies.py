"""Load a policy by name or file, and let its errors say the file and line."""

from __future__ import annotations

from pathlib import Path

from revoctl.errors import PolicyError
from revoctl.policy.headers import HeadersPolicy
from revoctl.profiles import Profile, load


def headers_policy(name: str, base: Path | None = None) -> tuple[HeadersPolicy, Profile]:
    """A header policy and the profile it was made of.

    Raises :class:`RevoctlError` ``profile.unknown``, ``config.syntax``, ``config.invalid``.
    """
    profile = load("headers", name, base)
    try:
        return HeadersPolicy.from_mapping(profile.data), profile
    except PolicyError as error:
        raise profile.blame(error) from None
