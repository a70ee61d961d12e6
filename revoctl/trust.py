"""Which project files may run commands or send credentials: trusted by path and content digest.

Someone else's checkout must not, by lying in the working directory, run a program or send a token
to an address of its choice. A file named by a flag and the user's own file are trusted as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from revoctl.config import Layer, user_folder
from revoctl.errors import RevoctlError
from revoctl.files import read, replace


class TrustStore:
    """The user's list of trusted project files, ``trust.json`` in the user's settings folder."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.path = user_folder(environment) / "trust.json"

    def holds(self, layer: Layer) -> bool:
        """Whether a settings file may do what needs trust."""
        return layer.kind != "project" or self._read().get(_key(layer.path)) == digest(layer)

    def require(self, layer: Layer, wants: str) -> None:
        """Raise :class:`RevoctlError` ``config.untrusted`` unless the file is trusted."""
        if self.holds(layer):
            return
        known = _key(layer.path) in self._read()
        why = "it has changed since it was trusted" if known else "it was never trusted"
        raise RevoctlError(
            "config.untrusted",
            f"{layer.path} wants to {wants}",
            f"a project file may not do that by itself, and {why}",
            "read it, then run: revoctl config trust",
        )

    def add(self, layer: Layer) -> None:
        """Trust a file as it stands now."""
        self._write({**self._read(), _key(layer.path): digest(layer)})

    def remove(self, path: Path) -> bool:
        """Withdraw trust; False if there was none."""
        entries = self._read()
        if entries.pop(_key(path), None) is None:
            return False
        self._write(entries)
        return True

    def _read(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        try:
            entries = json.loads(read(self.path, "the trust store", 1 << 20))
            return {str(k): str(v) for k, v in entries.items()}
        except (ValueError, AttributeError):
            raise RevoctlError(
                "config.invalid",
                f"the trust store {self.path} is not readable",
                "it is not a JSON object",
                "remove it and trust your project files again",
            ) from None

    def _write(self, entries: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps(entries, indent=2, sort_keys=True) + "\n"
        replace(self.path, text.encode(), mode=0o600, what="the trust store")


def digest(layer: Layer) -> str:
    """SHA-256 of the file's content, in hexadecimal."""
    return hashlib.sha256(layer.content).hexdigest()


def _key(path: Path) -> str:
    return str(path.resolve())
