"""What is read from a page: what it loads, holds inline and does that no hash covers."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.headers.csp_build import code, css, markup
from revoctl.headers.csp_build.charset import decode
from revoctl.headers.csp_build.srcset import addresses

QUICK = settings(max_examples=100, deadline=None)
BITS = (
    "<script", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<noscript>", "</noscript>",
    "<iframe srcdoc='", "<link rel=preload as=", " src=", " style='", "'", '"', ">", "<!--", "-->",
    "<![CDATA[", "url(", "@import", "/*", "*/", "onclick=", "javascript:", "&lt;", ",", " 2x", "\\",
    "\r\n", "\0", "ü", "<base href=", "fetch('", "eval(", "`",
)  # fmt: skip
SOUP = st.lists(st.sampled_from(BITS) | st.text(max_size=4), max_size=60).map("".join)


def loads(html: str) -> set[tuple[str, str]]:
    return {(r.directive, r.address) for r in markup.read(html).references}


@pytest.mark.parametrize(
    ("html", "directive", "address"),
    [
        ("<script src=a.js></script>", "script-src", "a.js"),
        ("<script type=module src=a.js></script>", "script-src", "a.js"),
        ("<svg><script href=a.js /></svg>", "script-src", "a.js"),
        ("<link rel='stylesheet alternate' href=a.css>", "style-src", "a.css"),
        ("<link rel=icon href=a.ico>", "img-src", "a.ico"),
        ("<link rel=manifest href=a.json>", "manifest-src", "a.json"),
        ("<link rel=modulepreload href=a.js>", "script-src", "a.js"),
        ("<link rel=preload as=font href=a.woff2>", "font-src", "a.woff2"),
        ("<link rel=preload as=fetch href=a.json>", "connect-src", "a.json"),
        ("<link rel=preload as=image imagesrcset='b.png 2x'>", "img-src", "b.png"),
        ("<img src=a.png>", "img-src", "a.png"),
        ("<img srcset='a.png, b.png 2x'>", "img-src", "b.png"),
        ("<picture><source srcset=a.webp></picture>", "img-src", "a.webp"),
        ("<video src=a.mp4 poster=p.png>", "media-src", "a.mp4"),
        ("<video src=a.mp4 poster=p.png>", "img-src", "p.png"),
        ("<audio><source src=a.ogg></audio>", "media-src", "a.ogg"),
        ("<track src=a.vtt>", "media-src", "a.vtt"),
        ("<iframe src=//f.example></iframe>", "frame-src", "//f.example"),
        ("<form action=/send>", "form-action", "/send"),
        ("<button formaction=/other>", "form-action", "/other"),
        ("<input type=image src=a.png>", "img-src", "a.png"),
        ("<a ping='/a /b'>", "connect-src", "/b"),
        ("<svg><image href=a.png /></svg>", "img-src", "a.png"),
        ("<noscript><img src=a.png></noscript>", "img-src", "a.png"),
        ("<iframe srcdoc='&lt;img src=a.png>'></iframe>", "img-src", "a.png"),
        ("<style>a{background:url(a.png)}</style>", "img-src", "a.png"),
        ("<p style='background:url(&quot;a.png&quot;)'>", "img-src", "a.png"),
        ("<script>fetch('/api')</script>", "connect-src", "/api"),
        ("<script>new WebSocket(\"wss://s.example\")</script>", "connect-src", "wss://s.example"),
        ("<script>x.open('GET', '/x')</script>", "connect-src", "/x"),
        ("<script>navigator.serviceWorker.register('/sw.js')</script>", "worker-src", "/sw.js"),
        ("<script type=module>import './m.js'</script>", "script-src", "./m.js"),
    ],
)  # fmt: skip
def test_each_element_loads_under_its_directive(html: str, directive: str, address: str) -> None:
    """Elements, attributes, style and literal addresses in scripts."""
    assert (directive, address) in loads(html)


@pytest.mark.parametrize(
    "html",
    [
        "<!-- <script src=a.js></script> -->",
        "<textarea><img src=a.png></textarea>",
        "<script type=text/template src=a.js></script>",
        "<noscript><script src=a.js></script></noscript>",
        "<link rel=preconnect href=//a.example>",
        "<script>import x from 'react'</script>",
        "<input type=text src=a.png>",
        "<script>const a = '<img src=a.png>'</script>",
    ],
)
def test_what_is_not_loaded_is_not_listed(html: str) -> None:
    """Comments, raw text, data blocks, hints and bare module names load nothing."""
    assert loads(html) == set()


@pytest.mark.parametrize(
    ("html", "directive", "text"),
    [
        ("<script>a\r\nb\rc</script>", "script-src", "a\nb\nc"),
        ("<script>// <!-- <script> </script> --></script>", "script-src",
         "// <!-- <script> </script> -->"),
        ("<script type='Text/JavaScript'>a</script>", "script-src", "a"),
        ("<script type=importmap>{}</script>", "script-src", "{}"),
        ("<script language=javascript>a</script>", "script-src", "a"),
        ("<style> a{} </style>", "style-src", " a{} "),
        ("<svg><style>a &gt; b{}</style></svg>", "style-src", "a > b{}"),
        ("<svg><style><![CDATA[a > b{}]]></style></svg>", "style-src", "a > b{}"),
        ("<p style='a: b'>", "style-src-attr", "a: b"),
    ],
)  # fmt: skip
def test_inline_code_is_the_text_that_a_browser_hashes(
    html: str, directive: str, text: str
) -> None:
    """Line ends are normalised, references resolved only where the parser does."""
    assert [(i.directive, i.text) for i in markup.read(html).inlines] == [(directive, text)]


@pytest.mark.parametrize(
    "html",
    ["<script type=application/json>{}</script>", "<script src=a.js>a</script>",
     "<script></script>", "<noscript><script>a</script></noscript>"],
)  # fmt: skip
def test_what_does_not_run_needs_no_hash(html: str) -> None:
    """Data blocks, external and empty scripts, and scripts for visitors without any."""
    assert markup.read(html).inlines == []


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<p onclick='go()'>", "event-handler"),
        ("<body onload=go()>", "event-handler"),
        ("<a href=' java\nscript:go()'>", "javascript-url"),
        ("<form action=JavaScript:go()>", "javascript-url"),
        ("<iframe src=javascript:go()>", "javascript-url"),
        ("<script>eval(x)</script>", "eval"),
        ("<script>new Function('a')</script>", "eval"),
        ("<script>setTimeout('go()', 1)</script>", "string-timer"),
        ("<script>document.write('x')</script>", "document-write"),
        ("<script>e.setAttribute('onclick', 'x')</script>", "set-handler"),
        ("<script>WebAssembly.instantiate(x)</script>", "wasm"),
        ("<object data=a.swf></object>", "object"),
        ("<embed src=a.pdf>", "object"),
    ],
)
def test_what_no_hash_covers_is_named(html: str, kind: str) -> None:
    """Handlers, script addresses, code made of text, plug-ins."""
    assert [d.kind for d in markup.read(html).dangers] == [kind]


@pytest.mark.parametrize(
    "html",
    ["<p once=1 only=2>", "<script>function f(){} retrieval(x); setTimeout(f, 1)</script>",
     "<a href='/javascript:x'>", "<p onclick=''>", "<p data-onclick=x>"],
)  # fmt: skip
def test_harmless_lookalikes_are_not(html: str) -> None:
    """Names that only resemble handlers and calls."""
    assert markup.read(html).dangers == []


def test_css_reads_comments_strings_imports_and_fonts() -> None:
    """Each address has the directive of its place."""
    sheet = """@import "a.css"; @import url(b.css) screen; /* url(no.png) */
    @font-face { font-family: x; src: url("f.woff2") format("woff2"), local("url(no)") }
    p { background: URL( 'i.png' ); content: "url(no.png)"; mask: url(#m) }"""
    assert [(r.directive, r.address) for r in css.references(sheet)] == [
        ("style-src", "a.css"), ("style-src", "b.css"), ("font-src", "f.woff2"),
        ("img-src", "i.png"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.png, b.png 2x", ["a.png", "b.png"]),
        ("a.png 1x,b.png 2x", ["a.png", "b.png"]),
        ("data:image/png;base64,AA== 1x, b", ["data:image/png;base64,AA==", "b"]),
        (" , a (x, y), b", ["a", "b"]),
        ("", []),
    ],
)
def test_srcset(text: str, found: list[str]) -> None:
    """Commas in addresses and in parentheses do not separate."""
    assert addresses(text) == found


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        ("ü".encode(), "text/html; charset=utf-8", "ü"),
        (b"\xfc\x80", "text/html; charset=ISO-8859-1", "ü€"),
        ("ü".encode(), "", "ü"),
        (b"\xfc", "", "ü"),
        (b'<meta charset="koi8-r">\xc1', "", '<meta charset="koi8-r">\u0430'),
        (b"\xef\xbb\xbf\xc3\xbc", "text/html; charset=latin1", "ü"),
        (b"a\xff", "text/html; charset=utf-8", "a\ufffd"),
        (b"a", "text/html; charset=rot13", "a"),
    ],
)
def test_a_page_is_decoded_as_browsers_do(data: bytes, kind: str, text: str) -> None:
    """Byte order mark, header, meta, then UTF-8 if it is, else windows-1252."""
    assert decode(data, kind) == text


@QUICK
@given(SOUP)
def test_any_text_is_read(text: str) -> None:
    """Whatever a page holds, there is an answer."""
    found = markup.read(text)
    assert all(isinstance(i.text, str) for i in found.inlines)
    assert list(css.references(text)) is not None
    assert all(addresses(text))
    assert list(code.dangers(text)) is not None


@QUICK
@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_are_decoded(data: bytes, kind: str) -> None:
    """Whatever the charset claims to be."""
    assert isinstance(decode(data, kind), str)


@pytest.mark.parametrize(
    "piece",
    ["<script>", "<svg><style>", "<noscript>", "<iframe srcdoc='", "<p style='url(", "@import ",
     "/*", "url(", "fetch('", "import ", "<img srcset='a (", ", (", "eval(", "setTimeout (",
     "<a href='javascript:", "<style>@font-face{"],
)  # fmt: skip
def test_time_is_linear(piece: str) -> None:
    """Ten times the text takes about ten times as long."""

    def seconds(times: int) -> float:
        text = piece * times
        start = time.process_time()
        markup.read(f"<style>{text}")
        markup.read(f"<script>{text}")
        markup.read(text)
        addresses(text)
        return time.process_time() - start

    size = 2000
    assert seconds(size * 10) < 30 * max(seconds(size), 0.002)
