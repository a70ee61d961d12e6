"""Express, or any ``node:http`` handler: edits made at the moment the head is written.

Headers set earlier do not hold: a handler may set its own, and Express's error page (finalhandler)
removes all and sends a Content-Security-Policy of its own. ``writeHead`` is where all meet; it
also takes headers as an object, a flat list or a list of pairs. Source: nodejs.org, ``http``,
``response.writeHead`` and ``response.appendHeader`` (Node 18.3 and later).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.helmet import option
from revoctl.headers.emit.plan import HTML_TYPES, plan, remarks, wire
from revoctl.headers.emit.snippet import Section, Snippet, compose, regex_literal

IN_APP = "before every other app.use() and route"
HELMET = (
    "Express: with helmet the nearest is app.use(helmet({{ {} }})); a handler that sets the header "
    "itself wins over it, and Express's own error page replaces its Content-Security-Policy"
)
FRAMING = ("connection", "transfer-encoding", "date", "keep-alive")
FRAMED = "Node writes {} itself after the head was edited, and cannot change it here"
NOT_ASCII = (
    "Node writes the head in the encoding of the first chunk of the body: values beyond ASCII "
    "arrive as UTF-8 only before a body that is a Buffer, or none"
)
MARK = "// "
PAD = " " * 4
_OPENING = """\
app.use((req, res, next) => {
  const { writeHead } = res;
  res.writeHead = function (status, ...rest) {
    const given = typeof rest.at(-1) === "object" ? rest.pop() : null;
    const flat = Array.isArray(given) && !Array.isArray(given[0]);
    const pairs = flat
      ? given.flatMap((name, i) => (i % 2 ? [] : [[name, given[i + 1]]]))
      : Array.isArray(given) ? given : Object.entries(given ?? {});
    for (const [name] of pairs) res.removeHeader(name);
    for (const [name, value] of pairs) {
      if (value !== undefined) res.appendHeader(name, value);
    }"""
_TYPES = "|".join(regex_literal(name).replace("/", "\\/") for name in HTML_TYPES)
_HTML = f"""\
    const kind = String(res.getHeader("Content-Type") ?? "");
    const html = /^({_TYPES}|$)/i.test(kind);"""
_CLOSING = """\
    return writeHead.call(res, status, ...rest);
  };
  next();
});"""


def render(edits: Sequence[Edit]) -> Snippet:
    """A middleware in JavaScript; a note gives helmet's options where it has them."""
    todo = plan(edits)
    refusals = [FRAMED.format(e.header) for e in todo.edits if e.key in FRAMING]
    kept = [e for e in todo.edits if e.key not in FRAMING]
    body = [line for edit in kept for line in _statements(edit)]
    html = _HTML.splitlines() if any(e.scope == "html" for e in kept) else []
    lines = [*_OPENING.splitlines(), *html, *body, *_CLOSING.splitlines()] if body else []
    options = [text for text in (option(e) for e in kept) if text]
    refusals += [] if all(e.value.isascii() for e in kept) else [NOT_ASCII]
    notes = [*todo.notes, *refusals, *([HELMET.format(", ".join(options))] if options else [])]
    sections: list[Section] = [(IN_APP, lines)]
    return compose([*todo.advice, *refusals], sections, notes, MARK)


def _statements(edit: Edit) -> Iterator[str]:
    yield from remarks(edit, MARK, PAD)
    tests = list(_tests(edit))
    pad = PAD
    if tests:
        yield f"{PAD}if ({' && '.join(tests)}) {{"
        pad += "  "
    name, value = _literal(edit.header), _literal(wire(edit.value))
    if edit.prefix:
        yield f"{pad}for (const name of res.getHeaderNames()) {{"
        yield f"{pad}  if (name.startsWith({_literal(edit.prefix)})) res.removeHeader(name);"
        yield f"{pad}}}"
    elif edit.action == "remove":
        yield f"{pad}res.removeHeader({name});"
    else:
        verb = "appendHeader" if edit.mode == "append" else "setHeader"
        yield f"{pad}res.{verb}({name}, {value});"
    if tests:
        yield f"{PAD}}}"


def _tests(edit: Edit) -> Iterator[str]:
    if edit.scope == "https":
        yield "req.secure"
    if edit.scope == "html":
        yield "html"
    if edit.paths:
        paths = ", ".join(_literal(path) for path in edit.paths)
        yield f"[{paths}].some((path) => req.originalUrl.startsWith(path))"
    if edit.action == "set" and edit.mode == "default":
        yield f"!res.hasHeader({_literal(edit.header)})"


def _literal(text: str) -> str:
    # JSON is JavaScript; escaping all but ASCII also keeps line separators out
    return json.dumps(text)
