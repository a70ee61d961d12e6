"""The beginning of a body, decoded: bounded in memory, and never a reason to lose the headers."""

from __future__ import annotations

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.coding import BrokenCoding, Identity, decoder_of
from revoctl.headers.fetch.framing import framing_of
from revoctl.headers.fetch.head import Head
from revoctl.headers.snapshot import AnomalyKind, Body

MAX_TEXT = 1 << 20
"""Decoded bytes that are kept: what is judged of a page stands in its beginning."""
MAX_WIRE = 16 << 20
"""Bytes on the wire that are read for them, so that overhead cannot go on for ever."""
_DOCUMENTS = ("text/html", "application/xhtml+xml", "")


def has_document(head: Head) -> bool:
    """Whether the body may be one that a browser shows as a document, so that it is worth reading.

    Media types without a value count, since browsers sniff them; 204 and 304 have no body.
    """
    types = [f.value for f in head.fields if f.name.lower() == "content-type"]
    media = types[0].partition(";")[0].strip().lower() if types else ""
    return media in _DOCUMENTS and head.status not in (101, 204, 304)


class BodyReader:
    """Takes a body's bytes until it has what is kept. ``done``: no more is needed.

    What is wrong with framing or coding is noted in ``odd``.
    """

    def __init__(self, head: Head, odd: Oddities, wire_limit: int = MAX_WIRE) -> None:
        self._odd = odd
        self._framing = framing_of(head, odd)
        codings = [f.value for f in head.fields if f.name.lower() == "content-encoding"]
        decoder = decoder_of(codings)
        self._readable = decoder is not None
        self._decoder = decoder or Identity()
        self._wire_left = wire_limit
        self._kept = bytearray()
        self._fault = False
        self._full = False
        if not self._readable:
            odd.note(AnomalyKind.UNKNOWN_ENCODING, ", ".join(codings))

    @property
    def done(self) -> bool:
        """Whether reading on would change nothing."""
        return not self._readable or self._fault or self._full or self._framing.done

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; true once done."""
        if self.done:
            return True
        self._wire_left -= len(data)
        try:
            self._keep(self._framing.feed(data))
        except BrokenCoding as error:
            self._fault = True
            self._odd.note(AnomalyKind.BROKEN_ENCODING, str(error))
        if self._wire_left <= 0 and not self._framing.done:
            self._full = True
        return self.done

    def finish(self, cut: str = "") -> Body | None:
        """The body, once no more comes; ``cut`` says why, unless the connection simply ended."""
        if not self._readable:
            return None
        if self._full:
            self._odd.note(AnomalyKind.BODY_TOO_LARGE, f"judged are {len(self._kept)} bytes")
        elif not self._fault:
            self._fault = self._note_missing(cut)
        whole = not (self._full or self._fault or self._framing.broken)
        return Body(_text(self._kept), complete=whole, size=len(self._kept))

    def _keep(self, payload: bytes) -> None:
        if not payload:
            return
        # One more than is kept, so that a body of exactly the cap is known to be whole.
        self._kept += self._decoder.feed(payload, MAX_TEXT + 1 - len(self._kept))
        if len(self._kept) > MAX_TEXT:
            del self._kept[MAX_TEXT:]
            self._full = True

    def _note_missing(self, cut: str) -> bool:
        missing = "" if self._framing.done else cut or self._framing.end()
        if missing:
            self._odd.note(AnomalyKind.TRUNCATED_BODY, missing)
            return True
        early = self._decoder.end() if self._kept else ""
        if early:
            self._odd.note(AnomalyKind.BROKEN_ENCODING, early)
        return bool(early)


def _text(data: bytearray) -> str:
    """Latin-1, which loses nothing; UTF-16 by its byte order mark, whose ASCII would be torn."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("latin-1")
