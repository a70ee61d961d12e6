"""HAProxy 2.4 and later: ``http-after-response``, which also runs on HAProxy's own answers.

Sources: docs.haproxy.org, configuration manual, 2.2 "Quoting and escaping" (in double quotes
``\\``, ``"`` and ``$`` are escaped), 4.2 ``http-after-response`` and 8.2.4 "Custom log format"
(``%%`` is a percent sign).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import HTML_TYPES, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, comment, compose

IN_FRONTEND = "in the frontend section, under mode http"
PATH = "http-request set-var(txn.revoctl_path) path"
ROOM = (
    "HAProxy: headers that do not fit the room kept for rewriting are left out without a word; "
    "these need about {} bytes, so set tune.maxrewrite to {} in the global section"
)
EMPTY = "HAProxy cannot send {} without a value"
DEFAULT_ROOM = 1024  # bytes, tune.maxrewrite


def render(edits: Sequence[Edit]) -> Snippet:
    """``http-after-response`` rules for a frontend."""
    todo = plan(edits)
    lines: list[str] = []
    if any(edit.paths for edit in todo.edits):
        lines.append(PATH)
    notes = list(todo.notes)
    for edit in todo.edits:
        empty = EMPTY.format(edit.header) if edit.action == "set" and not edit.value else ""
        lines += [*remarks(edit), *(comment(empty) if empty else _rules(edit))]
        notes += [empty] if empty else []
    # name, ": " and line break, of which all must fit at once
    room = sum(len(e.header) + len(e.value.encode()) + 4 for e in todo.edits if e.action == "set")
    if room > DEFAULT_ROOM:
        notes.append(ROOM.format(room, _power_of_two(2 * room)))
    sections: list[Section] = [(IN_FRONTEND, lines)]
    return compose(todo.advice, sections, notes)


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


def _rules(edit: Edit) -> Iterator[str]:
    when = _when(edit)
    if edit.prefix:
        yield f"http-after-response del-header {_quoted(edit.header[:-1])} -m beg{when}"
    elif edit.action == "remove":
        yield f"http-after-response del-header {_quoted(edit.header)}{when}"
    else:
        verb = "set-header" if edit.mode == "replace" else "add-header"
        yield f"http-after-response {verb} {_quoted(edit.header)} {_format(edit.value)}{when}"


def _when(edit: Edit) -> str:
    """Conditions; several alternatives within one are patterns of one match."""
    tests = []
    if edit.action == "set" and edit.mode == "default":
        tests.append(f"!{{ res.hdr({_quoted(edit.header)}) -m found }}")
    if edit.scope == "https":
        tests.append("{ ssl_fc }")
    if edit.paths:
        prefixes = " ".join(_quoted(path, always=True) for path in edit.paths)
        tests.append(f"{{ var(txn.revoctl_path) -m beg -- {prefixes} }}")
    if edit.scope != "html":
        return f" if {' '.join(tests)}" if tests else ""
    html = f"{{ res.hdr(Content-Type) -m beg -i {' '.join(HTML_TYPES)} }}"
    untyped = "!{ res.hdr(Content-Type) -m found }"
    return f" if {' '.join([*tests, html])} or {' '.join([*tests, untyped])}"


def _format(value: str) -> str:
    return _quoted(value.replace("%", "%%"), always=True)


def _quoted(text: str, always: bool = False) -> str:
    if not always and text.replace("-", "").isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
