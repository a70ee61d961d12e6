"""What a page's HTML loads, holds inline and does that a policy would block.

:func:`read` sees all elements, wherever they stand: what is in a template may be used, and what is
in ``noscript`` is loaded for visitors without scripts. Takes any text, never raises, linear in it.
"""

from __future__ import annotations

from html import unescape

from revoctl.headers.csp_build import code, css
from revoctl.headers.csp_build.addresses import runs
from revoctl.headers.csp_build.attributes import (
    ADDRESSES,
    FOLLOWED,
    HANDLERS,
    JAVASCRIPT,
    LINKS,
    PRELOADS,
    SETS,
)
from revoctl.headers.csp_build.model import Danger, Inline, Reference
from revoctl.headers.csp_build.srcset import addresses
from revoctl.headers.syntax.html_tokens import Attributes, scan

DEEPEST = 3
"""Documents within documents (``srcdoc``, which has the policy of its parent) that are read."""
# fmt: off
_RAW = frozenset((
    "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea",
    "title", "xmp",
))
# fmt: on
_FOREIGN = ("math", "svg")
_FOLLOWED = frozenset(FOLLOWED)


class Markup:
    """The findings of one page; ``base`` is the first base element's address, ``icon`` is named."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.inlines: list[Inline] = []
        self.dangers: list[Danger] = []
        self.base: str | None = None
        self.icon = False


def read(text: str) -> Markup:
    """Read a page's text. A browser turns CR LF and CR into LF before it hashes anything."""
    found = Markup()
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _scan(plain, found, DEEPEST, scripts=True)
    return found


def _scan(text: str, found: Markup, depth: int, *, scripts: bool) -> None:
    scan(text, _Elements(found, depth, scripts=scripts))


class _Elements:
    """A reader of every tag. ``scripts`` is false inside ``noscript``, where none can run."""

    wanted: frozenset[str] = frozenset()
    every_attribute = True
    wants_text = False
    wants_content = True
    script_escapes = True
    idle = False

    def __init__(self, found: Markup, depth: int, *, scripts: bool) -> None:
        self.found = found
        self.depth = depth
        self.scripts = scripts
        self.foreign = 0
        self.last: tuple[str, Attributes] = ("", {})

    def open(self, name: str, attributes: Attributes, closed: bool) -> bool:
        self.last = (name, attributes)
        if attributes:
            self._loads(name, attributes)
            self._inline(name, attributes)
        if name == "base" and self.found.base is None and "href" in attributes:
            self.found.base = attributes["href"]
        if name in _FOREIGN and not closed:
            self.foreign += 1
        if self.foreign:  # there, only an empty element ends in "/>", and titles hold elements
            return not closed and name in ("script", "style")
        return name in _RAW

    def close(self, name: str) -> None:
        if name in _FOREIGN and self.foreign:
            self.foreign -= 1

    def characters(self) -> None:
        """Text between tags loads nothing."""

    def content(self, text: str) -> None:
        name, attributes = self.last
        if name == "noscript" and self.scripts and self.depth:
            _scan(text, self.found, 0, scripts=False)
        elif name == "style" and text:
            text = _foreign_text(text) if self.foreign else text
            self.found.inlines.append(Inline("style-src", text, "nonce" in attributes))
            self.found.references += css.references(text)
        elif name == "script" and self.scripts:
            self._script(_foreign_text(text) if self.foreign else text, attributes)

    def _script(self, text: str, attributes: Attributes) -> None:
        external = any(name in attributes for name in ("src", "href", "xlink:href"))
        if external or not text or not _is_code(attributes):
            return
        self.found.inlines.append(Inline("script-src", text, "nonce" in attributes))
        self.found.references += code.references(text)
        self.found.dangers += code.dangers(text)

    def _loads(self, name: str, attributes: Attributes) -> None:
        if name == "link":
            self._link(attributes)
        elif name == "input" and attributes.get("type", "").lower() == "image":
            self._add("img-src", attributes.get("src", ""), "input")
        for attribute, directive in ADDRESSES.get(name, ()):
            if attribute in attributes and (name != "script" or self._loads_script(attributes)):
                self._add(directive, attributes[attribute], name)
        if SETS.get(name, "") in attributes:
            for address in addresses(attributes[SETS[name]]):
                self._add("img-src", address, name)
        if name == "iframe" and "srcdoc" in attributes and self.depth:
            _scan(attributes["srcdoc"], self.found, self.depth - 1, scripts=self.scripts)

    def _loads_script(self, attributes: Attributes) -> bool:
        return self.scripts and _is_code(attributes)

    def _link(self, attributes: Attributes) -> None:
        relations = attributes.get("rel", "").lower().split()
        address = attributes.get("href", "")
        self.found.icon |= "icon" in relations
        for relation in relations:
            directive = LINKS.get(relation)
            if relation == "preload":
                directive = PRELOADS.get(attributes.get("as", "").lower())
            if directive and address:
                self._add(directive, address, f"link {relation}")

    def _add(self, directive: str, address: str, used_by: str) -> None:
        if directive == "object-src" and address:
            self.found.dangers.append(Danger("object", f"<{used_by}> {address[:100]}"))
            return
        kinds = address.split() if used_by in ("a", "area") else [address]
        self.found.references += [Reference(directive, item, used_by) for item in kinds]

    def _inline(self, name: str, attributes: Attributes) -> None:
        for attribute, value in attributes.items():
            if attribute == "style" and value:
                self.found.inlines.append(Inline("style-src-attr", value))
                self.found.references += css.references(value, "style attribute")
            elif not self.scripts:
                continue
            elif attribute in HANDLERS and value:
                excerpt = f'<{name[:40]} {attribute}="{value[:80]}">'
                self.found.dangers.append(Danger("event-handler", excerpt))
            elif (name, attribute) in _FOLLOWED and runs(value):
                excerpt = f'<{name[:40]} {attribute}="{value[:80]}">'
                self.found.dangers.append(Danger("javascript-url", excerpt))


def _is_code(attributes: Attributes) -> bool:
    kind = attributes.get("type")
    if kind is None and attributes.get("language"):
        kind = f"text/{attributes['language']}"
    return (kind or "").strip(" \t\n\f\r").lower() in JAVASCRIPT


def _foreign_text(text: str) -> str:
    """The text of a script or style in SVG, where references and CDATA sections are read."""
    if "<![CDATA[" in text:
        return text.replace("<![CDATA[", "").replace("]]>", "")
    return unescape(text)
