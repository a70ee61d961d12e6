"""Starlette, FastAPI and every other ASGI application: one small pure ASGI middleware.

It wraps the application from outside, because Starlette's own ``ServerErrorMiddleware`` answers
500 from outside of ``app.add_middleware``. Source: ASGI specification 3.0, HTTP message format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import plan, remarks
from revoctl.headers.emit.python_text import octets, texts
from revoctl.headers.emit.snippet import Section, Snippet, compose

IN_MODULE = (
    "at the end of the module that makes the application: wrapped from outside, its error answers "
    "are edited too"
)
SERVER = "uvicorn adds Server and Date after the application: run it with --no-server-header"
PAD = " " * 8
_OPENING = """\
class SecurityHeaders:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def answer(message):
            if message["type"] == "http.response.start":
                message["headers"] = self.edit(scope, list(message.get("headers", ())))
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)

    @staticmethod
    def edit(scope, headers):"""
_CLOSING = """\
        return headers


app = SecurityHeaders(app)"""
_HELPERS = {
    "has": """\
        def has(name):
            return any(n.lower() == name for n, _ in headers)
""",
    "drop": """\
        def drop(name):
            headers[:] = [h for h in headers if h[0].lower() != name]
""",
    "sweep": """\
        def sweep(prefix):
            headers[:] = [h for h in headers if not h[0].lower().startswith(prefix)]
""",
    "html": """\
        kind = dict((n.lower(), v) for n, v in headers).get(b"content-type", b"")
        html = not kind or kind.lower().startswith((b"text/html", b"application/xhtml+xml"))
""",
}


def render(edits: Sequence[Edit]) -> Snippet:
    """A middleware class in Python and the line that wraps ``app`` in it."""
    todo = plan(edits)
    body = [line for edit in todo.edits for line in _statements(edit)]
    helpers = list(_helpers(todo.edits))
    lines = [*_OPENING.splitlines(), *helpers, *body, *_CLOSING.splitlines()]
    notes = [*todo.notes, *([SERVER] if any(e.key == "server" for e in todo.edits) else [])]
    where = f"{IN_MODULE}. {SERVER}" if notes and notes[-1] == SERVER else IN_MODULE
    sections: list[Section] = [(where, lines if body else [])]
    return compose(todo.advice, sections, notes)


def _helpers(edits: Sequence[Edit]) -> Iterator[str]:
    used = {name for edit in edits for name in _uses(edit)}
    for name, source in _HELPERS.items():
        if name in used:
            yield from [*source.splitlines(), ""]


def _uses(edit: Edit) -> Iterator[str]:
    if edit.scope == "html":
        yield "html"
    if edit.prefix:
        yield "sweep"
    elif edit.action == "remove" or edit.mode == "replace":
        yield "drop"
    elif edit.mode == "default":
        yield "has"


def _statements(edit: Edit) -> Iterator[str]:
    """One edit as statements, under an ``if`` where it has a condition."""
    yield from remarks(edit, indent=PAD)
    tests = list(_tests(edit))
    pad = PAD
    if tests:
        yield f"{PAD}if {' and '.join(tests)}:"
        pad += "    "
    name = octets(edit.key.encode())
    if edit.prefix:
        yield f"{pad}sweep({octets(edit.prefix.encode())})"
    elif edit.action == "remove" or edit.mode == "replace":
        yield f"{pad}drop({name})"
    if edit.action == "set":
        yield f"{pad}headers.append(({name}, {octets(edit.value.encode())}))"


def _tests(edit: Edit) -> Iterator[str]:
    if edit.scope == "https":
        yield 'scope.get("scheme") == "https"'
    if edit.scope == "html":
        yield "html"
    if edit.paths:
        yield f'scope["path"].startswith({texts(edit.paths)})'
    if edit.action == "set" and edit.mode == "default":
        yield f"not has({octets(edit.key.encode())})"
