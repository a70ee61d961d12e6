"""Every start tag of a page wherever it stands, as a streaming parser reports them.

The MDN HTTP Observatory reads pages this way (htmlparser2 12): ``noscript`` and ``template`` are
transparent, nothing is bound to ``head``, and inside ``svg`` and ``math`` no element holds raw
text. Takes any text, never raises, and needs time linear in it.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

_RAW = frozenset(
    ("iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp")
)
_FOREIGN = ("math", "svg")
_INTEGRATION = frozenset(
    ("annotation-xml", "desc", "foreignObject", "mi", "mn", "mo", "ms", "mtext", "title")
)
# fmt: off
_VOID = frozenset((
    "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input",
    "isindex", "keygen", "link", "meta", "param", "source", "track", "wbr",
))
_BLOCK = (
    "p", "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hr", "main", "nav", "ol", "pre", "section",
    "table", "ul",
)
# fmt: on
_FORM = frozenset(("input", "option", "optgroup", "select", "button", "datalist", "textarea"))
_HEADING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p"))
_IMPLIED_END: dict[str, frozenset[str]] = {
    "tr": frozenset(("tr", "th", "td")),
    "th": frozenset(("th",)),
    "td": frozenset(("thead", "th", "td")),
    "body": frozenset(("head", "link", "script")),
    "a": frozenset(("a",)),
    "li": frozenset(("li",)),
    "option": frozenset(("option",)),
    "optgroup": frozenset(("optgroup", "option")),
    **dict.fromkeys(("dd", "dt"), frozenset(("dd", "dt"))),
    **dict.fromkeys(("rt", "rp"), frozenset(("rt", "rp"))),
    **dict.fromkeys(("tbody", "tfoot"), frozenset(("thead", "tbody"))),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
    **dict.fromkeys(("select", "input", "output", "button", "datalist", "textarea"), _FORM),
    **dict.fromkeys(_BLOCK, frozenset(("p",))),
}


class StartTag(Struct, frozen=True):
    """A start tag: its name and its attributes, names in lower case, references decoded."""

    name: str
    attributes: dict[str, str]


def start_tags(text: str, *names: str) -> list[StartTag]:
    """Every start tag of these names (lower case), in order, except in comments and raw text."""
    stream = _Stream(frozenset(names))
    if "<" in text:
        from revoctl.headers.syntax.html_tokens import TELLING, scan  # few scans need these

        lowered = text.lower()
        stream.ordinary = not stream.wanted <= TELLING
        stream.every_attribute = any(f"<{name}" in lowered for name in _FOREIGN)
        scan(text, stream)
    return stream.found


class _Stream:
    """Every wanted start tag. Elements are tracked only where foreign ones occur at all."""

    wants_text = False
    script_escapes = False
    wants_content = False

    def __init__(self, names: frozenset[str]) -> None:
        self.wanted = names
        self.every_attribute = False
        self.ordinary = False
        self.found: list[StartTag] = []
        self.stack = _Stack()

    @property
    def idle(self) -> bool:
        """Without foreign elements nothing needs the nesting."""
        return not (self.every_attribute or self.ordinary)

    def open(self, name: str, attributes: dict[str, str], closed: bool) -> bool:
        raw = name in _RAW
        if name in self.wanted:
            self.found.append(StartTag(name, attributes))
        if self.every_attribute:
            raw = raw and not self.stack.foreign
            self.stack.push(name, closed)
        return raw

    def close(self, name: str) -> None:
        if self.every_attribute:
            self.stack.pop(name)

    def content(self, text: str) -> None:
        """What raw text holds says nothing of tags."""

    def characters(self) -> None:
        """Text says nothing of tags."""


class _Stack:
    """The open elements as htmlparser2 12 keeps them, and whether foreign rules apply.

    An end tag closes everything above its element; a few start tags close what they follow.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.counts: Counter[str] = Counter()
        self.contexts = [""]

    @property
    def foreign(self) -> bool:
        """Whether the innermost context is ``svg`` or ``math``."""
        return self.contexts[-1] != ""

    def push(self, name: str, closed: bool) -> None:
        if name == "form" and self.counts["form"]:
            return
        while self.names and self.names[-1] in _IMPLIED_END.get(name, ()):
            self._drop()
        if name in _VOID:
            return
        name = self._adjusted(name)
        self.names.append(name)
        self.counts[name] += 1
        if name in _FOREIGN:
            self.contexts.append(name)
        elif name in _INTEGRATION:
            self.contexts.append("")
        if closed and self.foreign:
            self._drop()

    def pop(self, name: str) -> None:
        in_svg = self.contexts[-1] == "svg"
        if name == "foreignobject" and (in_svg or self.counts["foreignObject"]):
            name = "foreignObject"
        if name in _VOID or not self.counts[name]:
            return
        while self._drop() != name:
            pass

    def _adjusted(self, name: str) -> str:
        in_svg = name == "foreignobject" and self.contexts[-1] == "svg"
        return "foreignObject" if in_svg else name

    def _drop(self) -> str:
        name = self.names.pop()
        self.counts[name] -= 1
        if name in _FOREIGN or name in _INTEGRATION:
            self.contexts.pop()
        return name
