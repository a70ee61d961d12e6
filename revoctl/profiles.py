"""Find a policy profile by name or path, resolve what it extends, and say which bytes it was.

Shipped profiles lie in ``profiles/KIND/NAME.yaml``: in the wheel under ``revoctl/_profiles``, in a
checkout (an editable install) beside the package. A profile says ``extends: NAME`` to start from
another; mappings merge key by key, null takes a key out, everything else replaces.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from revoctl.errors import PolicyError, RevoctlError
from revoctl.files import read
from revoctl.parse_cache import parse_cached
from revoctl.yaml_source import Source

LONGEST_CHAIN = 8


class Profile(msgspec.Struct, frozen=True):
    """A resolved profile: its mapping without ``extends``, a digest, and the files it came from."""

    name: str
    data: dict[str, Any]
    digest: str
    sources: tuple[Source, ...]

    def blame(self, error: PolicyError) -> PolicyError:
        """Add to a policy's error the file and line that said it, the nearest file first."""
        holders = [s for s in self.sources if error.key in s.lines]
        return error.at((holders or list(self.sources))[0].place(error.key))


def shipped(kind: str) -> tuple[str, ...]:
    """The names of the profiles of a kind (``headers``, ``readiness`` …) that revoctl ships."""
    return tuple(sorted(p.stem for p in (_folder() / kind).glob("*.yaml")))


def load(kind: str, name: str, base: Path | None = None) -> Profile:
    """Load a shipped profile by name, or a file by path (anything with a separator or suffix).

    Relative paths are taken from ``base``, the working directory by default; inside a profile, from
    that profile. Raises :class:`RevoctlError` ``profile.unknown``, ``config.syntax`` or
    ``config.invalid`` with file and line.
    """
    sources: list[Source] = []
    data: dict[str, Any] = {}
    wanted: str | None = name
    while wanted is not None:
        if len(sources) >= LONGEST_CHAIN:
            raise PolicyError("extends", f"goes on for more than {LONGEST_CHAIN} profiles")
        path = _find(kind, wanted, base)
        source = parse_cached(
            read(path, "the profile"), str(path) if _is_path(wanted) else path.name
        )
        wanted = _check(source)
        data = merge(source.data, data)
        sources.append(source)
        base = path.parent
    data.pop("extends", None)
    data.setdefault("name", Path(name).stem)
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return Profile(data["name"], data, digest, tuple(sources))


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another: mappings merge, null stays as a mark that takes out."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _check(source: Source) -> str | None:
    if not isinstance(source.data, dict):
        raise PolicyError(source.name, "is not a profile", "its top is not a mapping")
    extends = source.data.get("extends")
    if extends is not None and not isinstance(extends, str):
        raise PolicyError("extends", "must be a profile's name").at(source.place("extends"))
    return extends


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith((".yaml", ".yml"))


def _find(kind: str, name: str, base: Path | None) -> Path:
    if _is_path(name):
        return (base or Path()) / Path(name).expanduser()
    path = _folder() / kind / f"{name}.yaml"
    if name in shipped(kind):
        return path
    near = difflib.get_close_matches(name, shipped(kind), 1)
    known = f"the shipped ones are {', '.join(shipped(kind))}"
    raise RevoctlError(
        "profile.unknown",
        f"there is no {kind} profile named {name!r}",
        known,
        f"did you mean {near[0]}?" if near else "name one of these, or a file such as ./mine.yaml",
    )


def _folder() -> Path:
    package = Path(__file__).resolve().parent
    for folder in (package / "_profiles", package.parent / "profiles"):
        if folder.is_dir():
            return folder
    raise RevoctlError(
        "install.incomplete",
        "no profiles were found",
        f"neither {package / '_profiles'} nor {package.parent / 'profiles'} exists",
        "install revoctl again",
    )
