"""A browser's HTTP archive (HAR 1.2): the document that was asked for, and its redirects.

Only what a snapshot needs is decoded; cookies, requests and timings in the archive are not kept.
"""

from __future__ import annotations

import binascii
from datetime import UTC, datetime

import msgspec

from revoctl.headers.fetch.body import MAX_TEXT
from revoctl.headers.fetch.redaction import redact_cookies
from revoctl.headers.fetch.url import BadUrl, Url, parse_url, resolve
from revoctl.headers.snapshot import Body, Field, Hop, Snapshot
from revoctl.headers.sources.problems import bad_format

MAX_SIZE = 256 << 20
MOST_HOPS = 50
_OWS = " \t"
_DOCUMENTS = ("text/html", "application/xhtml+xml")


class _Header(msgspec.Struct):
    name: str
    value: str | None = ""


class _Content(msgspec.Struct):
    mime: str | None = msgspec.field(name="mimeType", default="")
    text: str | None = ""
    encoding: str | None = ""


class _Request(msgspec.Struct):
    url: str
    method: str = "GET"


class _Response(msgspec.Struct):
    status: int
    reason: str = msgspec.field(name="statusText", default="")
    version: str = msgspec.field(name="httpVersion", default="")
    headers: list[_Header] = []
    content: _Content = msgspec.field(default_factory=_Content)
    redirect: str | None = msgspec.field(name="redirectURL", default="")


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response
    started: str = msgspec.field(name="startedDateTime", default="")
    address: str | None = msgspec.field(name="serverIPAddress", default="")
    kind: str = msgspec.field(name="_resourceType", default="")


class _Log(msgspec.Struct):
    entries: list[_Entry]


class _Archive(msgspec.Struct):
    log: _Log


def from_har(data: bytes, url: str | None = None) -> Snapshot:
    """The snapshot of the entry for ``url`` (by default of the first document) and its redirects.

    Raises :class:`~revoctl.errors.RevoctlError` ``source.format``.
    """
    entries = _entries(data)
    at = _start(entries, url)
    chain = _chain(entries, at)
    hops = tuple(_hop(entry) for entry in chain)
    return Snapshot(hops[0].url, _taken(chain[0].started), hops, source="har")


def _entries(data: bytes) -> list[_Entry]:
    if len(data) > MAX_SIZE:
        raise bad_format("this archive is too large", f"it has more than {MAX_SIZE >> 20} MiB")
    try:
        archive = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Archive)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_format("this is no HAR archive", str(error)) from None
    return archive.log.entries


def _start(entries: list[_Entry], url: str | None) -> int:
    """The place of the entry to begin with."""
    if url:
        wanted = _canonical(url if "://" in url else f"https://{url}")
        found = [n for n, e in enumerate(entries) if _canonical(e.request.url) == wanted]
        found = [n for n in found if entries[n].response.status > 0]
        if not wanted or not found:
            raise bad_format(f"the archive has no answer for {url[:100]!r}", "", "check --url")
        return found[0]
    for n, entry in enumerate(entries):
        if _is_document(entry):
            return n
    raise bad_format("the archive has no document with an answer", "", "name an entry with --url")


def _is_document(entry: _Entry) -> bool:
    if entry.response.status <= 0 or not _canonical(entry.request.url):
        return False
    media = _media_type(entry.response.content)
    if entry.kind:
        return entry.kind == "document"
    return media in _DOCUMENTS or bool(entry.response.redirect)


def _canonical(url: str) -> str:
    parsed = _parsed(url)
    return str(parsed) if parsed else ""


def _parsed(url: str) -> Url | None:
    try:
        return parse_url(url)
    except BadUrl:
        return None


def _chain(entries: list[_Entry], at: int) -> list[_Entry]:
    """The entry and those that its redirects lead to; each later in the archive than the last."""
    places: dict[str, list[int]] = {}
    for n in range(len(entries) - 1, at, -1):
        places.setdefault(_canonical(entries[n].request.url), []).append(n)
    chain = [entries[at]]
    while len(chain) < MOST_HOPS:
        target = _redirect(chain[-1])
        later = places.get(target, []) if target else []
        while later and later[-1] <= at:
            later.pop()
        if not later or entries[later[-1]].response.status <= 0:
            break
        at = later.pop()
        chain.append(entries[at])
    return chain


def _redirect(entry: _Entry) -> str:
    """Where the entry leads, as a canonical URL; empty if nowhere."""
    base = _parsed(entry.request.url)
    if not 300 <= entry.response.status < 400 or not entry.response.redirect or base is None:
        return ""
    try:
        return str(resolve(base, _wire_text(entry.response.redirect)))
    except BadUrl:
        return ""


def _hop(entry: _Entry) -> Hop:
    response = entry.response
    version = response.version.lower().removeprefix("http/").removeprefix("h")
    return Hop(
        _canonical(entry.request.url),
        response.status,
        redact_cookies(_fields(response.headers)),
        method=entry.request.method[:20],
        reason=_wire_text(response.reason)[:200],
        version=version.removesuffix(".0") if version[:1] in ("2", "3") else version[:16],
        address=(entry.address or "")[:64],
        body=_body(response.content),
    )


def _fields(headers: list[_Header]) -> tuple[Field, ...]:
    """The fields; browsers join lines of one name with line feeds and add pseudo fields."""
    return tuple(
        Field(_wire_text(header.name), _wire_text(line).strip(_OWS))
        for header in headers
        if not header.name.startswith(":")
        for line in (header.value or "").split("\n")
    )


def _body(content: _Content) -> Body | None:
    if not content.text or _media_type(content) not in (*_DOCUMENTS, ""):
        return None
    if content.encoding == "base64":
        data = _decoded(content.text)
    else:
        data = content.text[: MAX_TEXT + 1].encode("utf-8", "replace")
    kept = data[:MAX_TEXT]
    return Body(kept.decode("latin-1"), complete=len(data) <= MAX_TEXT, size=len(kept))


def _media_type(content: _Content) -> str:
    return (content.mime or "").partition(";")[0].strip().lower()


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text[: (MAX_TEXT + 3) // 3 * 4].encode("ascii", "replace"))
    except ValueError as error:
        raise bad_format("a body in the archive is no base64", str(error)) from None


def _wire_text(text: str) -> str:
    """Bytes on the wire as latin-1: what is above U+00FF was UTF-8 there."""
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def _taken(text: str) -> datetime:
    """The time of an entry, else now."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC).replace(microsecond=0)
