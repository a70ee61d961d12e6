"""Cloudflare: the rules of a zone's response header transform phase, as the body of an API call.

Sources: developers.cloudflare.com, "Response Header Transform Rules" (operations ``set``, ``add``
and ``remove``; headers that cannot be changed), "Rules language" (fields, functions, string
literals), Rulesets API. JSON has no comments: what there is to say stands in the notes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import HTML_TYPES, PRELOAD, plan, wants_preload
from revoctl.headers.emit.snippet import LONGEST_REMARK, Snippet

WHERE = (
    "Cloudflare: this is the body of PUT /zones/{zone_id}/rulesets/phases/"
    "http_response_headers_transform/entrypoint, which replaces all rules of that phase"
)
OWN = "Cloudflare writes {} itself and lets no rule change it"
PREFIX = "Cloudflare removes no headers by prefix: name each that begins with {}"
EMPTY = "Cloudflare cannot send {} without a value"
ASCII = "Cloudflare: values beyond ASCII are sent as UTF-8 only if the zone's plan accepts them"
_KEPT = frozenset(("server", "eh-cache-tag", "eh-cdn-cache-control"))
_KEPT_PREFIXES = ("cf-", "x-cf-")


def render(edits: Sequence[Edit]) -> Snippet:
    """A JSON object of rules in the order in which they take effect; empty where there is none."""
    todo = plan(edits)
    notes = [*todo.notes, *todo.advice]
    kept: list[Edit] = []
    for edit in todo.edits:
        refusal = _refusal(edit)
        if refusal:
            notes.append(refusal)
        else:
            kept.append(edit)
    if not kept:
        return Snippet("", tuple(dict.fromkeys(notes)))
    notes += [ASCII] if not all(e.value.isascii() for e in kept) else []
    body = json.dumps({"rules": list(_rules(kept))}, indent=2)
    return Snippet(body, tuple(dict.fromkeys([WHERE, *notes])))


def _refusal(edit: Edit) -> str:
    if edit.prefix:
        return PREFIX.format(edit.header[:-1])
    if edit.key in _KEPT or edit.key.startswith(_KEPT_PREFIXES):
        return OWN.format(edit.header)
    return EMPTY.format(edit.header) if edit.action == "set" and not edit.value else ""


def _rules(edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
    """Rules of edits that stand together and share a condition; each header once in a rule."""
    group: list[Edit] = []
    for edit in edits:
        if group and (_when(edit) != _when(group[0]) or edit.key in {e.key for e in group}):
            yield _rule(group)
            group = []
        group.append(edit)
    if group:
        yield _rule(group)


def _rule(edits: Sequence[Edit]) -> dict[str, Any]:
    said = f"Warning: {PRELOAD}" if any(map(wants_preload, edits)) else "Security headers"
    return {
        "description": said[:LONGEST_REMARK],
        "expression": _when(edits[0]),
        "action": "rewrite",
        "action_parameters": {"headers": {edit.header: _operation(edit) for edit in edits}},
        "enabled": True,
    }


def _operation(edit: Edit) -> dict[str, str]:
    if edit.action == "remove":
        return {"operation": "remove"}
    return {"operation": "add" if edit.mode == "append" else "set", "value": edit.value}


def _when(edit: Edit) -> str:
    tests = []
    if edit.scope == "https":
        tests.append("ssl")
    if edit.scope == "html":
        types = " ".join(_quoted(name) for name in HTML_TYPES)
        untyped = f"not {_has('content-type')}"
        tests.append(f"(http.response.content_type.media_type in {{{types}}} or {untyped})")
    if edit.paths:
        starts = (f"starts_with(http.request.uri.path, {_quoted(path)})" for path in edit.paths)
        tests.append(f"({' or '.join(starts)})")
    if edit.action == "set" and edit.mode == "default":
        tests.append(f"not {_has(edit.key)}")
    return " and ".join(tests) or "true"


def _has(name: str) -> str:
    return f"any(http.response.headers.names[*] == {_quoted(name)})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
