"""YAML written by hand, so that it reads as people write it: scalars that parse back exactly."""

from __future__ import annotations

import json


def scalar(text: str) -> str:
    """Printable text as a double-quoted scalar (YAML 1.2 section 7.3.1 takes JSON's escapes)."""
    return json.dumps(text, ensure_ascii=False)


def key(name: str) -> str:
    """A header's name as a mapping key: plain where it cannot be taken for anything else."""
    plain = name.isascii() and name.replace("-", "").isalnum() and name[0].isalpha()
    return name if plain and name.lower() not in _WORDS else scalar(name)


_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")  # YAML 1.1
