"""The HSTS preload list: two formats, and which hosts an entry covers."""

from __future__ import annotations

from datetime import date

import pytest

from revoctl.errors import PolicyError
from revoctl.headers.preload import parse_preload
from revoctl.headers.public_suffix import registrable

CHROMIUM = """// Copyright
{ "pinsets": [ { "name": "x", "report_uri": "http://a" } ],
  "entries": [
    // a comment
    { "name": "Example.com", "policy": "bulk-1-year", "mode": "force-https",
      "include_subdomains": true },
    { "name": "alone.org", "mode": "force-https" }, // trailing
    { "name": "pinned.org", "include_subdomains": true }
  ] }"""


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("alone.org", "alone.org"),
        ("www.alone.org", None),
        ("pinned.org", None),
        ("notexample.com", None),
        ("", None),
        ("com", None),
    ],
)
def test_chromiums_file_is_read(host: str, entry: str | None) -> None:
    """An entry covers its host, subdomains only if it says so, and only if it forces https."""
    found = parse_preload(CHROMIUM).lookup(host)
    assert (found.host if found else None) == entry
    assert parse_preload(CHROMIUM)(host) is (entry is not None)


def test_a_plain_list_is_read() -> None:
    """One host per line covers subdomains, unless it says host-only; a comment may date it."""
    listed = parse_preload("# date: 2026-01-31\n\nExample.com # ours\nalone.org host-only\n")
    assert listed.date == date(2026, 1, 31)
    assert listed("www.example.com")
    assert listed("alone.org")
    assert not listed("www.alone.org")


@pytest.mark.parametrize(
    "text", ["a b", "{", '{"entries": 1}', "# date: 2026-13-01", "a host-only b"]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    """A file that is neither format raises an error of the configuration."""
    with pytest.raises(PolicyError):
        parse_preload(text)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "example.com"),
        ("example.com", "example.com"),
        ("com", None),
        ("a.b.co.uk", "b.co.uk"),
        ("co.uk", None),
        ("a.b.foo.ck", "b.foo.ck"),
        ("www.ck", "www.ck"),
        ("a.github.io", "a.github.io"),
        ("github.io", None),
        ("host.internal", "host.internal"),
        ("localhost", None),
        ("127.0.0.1", None),
        ("::1", None),
        ("a..b", None),
        ("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
    ],
)
def test_the_registrable_domain_is_one_label_more_than_the_suffix(
    host: str, domain: str | None
) -> None:
    """Rules, wildcards, exceptions, other scripts and the default rule."""
    assert registrable(host) == domain


def test_private_suffixes_can_be_left_out() -> None:
    """Without the private section github.io is an ordinary domain."""
    assert registrable("a.github.io", private=False) == "github.io"
