"""Django: its settings where it has one, and a small middleware for the rest.

Sources: docs.djangoproject.com, "Middleware" (SecurityMiddleware and XFrameOptionsMiddleware give
way to a view's own header) and "Writing your own middleware".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from revoctl.headers.emit.django_settings import settings_of
from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import plan, remarks, wire
from revoctl.headers.emit.python_text import text, texts
from revoctl.headers.emit.snippet import Section, Snippet, compose

IN_SETTINGS = (
    "in settings.py, below MIDDLEWARE, which must hold SecurityMiddleware and, for "
    "X_FRAME_OPTIONS, XFrameOptionsMiddleware (startproject puts both there)"
)
IN_LIST = "in settings.py, below MIDDLEWARE"
IN_MODULE = "in security_headers.py beside manage.py"
INSERT = 'MIDDLEWARE = ["security_headers.SecurityHeaders", *MIDDLEWARE]'
GIVES_WAY = "Django: {} is a setting, and gives way to a view that sends {} itself"
JOINED = "Django keeps one line of each name: {} is appended to the application's with a comma"
COOKIES = "Django sends cookies from response.cookies: set {} there"
SERVER = "Server is written by the WSGI or ASGI server in front of Django: remove it there"
PROXY = "Django: behind a TLS proxy request.is_secure() needs SECURE_PROXY_SSL_HEADER"
_OPENING = """\
class SecurityHeaders:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        headers = response.headers"""
_HTML = """\
        kind = headers.get("Content-Type", "").lower()
        html = not kind or kind.startswith(("text/html", "application/xhtml+xml"))"""
PAD = " " * 8


def render(edits: Sequence[Edit]) -> Snippet:
    """Lines for settings.py, and the module of the middleware if one is needed."""
    todo = plan(edits)
    alone = _alone(todo.edits)
    settings: list[str] = []
    body: list[str] = []
    refusals: list[str] = []
    notes = list(todo.notes)
    for edit in todo.edits:
        lines = settings_of(edit) if edit.key in alone else []
        if lines:
            settings += [*remarks(edit), *lines]
            notes.append(GIVES_WAY.format(lines[0].partition(" ")[0], edit.header))
        elif _refusal(edit):
            refusals.append(_refusal(edit))
        else:
            body += _statements(edit)
    notes += [*refusals, *_notes(todo.edits)]
    html = _HTML.splitlines() if any(e.scope == "html" for e in todo.edits) else []
    code = [*_OPENING.splitlines(), *html, *body, f"{PAD}return response"] if body else []
    sections: list[Section] = [(IN_SETTINGS, settings), (IN_LIST, [INSERT] if body else [])]
    return compose([*todo.advice, *refusals], [*sections, (IN_MODULE, code)], notes)


def _alone(edits: Sequence[Edit]) -> set[str]:
    """Names with a single edit: only these may become settings, which the middleware would meet."""
    return {name for name, count in Counter(e.key for e in edits).items() if count == 1}


def _refusal(edit: Edit) -> str:
    if edit.key == "set-cookie" and edit.action == "set":
        return COOKIES.format(edit.value)
    return SERVER if edit.key == "server" else ""


def _notes(edits: Sequence[Edit]) -> Iterator[str]:
    for edit in edits:
        if edit.action == "set" and edit.mode == "append" and not _refusal(edit):
            yield JOINED.format(edit.header)
    if any(e.scope == "https" for e in edits):
        yield PROXY


def _statements(edit: Edit) -> Iterator[str]:
    yield from remarks(edit, indent=PAD)
    tests = list(_tests(edit))
    pad = PAD
    if tests:
        yield f"{PAD}if {' and '.join(tests)}:"
        pad += "    "
    name, value = text(edit.header), text(wire(edit.value))
    if edit.key == "set-cookie":
        yield f"{pad}response.cookies.clear()"
    elif edit.prefix:
        yield f"{pad}for name in [n for n in headers if n.lower().startswith({text(edit.prefix)})]:"
        yield f"{pad}    del headers[name]"
    elif edit.action == "remove":
        yield f"{pad}headers.pop({name}, None)"
    elif edit.mode == "default":
        yield f"{pad}headers.setdefault({name}, {value})"
    elif edit.mode == "append":
        yield f"{pad}own = [headers[{name}]] if {name} in headers else []"
        yield f'{pad}headers[{name}] = ", ".join([*own, {value}])'
    else:
        yield f"{pad}headers[{name}] = {value}"


def _tests(edit: Edit) -> Iterator[str]:
    if edit.scope == "https":
        yield "request.is_secure()"
    if edit.scope == "html":
        yield "html"
    if edit.paths:
        yield f"request.path.startswith({texts(edit.paths)})"
