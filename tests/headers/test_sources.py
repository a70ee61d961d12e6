"""Recorded answers as snapshots: curl, HAR, our own; whatever the bytes are."""

import base64
import gzip
import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.redaction import redact_cookies
from revoctl.headers.snapshot import (
    SCHEMA,
    Anomaly,
    Body,
    Ending,
    Field,
    Hop,
    Probe,
    Snapshot,
    Tls,
)
from revoctl.headers.sources import from_curl, from_har, from_saved, read, save

URL = "https://a.example/start"
PAGE = b"HTTP/2 200 \r\nContent-Type: text/html\r\nSet-Cookie: sid=verysecret; Secure\r\n\r\n"


def test_one_head_of_curl():
    """An HTTP/2 status line, the cookie's value replaced, the server's date as the time."""
    data = PAGE.replace(b"\r\n\r\n", b"\r\ndate: Tue, 15 Nov 1994 08:12:31 GMT\r\n\r\n")
    snapshot = from_curl(data, URL)
    (hop,) = snapshot.hops
    assert (hop.url, hop.version, hop.status, hop.anomalies) == (URL, "2", 200, ())
    assert hop.values("set-cookie") == ("sid=<redacted>; Secure",)
    assert hop.body is None
    assert snapshot.taken == datetime(1994, 11, 15, 8, 12, 31, tzinfo=UTC)
    assert (snapshot.source, snapshot.probed, snapshot.ending) == ("curl", (), Ending.FINAL)


def test_redirects_of_curl_are_hops():
    """Heads of CONNECT, of interim answers and of a first try of authentication are no hops."""
    data = (
        b"HTTP/1.1 200 Connection established\r\n\r\n"
        b"HTTP/1.1 301 Moved\r\nLocation: /login\r\nX-A: 1\r\n\r\n"
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest\r\n\r\n"
        b"HTTP/1.1 302 Found\r\nLocation: //b.example/\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nContent-Security-Policy: x\r\n\r\n" + PAGE
    )
    snapshot = from_curl(data + b"<html>", "a.example")
    assert [(hop.status, hop.url) for hop in snapshot.hops] == [
        (301, "https://a.example/"),
        (302, "https://a.example/login"),
        (200, "https://b.example/"),
    ]
    assert snapshot.final.interim == (103,)
    assert snapshot.final.body == Body("<html>", size=6)


def test_a_dump_without_url_begins_where_one_is_known():
    """Behind the first absolute Location, which a note says."""
    data = b"HTTP/1.1 301 M\r\nLocation: https://b.example/x\r\n\r\n" + PAGE
    snapshot = from_curl(data)
    assert (snapshot.target, len(snapshot.hops)) == ("https://b.example/x", 1)
    assert snapshot.notes == (
        "the first 1 of 2 answers were left out: the dump has no URL for them",
    )
    with pytest.raises(RevoctlError) as caught:
        from_curl(PAGE)
    assert caught.value.code == "source.format"
    assert "--url" in caught.value.fix


@pytest.mark.parametrize(
    ("location", "ending"),
    [("ftp://b.example/", Ending.REFUSED_SCHEME), ("http://[", Ending.BAD_LOCATION)],
)
def test_a_redirect_to_nowhere_ends_the_chain(location, ending):
    """As in a live scan; what comes behind it is not judged."""
    snapshot = from_curl(f"HTTP/1.1 301 M\nLocation: {location}\n\n".encode() + PAGE, URL)
    assert (len(snapshot.hops), snapshot.ending) == (1, ending)


def test_a_dump_that_ends_with_a_redirect_says_so():
    """Without -L curl stops there."""
    snapshot = from_curl(b"HTTP/1.1 301 M\r\nLocation: /x\r\n\r\n", URL)
    assert (snapshot.final.status, snapshot.ending) == (301, Ending.FINAL)
    assert snapshot.notes == ("the dump ends with a redirect that was not followed",)


def test_an_edited_dump_is_not_blamed_on_the_server():
    """Line ends without CR, a byte order mark, and no empty line at the end."""
    snapshot = from_curl("\ufeffHTTP/1.1 200 OK\nX-A: 1\nbad line\nX-B: 2", URL)
    assert [f.name for f in snapshot.final.fields] == ["X-A", "X-B"]
    assert [a.kind for a in snapshot.final.anomalies] == ["malformed-header-line"]


@pytest.mark.parametrize("packed", [True, False])
def test_bodies_of_curl(packed):
    """Without --compressed the body is still packed; its length and chunks are not to be heeded."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = gzip.compress(b"<html>hello") if packed else b"<html>hello"
    snapshot = from_curl(head + body, URL)
    assert snapshot.final.body == Body("<html>hello", size=11)
    assert snapshot.final.anomalies == ()


def test_a_body_that_looks_like_a_head_is_a_body():
    """If it is none."""
    snapshot = from_curl(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 2 oops", URL)
    assert snapshot.final.body.text == "HTTP/1.1 2 oops"


def entry(url: str, status: int = 200, headers=(), **more) -> dict:
    response = {
        "status": status,
        "statusText": "",
        "httpVersion": more.pop("version", "h2"),
        "headers": [{"name": n, "value": v} for n, v in headers],
        "content": more.pop("content", {"size": 0, "mimeType": "text/html"}),
        "redirectURL": more.pop("redirect", ""),
    }
    request = {"method": "GET", "url": url, "headers": [{"name": "Cookie", "value": "verysecret"}]}
    return {"request": request, "response": response, "time": 12.5, **more}


def har(*entries: dict) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def test_an_archive_gives_its_document_and_redirects():
    """Images and later pages are left alone; joined lines are taken apart; cookies are hidden."""
    data = har(
        entry("https://a.example/x.png", content={"mimeType": "image/png"}, _resourceType="image"),
        entry(
            "http://a.example/",
            301,
            redirect="https://a.example/",
            _resourceType="document",
            startedDateTime="2026-01-02T03:04:05.006+01:00",
        ),
        entry("https://cdn.example/", content={"mimeType": "text/css"}),
        entry(
            "https://a.example/#top",
            headers=[
                (":status", "200"),
                ("set-cookie", "a=verysecret\nb=2; Secure"),
                ("x-q", "\u2018"),
            ],
            content={"mimeType": "text/html", "text": "<p>ü"},
            serverIPAddress="192.0.2.1",
        ),
        entry("https://a.example/", 500),
    )
    snapshot = read(data)
    assert [hop.url for hop in snapshot.hops] == ["http://a.example/", "https://a.example/"]
    final = snapshot.final
    assert (final.status, final.version, final.address) == (200, "2", "192.0.2.1")
    assert final.values("set-cookie") == ("a=<redacted>", "b=<redacted>; Secure")
    assert final.values("x-q") == ("\u2018".encode().decode("latin-1"),)
    assert final.body.text.encode("latin-1").decode() == "<p>ü"
    assert snapshot.taken == datetime(2026, 1, 2, 2, 4, 5, 6000, tzinfo=UTC)
    assert snapshot.source == "har"
    assert "verysecret" not in repr(snapshot)


def test_an_entry_of_an_archive_is_chosen_by_url():
    """Fragments do not matter; an answer that never came is not chosen."""
    data = har(
        entry("https://a.example/one", 200),
        entry("https://a.example/two", 0),
        entry("https://a.example/two", 404, version="HTTP/1.1"),
    )
    assert from_har(data).target == "https://a.example/one"
    assert from_har(data, "a.example/two#x").final.status == 404
    assert from_har(data, "https://a.example/two").final.version == "1.1"
    for url in ("https://a.example/three", "ftp://x", "https://a b/"):
        with pytest.raises(RevoctlError) as caught:
            from_har(data, url)
        assert caught.value.code == "source.format"


def test_redirects_in_an_archive_do_not_go_in_circles():
    """Each answer is used once, in the order of the archive."""
    data = har(*(entry("https://a.example/", 302, redirect="/") for _ in range(5)))
    assert len(from_har(data).hops) == 5


def test_bodies_of_an_archive_may_be_base64():
    """They are decoded; what is none is an error."""
    content = {"mimeType": "text/html", "encoding": "base64"}
    good = {**content, "text": base64.b64encode(b"<p>\xff").decode()}
    assert from_har(har(entry(URL, content=good))).final.body.text == "<p>\xff"
    with pytest.raises(RevoctlError) as caught:
        from_har(har(entry(URL, content={**content, "text": "x"})))
    assert caught.value.code == "source.format"


LATIN = st.text(st.characters(max_codepoint=255), max_size=20)
FIELDS = st.lists(
    st.builds(Field, LATIN | st.sampled_from(["Set-Cookie", "set-cookie"]), LATIN), max_size=4
)
TIMES = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001  (hypothesis wants it naive)
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
TLS = st.builds(Tls, LATIN, st.booleans(), LATIN, LATIN, LATIN, st.none() | TIMES)
HOPS = st.builds(
    Hop,
    LATIN,
    st.integers(0, 999),
    FIELDS.map(redact_cookies),
    interim=st.lists(st.integers(100, 199), max_size=2).map(tuple),
    anomalies=st.lists(st.builds(Anomaly, LATIN, LATIN), max_size=2).map(tuple),
    tls=st.none() | TLS,
    body=st.none() | st.builds(Body, LATIN, st.booleans(), st.integers(0)),
    seconds=st.floats(0, 1e6),
)
ENDINGS = st.sampled_from(Ending)
PROBES = st.builds(
    Probe, LATIN, LATIN, st.lists(HOPS, max_size=1).map(tuple), ENDINGS, LATIN, LATIN
)
SNAPSHOTS = st.builds(
    Snapshot,
    LATIN,
    TIMES,
    st.lists(HOPS, min_size=1, max_size=2).map(tuple),
    ENDINGS,
    LATIN,
    st.lists(PROBES, max_size=2).map(tuple),
    st.lists(LATIN, max_size=2).map(tuple),
    notes=st.lists(LATIN, max_size=2).map(tuple),
)


@given(SNAPSHOTS)
def test_what_is_saved_is_read_back_exactly(snapshot):
    """Every text, time and figure."""
    data = save(snapshot)
    assert json.loads(data)["schema"] == SCHEMA
    assert from_saved(data) == snapshot
    assert read(data) == snapshot


def test_saved_cookies_are_hidden_when_read():
    """Should another program have written them."""
    hop = Hop(URL, 200, (Field("Set-Cookie", "a=verysecret"),))
    data = save(Snapshot(URL, datetime.now(UTC), (hop,)))
    assert "verysecret" not in repr(read(data))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"schema": "revoctl.snapshot/v9"}', "revoctl.snapshot/v9"),
        (b'{"schema": "revoctl.report/v1", "findings": []}', "revoctl.report/v1"),
        (b'{"target": "x"', "truncated"),
        (b'{"target": "x"}', "taken"),
        (b'{"target": "x", "taken": "2026-01-01T00:00:00Z", "hops": []}', "no answer"),
        (b'{"target": "x", "taken": "2026-01-01T00:00:00Z", "hops": [], "more": 1}', "more"),
        (b'{"target": 1, "taken": "2026-01-01T00:00:00Z", "hops": []}', "$.target"),
        (b'{"log": {"entries": 1}}', "entries"),
        (b'{"log": {"entries": []}}', "name an entry"),
        (b'{"log": {"entries": [{"request": {}}]}}', "url"),
        (b'{"a":' * 100000, ""),
        (b"[]", "begins with"),
        (b"", "begins with"),
        (b"HTTP/1.1 nonsense\r\n\r\n", "line 1"),
        (b"HTTP/1.1 103 X\r\n\r\n", "interim"),
        (b"\xff\xfe\x00", "begins with"),
    ],
)
def test_what_is_no_recording_is_said_to_be_none(data, why):
    """The error names the place or the reason."""
    with pytest.raises(RevoctlError) as caught:
        read(data, URL if data[:4] == b"HTTP" else None)
    assert caught.value.code == "source.format"
    assert why in f"{caught.value.why} {caught.value.fix}"


def test_files_are_read(tmp_path):
    """By path; what cannot be read has its own code."""
    path = tmp_path / "head.txt"
    path.write_bytes(PAGE)
    assert read(path, URL).final.status == 200
    assert read(str(path), URL).final.status == 200
    for bad in (tmp_path / "missing", tmp_path, "a\0b"):
        with pytest.raises(RevoctlError) as caught:
            read(bad)
        assert caught.value.code == "source.unreadable"


STARTS = st.sampled_from([b"", b"{", b'{"log":', b"HTTP/1.1 200 OK\r\n", b'{"schema":"x"}', PAGE])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["log", "entries", "request", "response", "url", "status", "headers"])
            | st.sampled_from(["target", "hops", "taken", "schema", "content", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.tuples(STARTS, st.binary(max_size=200)).map(b"".join)
    | JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([None, URL, "", "http://[", "a b"]),
)
def test_any_bytes_are_a_snapshot_or_a_clear_error(data, url):
    """Only RevoctlError comes out of any reader."""
    for reader in (read, from_curl, from_har, lambda data, url: from_saved(data)):
        try:
            snapshot = reader(data, url)
        except RevoctlError as error:
            assert error.code in ("source.format", "source.unreadable")
        else:
            assert snapshot.hops


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3), st.text())
def test_any_text_in_an_archive_can_be_saved(headers, text):
    """Whatever a browser recorded, a snapshot of it goes through save and read unchanged."""
    content = {"mimeType": "text/html", "text": text}
    snapshot = from_har(har(entry(URL, headers=headers, content=content)))
    assert read(save(snapshot)) == snapshot


@pytest.mark.parametrize("kind", ["heads", "lines", "entries"])
def test_recordings_are_read_in_linear_time(kind):
    """Ten times the recording takes less than thirty times the time."""

    def seconds(count: int) -> float:
        if kind == "heads":
            data = b"HTTP/1.1 302 F\r\nLocation: /\r\n\r\n" * min(count, 99) + b"x" * count * 100
        elif kind == "lines":
            data = b"HTTP/1.1 200 OK\r\n" + b"a: b\n folded\n" * count
        else:
            data = har(*(entry(URL, 302, redirect=URL) for _ in range(count)))
        started = time.process_time()
        read(data, URL)
        return time.process_time() - started

    seconds(10)
    assert seconds(10000) < 30 * max(seconds(1000), 0.001)
