"""What ``curl -D FILE``, ``curl -i`` and ``curl -si -L`` write: heads one after another.

Between them stands nothing, and behind the last perhaps a body, already without its chunks. Heads
of interim answers, of a proxy's CONNECT and of a refused first try of authentication come along.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.body import BodyReader, has_document
from revoctl.headers.fetch.head import REDIRECTS, Head, HeadReader, NotHttp
from revoctl.headers.fetch.redaction import redact_cookies
from revoctl.headers.fetch.url import BadUrl, RefusedScheme, Url, parse_url, resolve
from revoctl.headers.snapshot import Anomaly, AnomalyKind, Body, Ending, Hop, Snapshot
from revoctl.headers.sources.problems import bad_format, http_date

MOST_HEADS = 100
MAX_SIZE = 32 << 20
"""Bytes of a dump that are read: more than all caps of a live scan together."""
_ABOUT_TRANSFER = ("content-length", "transfer-encoding")


class _Recorded(Struct, frozen=True):
    head: Head
    anomalies: tuple[Anomaly, ...]


def from_curl(data: bytes | str, url: str | None = None) -> Snapshot:
    """The snapshot of a dump. ``url`` is what was asked for.

    Without it, the chain begins behind the first redirect to an absolute Location, and a note says
    what was left out. Raises :class:`~revoctl.errors.RevoctlError` ``source.format``.
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    heads, rest = _heads(data)
    interim = tuple(r.head.status for r in heads if _is_interim(r.head))
    kept = _answers([r for r in heads if not _is_interim(r.head)])
    first, notes = _begin(kept, url)
    kept = kept[len(kept) - first.answers :]
    hops, ending, detail = _chain(kept, first.url)
    last = kept[len(hops) - 1].head
    hops[-1] = _with_body(hops[-1], last, rest, interim)
    if ending is Ending.FINAL and _leads(last):
        notes = (*notes, "the dump ends with a redirect that was not followed")
    taken = _taken(last)
    return Snapshot(str(first.url), taken, tuple(hops), ending, detail, source="curl", notes=notes)


def _heads(data: bytes) -> tuple[list[_Recorded], bytes]:
    """All heads, and what follows the last."""
    found: list[_Recorded] = []
    rest = data = data[:MAX_SIZE].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    while (not found or _is_head(rest)) and len(found) < MOST_HEADS:
        before, reader, odd = rest, HeadReader(), Oddities()
        try:
            rest = _feed(reader, rest)
            head = reader.parse(odd)
        except NotHttp as error:
            if found:
                return found, before  # a body that begins like a head
            line = data[: len(data) - len(before)].count(b"\n") + 1
            why = f"line {line} is no status line: {ascii(error.start[:40])[1:]}"
            raise bad_format("this is no dump of curl", why, "use curl -sD FILE URL") from None
        found.append(_Recorded(head, _of_the_answer(odd)))
    return found, rest


def _feed(reader: HeadReader, data: bytes) -> bytes:
    """Feed a head from the beginning of data; what is left behind it."""
    at = 0
    while not reader.complete and at < len(data):
        reader.feed(data[at : at + 16384])
        at += 16384
    return reader.rest() + data[at:]


def _is_head(data: bytes) -> bool:
    line = data[:32].partition(b"\n")[0].split()
    return len(line) > 1 and line[0].startswith(b"HTTP/") and line[1].isdigit()


def _of_the_answer(odd: Oddities) -> tuple[Anomaly, ...]:
    """Without what an editor or a dump without its final line did to the answer."""
    about_file = (AnomalyKind.BARE_LINE_FEED, AnomalyKind.TRUNCATED_HEAD)
    return tuple(a for a in odd.all() if a.kind not in about_file)


def _is_interim(head: Head) -> bool:
    return 100 <= head.status < 200 and head.status != 101


def _leads(head: Head) -> str:
    """The Location of a redirect, else empty."""
    if head.status not in REDIRECTS:
        return ""
    return next((f.value for f in head.fields if f.name.lower() == "location"), "")


def _answers(heads: list[_Recorded]) -> list[_Recorded]:
    """The redirects and the last answer: others before it are a proxy's or a first try's."""
    if not heads:
        raise bad_format("this dump holds no final answer", "all its heads are interim ones")
    return [r for r in heads[:-1] if _leads(r.head)] + heads[-1:]


class _Begin(Struct, frozen=True):
    url: Url
    answers: int


def _begin(heads: list[_Recorded], url: str | None) -> tuple[_Begin, tuple[str, ...]]:
    if url:
        try:
            return _Begin(parse_url(url if "://" in url else f"https://{url}"), len(heads)), ()
        except BadUrl as error:
            raise bad_format(
                f"{url[:100]!r} is no URL", str(error), "give --url https://…"
            ) from None
    for n, recorded in enumerate(heads[:-1], 1):
        try:
            known = parse_url(_leads(recorded.head), "latin-1")
        except BadUrl:
            continue
        note = f"the first {n} of {len(heads)} answers were left out: the dump has no URL for them"
        return _Begin(known, len(heads) - n), (note,)
    raise bad_format(
        "this dump does not say what was asked for",
        "a dump of curl holds no URL",
        "give the URL that was asked with --url",
    )


def _chain(heads: list[_Recorded], url: Url) -> tuple[list[Hop], Ending, str]:
    """The hops with their URLs; a Location that leads nowhere ends them."""
    hops: list[Hop] = []
    for recorded in heads:
        hops.append(_hop(recorded, url))
        location = _leads(recorded.head)
        if not location:
            continue
        try:
            url = resolve(url, location)
        except BadUrl as error:
            bad = Ending.REFUSED_SCHEME if isinstance(error, RefusedScheme) else Ending.BAD_LOCATION
            return hops, bad, f"{location[:200]!r}: {error}"
    return hops, Ending.FINAL, ""


def _hop(recorded: _Recorded, url: Url) -> Hop:
    head = recorded.head
    return Hop(
        str(url),
        head.status,
        redact_cookies(head.fields),
        reason=head.reason,
        version=head.version,
        anomalies=recorded.anomalies,
    )


def _with_body(hop: Hop, last: Head, rest: bytes, interim: tuple[int, ...]) -> Hop:

    odd = Oddities()
    body = _body(last, rest, odd)
    return replace(hop, interim=interim, body=body, anomalies=(*hop.anomalies, *odd.all()))


def _body(head: Head, rest: bytes, odd: Oddities) -> Body | None:
    """The body behind the last head: without chunks, and without its coding if curl undid it."""
    if not rest or not has_document(head):
        return None
    ours = tuple(f for f in head.fields if f.name.lower() not in _ABOUT_TRANSFER)
    if not rest.startswith((b"\x1f\x8b", b"\x78")):
        ours = tuple(f for f in ours if f.name.lower() != "content-encoding")
    reader = BodyReader(replace(head, fields=ours), odd)
    for at in range(0, len(rest), 65536):
        if reader.feed(rest[at : at + 65536]):
            break
    return reader.finish()


def _taken(head: Head) -> datetime:
    """When the server says that it answered, else now."""
    dates = [f.value for f in head.fields if f.name.lower() == "date"]
    return (http_date(dates[0]) if dates else None) or datetime.now(UTC).replace(microsecond=0)
