"""HTML: what a browser takes from a page, and every tag as a streaming parser sees it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.headers.syntax.html import Document, Link, Meta, Script, read
from revoctl.headers.syntax.html_stream import start_tags

META = '<meta http-equiv="X" content="y">'


@pytest.mark.parametrize(
    "text",
    [
        META,
        f"<html><head>{META}</head>",
        f"<!doctype html>\n<head>\n<title>a</title>{META}",
        f"<head></head>{META}<body>",
        f"<!-- a --><link rel=x>{META}",
        f"<noscript><p></noscript>{META}",
        f"<template>text<p></template>{META}",
        f"<script>'<body>'</script>{META}",
        f"<style><body></style>{META}",
        f"<META HTTP-EQUIV=X CONTENT=y>{META}",
        f"</p></div>{META}",
        f"<!-->{META}",
        f"\ufeff{META}",
        f"<script><!--<script></script>--></script>{META}",
    ],
)
def test_a_meta_in_head_counts(text: str) -> None:
    """Up to the first thing that belongs into the body a meta is a child of head."""
    assert Meta("X", "y") in read(text).metas


@pytest.mark.parametrize(
    "text",
    [
        f"<body>{META}",
        f"<p>{META}",
        f"text{META}",
        f"</body>{META}",
        f"<br>{META}",
        f"< {META}",
        f"<!-- {META} -->",
        f"<!-- {META}",
        f"<script>{META}</script>",
        f"<script>{META}",
        f"<script><!--<script></script>{META}--></script>",
        f"<style>{META}</style>",
        f"<title>{META}</title>",
        f"<textarea>{META}</textarea>",
        f"<noscript>{META}</noscript>",
        f"<template>{META}</template>",
        f"<template><template></template>{META}</template>",
        f"<iframe>{META}</iframe>",
        f"<xmp>{META}</xmp>",
        f"<plaintext>{META}",
        f"<svg>{META}</svg>",
        f"<a title='{META}'>",
        '<meta http-equiv="X" content="y"',
        '<meta http-equiv="X content="y">',
    ],
)
def test_a_meta_elsewhere_does_not_count(text: str) -> None:
    """Body, comments, raw text, noscript and templates hold no meta that a browser obeys."""
    assert Meta("X", "y") not in read(text).metas


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ("content=a&amp;b", "a&b"),
        ("content='&#39;none&#x27;'", "'none'"),
        ("content='a&copy=b'", "a&copy=b"),
        ("content='a&copyb'", "a&copyb"),
        ("content='a&copy b'", "a\xa9 b"),
        ("content='&nosuch;'", "&nosuch;"),
        ("content = a/b", "a/b"),
        ("content=a content=b", "a"),
        ("content", ""),
        ("CONTENT=A", "A"),
        ("content='>'", ">"),
        ("/content=a/", "a/"),
    ],
)
def test_attributes_are_read_as_the_standard_says(attributes: str, content: str) -> None:
    """Quotes, references, repeated names and slashes."""
    (meta,) = read(f"<meta {attributes}>").metas
    assert meta.content == content


def test_scripts_links_base_and_referrer_are_found() -> None:
    """Scripts and sheets count in the whole document, the first base and every referrer meta."""
    page = read(
        "<base href=/a/><base href=/b/><link rel='preload Stylesheet' href=s.css integrity=i>"
        "<link rel=icon href=x><body><script>1</script><script src=a.js integrity=i crossorigin>"
        "</script><svg><script href=b.js></script></svg><noscript><script src=no></noscript>"
        "<template><script src=no></script></template><meta name=Referrer content=origin>"
    )
    assert page.base == "/a/"
    assert page.stylesheets == (Link("s.css", "i", None),)
    assert page.scripts == (
        Script(None, None, None),
        Script("a.js", "i", ""),
        Script("b.js", None, None),
    )
    assert page.referrers == ("origin",)
    assert page.metas == ()


@pytest.mark.parametrize("text", ["", "plain text", '{"a": "b"}', "a > b"])
def test_text_without_tags_is_an_empty_document(text: str) -> None:
    """Nothing is read where there is no angle bracket."""
    assert read(text) == Document()
    assert start_tags(text, "meta") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"<noscript>{META}</noscript>", 1),
        (f"<template>{META}</template>", 1),
        (f"<body>{META}", 1),
        (f"<title>{META}</title>", 0),
        (f"<svg><title>{META}</title></svg>", 1),
        (f"<svg><desc><title>{META}</title></desc></svg>", 0),
        (f"<svg/><title>{META}</title>", 0),
        (f"<div><svg></div><title>{META}</title>", 0),
        (f"<svg><style>{META}</style></svg>", 1),
        (f"<!--{META}-->", 0),
        (f"<![CDATA[{META}]]>", 0),
        (f"<textarea>{META}</TextArea >{META}", 1),
    ],
)
def test_a_stream_sees_tags_wherever_they_stand(text: str, found: int) -> None:
    """Only comments and raw text hide a tag, and in foreign elements there is no raw text."""
    assert len(start_tags(text, "meta")) == found


# fmt: off
PIECES = st.sampled_from((
    "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<title>",
    "</title>", "<svg>", "</svg>", "<svg/>", "<template>", "</template>", "<noscript>", "<meta",
    " a='b'", " a=b", "<p>", "</p>", "&", "&amp;", '"', "'", "=", "x", " ",
))
# fmt: on


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_a_document(text: str) -> None:
    """No input raises, and what is found stands in the text."""
    seen = read(text)
    assert isinstance(seen, Document)
    assert len(start_tags(text, "meta", "script")) <= text.count("<")


@pytest.mark.parametrize("parse", [read, lambda text: start_tags(text, "meta", "script")])
@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a ",
        '<a b="',
        "<!--",
        "<!",
        "<title>",
        "<script>",
        "<script><!--<script>",
        "<svg>",
        "<svg><desc>",
        "<div>",
        "<p></div>",
        "<template>",
        "<meta content='&amp;&notit;'>",
        "<a =",
        "</a",
        "<meta a\n",
    ],
)
def test_time_is_linear(parse: Callable[[str], object], unit: str) -> None:
    """Ten times the text takes at most thirty times as long."""

    def cost(times: int) -> float:
        text = unit * times
        began = time.process_time()
        parse(text)
        return time.process_time() - began

    cost(10)
    short = max(min(cost(1_500) for _ in range(3)), 0.002)
    assert cost(15_000) < 30 * short
