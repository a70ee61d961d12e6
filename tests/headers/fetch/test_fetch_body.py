"""Bodies by themselves: framing, codings, caps."""

import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.body import MAX_TEXT, BodyReader, has_document
from revoctl.headers.fetch.head import Head
from revoctl.headers.snapshot import Field


def head(*fields: tuple[str, str], status: int = 200) -> Head:
    return Head("1.1", status, "", tuple(Field(*f) for f in fields))


def read(data: bytes, *fields: tuple[str, str], piece: int = 65536):
    odd = Oddities()
    reader = BodyReader(head(*fields), odd)
    for at in range(0, len(data), piece):
        if reader.feed(data[at : at + piece]):
            break
    return reader.finish(), [a.kind for a in odd.all()]


CHUNKED = ("Transfer-Encoding", "chunked")
GZIP = ("Content-Encoding", "gzip")
DEFLATE = ("Content-Encoding", "deflate")
PAGE = b"<html>" + b"hello " * 500


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("piece", [1, 7, 65536])
@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (PAGE, ()),
        (PAGE + b"beyond", (("Content-Length", str(len(PAGE))),)),
        (PAGE, (("Content-Length", f"{len(PAGE)}, {len(PAGE)}"),)),
        (b"%x;ext=1\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (len(PAGE), PAGE), (CHUNKED,)),
        (b"3\n<ht\n%X \n%b\n0\n\n" % (len(PAGE) - 3, PAGE[3:]), (CHUNKED,)),
        (gzip.compress(PAGE, mtime=0), (GZIP,)),
        (gzip.compress(PAGE[:9], mtime=0) + gzip.compress(PAGE[9:], mtime=0), (GZIP,)),
        (gzip.compress(PAGE, mtime=0) + b"padding", (("Content-Encoding", "x-gzip, identity"),)),
        (zlib.compress(PAGE), (DEFLATE,)),
        (raw_deflate(PAGE), (DEFLATE,)),
    ],
    ids=[
        "close",
        "length",
        "same-lengths",
        "chunks",
        "bare-lf-chunks",
        "gzip",
        "gzip-members",
        "x-gzip-padded",
        "zlib",
        "deflate",
    ],
)
def test_whole_bodies(data, fields, piece):
    """Each framing and coding gives the page, in pieces of any size, without complaint."""
    body, odd = read(data, *fields, piece=piece)
    assert (body.text.encode(), body.complete, body.size) == (PAGE, True, len(PAGE))
    assert odd == []


@pytest.mark.parametrize(
    ("data", "fields", "kind"),
    [
        (b"ab", (("Content-Length", "3"),), "truncated-body"),
        (b"5\r\nab", (CHUNKED,), "truncated-body"),
        (b"2\r\nab\r\n", (CHUNKED,), "truncated-body"),
        (b"2\r\nab\r\nxx\r\n", (CHUNKED,), "broken-chunking"),
        (b"-2\r\nab\r\n", (CHUNKED,), "broken-chunking"),
        (b"2\r\nabc\r\n0\r\n\r\n", (CHUNKED,), "broken-chunking"),
        (b"2\r\nab\r\n" + b"f" * 16 + b"\r\n", (CHUNKED,), "broken-chunking"),
        (b"2\r\nab\r\n" + b"0" * 5000, (CHUNKED,), "broken-chunking"),
        (b"ab", (GZIP,), "broken-content-encoding"),
        (gzip.compress(PAGE, mtime=0)[:-9], (GZIP,), "broken-content-encoding"),
        (raw_deflate(PAGE)[:-3], (DEFLATE,), "broken-content-encoding"),
        (b"\xff\xff\xff", (DEFLATE,), "broken-content-encoding"),
    ],
    ids=[
        "short",
        "short-chunk",
        "no-last-chunk",
        "not-hex",
        "negative",
        "overrun",
        "huge-size",
        "endless-size",
        "not-gzip",
        "cut-gzip",
        "cut-deflate",
        "not-deflate",
    ],
)
def test_broken_bodies(data, fields, kind):
    """What came is kept, marked incomplete, and the fault has a name."""
    body, odd = read(data, *fields)
    assert odd == [kind]
    assert not body.complete


@pytest.mark.parametrize(
    "lengths", [("2", "3"), ("2, 3",), ("2", "x"), ("-2",), ("",), ("9" * 5000,), ("²",)]
)
def test_lengths_that_contradict(lengths):
    """Several lengths, or what is none, are a conflict; the smallest that is one counts."""
    body, odd = read(b"abc", *(("Content-Length", n) for n in lengths))
    assert odd == ["conflicting-content-length"]
    assert body.text in ("ab", "abc")


def test_a_length_beside_chunks_does_not_count():
    """It is noted, since proxies have been fooled by it."""
    body, odd = read(b"2\r\nab\r\n0\r\n\r\n", CHUNKED, ("Content-Length", "1"))
    assert (body.text, odd) == ("ab", ["conflicting-content-length"])


@pytest.mark.parametrize("coding", ["br", "zstd", "zz", "gzip, gzip", "gzip, br"])
def test_codings_that_were_not_asked_for(coding):
    """Nothing is judged of such a body."""
    assert read(b"ab", ("Content-Encoding", coding)) == (None, ["unknown-content-encoding"])


def test_a_body_of_exactly_the_cap_is_whole():
    """And one more byte is not."""
    body, odd = read(b"x" * MAX_TEXT)
    assert (body.complete, body.size, odd) == (True, MAX_TEXT, [])
    body, odd = read(b"x" * (MAX_TEXT + 1))
    assert (body.complete, body.size, odd) == (False, MAX_TEXT, ["body-too-large"])


def test_overhead_on_the_wire_is_bounded():
    """A compressed stream that decodes to nothing does not go on for ever."""
    odd, sent = Oddities(), 0
    reader = BodyReader(head(GZIP), odd)
    nothing = gzip.compress(b"", mtime=0)[:10] + b"\x00\x00\x00\xff\xff" * 13107
    reader.feed(nothing[:10])
    while not reader.feed(b"\x00\x00\x00\xff\xff" * 13107):
        sent += 65535
        assert sent < 20 << 20
    assert not reader.finish().complete


def test_utf16_is_read_by_its_mark():
    """Otherwise its tags would be torn by zeros."""
    assert read("<meta>".encode("utf-16"))[0].text == "<meta>"


def test_only_documents_are_read():
    """Types that browsers show or sniff, with a status that has a body."""
    assert has_document(head())
    assert has_document(head(("content-type", "TEXT/HTML; charset=x")))
    assert not has_document(head(("Content-Type", "application/json")))
    assert not has_document(head(status=204))


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"2\r\n", b"ab", b"\r\n", b"0", b";", b"\n"])).map(b"".join),
    st.lists(
        st.tuples(
            st.sampled_from(["Content-Length", "Transfer-Encoding", "Content-Encoding"]),
            st.sampled_from(["chunked", "gzip", "deflate", "2", "3", "x", ""])
            | st.text(max_size=4),
        ),
        max_size=3,
    ),
    st.integers(1, 9),
)
def test_any_bytes_give_a_body(data, fields, piece):
    """Nothing is raised whatever the headers claim and the bytes are."""
    body, _ = read(data, *fields, piece=piece)
    assert body is None or body.size >= 0


def test_tiny_chunks_are_read_in_linear_time():
    """Ten times the chunks take less than thirty times the time."""

    def seconds(count: int) -> float:
        data = b"1\r\nx\r\n" * count
        started = time.process_time()
        read(data, CHUNKED)
        return time.process_time() - started

    seconds(10)
    assert seconds(50000) < 30 * max(seconds(5000), 0.001)
