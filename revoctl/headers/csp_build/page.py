"""One page, as it was fetched, made into what the proposal is built of."""

from __future__ import annotations

from revoctl.headers.csp_build import markup
from revoctl.headers.csp_build.charset import decode
from revoctl.headers.csp_build.model import Inline, Load
from revoctl.headers.snapshot import Snapshot

UNREAD = "scripts were read, not run, and style sheets not fetched: what they load is in a HAR only"
GOVERNED = "the page came with a policy of its own: what that blocked is not seen here"
_DOCUMENTS = ("text/html", "application/xhtml+xml", "")


def of_snapshot(snapshot: Snapshot) -> Load:
    """What the final answer of a scan loads and holds; nothing where it is no HTML document."""
    hop = snapshot.final
    types = hop.values("content-type")
    kind = types[0] if types else ""
    media = kind.partition(";")[0].strip().lower()
    if hop.body is None or media not in _DOCUMENTS:
        return Load(hop.url, notes=(f"{hop.url} is no HTML document: it says nothing here",))
    text = decode(hop.body.text.encode("latin-1", "replace"), kind)
    notes = [UNREAD]
    if hop.values("content-security-policy"):
        notes.append(GOVERNED)
    if not hop.body.complete:
        notes.append(f"only the beginning of {hop.url} was read")
    return of_text(hop.url, text, tuple(notes))


def of_text(url: str, text: str, notes: tuple[str, ...] = ()) -> Load:
    """What a page of this text at this address loads and holds; ``text`` is decoded."""
    found = markup.read(text)
    return Load(
        url,
        tuple(found.references),
        tuple(found.inlines),
        tuple(found.dangers),
        found.icon,
        notes,
        found.base,
    )


def varying(first: Load, second: Load) -> frozenset[Inline]:
    """The inline code of one answer that another answer for the same page does not hold."""
    return frozenset(first.inlines) - frozenset(second.inlines)
