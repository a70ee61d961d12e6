"""Read YAML by hand of its node tree, so that every error can name a line.

Plain data only (mappings, lists, text, numbers, booleans, null): no tags, no merging of types, no
duplicate keys. Aliases are allowed, but not to grow without bound.
"""

from __future__ import annotations

from typing import Any

import msgspec

from revoctl.errors import RevoctlError

DEEPEST = 64
MOST_NODES = 200_000


class Source(msgspec.Struct, frozen=True):
    """Parsed data and where each dotted key stands: ``place(key)`` is ``file:line``."""

    name: str
    data: Any
    lines: dict[str, int] = {}

    def place(self, key: str) -> str:
        """The file and line of a key, or of the nearest parent that the file holds."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return f"{self.name}:{self.lines[key]}" if key else self.name


def parse(text: str | bytes, name: str) -> Source:
    """Parse one YAML document; an empty one is an empty mapping.

    Raises :class:`RevoctlError` ``config.syntax`` with file, line and column.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
        builder = _Builder(name)
        data = {} if node is None else builder.build(node, "", 0)
    except (yaml.YAMLError, ValueError) as error:
        raise _syntax(error, name) from None
    return Source(name, data, builder.lines)


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}
        self.count = 0

    def build(self, node: Any, path: str, depth: int) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if depth > DEEPEST or self.count > MOST_NODES:
            raise _error(f"{self.name}:{line}", "it is nested or repeated beyond all bounds")
        if path:
            self.lines.setdefault(path, line)
        if node.id == "mapping":
            return self._mapping(node, path, depth)
        if node.id == "sequence":
            items = enumerate(node.value)
            return [self.build(item, f"{path}[{i}]", depth + 1) for i, item in items]
        return self._scalar(node, line)

    def _mapping(self, node: Any, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = f"{self.name}:{key_node.start_mark.line + 1}"
            if key_node.id != "scalar":
                raise _error(place, "a key must be plain text")
            key = key_node.value
            if key in found:
                raise _error(place, f"the key {key!r} occurs twice", "keep one of the two")
            dotted = f"{path}.{key}" if path else key
            self.lines[dotted] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, dotted, depth + 1)
        return found

    def _scalar(self, node: Any, line: int) -> Any:
        kind = node.tag.rpartition(":")[2]
        read = _SCALARS.get(kind)
        if read is None:
            raise _error(f"{self.name}:{line}", f"the type {kind!r} is not allowed here")
        try:
            return read(node.value)
        except ValueError:
            raise _error(f"{self.name}:{line}", f"{node.value!r} is not a number") from None


def _integer(text: str) -> int:
    return int(text.replace("_", ""), 0)


_SCALARS: dict[str, Any] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "int": _integer,
    "float": lambda text: float(
        text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan")
    ),
    # A bare date stays text: whoever wants a day parses it, and says which form it takes.
    "timestamp": str,
}


def _syntax(error: Exception, name: str) -> RevoctlError:
    mark = getattr(error, "problem_mark", None)
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return _error(place, problem, "mend the YAML there; a colon in a text needs quotes around it")


def _error(place: str, why: str, fix: str = "") -> RevoctlError:
    return RevoctlError("config.syntax", f"{place} is not readable YAML", why, fix)
