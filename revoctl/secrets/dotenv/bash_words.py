"""Words of bash, as far as assignments need them (bash manual, section 3.1.2, 3.5.3, 3.5.1).

A word is a list of parts; what would run a program, or depends on the shell itself, becomes a part
of kind ``unknown``. Nothing is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from revoctl.secrets.dotenv.reading import LARGEST_VALUE

BLANKS = " \t"
BREAKS = frozenset(" \t\n|&;()<>")
DEEPEST = 20
"""Levels of ``${A:-${B:-…}}``."""
_LITERAL = re.compile(r"[^ \t\n|&;()<>\\'\"`$]++")
_QUOTED_LITERAL = re.compile(r'[^\\"`$]++')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
         "e": "\x1b", "E": "\x1b", "\\": "\\", "'": "'", '"': '"', "?": "?"}  # fmt: skip


class Syntax(Exception):
    """Bash would report a syntax error here, or this reader cannot follow."""


class Part(NamedTuple):
    """``lit`` text; ``var`` name with an operator and its words; ``unknown`` with the reason."""

    kind: str
    text: str
    quoted: bool = False
    operator: str = ""
    words: tuple[Part, ...] = ()


class Scanner:
    """Reads the parts of one word after another. ``position`` is where the next begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def word(self, stops: frozenset[str] = BREAKS, depth: int = 0) -> list[Part]:
        """The parts up to an unquoted stop. Raises :class:`Syntax`."""
        parts: list[Part] = []
        while self.position < len(self.text) and self.text[self.position] not in stops:
            parts += self._piece(depth)
        return parts

    def _piece(self, depth: int) -> list[Part]:
        char = self.text[self.position]
        if char == "\\":
            return self._escape()
        if char == "'":
            return [Part("lit", self._until("'"), True)]
        if char == '"':
            self.position += 1
            return self._double(depth)
        if char in "$`":
            return [self._expansion(False, depth)]
        found = _LITERAL.match(self.text, self.position)
        literal = found[0] if found and depth == 0 else char
        self.position += len(literal)
        return [Part("lit", literal)]

    def _escape(self) -> list[Part]:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if following == "\n":
            return []
        return [Part("lit", following or "\\", True)]

    def _until(self, quote: str) -> str:
        close = self.text.find(quote, self.position + 1)
        if close < 0:
            raise Syntax("a quote is not closed")
        inner = self.text[self.position + 1 : close]
        self.position = close + 1
        return inner

    def _double(self, depth: int) -> list[Part]:
        parts = [Part("lit", "", True)]
        while True:
            found = _QUOTED_LITERAL.match(self.text, self.position)
            if found:
                parts.append(Part("lit", found[0], True))
                self.position = found.end()
            char = self.text[self.position : self.position + 1]
            if not char:
                raise Syntax("a quote is not closed")
            if char == '"':
                self.position += 1
                return parts
            if char == "\\":
                parts.append(Part("lit", self._escape_in_quotes(), True))
            else:
                parts.append(self._expansion(True, depth))

    def _escape_in_quotes(self) -> str:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2 if following else 1
        if following == "\n":
            return ""
        return following if following and following in '$`"\\' else "\\" + following

    def _expansion(self, quoted: bool, depth: int) -> Part:
        start, char = self.position, self.text[self.position]
        following = self.text[start + 1 : start + 2]
        if char == "`":
            self._skip_backquotes()
            if not self.text[start + 1 : self.position - 1].strip(BLANKS + "\n"):
                return Part("lit", "", True)
            return Part("unknown", "a command would run")
        if following == "(":
            self.position += 1
            self.skip_balanced()
            return Part("unknown", "a command would run, or a sum be made")
        if following == "{":
            return self._braced(quoted, depth)
        if not quoted and following == "'":
            self.position += 1
            return self._ansi()
        self.position += 1
        if not quoted and following == '"':
            return Part("lit", "", True)
        found = _NAME.match(self.text, self.position)
        if found:
            self.position = found.end()
            return Part("var", found[0], quoted)
        if following and following in "0123456789?$!#@*-":
            self.position += 1
            return Part("unknown", "its value depends on the shell")
        return Part("lit", "$", quoted)

    def _skip_backquotes(self) -> None:
        at = self.position + 1
        while at < len(self.text) and self.text[at] != "`":
            at += 2 if self.text[at] == "\\" else 1
        if at >= len(self.text):
            raise Syntax("a ` is not closed")
        self.position = at + 1

    def skip_balanced(self) -> None:
        """Go past ``(…)`` or ``{…}``; quotes inside hide brackets."""
        opening = self.text[self.position]
        closing, level = {"(": ")", "{": "}"}[opening], 0
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == "\\":
                self.position += 1
            elif char in "'\"":
                self._until(char)
                continue
            level += (char == opening) - (char == closing)
            self.position += 1
            if level == 0:
                return
        raise Syntax("a bracket is not closed")

    def _braced(self, quoted: bool, depth: int) -> Part:
        start = self.position + 1
        found = _NAME.match(self.text, start + 1)
        operator = _operator(self.text, found.end()) if found else None
        if found is None or operator is None or depth >= DEEPEST:
            self.position = start
            self.skip_balanced()
            return Part("unknown", "its expansion is beyond ${NAME}, :-, -, :+ and +")
        self.position = found.end() + len(operator)
        words = self._operand(quoted, depth + 1) if operator else []
        if self.text[self.position : self.position + 1] != "}":
            raise Syntax("a ${ is not closed")
        self.position += 1
        return Part("var", found[0], quoted, operator, tuple(words))

    def _operand(self, quoted: bool, depth: int) -> list[Part]:
        if not quoted:
            return self.word(frozenset("}"), depth)
        parts: list[Part] = []
        while (char := self.text[self.position : self.position + 1]) not in ("}", ""):
            if char == "\\":
                # Before a closing brace the backslash is taken off as well.
                brace = self.text[self.position + 1 : self.position + 2] == "}"
                inner = "}" if brace else self._escape_in_quotes()
                self.position += 2 if brace else 0
                parts.append(Part("lit", inner, True))
            elif char == '"':
                self.position += 1
                parts += self._double(depth)
            elif char in "$`":
                parts.append(self._expansion(True, depth))
            else:
                parts.append(Part("lit", char, True))
                self.position += 1
        return parts

    def _ansi(self) -> Part:
        at, made, known = self.position + 1, [], True
        while at < len(self.text) and self.text[at] != "'":
            char = self.text[at]
            if char == "\\":
                at += 1
                escaped = self.text[at : at + 1]
                known = known and escaped in _ANSI and bool(escaped)
                char = _ANSI.get(escaped, "")
            made.append(char)
            at += 1
        if at >= len(self.text):
            raise Syntax("a quote is not closed")
        self.position = at + 1
        text = "".join(made)
        return Part("lit", text, True) if known else Part("unknown", "a coded character")


def _operator(text: str, position: int) -> str | None:
    for operator in (":-", ":+", "-", "+", ""):
        if operator and text.startswith(operator, position):
            return operator
    return "" if text.startswith("}", position) else None


class Unknown(Exception):
    """A value cannot be told without running the shell."""


def evaluate(parts: list[Part] | tuple[Part, ...], known: Mapping[str, str], tilde: bool) -> str:
    """The text of a word as the value of an assignment: no splitting, no globbing.

    Raises :class:`Unknown`.
    """
    made, total, boundary = [], 0, tilde
    for number, part in enumerate(parts):
        piece = _piece_value(part, known)
        if part.kind == "lit" and not part.quoted:
            following = parts[number + 1] if number + 1 < len(parts) else None
            if tilde:
                piece = _with_home(piece, known, boundary, following)
        boundary = part.kind == "lit" and not part.quoted and part.text.endswith(":")
        made.append(piece)
        total += len(piece)
        if total > LARGEST_VALUE:
            raise Unknown("its expansion is larger than a megabyte")
    return "".join(made)


def _piece_value(part: Part, known: Mapping[str, str]) -> str:
    if part.kind == "lit":
        return part.text
    if part.kind == "unknown":
        raise Unknown(part.text)
    value = known.get(part.text)
    if part.operator in (":-", "-"):
        wanted = value is None or (part.operator == ":-" and not value)
        return evaluate(part.words, known, False) if wanted else value or ""
    if part.operator in (":+", "+"):
        present = value is not None and (part.operator == "+" or value != "")
        return evaluate(part.words, known, False) if present else ""
    return value or ""


def _with_home(text: str, known: Mapping[str, str], first: bool, following: Part | None) -> str:
    """Tilde expansion: at the start of the value and after each unquoted colon."""
    pieces = text.split(":")
    for number, piece in enumerate(pieces):
        if not piece.startswith("~") or not (first or number):
            continue
        user, _, _ = piece.partition("/")
        last = number == len(pieces) - 1
        if user == "~" and "/" not in piece and last and following is not None:
            if following.kind == "lit" and following.quoted:
                continue
            raise Unknown("a ~ before an expansion")
        if user != "~":
            raise Unknown("a ~ with a user's name")
        if "HOME" not in known:
            raise Unknown("a ~ without HOME")
        pieces[number] = known["HOME"] + piece[1:]
    return ":".join(pieces)
