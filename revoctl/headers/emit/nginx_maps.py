"""nginx's values and conditions: what must stand in variables of the http block.

Sources: nginx.org, ngx_http_map_module (regular expressions in order, the first match wins) and
ngx_http_geo_module. A ``$`` cannot be escaped, but a geo variable's value is literal; a parameter
holds at most 4096 bytes, and a variable's name must fit its hash bucket.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.snippet import any_of

SCHEME, TYPE, PATH = "$scheme", "$sent_http_content_type", "$request_uri"
HTML = r"(?:(?i)text/html[^|]*|application/xhtml\x2bxml[^|]*|)"
LONGEST_NAME = 16
LONGEST_PART = 1000  # characters: 4000 bytes of UTF-8 at most, doubled only for quotes


def decided(edits: Sequence[Edit], own: str, variable: str, http: list[str]) -> str:
    """A variable that a map decides by scheme, type and path; ``own`` where nothing holds.

    The first match wins, so later edits stand first. Lines for the http block go into ``http``.
    """
    parts = _parts(edits)
    base, branches = own, []
    for number, edit in enumerate(edits):
        value = literal(edit, f"{variable}_v{number}", http) if edit.action == "set" else '""'
        if edit.conditional:
            branches.append(f'    "~{_pattern(edit, parts)}" {value};')
        else:
            base, branches = value, []
    source = "|".join(parts)
    source = f'"{source}"' if len(parts) > 1 else source
    http += [f"map {source} {variable} {{", f"    default {base};", *reversed(branches), "}"]
    return variable


def _parts(edits: Sequence[Edit]) -> list[str]:
    """The variables that the conditions ask for, the path last as it may hold any character."""
    scheme = any(e.scope == "https" for e in edits)
    kind = any(e.scope == "html" for e in edits)
    path = any(e.paths for e in edits)
    return [name for name, used in ((SCHEME, scheme), (TYPE, kind), (PATH, path)) if used]


def _pattern(edit: Edit, parts: Sequence[str]) -> str:
    r"""``^https\|(?:(?i)text/html...)\|/api``: one alternative for each part, ``|`` in between."""
    patterns = {
        SCHEME: "https" if edit.scope == "https" else "[a-z]*",
        TYPE: HTML if edit.scope == "html" else "[^|]*",
        PATH: any_of(edit.paths) if edit.paths else "",
    }
    end = "" if PATH in parts else "$"
    return "^" + r"\|".join(patterns[part] for part in parts) + end


def literal(edit: Edit, variable: str, http: list[str]) -> str:
    """The value quoted; by way of geo variables where nginx would expand or refuse it."""
    if "$" not in edit.value and len(edit.value) <= LONGEST_PART:
        return quoted(edit.value, always=True)
    names: list[str] = []
    for start in range(0, len(edit.value), LONGEST_PART):
        names.append(f"{variable}_text{len(names)}")
        part = quoted(edit.value[start : start + LONGEST_PART], always=True)
        http.append(f"geo {names[-1]} {{ default {part}; }}")
    return f'"{"".join(f"${{{name[1:]}}}" for name in names)}"'


def named(edit: Edit, number: int = 0) -> str:
    """The variable that stands for an edit; short, as its hash bucket has 64 bytes."""
    name = "".join(c if c.isalnum() else "_" for c in edit.key)
    if len(name) > LONGEST_NAME or name != edit.key.replace("-", "_"):
        initials = "".join(word[:1] for word in name.split("_"))[:8]
        name = f"{initials}_{zlib.crc32(edit.key.encode()) & 0xFFFF:04x}"
    return f"$revoctl_{name}" + (f"_{number}" if number else "")


def quoted(text: str, always: bool = False) -> str:
    """A parameter in double quotes, where only they and backslashes need a backslash."""
    if not always and text.replace("-", "").replace("_", "").isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
