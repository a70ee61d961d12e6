"""Netlify and Cloudflare Pages: the ``_headers`` file in the folder that is published.

Sources: docs.netlify.com, "Custom headers"; developers.cloudflare.com/pages, "Headers" (``! Name``
takes back what an earlier rule set, 100 rules, 2,000 characters a line). Every rule that matches
applies; lines of one name are joined with a comma.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revoctl.headers.emit.edit import Edit
from revoctl.headers.emit.plan import plan, remarks
from revoctl.headers.emit.snippet import Section, Snippet, compose

IN_FILE = "in the file _headers of the folder that is published"
REMOVE = "_headers cannot remove {}: nothing there is removed that the platform adds itself"
HTML = "_headers cannot tell HTML documents apart: {} goes with every file"
HTTPS = (
    "_headers cannot tell https apart: both platforms redirect plain http, so every answer is it"
)
DEFAULT = "_headers cannot give way: {} replaces the platform's own"
PATHS = (
    "_headers knows whole path segments only: {0} is written as {0} and {0}/*, so that other names "
    "that begin so are left out"
)
ODD_PATH = "_headers cannot write the path {}: a colon, a star and blanks mean something there"
STATIC = (
    "_headers applies to published files: answers of functions and of proxied sites must carry "
    "their headers themselves"
)
TWICE = "_headers joins all values of {}: a path cannot have another value than the whole site"
TOO_LONG = "Cloudflare Pages refuses lines of more than 2,000 characters: {}"
EMPTY = "_headers cannot send {} without a value"
LONGEST_LINE = 2000


def render(edits: Sequence[Edit]) -> Snippet:
    """Rules for all files, then for paths."""
    todo = plan(edits)
    notes = [note for note in todo.notes if not note.startswith("https is meant")]
    kept: list[Edit] = []
    everywhere = {e.key for e in todo.edits if e.action == "set" and not e.paths}
    for edit in todo.edits:
        refusal = _refusal(edit, everywhere)
        notes += [refusal] if refusal else []
        if not refusal:
            kept.append(edit)
            notes += _limits(edit)
    groups: dict[tuple[str, ...], list[Edit]] = {}
    for edit in sorted(kept, key=lambda e: bool(e.paths)):
        groups.setdefault(edit.paths, []).append(edit)
    lines = [line for paths, group in groups.items() for line in _rules(paths, group)]
    notes += [STATIC] if lines else []
    sections: list[Section] = [(IN_FILE, lines)]
    return compose(todo.advice, sections, notes)


def _refusal(edit: Edit, everywhere: set[str]) -> str:
    """Why an edit cannot be written, or empty."""
    if edit.action == "remove":
        return REMOVE.format(edit.header)
    if not edit.value:
        return EMPTY.format(edit.header)
    if edit.paths and edit.key in everywhere and edit.mode == "replace":
        return TWICE.format(edit.header)
    odd = [path for path in edit.paths if _is_odd(path)]
    return ODD_PATH.format(", ".join(odd)) if odd else ""


def _is_odd(path: str) -> bool:
    return not path.startswith("/") or any(c in path for c in ":* #")


def _limits(edit: Edit) -> Iterator[str]:
    if edit.scope == "html":
        yield HTML.format(edit.header)
    if edit.scope == "https":
        yield HTTPS
    if edit.mode == "default":
        yield DEFAULT.format(edit.header)
    for path in edit.paths:
        if not path.endswith("/"):
            yield PATHS.format(path)
    if len(edit.header) + len(edit.value) + 2 > LONGEST_LINE:
        yield TOO_LONG.format(edit.header)


def _rules(paths: Sequence[str], edits: Sequence[Edit]) -> Iterator[str]:
    for pattern in _patterns(paths):
        yield pattern
        for edit in edits:
            yield from remarks(edit, indent="  ")
            yield f"  {edit.header}: {edit.value}"


def _patterns(paths: Sequence[str]) -> Iterator[str]:
    if not paths:
        yield "/*"
    for path in paths:
        if path.endswith("/"):
            yield f"{path}*"
        else:
            yield path
            yield f"{path}/*"
