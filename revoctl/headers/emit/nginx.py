"""nginx: ``add_header``, ``proxy_hide_header`` and, for conditions, ``map``.

Sources: nginx.org, ngx_http_headers_module (not inherited beside an ``add_header`` of a block's
own; an empty value is not sent), ngx_http_proxy_module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.nginx_maps import decided, literal, named, quoted
from revoctl.headers.emit.plan import Plan, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, comment, compose

IN_HTTP = "in the http { } block"
IN_SERVER = "in the server { } block, and in each location { } that has an add_header of its own"
IN_TLS = (
    "in the server { } block that listens with ssl, and in each location { } of it that has an "
    "add_header of its own"
)
IN_ANY = "in the http { } or server { } block"
INHERIT = (
    "nginx: add_header is inherited only by blocks without an add_header of their own; put the "
    "lines (or an include of them) into each location that has one"
)
HIDE = (
    "nginx: proxy_hide_header drops what an application behind proxy_pass sends; behind "
    "fastcgi_pass, uwsgi_pass, scgi_pass or grpc_pass write fastcgi_hide_header and so on"
)
FIRST_LINE = (
    "nginx: where a condition does not hold the application's own value is passed on from "
    "$upstream_http_*; before 1.23 that is only the first of several lines"
)
# What nginx writes itself, past add_header; a set would stand beside it as a second line.
OWN = ("server", "date", "content-type", "content-length", "connection", "transfer-encoding")
OFF = {"server": "server_tokens off;", "etag": "etag off;"}


def render(edits: Sequence[Edit]) -> Snippet:
    """Directives for the server block, and the maps they need for the http block."""
    todo = plan(edits)
    notes = list(todo.notes)
    http: list[str] = []
    plain: list[str] = []
    tls: list[str] = []
    for group in _by_header(todo):
        refusal = _refusal(group)
        if refusal:
            notes.append(refusal)
            plain += [*remarks(group[-1]), *comment(refusal), *_switch(group[-1])]
        elif _only_tls(group):
            tls += _plain(group, http)
        else:
            plain += _plain(group, http) if not _mapped(group) else _maps(group, http)
    notes += _notes([*plain, *tls], http)
    where = IN_SERVER if any("_header " in line for line in plain) else IN_ANY
    sections: list[Section] = [(IN_HTTP, http), (where, plain), (IN_TLS, tls)]
    return compose(todo.advice, sections, notes)


def _by_header(todo: Plan) -> Iterator[list[Edit]]:
    groups: dict[str, list[Edit]] = {}
    for edit in todo.edits:
        groups.setdefault(edit.key, []).append(edit)
    yield from groups.values()


def _refusal(group: Sequence[Edit]) -> str:
    last = group[-1]
    if last.prefix:
        return f"nginx cannot remove by prefix: hide each name of {last.header} by itself"
    if last.key in OWN and last.action == "remove":
        return f"nginx cannot remove {last.header} without the headers-more module"
    if last.key in OWN:
        return (
            f"nginx writes {last.header} itself and cannot set it without the headers-more module"
        )
    if last.action == "set" and not last.value:
        return f"nginx cannot send {last.header} without a value"
    if _mapped(group) and not last.key.replace("-", "").replace("_", "").isalnum():
        return f"nginx has no variable for {last.header} and cannot set it on a condition"
    return ""


def _switch(edit: Edit) -> list[str]:
    return [OFF[edit.key]] if edit.action == "remove" and edit.key in OFF else []


def _only_tls(group: Sequence[Edit]) -> bool:
    return all(e.scope == "https" and not e.paths and _simple(e) for e in group)


def _mapped(group: Sequence[Edit]) -> bool:
    return not _only_tls(group) and any(e.conditional or not _simple(e) for e in group)


def _simple(edit: Edit) -> bool:
    return edit.action == "remove" or edit.mode != "default"


def _plain(group: Sequence[Edit], http: list[str]) -> Iterator[str]:
    for number, edit in enumerate(group):
        yield from remarks(edit)
        if edit.action == "remove" or edit.mode == "replace":
            yield from _hide(edit)
        if edit.action == "set":
            yield _add(edit, literal(edit, named(edit, number), http))


def _hide(edit: Edit) -> Iterator[str]:
    yield f"proxy_hide_header {quoted(edit.header)};"
    if edit.key == "x-powered-by":  # nearly always PHP
        yield f"fastcgi_hide_header {edit.header};"
    yield from _switch(edit)


def _maps(group: Sequence[Edit], http: list[str]) -> Iterator[str]:
    """One map for all that replace or remove, and one for each other edit."""
    decisive = [e for e in group if e.action == "remove" or e.mode == "replace"]
    if decisive:
        yield from (line for edit in decisive for line in remarks(edit))
        yield from _hide(decisive[-1])
        own = f"$upstream_http_{decisive[-1].key.replace('-', '_')}"
        yield _add(decisive[-1], decided(decisive, own, named(decisive[-1]), http))
    for number, edit in enumerate((e for e in group if e not in decisive), 1):
        yield from remarks(edit)
        yield _add(edit, _extra(edit, named(edit, number), http))


def _extra(edit: Edit, variable: str, http: list[str]) -> str:
    """The value of an edit that leaves the application's own header in place."""
    asked = f"{variable}_when" if edit.mode == "default" else variable
    value = (
        decided([edit], '""', asked, http) if edit.conditional else literal(edit, variable, http)
    )
    if edit.mode == "append":
        return value
    own = f"$upstream_http_{edit.key.replace('-', '_')}"
    http += [f"map {own} {variable} {{", f'    "" {value};', '    default "";', "}"]
    return variable


def _add(edit: Edit, value: str) -> str:
    return f"add_header {quoted(edit.header)} {value} always;"


def _notes(lines: Sequence[str], http: Sequence[str]) -> Iterator[str]:
    if any(line.startswith("add_header") for line in lines):
        yield INHERIT
    if any(line.startswith("proxy_hide_header") for line in lines):
        yield HIDE
    if any("default $upstream_http_" in line for line in http):
        yield FIRST_LINE
