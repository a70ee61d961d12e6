"""Starlette, FastAPI and every other ASGI application: our own middleware, mounted from outside.

A whole policy is read by the service from its profile (:func:`mount`), so that both stay one; the
edits of single fixes are written out as a mapping (:func:`render`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from revoctl.headers.emit.edit import Edit, of_policy
from revoctl.headers.emit.plan import NONCE, PRELOAD, plan, remarks, wants_preload
from revoctl.headers.emit.python_text import text
from revoctl.headers.emit.snippet import Section, Snippet, compose
from revoctl.headers.emit.starlette import IN_MODULE, SERVER

if TYPE_CHECKING:
    from revoctl.policy.headers import HeadersPolicy

IMPORT = "from revoctl.middleware import harden"
OBSERVE = (
    'revoctl.middleware: harden(app, …, mode="observe") only reports what the policy would do, for '
    "a service that adopts it"
)
ONCE = "revoctl.middleware has one setting for each header: of those of {} only the last is written"
REMOVED = "revoctl.middleware removes a header everywhere: not {} under some condition"


def mount(policy: HeadersPolicy, profile: str) -> Snippet:
    """Three lines that mount a profile, by its shipped name or by its file."""
    edits = of_policy(policy)
    todo = plan(edits)
    lines = [IMPORT, "", f"app = harden(app, {text(profile)})"]
    sections: list[Section] = [(IN_MODULE, lines)]
    warnings = [f"Warning: {PRELOAD}"] if any(map(wants_preload, todo.edits)) else []
    return compose(warnings, sections, [*_notes(todo.notes, todo.edits), OBSERVE])


def render(edits: Sequence[Edit]) -> Snippet:
    """The same, with the edits as a mapping."""
    todo = plan(edits)
    refusals = [REMOVED.format(e.header) for e in todo.edits if _is_refused(e)]
    kept = [e for e in todo.edits if not _is_refused(e)]
    refusals += [ONCE.format(name) for name in _repeated(kept)]
    latest = {(e.action, e.key): e for e in kept}
    body = list(_mapping(list(latest.values()))) if latest else []
    sections: list[Section] = [(IN_MODULE, body)]
    return compose([*todo.advice, *refusals], sections, [*_notes(todo.notes, kept), *refusals])


def _is_refused(edit: Edit) -> bool:
    return edit.action == "remove" and edit.conditional


def _repeated(edits: Sequence[Edit]) -> list[str]:
    keys = [e.key for e in edits if e.action == "set"]
    return list(dict.fromkeys(e.header for e in edits if keys.count(e.key) > 1))


def _notes(notes: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    made_here = [note for note in notes if note != NONCE]
    return [*made_here, *([SERVER] if any(e.key == "server" for e in edits) else [])]


def _mapping(edits: Sequence[Edit]) -> Iterator[str]:
    yield IMPORT
    yield ""
    yield "app = harden(app, {"
    settings = [e for e in edits if e.action == "set"]
    if settings:
        yield '    "headers": {'
        for edit in settings:
            yield from remarks(edit, indent=" " * 8)
            yield f"        {text(edit.header)}: {_setting(edit)},"
        yield "    },"
    removed = ", ".join(text(e.header) for e in edits if e.action == "remove")
    if removed:
        yield f'    "remove": [{removed}],'
    yield "})"


def _setting(edit: Edit) -> str:
    parts = [f'"value": {text(edit.value)}']
    if edit.scope != "always":
        parts.append(f'"scope": {text(edit.scope)}')
    if edit.mode != "replace":
        parts.append(f'"mode": {text(edit.mode)}')
    if edit.paths:
        parts.append(f'"paths": [{", ".join(text(path) for path in edit.paths)}]')
    return text(edit.value) if len(parts) == 1 else f"{{{', '.join(parts)}}}"
