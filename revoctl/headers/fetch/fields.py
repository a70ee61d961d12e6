"""Field lines to fields, in wire order with duplicates, oddities noted (RFC 9112 section 5)."""

from __future__ import annotations

import re

from revoctl.headers.fetch.anomalies import Oddities
from revoctl.headers.snapshot import AnomalyKind, Field

MAX_VALUE = 65536
"""Characters of one value that are kept: far above any plausible policy, below any harm."""
MAX_FIELDS = 2000
"""Fields of one head that are kept; browsers and servers give up between 100 and 1,000."""
_OWS = " \t"
_QUOTED = 80
_CLEAN = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([ -~]*)\r?\Z")


def parse_fields(lines: list[bytes], odd: Oddities) -> tuple[Field, ...]:
    """The fields of header lines (without LF; one CR at the end is dropped).

    A fold joins the value before it with one space; a name with space before its colon is kept
    without it; a line without colon or without name is left out; all of these are noted.
    """
    parser = _Parser(odd)
    for line in lines:
        text = line.decode("latin-1")
        clean = _CLEAN.match(text) if len(text) < MAX_VALUE else None
        if clean:
            parser.clean(*clean.groups())
        else:
            parser.line(text.removesuffix("\r"))
    return parser.finish()


class _Parser:
    """The fields so far; the last is held back while a fold may still lengthen it."""

    def __init__(self, odd: Oddities) -> None:
        self._odd = odd
        self._fields: list[Field] = []
        self._name = ""
        self._parts: list[str] = []
        self._after_clean = False

    def clean(self, name: str, value: str) -> None:
        """Take a line that needs no second look."""
        if self._name:
            self._flush()
        self._after_clean = len(self._fields) < MAX_FIELDS
        if self._after_clean:
            self._fields.append(Field(name, value.strip(" ")))
        else:
            self._note_too_many()

    def line(self, line: str) -> None:
        """Take any line without its end."""
        if line[:1] in (" ", "\t"):
            self._fold(line)
            return
        self._flush()
        self._after_clean = False
        name, colon, value = line.partition(":")
        if not colon:
            self._odd.note(AnomalyKind.MALFORMED_LINE, f"no colon in {_quote(line)}")
            return
        self._name = self._checked(name)
        self._parts = [value]

    def finish(self) -> tuple[Field, ...]:
        self._flush()
        return tuple(self._fields)

    def _fold(self, line: str) -> None:
        if self._after_clean:
            self._after_clean = False
            last = self._fields.pop()
            self._name, self._parts = last.name, [last.value]
        if not self._name:
            self._odd.note(AnomalyKind.MALFORMED_LINE, "a folded line that follows no field")
            return
        self._odd.note(AnomalyKind.FOLDED_LINE, self._name)
        self._parts.append(line.strip(_OWS))

    def _checked(self, name: str) -> str:
        from revoctl.headers.syntax.tokens import is_token

        trimmed = name.rstrip(_OWS)
        if trimmed != name and trimmed:
            self._odd.note(AnomalyKind.MALFORMED_LINE, f"space before the colon of {trimmed[:80]}")
        if not is_token(trimmed):
            self._odd.note(AnomalyKind.INVALID_NAME, _quote(trimmed) if trimmed else "no name")
        return trimmed[:MAX_VALUE]

    def _flush(self) -> None:
        name, self._name = self._name, ""
        if not name:
            return
        if len(self._fields) >= MAX_FIELDS:
            self._note_too_many()
            return
        value = " ".join(part.strip(_OWS) for part in self._parts).strip(_OWS)
        self._fields.append(Field(name, self._weighed(name, value)))

    def _weighed(self, name: str, value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            self._note_characters(name, value)
        if len(value) <= MAX_VALUE:
            return value
        self._odd.note(
            AnomalyKind.HEADER_TOO_LARGE,
            f"{name[:80]} has {len(value)} bytes; the first {MAX_VALUE} are judged",
        )
        return value[:MAX_VALUE]

    def _note_too_many(self) -> None:
        self._odd.once(AnomalyKind.TOO_MANY_HEADERS, f"more than {MAX_FIELDS} fields")

    def _note_characters(self, name: str, value: str) -> None:
        control = re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
        if control:
            code = ord(control.group())
            self._odd.note(AnomalyKind.CONTROL_CHARACTER, f"0x{code:02X} in {name[:80]}")
        if not value.isascii():
            self._odd.note(AnomalyKind.NON_ASCII, name[:80])


def _quote(line: str) -> str:
    """The line's beginning; of anything that may be a cookie nothing, since it may be a session."""
    if "cookie" in line.lower():
        return "a line that speaks of a cookie (not shown)"
    return repr(line[:_QUOTED])
