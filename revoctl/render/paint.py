"""Colour for terminals: ANSI sequences (ECMA-48 SGR) of the sixteen colours that a theme sets."""

from __future__ import annotations

from revoctl.report.document import Tone

BOLD = "1"
DIM = "2"
TONES = {
    Tone.PLAIN: "",
    Tone.GOOD: "32",
    Tone.NOTE: "36",
    Tone.WARN: "33",
    Tone.BAD: "1;31",
    Tone.CRITICAL: "1;37;41",
    Tone.MUTED: DIM,
}


class Paint:
    """Puts printable text into colour, or leaves it alone where there is none."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, code: str) -> str:
        """``text`` between an SGR code and the reset; itself without colour, code or text."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text

    def tone(self, text: str, tone: Tone) -> str:
        """``text`` in a tone."""
        return self(text, TONES[tone])
