"""Small parts by themselves: look-ups, the cookies of a chain, dates, the blocking runner."""

import asyncio
from datetime import UTC, datetime

import pytest

from revoctl.headers.fetch.dns import look_up
from revoctl.headers.fetch.jar import MOST, Jar
from revoctl.headers.fetch.url import parse_url
from revoctl.headers.fetch.wire_blocking import run
from revoctl.headers.snapshot import Field
from revoctl.headers.sources.problems import http_date

HOME = parse_url("https://a.example/x")


def set_cookies(jar: Jar, *values: str) -> str:
    jar.learn(HOME, tuple(Field("Set-Cookie", value) for value in values))
    return jar.header(HOME)


def test_a_look_up_gives_each_address_once():
    """From the hosts file, which needs no name server."""
    found = look_up("localhost", 80)
    assert isinstance(found, tuple)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found)) > 0


@pytest.mark.parametrize("name", ["a" * 64 + ".invalid", "a b", "x" * 5000])
def test_a_look_up_returns_its_error(name):
    """Whatever the resolver raises for a bad name becomes an OSError that is returned."""
    assert isinstance(look_up(name, 80), OSError)


def test_a_jar_keeps_replaces_and_deletes():
    """The last value of a name counts; Max-Age=0 deletes; other origins see nothing."""
    jar = Jar()
    assert set_cookies(jar, "a=1; Path=/", "b=2", "a=3") == "a=3; b=2"
    assert set_cookies(jar, "a=; max-age = 0") == "b=2"
    for other in ("http://a.example/x", "https://a.example:8443/", "https://b.example/"):
        assert jar.header(parse_url(other)) == ""


def test_a_jar_is_bounded_and_takes_nothing_unsendable():
    """No name, no value, control characters, length, number."""
    jar = Jar()
    assert set_cookies(jar, "novalue", "=x", "a=b\x00c", "a=\xff", "a=" + "b" * 5000) == ""
    many = set_cookies(jar, *(f"n{n}=1" for n in range(MOST + 20)))
    assert many.count("=") == MOST
    assert set_cookies(jar, "n0=2").startswith("n0=2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49 GMT", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 99999:49:37 GMT", None),
        ("", None),
    ],
)
def test_dates_of_a_head(text, expected):
    """The preferred form with its leap second; anything else is no date."""
    assert http_date(text) == expected


def test_the_blocking_runner_refuses_to_wait():
    """A coroutine that would need an event loop is a fault, not a hang."""
    with pytest.raises(RuntimeError):
        run(asyncio.sleep(0))
