"""What is pasted into a server's configuration, and how its comments are written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import msgspec

LONGEST_REMARK = 300
WIDTH = 96
_PLAIN = frozenset(b"/_-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
Section = tuple[str, Sequence[str]]


class Snippet(msgspec.Struct, frozen=True):
    """Configuration to paste, without a final line break, and what the server cannot express.

    Comments in ``text`` say where each part goes; each of ``notes`` is one line for the operator.
    """

    text: str
    notes: tuple[str, ...] = ()


def compose(
    advice: Iterable[str], sections: Iterable[Section], notes: Iterable[str], mark: str = "# "
) -> Snippet:
    """A snippet of advice and of sections: where each goes, and its lines; empty ones are left out.

    ``mark`` begins a comment; whatever is said twice is said once.
    """
    lines = [line for text in dict.fromkeys(advice) for line in comment(text, mark)]
    for where, body in sections:
        if body:
            lines += [*([""] if lines else []), *comment(where, mark), *body]
    return Snippet("\n".join(lines), tuple(dict.fromkeys(notes)))


def comment(text: str, mark: str = "# ", indent: str = "") -> list[str]:
    r"""``text`` as comment lines that end where they should, whatever it holds.

    Text of a finding may quote an attacker: it becomes one line of printable characters, shortened
    to 300, then wrapped. No line ends in a backslash (Apache would read the next line as comment),
    and template and placeholder marks are broken up (Caddy and Traefik expand them in comments).
    """
    flat = "".join(c for c in " ".join(text.split()) if c.isprintable())
    flat = flat if len(flat) <= LONGEST_REMARK else f"{flat[: LONGEST_REMARK - 1]}…"
    for mark_of_template in ("{{", "{$", "${", "{%"):
        while mark_of_template in flat:
            flat = flat.replace(mark_of_template, " ".join(mark_of_template))
    wrapped = textwrap.wrap(flat, WIDTH - len(indent), break_on_hyphens=False)
    return [f"{indent}{mark}{line}{'.' if line.endswith(chr(92)) else ''}" for line in wrapped]


def regex_literal(path: str) -> str:
    r"""A path as a regular expression that matches just it, in PCRE and RE2.

    All but letters, digits, ``/``, ``_`` and ``-`` become ``\xHH``, so that no quoting of any
    configuration language can meet a character that it minds.
    """
    return "".join(chr(b) if b in _PLAIN else f"\\x{b:02x}" for b in path.encode())


def any_of(paths: Sequence[str]) -> str:
    """A regular expression that matches any of the paths, as a group where there are several."""
    literals = [regex_literal(path) for path in paths]
    return literals[0] if len(literals) == 1 else f"(?:{'|'.join(literals)})"
