"""The tags of an HTML text in one linear pass, as the tokenizer of the HTML Standard cuts them.

Comments, declarations and the content of raw-text elements hold no tags. Whether an element's
content is raw text depends on who reads (a browser that runs scripts reads ``noscript`` as raw
text, a streaming parser does not), so the :class:`Reader` decides.

Source: HTML Standard, section 13.2.5 (tokenization). Every expression below is possessive: no
input makes it go back, so the time is linear in the text.
"""

from __future__ import annotations

import re
from typing import Protocol

_NAME = re.compile(r"[a-zA-Z][^ \t\n\f\r/>]*+")
_ATTRIBUTE = re.compile(
    r"""([ \t\n\f\r/]*+)
        (?: (>)
          | ([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)
            (?: [ \t\n\f\r]*+ = [ \t\n\f\r]*+
                (?: "([^"]*+)" | '([^']*+)' | (?!["']) ([^ \t\n\f\r>]*+) | (["']) )
            )?+
        )""",
    re.VERBOSE,
)
_TAG_END = re.compile(
    r"""(?: [ \t\n\f\r/]++
          | [^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
            (?: [ \t\n\f\r]*+ = [ \t\n\f\r]*+
                (?: "[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z) | (?!["']) [^ \t\n\f\r>]*+ )
            )?+
        )*+ >""",
    re.VERBOSE,
)
# fmt: off
TELLING = frozenset((
    "base", "iframe", "link", "math", "meta", "noembed", "noframes", "noscript", "plaintext",
    "script", "style", "svg", "template", "textarea", "title", "xmp",
))
# fmt: on
"""The tags that a reader may always want to know of; all others are ordinary."""
_TELLING = "|".join(sorted(TELLING))
_BORING = re.compile(
    rf"""(?: [^<]++
          | <(?!(?:{_TELLING})[ \t\n\f\r/>]) [a-z][^ \t\n\f\r/>]*+
            (?: [ \t\n\f\r/]++
              | [^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
                (?: [ \t\n\f\r]*+ = [ \t\n\f\r]*+
                    (?: "[^"]*+" | '[^']*+' | (?!["']) [^ \t\n\f\r>]*+ )
                  | (?![ \t\n\f\r]*+ =)
                )
            )*+ >
          | </(?!(?:{_TELLING})[ \t\n\f\r/>]) [a-z][^>]*+ >
        )*+""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""A stretch of text and tags that no reader tells from nothing, while it is ``idle``."""
_COMMENT_END = re.compile("--!?>")
_SCRIPT_TURN = re.compile(r"<!--|--|</?script(?=[ \t\n\f\r/>])", re.IGNORECASE | re.ASCII)
_REFERENCE = re.compile(r"&(?:#[xX][0-9a-fA-F]+;?|#[0-9]+;?|[a-zA-Z][a-zA-Z0-9]*+;?)")
_raw_ends: dict[str, re.Pattern[str]] = {}

Attributes = dict[str, str]


class Reader(Protocol):
    """What is told of the tags.

    ``wanted`` names the tags whose attributes are read (``every_attribute``: all of them),
    ``wants_text`` asks for :meth:`characters`, ``wants_content`` for :meth:`content`,
    ``script_escapes`` for a browser's end of scripts.
    ``idle`` says that ordinary tags mean nothing at present, and need not be told of.
    """

    wanted: frozenset[str]
    every_attribute: bool
    wants_text: bool
    wants_content: bool
    script_escapes: bool

    @property
    def idle(self) -> bool:
        """Whether tags that are neither wanted nor raw text change nothing."""

    def open(self, name: str, attributes: Attributes, closed: bool) -> bool:
        """A start tag; ``closed`` by ``/>``. True if raw text follows up to its end tag."""

    def close(self, name: str) -> None:
        """An end tag, by its lower-case name."""

    def characters(self) -> None:
        """Text other than white space stood between two tags."""

    def content(self, text: str) -> None:
        """The raw text of the element opened last, to the end of the page if it is not closed."""


def scan(text: str, reader: Reader) -> None:
    """Tell ``reader`` of every complete tag in order. Time is linear in the text."""
    at = text.find("<")
    seen = 0
    while at >= 0:
        if reader.wants_text and at > seen and not text[seen:at].isspace():
            reader.characters()
        following = text[at + 1 : at + 2]
        if following == "/":
            seen = _end_tag(text, at, reader)
        elif following in ("!", "?"):
            seen = _markup_end(text, at)
        elif following.isascii() and following.isalpha():
            seen = _start_tag(text, at, reader)
        else:
            seen = at
            at = text.find("<", at + 1)
            continue
        if seen < 0:
            return
        if reader.idle:
            seen = _after_boring(text, seen)
        at = text.find("<", seen)
    if reader.wants_text and seen < len(text) and not text[seen:].isspace():
        reader.characters()


def _after_boring(text: str, at: int) -> int:
    stretch = _BORING.match(text, at)
    return stretch.end() if stretch else at


def _end_tag(text: str, at: int, reader: Reader) -> int:
    end = text.find(">", at + 2)
    name = _NAME.match(text, at + 2)
    if end >= 0 and name:
        reader.close(name.group().lower())
    return end + 1 if end >= 0 else -1


def _markup_end(text: str, at: int) -> int:
    """The position after a comment, a declaration or a CDATA section; -1 at an open end."""
    if text.startswith("<!--", at):
        if text.startswith((">", "->"), at + 4):
            return text.index(">", at) + 1
        comment = _COMMENT_END.search(text, at + 4)
        return comment.end() if comment else -1
    if text.startswith("<![CDATA[", at):
        end = text.find("]]>", at + 9)
        return end + 3 if end >= 0 else -1
    return text.find(">", at + 2) + 1 or -1


def _start_tag(text: str, at: int, reader: Reader) -> int:
    """Read the tag at ``at``; the position after it and after raw text that belongs to it."""
    match = _NAME.match(text, at + 1)
    assert match  # noqa: S101 - the caller saw a letter
    name = match.group().lower()
    attributes: Attributes = {}
    closed = False
    if reader.every_attribute or name in reader.wanted:
        end, closed = _attributes(text, match.end(), attributes)
    else:
        rest = _TAG_END.match(text, match.end())
        end = rest.end() if rest else -1
    if end < 0 or not reader.open(name, attributes, closed):
        return end
    escapes = name == "script" and reader.script_escapes
    stop = script_end(text, end) if escapes else _raw_text_end(text, end, name)
    if reader.wants_content:
        reader.content(text[end:stop] if stop >= 0 else text[end:])
    return stop


def _attributes(text: str, at: int, found: Attributes) -> tuple[int, bool]:
    """Fill ``found`` (the first of a name counts); the tag's end or -1, and whether ``/>``."""
    while match := _ATTRIBUTE.match(text, at):
        gap, end, name, double, single, bare, unclosed = match.groups()
        if end:
            return match.end(), "/" in gap
        if unclosed:
            return -1, False
        found.setdefault(name.lower(), _unescape(double or single or bare or ""))
        at = match.end()
    return -1, False


def _raw_text_end(text: str, at: int, name: str) -> int:
    """Where the end tag of a raw-text element begins; -1 if it has none."""
    if name == "plaintext":
        return -1
    if name not in _raw_ends:
        flags = re.IGNORECASE | re.ASCII
        _raw_ends[name] = re.compile(rf"</{re.escape(name)}(?=[ \t\n\f\r/>])", flags)
    end = _raw_ends[name].search(text, at)
    return end.start() if end else -1


def script_end(text: str, at: int) -> int:
    """Where a script's end tag begins, with the escapes of ``<!-- <script>``; -1 if nowhere.

    Source: HTML Standard 13.2.5.15 to 13.2.5.32: inside ``<!--`` a ``<script`` opens a level that
    the next ``</script`` only closes.
    """
    escaped = nested = False
    while turn := _SCRIPT_TURN.search(text, at):
        word = turn.group().lower()
        at = turn.end()
        if word == "<!--":
            escaped = True
            at -= 2  # `<!-->` opens and ends at once
        elif word == "--":
            if text.startswith(">", at):
                escaped = nested = False
            else:
                at -= 1
        elif word == "<script":
            nested = escaped
        elif nested:
            nested = False
        else:
            return turn.start()
    return -1


def _unescape(value: str) -> str:
    """Decode the character references of an attribute (HTML Standard 13.2.5.73)."""
    if "&" not in value:
        return value
    from html import unescape
    from html.entities import html5

    def decode(match: re.Match[str]) -> str:
        whole = match.group()
        if whole[1] == "#":
            return unescape(whole)
        known = html5.get(whole[1:])
        if known is None or (whole[-1] != ";" and value.startswith("=", match.end())):
            return whole
        return known

    return _REFERENCE.sub(decode, value)
