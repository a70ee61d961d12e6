"""Lists of targets: what is read, what is refused with its line, what falls into which shard."""

import io
import time
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.headers.fleet.seen import Seen
from revoctl.headers.fleet.shard import Shard, parse_shard
from revoctl.headers.fleet.targets import Aim, BadLine, Share, name_of, read_targets


def read(text: str | bytes, column: str = "") -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [name_of(entry) for entry in read_targets(io.BytesIO(data), column)]


def test_hosts_urls_comments_and_blank_lines() -> None:
    """One entry a line; comments, blank lines and a byte order mark say nothing."""
    text = "\ufeff# all\nExample.com\r\n\n  https://a.example/x#frag # why\n127.0.0.1:8080 \n::1\n"
    assert read(text) == ["example.com", "https://a.example/x", "127.0.0.1:8080", "[::1]"]


def test_a_number_sign_in_a_url_is_its_fragment() -> None:
    """Only one after white space begins a comment."""
    assert read("https://a.example/#top\nb.example\t#no") == ["https://a.example/", "b.example"]


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        (
            "owner,url\nme,https://a.example/\nyou,b.example\n",
            "",
            ["https://a.example/", "b.example"],
        ),
        ("name;Host\nx;a.example\n", "", ["a.example"]),
        ('note,url\n"a, b",a.example\n', "url", ["a.example"]),
        ("x\ta.example\ny\tb.example\n", "2", ["a.example", "b.example"]),
        ("site,where\nx,a.example\n", "where", ["a.example"]),
        ("url\na.example/x,y\n", "", ["a.example/x,y"]),
        ("https://a.example/x,url\nb.example\n", "", ["https://a.example/x,url", "b.example"]),
    ],
)
def test_a_column_of_csv(text: str, column: str, found: list[str]) -> None:
    """By its heading, by a usual heading, or by number; with any of three separators."""
    assert read(text, column) == found


def test_a_column_that_is_not_there() -> None:
    """The error names those that are."""
    with pytest.raises(RevoctlError, match="owner, url"):
        read("owner,url\n", "host")


def test_bad_lines_are_records_with_their_number() -> None:
    """What cannot be a target is kept, without a password that it may hold."""
    entries = list(
        read_targets(io.BytesIO(b"a.example\n\nhttps://me:hunter2@b/\nno host\n\xff\xfe\n"))
    )
    bad = [e for e in entries if isinstance(e, BadLine)]
    assert [b.number for b in bad] == [3, 4, 5]
    assert all(b.code == "target.invalid" and f"line {b.number}" in b.what for b in bad)
    assert "hunter2" not in repr(bad)


def test_a_line_without_end_is_one_bad_line() -> None:
    """A megabyte without a line feed is refused in bounded memory, and the next line read."""
    entries = list(read_targets(io.BytesIO(b"x" * (1 << 20) + b"\na.example\n")))
    assert [type(e) for e in entries] == [BadLine, Aim]


def test_each_target_once() -> None:
    """However it is spelled, and wherever it stands in the list."""
    text = b"A.example\na.example\nhttp://b.example:80/\nhttp://b.example\n"
    share = Share(read_targets(io.BytesIO(text)), Shard())
    assert share.due() == Aim("a.example", "a.example")
    assert share.due() == Aim("http://b.example/", "b.example")
    assert share.due() is None
    assert share.repeated == 2


def test_a_million_lines_are_streamed() -> None:
    """Reading holds a line and eight to sixteen bytes a target, not the list."""

    class Lines(io.RawIOBase):
        number = 0

        def readline(self, size: int | None = -1) -> bytes:
            self.number += 1
            return b"host-%d.example\n" % self.number if self.number <= 60_000 else b""

    share = Share(read_targets(Lines()), Shard())  # type: ignore[arg-type]
    tracemalloc.start()
    count = sum(1 for _ in iter(share.due, None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 4 << 20


@given(st.binary(max_size=400), st.sampled_from(["", "1", "3"]))
def test_any_bytes_are_a_list(data: bytes, column: str) -> None:
    """Whatever a file holds, every entry is a target or a bad line."""
    assert all(isinstance(e, Aim | BadLine) for e in read_targets(io.BytesIO(data), column))


@pytest.mark.parametrize("line", [b"a.example,", b'"', b"#", b"a #", b"\xff"])
def test_reading_is_linear(line: bytes) -> None:
    """Ten times the input takes about ten times as long."""

    def seconds(count: int) -> float:
        start = time.perf_counter()
        list(read_targets(io.BytesIO(line * count), "1"))
        return time.perf_counter() - start

    seconds(1000)
    assert seconds(60_000) < 30 * max(seconds(6_000), 1e-3)


def test_shards_are_whole_disjoint_and_even() -> None:
    """Every host is in exactly one of the parts, and no part is much larger than another."""
    hosts = [f"h{n}.example" for n in range(4000)]
    parts = [[h for h in hosts if Shard(i, 8).holds(h)] for i in range(1, 9)]
    assert Counter(h for part in parts for h in part) == Counter(hosts)
    assert all(400 < len(part) < 600 for part in parts)


def test_workers_split_a_shard_again() -> None:
    """The processes of a shard have all of its hosts, each once."""
    hosts = [f"h{n}.example" for n in range(400)]
    mine = [h for h in hosts if Shard(2, 3).holds(h)]
    split = [h for w in range(4) for h in hosts if Shard(2, 3, w, 4).holds(h)]
    assert sorted(split) == sorted(mine)


def test_a_shard_is_the_same_for_ever() -> None:
    """Its place is part of what journals of different machines agree on."""
    hosts = ("a.example", "b.example", "127.0.0.1")
    places = {h: next(i for i in range(1, 17) if Shard(i, 16).holds(h)) for h in hosts}
    assert places == {"a.example": 15, "b.example": 12, "127.0.0.1": 13}


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "1/2/3", "-1/4", "1/1000000"])
def test_parts_that_are_none(text: str) -> None:
    """They are refused as a usage error."""
    with pytest.raises(RevoctlError) as caught:
        parse_shard(text)
    assert caught.value.code == "usage.command-line"


@given(st.lists(st.text(max_size=8), max_size=200))
def test_seen_is_a_set(texts: list[str]) -> None:
    """It says new exactly once of each text."""
    seen, model = Seen(), set()
    for text in texts:
        assert seen.add(text) == (text not in model)
        model.add(text)
        assert text in seen
    assert len(seen) == len(model)
