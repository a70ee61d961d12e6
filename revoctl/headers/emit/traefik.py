"""Traefik: the ``headers`` middleware in a dynamic configuration file.

Sources: doc.traefik.io, "Headers" (``customResponseHeaders`` replaces; an empty value removes) and
"File provider" (a dynamic file is a Go template before it is YAML, comments included).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import by_condition, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, comment, compose
from revoctl.headers.emit.yaml_text import key, scalar

IN_FILE = (
    "in a dynamic configuration file; then name each middleware on the routers it is meant for "
    "(middlewares: [revoctl-headers@file])"
)
ALL = "on every router"
TLS = "on routers with tls"
UNDER = "on routers with PathPrefix(`{}`)"
REPLACES = "Traefik replaces: it cannot {} {}, and the application's own value is lost"
HTML = "Traefik cannot tell HTML documents apart: sent on every answer"
PREFIX = "Traefik cannot remove by prefix: name each header of {}"
EMPTY = "Traefik cannot send {} without a value: an empty one removes it"
TEMPLATE = (
    "Traefik: {{ is written for the file provider, whose files are templates; in labels or a "
    "Kubernetes resource write it plainly"
)
ROUTED = "Traefik: its own 404 for requests that no router takes does not carry these"


def render(edits: Sequence[Edit]) -> Snippet:
    """YAML with one middleware for each condition, as conditions are those of routers."""
    todo = plan(edits)
    kept = [e for e in todo.edits if not _refusal(e)]
    refusals = [_refusal(e) for e in todo.edits if _refusal(e)]
    notes = [*todo.notes, *refusals, *_notes(kept)]
    lines: list[str] = []
    for number, ((scope, paths), group) in enumerate(by_condition(kept).items()):
        name = f"revoctl-headers-{number}" if number else "revoctl-headers"
        lines += comment(_routers(scope, paths), indent="    ")
        lines += [f"    {name}:", "      headers:", "        customResponseHeaders:"]
        lines += _entries(group)
    if lines:
        lines = ["http:", "  middlewares:", *lines]
    sections: list[Section] = [(IN_FILE, lines)]
    return compose([*todo.advice, *refusals], sections, notes)


def _routers(scope: str, paths: Sequence[str]) -> str:
    rules = [TLS] if scope == "https" else []
    rules += [" or ".join(UNDER.format(path) for path in paths)] if paths else []
    return ", ".join(rules) or ALL


def _entries(group: Sequence[Edit]) -> Iterator[str]:
    last = {edit.key: edit for edit in group}  # a mapping has one entry for each name
    for edit in last.values():
        yield from remarks(edit, indent="          ")
        if edit.action == "set" and edit.mode != "replace":
            yield from comment(REPLACES.format(_VERB[edit.mode], edit.header), indent="          ")
        # one {{ or a longer run of braces: the template engine prints the raw text in backquotes
        value = "" if edit.action == "remove" else edit.value
        yield f"          {key(edit.header)}: {scalar(value).replace('{{', '{{`{{`}}')}"


_VERB = {"append": "append to", "default": "give way to the application's"}


def _refusal(edit: Edit) -> str:
    if edit.prefix:
        return PREFIX.format(edit.header)
    return EMPTY.format(edit.header) if edit.action == "set" and not edit.value else ""


def _notes(edits: Sequence[Edit]) -> Iterator[str]:
    sets = [e for e in edits if e.action == "set"]
    for edit in sets:
        if edit.mode != "replace":
            yield REPLACES.format(_VERB[edit.mode], edit.header)
    if any(e.scope == "html" for e in edits):
        yield HTML
    if any("{{" in e.value for e in sets):
        yield TEMPLATE
    if sets:
        yield ROUTED
