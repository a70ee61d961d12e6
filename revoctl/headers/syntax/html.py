"""The parts of a page that matter to its headers: metas, scripts and style sheets.

:func:`read` sees the page as a browser that runs scripts does: a ``meta`` with ``http-equiv``
counts only as a child of ``head``, nothing counts in comments, ``noscript`` or ``template``.
Takes any text, never raises, and needs time linear in it.

Sources: HTML Standard 13.2.6.4 (insertion modes up to "in body"), 4.2.5.3 (pragma directives),
4.12.3 (template), 13.2.6.5 (foreign content).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from revoctl.headers.syntax.html_tokens import Attributes

# fmt: off
_RAW = frozenset((
    "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea",
    "title", "xmp",
))
_IN_HEAD = frozenset((
    "base", "basefont", "bgsound", "head", "html", "link", "meta", "noframes", "noscript", "script",
    "style", "template", "title",
))
_BREAKOUT = frozenset((
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em",
    "embed", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu",
    "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub",
    "sup", "table", "tt", "u", "ul", "var",
))
# fmt: on
_FOREIGN = ("math", "svg")


class Meta(Struct, frozen=True):
    """A ``meta`` element: its attributes as written, empty where missing."""

    http_equiv: str
    content: str
    name: str = ""


class Script(Struct, frozen=True):
    """A ``script`` element; ``src`` is None for an inline script."""

    src: str | None
    integrity: str | None
    crossorigin: str | None


class Link(Struct, frozen=True):
    """A ``link`` of a style sheet that has an address."""

    href: str
    integrity: str | None
    crossorigin: str | None


class Document(Struct, frozen=True):
    """What a browser takes from a page.

    ``metas`` are those in ``head``; ``referrers`` the contents of ``meta name=referrer`` anywhere,
    in order; ``base`` the first ``base`` element's address, if any.
    """

    metas: tuple[Meta, ...] = ()
    scripts: tuple[Script, ...] = ()
    stylesheets: tuple[Link, ...] = ()
    referrers: tuple[str, ...] = ()
    base: str | None = None


def read(text: str) -> Document:
    """Read a page as a browser does."""
    if "<" not in text:
        return Document()
    from revoctl.headers.syntax.html_tokens import scan  # expressions that few scans need

    browser = _Browser()
    scan(text.removeprefix("\ufeff"), browser)
    return Document(
        tuple(browser.metas),
        tuple(browser.scripts),
        tuple(browser.stylesheets),
        tuple(browser.referrers),
        browser.base,
    )


class _Browser:
    """The document as a browser with scripts builds it, as far as metas, scripts and links go."""

    wanted = frozenset(("base", "link", "meta", "script"))
    script_escapes = True
    wants_content = False

    def __init__(self) -> None:
        self.every_attribute = False
        self.wants_text = True  # until the first text ends the head
        self.metas: list[Meta] = []
        self.scripts: list[Script] = []
        self.stylesheets: list[Link] = []
        self.referrers: list[str] = []
        self.base: str | None = None
        self.templates = 0
        self.foreign: list[str] = []

    @property
    def idle(self) -> bool:
        """Behind the head, outside templates and foreign elements, only wanted tags matter."""
        return not (self.wants_text or self.templates or self.foreign)

    @property
    def _in_head(self) -> bool:
        return self.wants_text

    def content(self, text: str) -> None:
        """What raw text holds says nothing of tags."""

    def characters(self) -> None:
        """Text ends the head, unless it stands in a template."""
        if not self.templates:
            self.wants_text = False

    def open(self, name: str, attributes: Attributes, closed: bool) -> bool:
        if name == "template" and not self._is_foreign():
            self.templates += 1
        elif not self.templates:
            if name not in _IN_HEAD:
                self.wants_text = False
            if name in self.wanted:
                self._take(name, attributes)
        return self._content(name, closed)

    def close(self, name: str) -> None:
        if name == "template":
            self.templates = max(0, self.templates - 1)
        elif not self.templates and name in ("body", "html", "br"):
            self.wants_text = False
        if name in self.foreign:
            while self.foreign.pop() != name:
                pass
            self.every_attribute = bool(self.foreign)

    def _is_foreign(self) -> bool:
        return bool(self.foreign) and self.foreign[-1] in _FOREIGN

    def _content(self, name: str, closed: bool) -> bool:
        """Whether raw text follows; keeps the nesting of foreign elements, at most 64 deep."""
        foreign = self._is_foreign()
        if foreign and name in _BREAKOUT:
            self.foreign.clear()
            foreign = False
        enters = name in _FOREIGN or (foreign and name in ("foreignobject", "desc", "title"))
        if enters and not closed and len(self.foreign) < 64:
            self.foreign.append(name)
        self.every_attribute = bool(self.foreign)
        return not foreign and name in _RAW

    def _take(self, name: str, attributes: Attributes) -> None:
        get = attributes.get
        if name == "meta":
            self._meta(Meta(get("http-equiv", ""), get("content", ""), get("name", "")))
        elif name == "script":
            src = get("src")
            if src is None and self._is_foreign():
                src = get("href", get("xlink:href"))
            self.scripts.append(Script(src, get("integrity"), get("crossorigin")))
        elif name == "base":
            self.base = get("href") if self.base is None else self.base
        elif get("href") and "stylesheet" in get("rel", "").lower().split():
            self.stylesheets.append(Link(get("href", ""), get("integrity"), get("crossorigin")))

    def _meta(self, meta: Meta) -> None:
        if self._in_head:
            self.metas.append(meta)
        if meta.name.lower() == "referrer" and meta.content:
            self.referrers.append(meta.content)
