"""The requests of a HAR archive as what pages load: by destination, type or media type.

Sources: HAR 1.2; Fetch Metadata (``Sec-Fetch-Dest``), Fetch Standard 2.2.5 (which directive governs
a destination); Chromium's ``_resourceType`` and ``_initiator``. What a framed document asks for is
governed by its own policy and left out.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

import msgspec

from revoctl.headers.csp_build import code, css
from revoctl.headers.csp_build.charset import decode
from revoctl.headers.csp_build.model import Danger, Load, Reference
from revoctl.headers.csp_build.page import GOVERNED, of_text
from revoctl.headers.fetch.url import BadUrl, parse_url
from revoctl.headers.sources.har import MAX_SIZE
from revoctl.headers.sources.problems import bad_format

LARGEST_TEXT = 4 << 20
"""Characters of one page, script or style sheet that are read."""
NAVIGATES = "navigation"
UNGOVERNED = ("report", "csp-report", "csp_report", "preflight", "ping-report", "webidentity")
BY_DESTINATION = {
    "audio": "media-src", "audioworklet": "script-src", "document": NAVIGATES,
    "embed": "object-src", "empty": "connect-src", "font": "font-src", "frame": "frame-src",
    "iframe": "frame-src", "image": "img-src", "json": "connect-src", "manifest": "manifest-src",
    "object": "object-src", "paintworklet": "script-src", "script": "script-src",
    "serviceworker": "worker-src", "sharedworker": "worker-src", "style": "style-src",
    "track": "media-src", "video": "media-src", "worker": "worker-src", "xslt": "script-src",
}  # fmt: skip
BY_TYPE = {
    "document": NAVIGATES, "eventsource": "connect-src", "fetch": "connect-src",
    "font": "font-src", "image": "img-src", "manifest": "manifest-src", "media": "media-src",
    "ping": "connect-src", "script": "script-src", "stylesheet": "style-src",
    "texttrack": "media-src", "websocket": "connect-src", "xhr": "connect-src",
}  # fmt: skip
BY_MEDIA = (
    ("text/css", "style-src"), ("font/", "font-src"), ("application/font", "font-src"),
    ("application/x-font", "font-src"), ("application/vnd.ms-fontobject", "font-src"),
    ("image/", "img-src"), ("audio/", "media-src"), ("video/", "media-src"),
    ("text/javascript", "script-src"), ("application/javascript", "script-src"),
    ("application/x-javascript", "script-src"), ("application/ecmascript", "script-src"),
    ("application/manifest+json", "manifest-src"), ("text/html", NAVIGATES),
    ("application/xhtml+xml", NAVIGATES), ("application/json", "connect-src"),
)  # fmt: skip


class _Pair(msgspec.Struct):
    name: str
    value: str | None = ""


class _Content(msgspec.Struct):
    mime: str | None = msgspec.field(name="mimeType", default="")
    text: str | None = ""
    encoding: str | None = ""


class _Request(msgspec.Struct):
    url: str
    headers: list[_Pair] = []


class _Response(msgspec.Struct):
    status: int = 0
    headers: list[_Pair] = []
    content: _Content = msgspec.field(default_factory=_Content)


class _Frame(msgspec.Struct):
    url: str | None = ""


class _Stack(msgspec.Struct):
    frames: list[_Frame] = msgspec.field(name="callFrames", default=[])


class _Initiator(msgspec.Struct):
    kind: str | None = msgspec.field(name="type", default="")
    url: str | None = ""
    stack: _Stack | None = None


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response = msgspec.field(default_factory=_Response)
    page: str | None = msgspec.field(name="pageref", default="")
    kind: str | None = msgspec.field(name="_resourceType", default="")
    initiator: _Initiator | None = msgspec.field(name="_initiator", default=None)


class _Log(msgspec.Struct):
    entries: list[_Entry]


class _Archive(msgspec.Struct):
    log: _Log


def of_har(data: bytes) -> tuple[Load, ...]:
    """Each page of an archive, with its own requests.

    Raises :class:`~revoctl.errors.RevoctlError` ``source.format``.
    """
    if len(data) > MAX_SIZE:
        raise bad_format("this archive is too large", f"it has more than {MAX_SIZE >> 20} MiB")
    try:
        archive = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Archive)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_format("this is no HAR archive", str(error)) from None
    loads = tuple(_pages(archive.log.entries))
    if not loads:
        raise bad_format("the archive has no page", "no entry is a document with an answer")
    return loads


class _Page:
    """One document of the archive, while its requests are collected."""

    def __init__(self, entry: _Entry) -> None:
        self.entry = entry
        self.references: list[Reference] = []
        self.dangers: list[Danger] = []
        self.frames: set[str] = set()
        self.sheets: set[str] = set()
        self.left_out = 0

    def load(self) -> Load:
        url = self.entry.request.url
        held = of_text(url, _text(self.entry.response.content), self._notes())
        return held._replace(
            references=(*held.references, *self.references),
            dangers=(*held.dangers, *self.dangers),
        )

    def take(self, entry: _Entry, directive: str) -> None:
        url = entry.request.url
        asker = _origin(_asker(entry))
        if asker in self.frames - self.sheets - {_origin(self.entry.request.url)}:
            self.left_out += 1
            return
        if directive == "frame-src":
            self.frames.add(_origin(url))
        elif directive == "style-src":
            self.sheets.add(_origin(url))
            self.references += [
                Reference(r.directive, r.address, "style sheet")
                for r in css.references(_text(entry.response.content))
                if r.address.startswith("data:")
            ]
        elif directive == "script-src":
            self.dangers += code.dangers(_text(entry.response.content), url[:100])
        self.references.append(Reference(directive, url, "request"))

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self.left_out:
            notes.append(f"{self.left_out} requests of framed documents have policies of their own")
        if _header(self.entry.response.headers, "content-security-policy"):
            notes.append(GOVERNED)
        return tuple(notes)


def _pages(entries: list[_Entry]) -> Iterator[Load]:
    pages: dict[str, _Page] = {}
    current: _Page | None = None
    for entry in entries:
        directive = _directive(entry, current)
        if directive == NAVIGATES:
            if 300 <= entry.response.status < 400 or entry.response.status <= 0:
                continue
            if _origin(entry.request.url):
                current = pages[f"{entry.page}\n{len(pages)}"] = _Page(entry)
        elif directive and current is not None:
            current.take(entry, directive)
    yield from (page.load() for page in pages.values())


def _directive(entry: _Entry, current: _Page | None) -> str:
    """What governs the request; empty for what no policy governs."""
    url, kind = entry.request.url.lower(), (entry.kind or "").lower()
    destination = _header(entry.request.headers, "sec-fetch-dest").lower()
    if kind in UNGOVERNED or destination in UNGOVERNED:
        return ""
    if url.startswith(("ws:", "wss:")):
        return "connect-src"
    if destination and destination != "empty":
        return BY_DESTINATION.get(destination, "")
    found = BY_TYPE.get(kind) or BY_DESTINATION.get(destination) or _by_media(entry)
    if found == NAVIGATES and current is not None and _is_framed(entry, current):
        return "frame-src"
    return found


def _is_framed(entry: _Entry, current: _Page) -> bool:
    """Whether a document without ``Sec-Fetch-Dest`` is one within the page."""
    if entry.initiator is not None and entry.initiator.kind:
        return entry.initiator.kind in ("parser", "script")
    return bool(entry.page) and entry.page == current.entry.page


def _by_media(entry: _Entry) -> str:
    media = (entry.response.content.mime or "").partition(";")[0].strip().lower()
    return next((directive for start, directive in BY_MEDIA if media.startswith(start)), "")


def _asker(entry: _Entry) -> str:
    """The address of the document, style sheet or script that asked."""
    if referrer := _header(entry.request.headers, "referer"):
        return referrer
    initiator = entry.initiator
    if initiator is None:
        return ""
    frames = initiator.stack.frames if initiator.stack else []
    return initiator.url or (frames[0].url if frames else "") or ""


def _header(pairs: list[_Pair], name: str) -> str:
    return next((pair.value or "" for pair in pairs if pair.name.lower() == name), "")


def _origin(url: str) -> str:
    try:
        return parse_url(url.partition("#")[0]).origin
    except BadUrl:
        return ""


def _text(content: _Content) -> str:
    """A body as text. Browsers store text decoded, and bytes as base64."""
    text = (content.text or "")[: LARGEST_TEXT + 4]
    if content.encoding != "base64":
        return text
    try:
        data = binascii.a2b_base64(text[: len(text) // 4 * 4].encode("ascii", "replace"))
    except ValueError:
        return ""
    return decode(data, content.mime or "")
