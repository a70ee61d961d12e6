"""Edits put in order before a server writes them: advice apart, repetitions settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from revoctl.headers.emit.edit import HSTS, Edit
from revoctl.headers.emit.snippet import comment

HTML_TYPES = ("text/html", "application/xhtml+xml")
PRELOAD = (
    "preload asks browsers to build https-only into themselves for this domain and all of its "
    "subdomains; it takes months to undo, so be sure that every subdomain serves https for good"
)
BEHIND_TLS = (
    "https is meant as this server sees it: where something in front of it ends TLS, set "
    "Strict-Transport-Security there, or drop the condition"
)
NONCE = (
    "{nonce} stands for a value that is new in every response and stands in the page too, which a "
    "server's configuration cannot make: as written, no nonce is accepted, so let the application "
    "send that header (revoctl.middleware does), or use hashes"
)


class Plan(msgspec.Struct, frozen=True):
    """What to write: ``edits`` in the order in which they take effect, ``advice`` and ``notes``."""

    edits: tuple[Edit, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]


def plan(edits: Sequence[Edit]) -> Plan:
    """Settle edits that meet, so that a server may do the rest one after the other.

    Names removed by prefix go first: a header that is set stays. An edit without a condition that
    replaces or removes a header takes back what earlier ones did to it, one with a condition what
    earlier ones did under the same.
    """
    settled: dict[str, list[Edit]] = {}
    for edit in edits:
        if edit.action != "advise":
            earlier = settled.get(edit.key, [])
            settled[edit.key] = [e for e in earlier if not _undone(e, edit)] + [edit]
    kept = [edit for group in settled.values() for edit in group]
    ordered = [_after_removal(e, kept) for e in sorted(kept, key=lambda edit: not edit.prefix)]
    advice = tuple(e.note for e in edits if e.action == "advise" and e.note)
    return Plan(tuple(ordered), advice, tuple(_common_notes(ordered)))


def _undone(earlier: Edit, later: Edit) -> bool:
    if later.action == "set" and later.mode == "append":
        return earlier == later
    same = (earlier.scope, earlier.paths) == (later.scope, later.paths)
    if later.action == "set" and later.mode == "default":
        return same and earlier.mode == "default" and earlier.action == "set"
    return same or not later.conditional


def _after_removal(edit: Edit, edits: Sequence[Edit]) -> Edit:
    """To add to a header, or to default to it, after it was removed is to set it."""
    if edit.action != "set" or edit.mode == "replace":
        return edit
    gone = any(
        e.key == edit.key or (e.prefix and edit.key.startswith(e.prefix))
        for e in edits
        if e.action == "remove" and not e.conditional
    )
    return msgspec.structs.replace(edit, mode="replace") if gone else edit


def _common_notes(edits: Sequence[Edit]) -> Iterator[str]:
    if any(wants_preload(e) for e in edits):
        yield PRELOAD
    if any(e.scope == "https" for e in edits):
        yield BEHIND_TLS
    if any("{nonce}" in e.value for e in edits):
        yield NONCE


def wants_preload(edit: Edit) -> bool:
    """Whether it sends HSTS with the preload token (hstspreload.org)."""
    if edit.key != HSTS or edit.action != "set":
        return False
    return "preload" in (part.strip().lower() for part in edit.value.split(";"))


def remarks(edit: Edit, mark: str = "# ", indent: str = "") -> list[str]:
    """The comment lines above an edit: its note, and the warning about preloading."""
    lines = comment(edit.note, mark, indent) if edit.note else []
    return lines + (comment(f"Warning: {PRELOAD}", mark, indent) if wants_preload(edit) else [])


def by_condition(edits: Sequence[Edit]) -> dict[tuple[str, tuple[str, ...]], list[Edit]]:
    """Edits grouped by ``(scope, paths)``, those without a condition first.

    It is for servers that cannot tell HTML documents apart: ``html`` counts as ``always``.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: e.scope == "https" or bool(e.paths)):
        scope = "https" if edit.scope == "https" else "always"
        groups.setdefault((scope, edit.paths), []).append(edit)
    return groups


def wire(value: str) -> str:
    """A value as the Latin-1 text whose bytes are its UTF-8, for interfaces that send Latin-1."""
    return value.encode().decode("latin-1")
