"""Every hostile answer gets an answer of ours, on both wires."""

import gzip
import json
import time
from functools import cache
from pathlib import Path

import pytest

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.body import MAX_TEXT
from revoctl.headers.fetch.fields import MAX_VALUE
from revoctl.headers.snapshot import Ending, Hop, Snapshot
from tests.servers.scripted import Scripted, drips, sends

DATA = Path(__file__).parents[2] / "data" / "headers" / "adversarial.json"
VECTORS = {v["id"]: v for v in json.loads(DATA.read_text())["vectors"]}


def policy(size: int) -> bytes:
    value = b"default-src 'self' " + b"https://a.example " * (size // 18 + 1)
    head = b"HTTP/1.1 200 OK\r\nX-Before: 1\r\nContent-Security-Policy: "
    return head + value[: size - 1] + b";\r\nX-Ok: 1\r\nContent-Length: 2\r\n\r\nok"


@cache
def bomb() -> bytes:
    data = gzip.compress(bytes(200_000_000), 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    return head + b"Content-Length: %d\r\nX-Ok: 1\r\n\r\n" % len(data) + data


GENERATED = {"csp9k": 9000, "csp20k": 20000, "csp200k": 200000}


def kinds(hop: Hop) -> list[str]:
    return [anomaly.kind for anomaly in hop.anomalies]


def ok(hop: Hop) -> bool:
    return hop.values("x-ok") == ("1",)


def full_policy(size: int):
    def check(snapshot: Snapshot) -> None:
        (value,) = snapshot.final.values("content-security-policy")
        assert len(value) == size
        assert kinds(snapshot.final) == []

    return check


def too_large(snapshot: Snapshot) -> None:
    (value,) = snapshot.final.values("content-security-policy")
    assert len(value) == MAX_VALUE
    assert kinds(snapshot.final) == ["header-too-large"]
    assert ok(snapshot.final)


def many(snapshot: Snapshot) -> None:
    assert sum(f.name.startswith("X-H") for f in snapshot.final.fields) == 120


def duplicates(snapshot: Snapshot) -> None:
    assert [f for f in snapshot.final.fields if f.name in ("X-A", "x-a")] == [
        ("X-A", "1"),
        ("x-a", "2"),
    ]
    assert snapshot.final.values("set-cookie") == (
        "a=<redacted>; Expires=Wed, 21 Oct 2030 07:28:00 GMT",
        "b=<redacted>",
    )


def folded(snapshot: Snapshot) -> None:
    assert snapshot.final.values("content-security-policy") == (
        "default-src 'self'; script-src 'none'",
    )
    assert kinds(snapshot.final) == ["obsolete-line-folding"]


def survived(kind: str, **values: str):
    def check(snapshot: Snapshot) -> None:
        hop = snapshot.final
        assert kinds(hop) == ([kind] if kind else [])
        assert ok(hop)
        for name, value in values.items():
            assert hop.values(name.replace("_", "-")) == (value,)

    return check


def non_ascii(snapshot: Snapshot) -> None:
    (value,) = snapshot.final.values("x-u")
    assert value.encode("latin-1").decode() == "café \u2018self\u2019"
    assert kinds(snapshot.final) == ["non-ascii"]


def early(snapshot: Snapshot) -> None:
    survived("")(snapshot)
    assert snapshot.final.status == 200
    assert snapshot.final.interim == (103,)
    assert snapshot.final.values("content-security-policy") == ()


def old(snapshot: Snapshot) -> None:
    survived("")(snapshot)
    assert snapshot.final.version == "1.0"


def odd_status(snapshot: Snapshot) -> None:
    survived("status-line")(snapshot)
    assert snapshot.final.status == 999


def two_lengths(snapshot: Snapshot) -> None:
    survived("conflicting-content-length")(snapshot)
    assert snapshot.final.body.text == "ok"


def trailer(snapshot: Snapshot) -> None:
    survived("")(snapshot)
    assert snapshot.final.values("x-frame-options") == ()
    assert snapshot.final.body.text == "ok"
    assert snapshot.final.body.complete


def unknown_coding(snapshot: Snapshot) -> None:
    survived("unknown-content-encoding")(snapshot)
    assert snapshot.final.body is None


def bounded(snapshot: Snapshot) -> None:
    survived("body-too-large")(snapshot)
    assert snapshot.final.body.size == len(snapshot.final.body.text) == MAX_TEXT
    assert not snapshot.final.body.complete


def loop(snapshot: Snapshot) -> None:
    assert snapshot.ending is Ending.LOOP
    assert [hop.status for hop in snapshot.hops] == [302, 302]


def no_location(snapshot: Snapshot) -> None:
    survived("")(snapshot)
    assert (snapshot.final.status, snapshot.ending) == (301, Ending.FINAL)


def ended(ending: Ending):
    def check(snapshot: Snapshot) -> None:
        survived("")(snapshot)
        assert (snapshot.final.status, snapshot.ending) == (301, ending)
        assert snapshot.ending_detail

    return check


def cut(snapshot: Snapshot) -> None:
    survived("truncated-body")(snapshot)
    assert snapshot.final.body.text == "ok"
    assert not snapshot.final.body.complete


CHECKS = {
    "csp9k": full_policy(9000),
    "csp20k": full_policy(20000),
    "csp200k": too_large,
    "h120": many,
    "dup": duplicates,
    "obsfold": folded,
    "spacecolon": survived("malformed-header-line", x_frame_options="DENY"),
    "nocolon": survived("malformed-header-line"),
    "badname": survived("invalid-header-name"),
    "utf8": non_ascii,
    "nul": survived("control-character", x_n="a\0b"),
    "barelf": survived("bare-line-feed"),
    "empty": survived("", content_security_policy=""),
    "early": early,
    "http10": old,
    "nostatus": survived(""),
    "status999": odd_status,
    "dupcl": two_lengths,
    "trailer": trailer,
    "unkenc": unknown_coding,
    "bomb": bounded,
    "loop": loop,
    "noloc": no_location,
    "badloc": ended(Ending.BAD_LOCATION),
    "fileloc": ended(Ending.REFUSED_SCHEME),
    "truncated": cut,
}
FAILURES = {"http09": "target.not-http", "slowhdr": "target.timeout"}


def raw(name: str) -> bytes:
    if name == "bomb":
        return bomb()
    if name in GENERATED:
        return policy(GENERATED[name])
    return VECTORS[name]["raw_latin1"].encode("latin-1")


def test_every_vector_has_a_check():
    """No vector of the file is left out."""
    assert set(CHECKS) | set(FAILURES) == set(VECTORS)
    assert len(VECTORS) == 28


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_an_odd_answer_is_survived(name, take):
    """The requirement of each vector is met, within two seconds."""
    with Scripted(sends(raw(name))) as server:
        started = time.monotonic()
        snapshot = take(server.url)
        took = time.monotonic() - started
    print(VECTORS[name]["requirement"])
    CHECKS[name](snapshot)
    assert took < 2


def test_an_answer_without_a_head_is_a_clear_error(take):
    """HTTP/0.9 is told apart from an empty answer and quoted."""
    with Scripted(sends(raw("http09"))) as server, pytest.raises(RevoctlError) as caught:
        take(server.url)
    assert caught.value.code == FAILURES["http09"]
    assert "<html>hi" in caught.value.why


def test_dripping_headers_do_not_outlast_the_deadline(take):
    """One header line every 0.3 s does not restart the clock."""
    lines = (b"X-%d: v\r\n" % n for n in range(100))
    with Scripted(drips((b"HTTP/1.1 200 OK\r\n", *lines), 0.3)) as server:
        started = time.monotonic()
        with pytest.raises(RevoctlError) as caught:
            take(server.url, timeout=1.0)
        took = time.monotonic() - started
    assert caught.value.code == FAILURES["slowhdr"]
    assert 0.9 < took < 1.5
