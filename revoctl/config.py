"""Settings and where each came from: flag > environment > project file > user file > default.

The project file is ``revoctl.yaml``, found from the working directory upwards to the first folder
that holds ``.git``; the user file is ``$XDG_CONFIG_HOME/revoctl/config.yaml``. What the environment
says is ``REVOCTL_`` and the key in capitals (``REVOCTL_HEADERS_PROFILE``). Unknown keys are errors.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from revoctl.errors import PolicyError, RevoctlError
from revoctl.files import read
from revoctl.quantities import duration
from revoctl.yaml_source import Source, parse

FILE_NAME = "revoctl.yaml"


class Setting(msgspec.Struct, frozen=True):
    """One key: how its value is read, its default, and what it means."""

    key: str
    read: Callable[[Any], Any]
    default: Any
    help: str

    @property
    def variable(self) -> str:
        """The environment variable of the key."""
        return "REVOCTL_" + self.key.upper().replace(".", "_")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be text")
    return value


def _switch(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise ValueError("it must be true or false")
    return found


def _seconds(value: Any) -> float:
    try:
        return duration(str(value))
    except RevoctlError as error:
        raise ValueError(f"{error.what}; {error.fix}") from None


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read_choice(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"it must be one of {', '.join(allowed)}")
        return str(value)

    return read_choice


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it must be a mapping")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("it must be a list")
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting("output", _text, "table", "format on standard output, as -o"),
    Setting("color", _choice("auto", "always", "never"), "auto", "colour on terminals, as --color"),
    Setting("headers.profile", _text, "owasp", "header policy: a shipped profile or a file"),
    Setting("headers.timeout", _seconds, 20.0, "total deadline of one target, such as 20s"),
    Setting("headers.fail_on", _text, "high", "severity from which a scan fails, or never"),
    Setting("headers.server", _text, "", "server that fixes are written for, such as nginx"),
    Setting("headers.preload_list", _text, "", "file with the HSTS preload list"),
    Setting("headers.public_only", _switch, False, "refuse addresses that are not public"),
    Setting("targets", _mapping, {}, "named targets: url, headers, profile, timeout, subject"),
    Setting("waivers", _list, [], "accepted findings: rule, subject, reason, owner, expires"),
)
KEYS = {s.key: s for s in SETTINGS}


class Origin(msgspec.Struct, frozen=True):
    """Where a value came from: ``flag``, ``environment``, ``project``, ``user`` or ``default``."""

    kind: str
    where: str = ""


class Layer(msgspec.Struct, frozen=True):
    """One settings file that was read. ``kind`` is ``flag``, ``project`` or ``user``."""

    kind: str
    path: Path
    source: Source
    content: bytes


class Settings(msgspec.Struct, frozen=True):
    """All layers together. Built by :func:`load`; a value is validated when the files are read."""

    layers: tuple[Layer, ...] = ()
    environment: Mapping[str, str] = {}

    def get(self, key: str, flag: Any = None) -> Any:
        """The value of a key; a flag that was given wins."""
        return flag if flag is not None else self.find(key)[0]

    def find(self, key: str) -> tuple[Any, Origin]:
        """The value of a key and its origin.

        Raises :class:`RevoctlError` ``config.invalid`` for an unreadable environment variable.
        """
        setting = KEYS[key]
        given = self.environment.get(setting.variable)
        if given and setting.read not in (_mapping, _list):
            return _value(setting, given, setting.variable), Origin("environment", setting.variable)
        for layer in self.layers:
            raw = _dig(layer.source.data, key)
            if raw is not None:
                place = layer.source.place(key)
                return _value(setting, raw, place), Origin(layer.kind, place)
        return setting.default, Origin("default")

    def folder(self, key: str) -> Path | None:
        """The folder that a relative path in a key's value starts from: its settings file's."""
        for layer in self.layers:
            if _dig(layer.source.data, key) is not None:
                return None if self.find(key)[1].kind == "environment" else layer.path.parent
        return None

    def entry(self, key: str, name: str) -> tuple[Any, Layer] | None:
        """One named entry of a mapping (``targets``, name) and the file that says it."""
        for layer in self.layers:
            entries = _dig(layer.source.data, key)
            if isinstance(entries, dict) and name in entries:
                return entries[name], layer
        return None

    def names(self, key: str) -> tuple[str, ...]:
        """The names of all entries of a mapping, over all files."""
        found: dict[str, None] = {}
        for layer in self.layers:
            found.update(dict.fromkeys(_dig(layer.source.data, key) or {}))
        return tuple(found)


def load(
    cwd: Path, environment: Mapping[str, str], explicit: Path | None = None, *, files: bool = True
) -> Settings:
    """Read the settings files that apply in a folder; ``explicit`` replaces the project's file.

    Raises :class:`RevoctlError` ``config.syntax``, ``config.invalid`` or ``file.*``.
    """
    if not files:
        return Settings((), environment)
    found: list[Layer] = []
    project = None if explicit else find_project(cwd)
    user = user_file(environment)
    for kind, path in (("flag", explicit), ("project", project), ("user", user)):
        if path is not None and (kind == "flag" or path.is_file()):
            found.append(_layer(kind, path))
    return Settings(tuple(found), environment)


def find_project(cwd: Path) -> Path | None:
    """The nearest ``revoctl.yaml`` from a folder upwards, not beyond the repository's root."""
    for folder in (cwd, *cwd.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        if (folder / ".git").exists():
            return None
    return None


def user_folder(environment: Mapping[str, str]) -> Path:
    """``$XDG_CONFIG_HOME/revoctl``, or ``~/.config/revoctl``."""
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    return Path(home) / "revoctl"


def user_file(environment: Mapping[str, str]) -> Path:
    """The user's own settings file, whether it exists or not."""
    return user_folder(environment) / "config.yaml"


def _layer(kind: str, path: Path) -> Layer:
    content = read(path, "the settings file", 1 << 20)
    source = parse(content, str(path))
    if not isinstance(source.data, dict):
        raise PolicyError("", f"{path} is not a settings file", "its top is not a mapping")
    _check_keys(source, source.data, "")
    for setting in SETTINGS:
        raw = _dig(source.data, setting.key)
        if raw is not None:
            _value(setting, raw, source.place(setting.key))
    return Layer(kind, path, source, content)


def _check_keys(source: Source, data: dict[str, Any], prefix: str) -> None:
    for name, value in data.items():
        key = f"{prefix}{name}"
        if key in KEYS:
            continue
        if isinstance(value, dict) and any(k.startswith(f"{key}.") for k in KEYS):
            _check_keys(source, value, f"{key}.")
            continue
        near = difflib.get_close_matches(key, KEYS, 1)
        fix = f"did you mean {near[0]}?" if near else "revoctl config view lists every key"
        raise PolicyError(key, "is not a setting", "", fix).at(source.place(key))


def _dig(data: Any, key: str) -> Any:
    for part in key.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _value(setting: Setting, raw: Any, place: str) -> Any:
    try:
        return setting.read(raw)
    except ValueError as error:
        raise PolicyError(setting.key, f"is {raw!r}", str(error)).at(place) from None
