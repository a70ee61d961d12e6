"""Envoy: ``response_headers_to_add`` and ``response_headers_to_remove`` of a route table.

Sources: envoyproxy.io, API v3 ``config.route.v3.VirtualHost`` and ``Route``,
``config.core.v3.HeaderValueOption`` (``append_action``, ``keep_empty_value``), and "Custom
request/response headers" (``%%`` is a percent sign).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import by_condition, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, compose
from revoctl.headers.emit.yaml_text import scalar

IN_HOST = "in the virtual_host (or in the route_configuration, for all of its hosts)"
IN_TLS = f"{IN_HOST} of the listener that speaks TLS"
IN_ROUTES = "in each route under {}"
ACTIONS = {
    "replace": "OVERWRITE_IF_EXISTS_OR_ADD",
    "append": "APPEND_IF_EXISTS_OR_ADD",
    "default": "ADD_IF_ABSENT",
}
LOCAL = (
    "Envoy: answers of its own before a route matched (a 404, a refused filter) do not carry "
    "these; give local_reply_config mappers the same headers_to_add"
)
HTML = "Envoy cannot tell HTML documents apart here: sent on every answer"
SERVER = (
    "Envoy writes Server itself after the routes: in the http_connection_manager set "
    "server_header_transformation: PASS_THROUGH, then remove the upstream's here"
)
PREFIX = "Envoy cannot remove by prefix here: name each header of {}"
UPSTREAM = "x-envoy-* of Envoy's router: suppress_envoy_headers: true in its typed_config"


def render(edits: Sequence[Edit]) -> Snippet:
    """YAML; edits with different conditions are separate documents, as they go to other places."""
    todo = plan(edits)
    notes = [*todo.notes, *_notes(todo.edits)]
    sections: list[Section] = []
    for (scope, paths), group in by_condition(todo.edits).items():
        where = IN_TLS if scope == "https" else IN_HOST
        where = f"{where}, {IN_ROUTES.format(' or '.join(paths))}" if paths else where
        body = list(_document(group))
        if body:
            sections.append((where, [*body, "---"]))
    if sections:  # no separator after the last
        where, last = sections[-1]
        sections[-1] = (where, last[:-1])
    return compose([*todo.advice, *_refusals(todo.edits)], sections, notes)


def _document(group: Sequence[Edit]) -> Iterator[str]:
    adds = [e for e in group if e.action == "set"]
    removals = [e for e in group if e.action == "remove" and not e.prefix]
    if adds:
        yield "response_headers_to_add:"
    for edit in adds:
        yield from remarks(edit)
        yield f"- header: {{key: {scalar(edit.header)}, value: {scalar(_format(edit.value))}}}"
        yield f"  append_action: {ACTIONS[edit.mode]}"
        if not edit.value:
            yield "  keep_empty_value: true"
    if removals:
        yield "response_headers_to_remove:"
    for edit in removals:
        yield from remarks(edit)
        yield f"- {scalar(edit.header)}"


def _format(value: str) -> str:
    return value.replace("%", "%%")


def _refusals(edits: Sequence[Edit]) -> list[str]:
    return [PREFIX.format(e.header) for e in edits if e.prefix] + (
        [SERVER] if any(e.key == "server" for e in edits) else []
    )


def _notes(edits: Sequence[Edit]) -> Iterator[str]:
    yield from _refusals(edits)
    if any(e.scope == "html" for e in edits):
        yield HTML
    if any(e.action == "remove" and e.key.startswith("x-envoy-") for e in edits):
        yield UPSTREAM
    if any(e.action == "set" for e in edits):
        yield LOCAL
