"""The head parser by itself: any bytes, in any pieces, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.fetch.fields import MAX_FIELDS, MAX_VALUE
from revoctl.headers.fetch.head import MAX_HEAD, HeadReader, NotHttp
from revoctl.headers.snapshot import AnomalyKind


def parse(data: bytes):
    reader, odd = HeadReader(), Oddities()
    reader.feed(data)
    return reader.parse(odd), [(a.kind, a.detail) for a in odd.all()], reader.rest()


PIECES = st.lists(
    st.sampled_from(
        [b"HTTP/1.1 200 OK", b"\r\n", b"\n", b"\r", b" ", b":", b"A: b", b"\0", b"\xff"]
    )
    | st.binary(max_size=12)
)


@given(st.binary() | PIECES.map(b"".join))
def test_any_bytes_are_a_head_or_not_http(data):
    """Nothing else is raised, and values hold no line ends."""
    try:
        head, _, _ = parse(data)
    except NotHttp:
        return
    assert 0 <= head.status <= 999
    assert all("\n" not in f.value and f.name for f in head.fields)


@given(PIECES.map(lambda p: b"HTTP/1.1 200 OK\r\n" + b"".join(p)), st.data())
def test_pieces_do_not_matter(data, draw):
    """However the bytes are cut on their way, the head is the same."""
    cut = draw.draw(st.integers(0, len(data)))
    reader, odd = HeadReader(), Oddities()
    if not reader.feed(data[:cut]):
        reader.feed(data[cut:])
        rest = reader.rest()
    else:
        rest = reader.rest() + data[cut:]
    expected = parse(data)
    found = (reader.parse(odd), [(a.kind, a.detail) for a in odd.all()])
    assert found == expected[:2]
    assert rest == expected[2]


@pytest.mark.parametrize(
    "unit", [b"A: b\r\n", b" fold\r\n", b"nocolon\r\n", b"A" * 50, b":\n", b"A : \0\n", b"\r"]
)
def test_heads_are_read_in_linear_time(unit):
    """Ten times the lines take less than thirty times the time, arriving in small pieces."""

    def seconds(count: int) -> float:
        data = b"HTTP/1.1 200 OK\r\nX: y\r\n" + unit * count + b"\r\n\r\n"
        best = 9.0
        for _ in range(3):
            reader, started = HeadReader(), time.process_time()
            for at in range(0, len(data), 997):
                if reader.feed(data[at : at + 997]):
                    break
            reader.parse(Oddities())
            best = min(best, time.process_time() - started)
        return best

    seconds(10)
    assert seconds(10000) < 30 * max(seconds(1000), 0.001)


def test_a_folded_value_is_joined_with_one_space():
    """Tabs and spaces around the fold vanish; the fold is named."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\nA: b;\t\r\n \t c\r\n\t\r\nB: d\r\n\r\n")
    assert head.fields == (("A", "b; c"), ("B", "d"))
    assert odd == [("obsolete-line-folding", "A"), ("obsolete-line-folding", "A")]


def test_a_fold_that_follows_nothing_is_not_glued_to_another_field():
    """After the status line or a line that is no field, it is malformed and left out."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\n x: y\r\nA: b\r\njunk\r\n more\r\nC: d\r\n\r\n")
    assert head.fields == (("A", "b"), ("C", "d"))
    assert [kind for kind, _ in odd] == ["malformed-header-line"] * 3


def test_a_bare_carriage_return_does_not_begin_a_field():
    """It stays in the value as the control character that it is."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\nA: b\rX-Frame-Options: DENY\r\n\r\n")
    assert [f.name for f in head.fields] == ["A"]
    assert odd == [("control-character", "0x0D in A")]


def test_no_name_and_bad_names():
    """A field without a name is left out, one with a bad name kept; both are named."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\n: x\r\nA B: c\r\nC\t: d\r\n\r\n")
    assert head.fields == (("A B", "c"), ("C", "d"))
    assert [kind for kind, _ in odd] == [
        "invalid-header-name",
        "invalid-header-name",
        "malformed-header-line",
    ]


@pytest.mark.parametrize(
    ("line", "version", "status", "reason", "odd"),
    [
        (b"HTTP/1.1 200", "1.1", 200, "", 0),
        (b"HTTP/1.1 200 ", "1.1", 200, "", 0),
        (b"HTTP/1.0  404   Not  Found", "1.0", 404, "Not  Found", 0),
        (b"HTTP/2 200", "2", 200, "", 0),
        (b"HTTP/3.0 204 ", "3", 204, "", 0),
        (b"ICY 200 OK", "ICY", 200, "OK", 1),
        (b"HTTP/9.9 200 OK", "9.9", 200, "OK", 1),
        (b"http/1.1 200 OK", "http/1.1", 200, "OK", 1),
        (b"HTTP/1.1 999 X", "1.1", 999, "X", 1),
        (b"HTTP/1.1 099 X", "1.1", 99, "X", 1),
    ],
)
def test_status_lines(line, version, status, reason, odd):
    """What servers send is understood; what they should not send is noted."""
    head, found, _ = parse(line + b"\r\n\r\n")
    assert (head.version, head.status, head.reason) == (version, status, reason)
    assert [kind for kind, _ in found] == ["status-line"] * odd


@pytest.mark.parametrize(
    "start",
    [
        b"<html>",
        b"SSH-2.0-x\r\n",
        b"\x15\x03\x03\x00\x02\x02F",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 2000 X\r\n\r\n",
        b"\r\n" * 9,
        b"HTX",
    ],
)
def test_what_is_not_http_is_told_at_once(start):
    """Without waiting for a line end that may never come."""
    with pytest.raises(NotHttp):
        parse(start)


def test_a_few_empty_lines_before_the_head_are_overlooked():
    """As browsers do."""
    assert parse(b"\r\n\nHTTP/1.1 200 OK\r\n\r\nrest")[0].status == 200


def test_a_head_without_end_keeps_what_came():
    """A connection that ends inside the head leaves its fields, and says so."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\nA: b\r\nC: d")
    assert head.fields == (("A", "b"), ("C", "d"))
    assert [kind for kind, _ in odd] == ["truncated-head"]


def test_an_endless_head_is_cut():
    """Beyond the cap nothing is read, and what came is judged."""
    reader, odd = HeadReader(), Oddities()
    reader.feed(b"HTTP/1.1 200 OK\r\nA: b\r\n")
    fed = 0
    while not reader.feed(b"X" * 65536):
        fed += 65536
        assert fed <= MAX_HEAD
    head = reader.parse(odd)
    assert reader.overflow
    assert head.fields == (("A", "b"),)
    assert AnomalyKind.HEADER_TOO_LARGE in [a.kind for a in odd.all()]


def test_caps_on_values_and_fields():
    """A long value keeps its beginning and its neighbours; so do too many fields."""
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000 + b"\r\nB: c\r\n\r\n")
    assert [len(f.value) for f in head.fields] == [MAX_VALUE, 1]
    assert odd[0][0] == "header-too-large"
    head, odd, _ = parse(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (MAX_FIELDS + 9) + b"\r\n")
    assert len(head.fields) == MAX_FIELDS
    assert [kind for kind, _ in odd] == ["too-many-headers"]


def test_anomalies_are_bounded():
    """Ten thousand bad lines are nine anomalies, the last with the count of the rest."""
    _, odd, _ = parse(b"HTTP/1.1 200 OK\r\n" + b"junk\r\n" * 10000 + b"\r\n")
    assert len(odd) == 9
    assert odd[-1] == ("malformed-header-line", "and 9992 more")


def test_a_broken_cookie_line_is_not_quoted():
    """A malformed line may hold a session."""
    _, odd, _ = parse(b"HTTP/1.1 200 OK\r\nSet-Cookie sid=verysecret\r\n\r\n")
    assert odd[0][0] == "malformed-header-line"
    assert "verysecret" not in odd[0][1]
