"""Every output format: one file each, and one table that names them.

A renderer is a function ``render(item, style) -> str`` whose text ends with one line feed. Nothing
is imported before a format is used, and what a format does not need is never imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from revoctl.render.style import Style


class Format(NamedTuple):
    """A format: where its renderer is, what it takes, and what a file of it is called.

    ``accepts`` holds ``reports`` (a Report or several), ``document`` (a Document) and ``data`` (any
    msgspec Struct, mapping, sequence or scalar). ``suffix`` has its dot.
    """

    target: str
    accepts: tuple[str, ...]
    media: str
    suffix: str


_ANY = ("reports", "document", "data")
_PAGES = ("reports", "document")
_AUDITS = ("reports",)

FORMATS = {
    "table": Format("revoctl.render.table:render", _PAGES, "text/plain", ".txt"),
    "json": Format("revoctl.render.json:render", _ANY, "application/json", ".json"),
    "jsonl": Format("revoctl.render.jsonl:render", _ANY, "application/jsonl", ".jsonl"),
    "yaml": Format("revoctl.render.yaml:render", _ANY, "application/yaml", ".yaml"),
    "csv": Format("revoctl.render.csv:render", _ANY, "text/csv", ".csv"),
    "name": Format("revoctl.render.name:render", _ANY, "text/plain", ".txt"),
    "sarif": Format("revoctl.render.sarif:render", _AUDITS, "application/sarif+json", ".sarif"),
    "junit": Format("revoctl.render.junit:render", _AUDITS, "application/xml", ".xml"),
    "markdown": Format("revoctl.render.markdown:render", _PAGES, "text/markdown", ".md"),
    "html": Format("revoctl.render.html:render", _PAGES, "text/html", ".html"),
    "github": Format("revoctl.render.github:render", _AUDITS, "text/plain", ".txt"),
    "gitlab": Format("revoctl.render.gitlab:render", _AUDITS, "application/json", ".json"),
}


def formats(kind: str) -> tuple[str, ...]:
    """The names of the formats that take ``reports``, ``document`` or ``data``."""
    return tuple(name for name, entry in FORMATS.items() if kind in entry.accepts)


def renderer(name: str) -> Callable[[object, Style], str]:
    """The function of a format; raises ``output.unknown-format`` naming the known ones."""
    import importlib

    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise RevoctlError("output.unknown-format", f"no format is called {name!r}", "", known)
    module, _, attribute = FORMATS[name].target.partition(":")
    found: Callable[[object, Style], str] = getattr(importlib.import_module(module), attribute)
    return found


def render(name: str, item: object, style: Style | None = None) -> str:
    """``item`` in a format, ending with one line feed (empty where there is nothing to say).

    Raises ``output.unknown-format``, or ``output.unsupported`` where the format does not take it.
    """
    from revoctl.render.style import Style

    return renderer(name)(item, style or Style())
