"""The HTML page: nothing from outside becomes markup, and a browser agrees."""

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.render import render
from revoctl.render.html import linkable
from revoctl.render.style import Style
from revoctl.report.document import Column, Document, Headline, Series, Table, row
from tests.render.sample import NASTY, ONE, TWO, saying

CSS = Path(__file__).parents[2] / "revoctl" / "render" / "report.css"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
OURS = """
html head meta title style body header svg circle text div h1 h2 h3 p ul li span main section dl dt
dd table thead tbody tr th td code details summary pre a footer figure figcaption polyline
"""
TAGS = set(OURS.split())
VOID = {"meta", "circle", "polyline"}


class Page(HTMLParser):
    """The tags, attributes and texts of a page; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def safe(html: str) -> Page:
    page = Page(html)
    assert set(page.tags) <= TAGS
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("style", "src", "srcset", "action", "formaction", "background")
        if name == "href":
            assert tag == "a"
            assert value.startswith(("https://", "http://"))
    return page


@pytest.mark.parametrize("item", [ONE, TWO, NASTY, ()])
def test_the_page_holds_only_our_markup(item: object) -> None:
    """Tags nest, none is foreign, no attribute runs or loads anything."""
    safe(render("html", item))


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec=None)))
def test_any_text_stays_text(text: str) -> None:
    """Whatever a target says, the page has our tags only."""
    safe(render("html", saying(text)))


def test_the_policy_allows_our_style_and_nothing_else() -> None:
    """The Content-Security-Policy holds the hash of the very stylesheet in the page."""
    html = render("html", ONE)
    css = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert css
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    policy = next(v for _, n, v in Page(html).attributes if n == "content" and "default" in v)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_the_page_asks_nobody_for_anything() -> None:
    """No stylesheet, font or picture is loaded, from the page or from its style."""
    html = render("html", TWO)
    assert "url(" not in html
    assert "@import" not in html
    assert not {"link", "script", "img", "iframe", "object"} & set(Page(html).tags)


def test_headings_and_tables_are_in_order() -> None:
    """One h1, no level skipped, and every column title says what it heads."""
    page = Page(render("html", TWO))
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    scopes = [v for t, n, v in page.attributes if t == "th" and n == "scope"]
    assert scopes == ["col"] * page.tags.count("th")
    assert ("html", "lang", "en") in page.attributes


def test_everything_is_on_the_page() -> None:
    """Grade, findings with evidence and fix, score, waived and unknown are all there."""
    html = render("html", TWO, Style(snippet=lambda fixes: f"header {fixes[0].header}"))
    for said in (
        "Worst grade F",
        "cors-origin-reflected-with-credentials",
        "access-control-allow-credentials: true",
        "header Content-Security-Policy",
        "hsts-not-implemented",
        "accepted by the web team",
        "CORS was not probed",
        "could not be reached",
        "revoctl.headers/v1",
    ):
        assert said in html


def test_severity_is_always_a_word() -> None:
    """Each coloured mark has text of its own."""
    pills = re.findall(r'<span class="pill [a-z]+">([^<]*)</span>', render("html", TWO))
    assert len(pills) > 10
    assert all(p.strip() for p in pills)


def test_a_page_of_curves() -> None:
    """A series is drawn as a line with its scale in words; one without points says so."""
    curves = (Series("Calls", (("a", 1.0), ("b", 9.0)), "/s"), Series("None", ()))
    table = Table("T", (Column("N", right=True),), (row(1),))
    html = render("html", Document("s/v1", "P", Headline("87"), tables=(table,), series=curves))
    assert '<polyline points="0.00,28.00 100.00,2.00"/>' in html
    assert "1 to 9, last 9 /s" in html
    assert "no points" in html
    safe(html)


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://www.w3.org/", True),
        ("http://a/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://é.example", False),
        ("https://a\n", False),
    ],
)
def test_only_web_addresses_are_links(url: str, is_link: bool) -> None:
    """A reference that could run is shown as text."""
    assert linkable(url) is is_link


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough(scheme: int) -> None:
    """Text and background of every pair differ by 4.5:1 or more (WCAG 2.2, 1.4.3)."""
    blocks = re.findall(r":root \{(.*?)\}", CSS.read_text("utf-8"), re.DOTALL)
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme]))
    tones = ("good", "note", "warn", "bad", "critical", "muted")
    pairs = [(colors[t], colors[f"{t}-bg"]) for t in tones]
    pairs += [(colors[t], colors["surface"]) for t in ("ink", "muted", "link", *tones[:4])]
    pairs += [(colors["critical-ink"], colors["surface"])]
    pairs += [(colors[t], colors["page"]) for t in ("ink", "muted", "link")]
    pairs += [(colors["ink"], colors["code"])]
    assert [p for p in pairs if contrast(*p) < 4.5] == []


def browse(page: Path, home: Path) -> tuple[str, str]:
    """The document after it was loaded, and what the browser wrote to its console."""
    assert BROWSER
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    log = ("--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=2000")
    done = subprocess.run(
        [BROWSER, *flags, *log, f"--user-data-dir={home}", "--dump-dom", page.as_uri()],
        capture_output=True,
        timeout=60,
        check=True,
    )
    console = [x for x in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in x]
    return done.stdout.decode(), "\n".join(console)


@pytest.mark.skipif(not BROWSER, reason="chromium is not installed")
def test_a_browser_runs_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    """The hostile page loads with its own title, without script and with a silent console."""
    (tmp_path / "page.html").write_text(render("html", NASTY), "utf-8")
    dom, console = browse(tmp_path / "page.html", tmp_path / "a")
    assert console == ""
    assert "<title>pwned</title>" not in dom
    assert "<script" not in dom
    assert "<img" not in dom

    control = "<title>x</title><script>console.error('heard'); document.title='pwned'</script>"
    (tmp_path / "control.html").write_text(control, "utf-8")
    dom, console = browse(tmp_path / "control.html", tmp_path / "b")
    assert "<title>pwned</title>" in dom
    assert "heard" in console


@pytest.mark.skipif(not BROWSER, reason="chromium is not installed")
def test_the_policy_would_stop_a_script_that_got_in(tmp_path: Path) -> None:
    """Even a script that was not escaped does not run, and the browser says why."""
    script = "<script>document.title='pwned'</script></body>"
    html = render("html", ONE).replace("</body>", script)
    (tmp_path / "page.html").write_text(html, "utf-8")
    dom, console = browse(tmp_path / "page.html", tmp_path / "a")
    assert "<title>pwned</title>" not in dom
    assert "Content Security Policy" in console
