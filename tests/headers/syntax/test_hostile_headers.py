"""Every parser answers any text whatever, in time that grows with its length only."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.headers.syntax import (
    caching,
    clear_site_data,
    cookies,
    cors,
    dates,
    framing,
    hsts,
    hsts_preload,
    integrity,
    isolation,
    nosniff,
    permissions,
    referrer,
    reporting,
    structured_fields,
    tokens,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
Lines = Sequence[str]


def _cookie(lines: Lines) -> object:
    cookie = cookies.parse(lines[0])
    return cookie, cookie.deletes(NOW), cookie.broken_promises()


def _cors(lines: Lines) -> object:
    text = lines[0]
    return cors.read(lines, lines, lines), cors.problem(text), cors.relation(text, text)


def _hsts(lines: Lines) -> object:
    found = hsts.parse(lines[0])
    return found, found.valid, hsts.stored(lines)


def _preload(lines: Lines) -> object:
    return hsts_preload.preloadable(lines[0]), hsts_preload.removable(lines[0])


def _tokens(lines: Lines) -> object:
    return tokens.split_list(lines), tokens.split_parameters(lines[0]), tokens.unquote(lines[0])


def _isolation(lines: Lines) -> object:
    return [isolation.parse(name, lines) for name in isolation.ORDERS]


def _caching(lines: Lines) -> object:
    found = caching.parse(lines)
    return found, found.shared_storage, found.seconds("max-age")


PARSERS: dict[str, Callable[[Lines], object]] = {
    "item": structured_fields.parse_item,
    "list": structured_fields.parse_list,
    "dictionary": structured_fields.parse_dictionary,
    "caching": _caching,
    "clear-site-data": clear_site_data.parse,
    "cookies": _cookie,
    "cors": _cors,
    "dates": lambda lines: dates.parse(lines[0]),
    "framing": framing.parse,
    "frame-ancestors": lambda lines: framing.of_ancestors(lines[0].split()),
    "hsts": _hsts,
    "integrity": lambda lines: integrity.is_usable(lines[0]),
    "isolation": _isolation,
    "nel": reporting.nel_problem,
    "nosniff": nosniff.is_nosniff,
    "permissions": permissions.parse,
    "preload": _preload,
    "referrer": referrer.parse,
    "reporting-endpoints": reporting.endpoint_problems,
    "tokens": _tokens,
}

PIECES = st.sampled_from(
    (
        "max-age=",
        "max-age",
        "31536000",
        "includeSubDomains",
        "preload",
        ";",
        ",",
        "=",
        '"',
        "\\",
        "(",
        ")",
        "*",
        "self",
        "'self'",
        "()",
        "camera",
        "geolocation",
        '"https://a.example"',
        "https://a.example",
        "same-origin",
        "require-corp",
        "?1",
        "@1",
        '%"x"',
        ":YQ==:",
        "Secure",
        "SameSite=None",
        "Expires=",
        "Wed,",
        "21",
        "Oct",
        "2026",
        "07:28:00",
        "GMT",
        "Domain=",
        "Path=/",
        "__Host-a=b",
        "no-store",
        "public",
        "sha384-abc=",
        "nosniff",
        "DENY",
        "[",
        "]",
        "{",
        "}",
        '{"max_age":1}',
        "null",
        "true",
        "-1",
        "00",
        "1.5",
        "é",
    )
)
TEXT = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map(" ".join),
                 st.lists(PIECES, max_size=12).map("".join))  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None)
@given(lines=st.lists(TEXT, min_size=1, max_size=3))
def test_any_text_gives_an_answer(name: str, lines: list[str]) -> None:
    """No text raises, and the same text gives the same answer."""
    assert PARSERS[name](lines) == PARSERS[name](list(lines))


HOSTILE = (
    "a", " ", "\t", ";", ",", '"', "\\", '\\"', "(", ")", "a=(", "a;b", "a,", '"a', "=", "0", "-",
    "max-age=1;", "includeSubDomains ", "a=1;b=2, ", "[", "%", ':', "?1,", "a=b; ", "é", '"\\', ".",
)  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
def test_time_grows_with_the_length_only(name: str) -> None:
    """Ten times the text takes about ten times as long, whatever is repeated."""
    for piece in HOSTILE:
        short, long = [piece * (1_500 // len(piece))], [piece * (15_000 // len(piece))]
        assert any(_seconds(name, long) < 30 * _seconds(name, short) for _ in range(5)), piece


def _seconds(name: str, lines: Lines) -> float:
    """The processor's time for one run, the best of two; what is below 30 µs counts as that."""
    best = 1.0
    for _ in range(2):
        start = time.thread_time()
        PARSERS[name](lines)
        best = min(best, time.thread_time() - start)
    return max(best, 3e-5)


@given(st.integers(0, 10**15 - 1), st.text(alphabet="abc-._*", min_size=1).map("a".__add__))
def test_what_is_written_by_the_standard_is_read_back(number: int, key: str) -> None:
    """A dictionary of an integer, a string, a boolean and a list has these members."""
    text = f'{key}={number}, zs="x\\"y", zb, zl=(a "b");q=?0'
    found = structured_fields.parse_dictionary([text])
    assert not isinstance(found, structured_fields.Invalid)
    assert found[key].value == number
    assert found["zs"].value == 'x"y'
    assert found["zb"].value is True
    assert [item.value for item in found["zl"].items] == ["a", "b"]
    assert found["zl"].params == {"q": False}


@given(TEXT)
def test_a_broken_field_says_where(text: str) -> None:
    """The position of a fault lies within the text, or just behind it."""
    found = structured_fields.parse_dictionary([text])
    if isinstance(found, structured_fields.Invalid):
        assert 0 <= found.position <= len(text)
        assert found.reason
