"""Header values that some server's syntax minds, in few headers."""

from __future__ import annotations

from itertools import product

from revoctl.headers.emit import Edit

SPECIALS = "\"'\\$%{}[]()<>#;,:=&|`~!?*^+-@/._0n"
NASTY_CSP = (
    "default-src 'self'; img-src 'self' https://a.example/$request_uri/${HOME}/%41%[src]%t/"
    '{http.request.host}/{$HOME}; report-uri "/r\\"\\\\q"'
)

_PAIRS = [a + b for a, b in product(SPECIALS, SPECIALS)]
_WORDS = (
    'a " b', "expr=%{HTTPS}", "early", "env=HOME", "$", "${", "${}", "${HOME}", "$HOME", "$1", "{$",
    "{$HOME}", "{$HOME:x}",
    "{http.request.host}", "{host}", "{}", "{", "}", "\\{", "\\}", "\\{x\\}", "{x\\}",
    "`\\", '`\\"', "\\`\\\\",
    "`{\\}", "`\\}a}", "\\n", "\\x41", "\\$", "\\\\", '\\"', "%", "%%", "%t", "%[src]", "%{x}e",
    "%%%", "{{ .x }}", "{{`", "# no", "// no", "'", '"', "`", "<<EOF", "é ü € 𝄞", "always", "~^x",
    "default", "if { ssl_fc }", "; x", "unless TRUE", "--", "-m", "!", "null", "yes", "[1, 2]",
)  # fmt: skip
LONG = "x $ " * 1500


def _chunks() -> list[str]:
    return [" ".join(_PAIRS[start : start + 150]) for start in range(0, len(_PAIRS), 150)]


def _short() -> list[str]:
    """Each special first, last and alone, and words that mean something to someone."""
    return [*_WORDS, *(f"{c}v{c}" for c in SPECIALS)]


def nasty_edits() -> tuple[list[Edit], list[Edit]]:
    """Two sets of edits that together put every hard value into a header of its own.

    Two, because http.client and HAProxy refuse more than about a hundred headers.
    """
    long = [" ".join(LONG.split()), NASTY_CSP, *_chunks()]
    short = _short()
    half = len(short) // 2
    return _edits([*long, *short[:half]]), _edits(short[half:])


def _edits(values: list[str]) -> list[Edit]:
    return [Edit("set", f"X-Nasty-{i}", value) for i, value in enumerate(values)]
