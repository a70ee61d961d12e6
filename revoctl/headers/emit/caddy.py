"""Caddy 2: the ``header`` directive of a Caddyfile, at once and again when the answer goes out.

Set at once a header also reaches Caddy's own error answers; set again with ``defer`` it replaces
what ``reverse_proxy`` copied in between. Removal and defaults exist only deferred, which error
answers skip, so they are repeated under ``handle_errors``.

Sources: caddyserver.com, "The Caddyfile" (quotes and backticks, ``{$ENV:default}``), "header
(Caddyfile directive)", "Conventions" (a backslash before a brace makes it literal).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import by_condition, plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, any_of, comment, compose

IN_SITE = "in the site block"
ON_ERRORS = "in the same site block (merge it with a handle_errors that is there)"
AGAIN = "once more, over what the application sent"
BACKSLASH = "vars revoctl_backslash `\\`"
HTML = "Caddy cannot tell HTML documents apart in header: sent on every answer"
MARK = "Caddy would take the first character of {} for an operator, and cannot set or remove it"
_OPERATORS = "+-?>*"

Condition = tuple[str, tuple[str, ...]]


def render(edits: Sequence[Edit]) -> Snippet:
    """``header`` blocks for a site block, and what error answers need besides."""
    todo = plan(edits)
    notes = list(todo.notes)
    refused = [e for e in todo.edits if e.header[0] in _OPERATORS]
    notes += [MARK.format(e.header) for e in refused]
    notes += [HTML] if any(e.scope == "html" for e in todo.edits) else []
    site = [line for e in refused for line in comment(MARK.format(e.header))]
    errors: list[str] = []
    groups = by_condition([e for e in todo.edits if e.header[0] not in _OPERATORS])
    for number, (condition, group) in enumerate(groups.items(), 1):
        name = f"@revoctl{number}" if _matcher(condition) else ""
        site += [*_define(name, condition), *_blocks(group, name)]
        name = f"{name}_error" if name else ""
        late = list(_late(group, name))
        errors += [*_define(name, condition), *late] if late else []
    if any("{vars.revoctl_backslash}" in line for line in site):
        site, errors = [BACKSLASH, *site], [BACKSLASH, *errors] if errors else []
    if errors:
        errors = ["handle_errors {", *(f"\t{line}" for line in errors), "}"]
    sections: list[Section] = [(IN_SITE, site), (ON_ERRORS, errors)]
    return compose(todo.advice, sections, notes)


def _matcher(condition: Condition) -> list[str]:
    scope, paths = condition
    lines = ["protocol https"] if scope == "https" else []
    return lines + ([f"path_regexp `^{any_of(paths)}`"] if paths else [])


def _define(name: str, condition: Condition) -> list[str]:
    lines = _matcher(condition)
    if len(lines) == 1:
        return [f"{name} {lines[0]}"]
    return [f"{name} {{", *(f"\t{line}" for line in lines), "}"] if lines else []


def _blocks(group: Sequence[Edit], name: str) -> Iterator[str]:
    """At once: what is set or appended. When the answer goes out: what is set, then the rest."""
    sets = [e for e in group if e.action == "set" and e.mode == "replace"]
    appends = [e for e in group if e.action == "set" and e.mode == "append"]
    if sets or appends:
        yield from _block([*sets, *appends], name)
    if sets:
        yield from _block(sets, name, f"defer # {AGAIN}", remarked=True)
    yield from _late(group, name)


def _late(group: Sequence[Edit], name: str) -> Iterator[str]:
    """What is always deferred: defaults, which say so by their ``?``, and removals.

    Of deferred blocks the last acts first, and within one block removal comes after setting, so
    removals are a block of their own at the end.
    """
    defaults = [e for e in group if e.action == "set" and e.mode == "default"]
    removals = [e for e in group if e.action == "remove"]
    if defaults:
        yield from _block(defaults, name)
    if removals:
        yield from _block(removals, name, "defer")


def _block(
    edits: Sequence[Edit], name: str, first: str = "", remarked: bool = False
) -> Iterator[str]:
    yield f"header {name} {{" if name else "header {"
    if first:
        yield f"\t{first}"
    for edit in edits:
        if not remarked:
            yield from remarks(edit, "# ", "\t")
        yield f"\t{_field(edit)}"
    yield "}"


def _field(edit: Edit) -> str:
    if edit.action == "remove":
        return _token(f"-{edit.header}")
    mark = {"replace": "", "append": "+", "default": "?"}[edit.mode]
    return f"{_token(mark + edit.header)} {_value(edit.value)}"


def _token(text: str) -> str:
    """A name: it holds no quote, brace, space or backslash, but may begin a comment or quotation.

    Directives are lower case (``defer``, ``import``) and header names have no case.
    """
    return text.capitalize() if text.isalpha() else text if text[0] not in "`#" else f'"{text}"'


def _value(value: str) -> str:
    r"""A value quoted, with no brace left that Caddy would read as a placeholder.

    In double quotes ``\"`` is the only escape, so that no backslash can stand before a quote or at
    the end: those come from a variable. Between backticks all is literal but the backtick. ``{$``
    is expanded before anything is parsed, wherever it stands: an empty name with the default
    ``{$`` gives it back.
    """
    if value == "}":  # even in quotes it would close a block; an unset variable is empty
        return '"{vars.revoctl_none}\\}"'
    literal = "\\" in value and "`" not in value
    mixed = "\\" in value and not literal
    # a backslash before a brace is only taken off where there is an opening brace, ours included
    if "{" in value or (mixed and "{" in _escaped(value)):
        value = value.replace("{", "\\{").replace("}", "\\}")
    quoted = f"`{value}`" if literal else f'"{_escaped(value) if mixed else _quotes(value)}"'
    return quoted.replace("{$", "{$:{$}")


def _quotes(value: str) -> str:
    return value.replace('"', '\\"')


def _escaped(value: str) -> str:
    pieces = []
    for piece in value.split('"'):
        bare = piece.rstrip("\\")
        pieces.append(bare + "{vars.revoctl_backslash}" * (len(piece) - len(bare)))
    return '\\"'.join(pieces)
