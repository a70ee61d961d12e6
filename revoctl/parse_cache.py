"""Parsed YAML by the digest of its bytes, in the user's cache folder.

Importing a YAML parser costs more than all of a scan's rules; a policy file changes once a month.
What is not there, not readable or not writable is parsed as if there were no cache.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

from revoctl.errors import RevoctlError
from revoctl.yaml_source import Source, parse

VERSION = 1
Entry = tuple[dict[str, Any], dict[str, int]]
"""What is kept: a mapping, and the line of each of its dotted keys."""


def parse_cached(text: bytes, name: str) -> Source:
    """:func:`revoctl.yaml_source.parse`, with the result of an earlier time where there is one.

    Raises as :func:`~revoctl.yaml_source.parse`; faulty texts are never kept.
    """
    path = _place(text)
    try:
        data, lines = msgspec.json.decode(path.read_bytes(), type=Entry)
    except (OSError, msgspec.MsgspecError):
        source = parse(text, name)
        _keep(path, source)
        return source
    return Source(name, data, lines)


def _place(text: bytes) -> Path:
    home = os.environ.get("HOME", "/nonexistent")
    folder = Path(os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache")
    return folder / "revoctl" / f"{hashlib.sha256(text).hexdigest()}.v{VERSION}.json"


def _keep(path: Path, source: Source) -> None:
    from revoctl.files import replace

    if not isinstance(source.data, dict):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace(path, msgspec.json.encode((source.data, source.lines)), mode=0o600)
    except (OSError, RevoctlError):
        return
