"""Apache httpd 2.4: mod_headers, in both of its tables, so that error answers are edited too.

Sources: httpd.apache.org, mod_headers (``always`` and ``onsuccess`` are separate lists that are
both sent; ``%%`` is a percent sign; a value that begins with ``expr=`` is an expression), core
(``Define``, ``ServerTokens``) and "Expressions in Apache HTTP Server".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import HTML_TYPES, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, any_of, comment, compose, regex_literal

IN_HOST = "in the <VirtualHost> block or in .htaccess; needs mod_headers (a2enmod headers)"
IN_SERVER = "in the main configuration, outside of any block (Debian: conf-available/security.conf)"
TOKENS = ("ServerTokens Prod", "ServerSignature Off")
SERVER = "Apache cannot remove Server: ServerTokens Prod leaves the bare product name"
PREFIX = "Apache cannot remove by prefix: unset each name of {} by itself"
DEFINES = "Apache: .htaccess knows no Define; put that line into the main configuration"
OWN = "Apache writes {} itself after mod_headers has run, and cannot change it there"
# Written by the core while the answer goes out (ap_basic_http_header, ap_http_header_filter).
CORE = ("server", "date", "connection", "transfer-encoding", "content-length")
DOLLAR = 'Define revoctl_dollar "$"'


def render(edits: Sequence[Edit]) -> Snippet:
    """``Header`` directives for a virtual host; ServerTokens for the main configuration."""
    todo = plan(edits)
    notes = list(todo.notes)
    host: list[str] = []
    server: list[str] = []
    for edit in todo.edits:
        refusal = _refusal(edit)
        lines = [*remarks(edit), *(comment(refusal) if refusal else _directives(edit))]
        if edit.action == "remove" and edit.key == "server":
            server += [*lines, *TOKENS]
        else:
            host += lines
        notes += [refusal] if refusal else []
    if any("${revoctl_dollar}" in line for line in host):
        host.insert(0, DOLLAR)
        notes.append(DEFINES)
    sections: list[Section] = [(IN_HOST, host), (IN_SERVER, server)]
    return compose(todo.advice, sections, notes)


def _refusal(edit: Edit) -> str:
    if edit.prefix:
        return PREFIX.format(edit.header)
    if edit.key == "server" and edit.action == "remove":
        return SERVER
    return OWN.format(edit.header) if edit.key in CORE else ""


def _directives(edit: Edit) -> Iterator[str]:
    """Clear the list that only successes send, then write into the one that all answers send."""
    name, when = _quoted(edit.header), _when(edit)
    if edit.action == "remove":
        yield f"Header onsuccess unset {name}{when}"
        yield f"Header always unset {name}{when}"
        return
    if edit.mode == "replace":
        yield f"Header onsuccess unset {name}{when}"
    verb = {"replace": "set", "append": "add", "default": "setifempty"}[edit.mode]
    yield from _write(verb, name, edit.value, when)


def _write(verb: str, name: str, value: str, when: str) -> Iterator[str]:
    if not value.startswith("expr="):
        yield f"Header always {verb} {name} {_format(value)}{when}"
        return
    # It would be taken for an expression: send it with a mark, and take the mark off again.
    yield f"Header always {verb} {name} {_format('revoctl:' + value)}{when}"
    yield f'Header always edit {name} "^revoctl:" ""{when}'


def _when(edit: Edit) -> str:
    tests = []
    if edit.action == "set" and edit.mode == "default":
        literal = edit.header.replace("'", "\\'").replace("$", "\\$")
        tests.append(f"-z resp('{literal}')")
    if edit.scope == "https":
        tests.append("%{HTTPS} == 'on'")
    if edit.scope == "html":
        types = "|".join(regex_literal(t) for t in HTML_TYPES)
        tests.append(f"%{{CONTENT_TYPE}} =~ m#^(?:{types}|$)#i")
    if edit.paths:
        tests.append(f"%{{REQUEST_URI}} =~ m#^{any_of(edit.paths)}#")
    return f' "expr={" && ".join(tests)}"' if tests else ""


def _format(value: str) -> str:
    # mod_headers reads \\n and its like once more, after the quotes of the configuration are gone
    return _quoted(value.replace("%", "%%").replace("\\", "\\\\"), always=True)


def _quoted(text: str, always: bool = False) -> str:
    r"""Double quotes: only ``\`` and ``"`` are escaped, and ``${`` is kept from being a variable.

    A Define's value is not looked through again, so ``${revoctl_dollar}{`` comes out as ``${``.
    """
    if not always and text.replace("-", "").isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.replace("${", "${revoctl_dollar}{")
