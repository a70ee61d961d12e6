"""Where a secret lives, as a URI: ``env:NAME``, ``dotenv:.env#NAME``, ``vault:mount/path#key``,
``store:name``, ``memory:name``.

The part after the scheme is a path, the part after ``#`` a key inside it; both percent-encoded as
UTF-8 (RFC 3986 section 2.1) where they hold ``%``, ``#``, ``?``, a space, a control character or
anything beyond ASCII. What is printed parses to the same reference.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from revoctl.secrets.errors import Refused

_SAFE = "/:@!$&'()*+,;=~"
_KEYED = ("dotenv", "vault")
_KEYLESS = ("env", "store", "memory")
SCHEMES = (*_KEYLESS, *_KEYED)
LONGEST = 4096
"""Characters of a reference."""


class Reference(NamedTuple):
    """A scheme, a path and, for ``dotenv:`` and ``vault:``, a key; all of them decoded."""

    scheme: str
    path: str
    key: str = ""

    def __str__(self) -> str:
        from urllib.parse import quote

        key = f"#{quote(self.key, safe=_SAFE)}" if self.key else ""
        return f"{self.scheme}:{quote(self.path, safe=_SAFE)}{key}"

    @property
    def name(self) -> str:
        """What the secret is called where it lives: the key, or the path where there is none."""
        return self.key or self.path


def reference_of(text: str) -> Reference:
    """Parse one; raises :class:`Refused` ``secret.reference``, which names the fault."""
    if len(text) > LONGEST:
        _refuse(text[:40] + "…", f"it is longer than {LONGEST} characters")
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in SCHEMES:
        _refuse(text, f"it does not begin with one of {', '.join(s + ':' for s in SCHEMES)}")
    raw_path, hash_sign, raw_key = rest.partition("#")
    found = Reference(scheme, _decoded(text, raw_path), _decoded(text, raw_key))
    _check(text, found, bool(hash_sign))
    return found


def is_reference(text: str) -> bool:
    """Whether text claims to be a reference, as opposed to a declared name."""
    return text.partition(":")[0] in SCHEMES and ":" in text


def place_of(scheme: str, path: str, key: str = "") -> Reference:
    """A reference from its decoded parts, checked as a parsed one is."""
    found = Reference(scheme, path, key)
    if scheme not in SCHEMES:
        _refuse(str(found), f"there is no scheme {scheme!r}")
    _check(str(found), found, bool(key))
    return found


def _check(text: str, found: Reference, hashed: bool) -> None:
    if not found.path:
        _refuse(text, "it names nothing")
    if found.scheme in _KEYED and not found.key:
        _refuse(text, "the key after # is missing")
    if found.scheme in _KEYLESS and hashed:
        _refuse(text, f"{found.scheme}: has no key after #; write a literal # as %23")
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in found.path + found.key):
        _refuse(text, "it holds a control character")
    if found.scheme == "env" and "=" in found.path:
        _refuse(text, "a variable's name cannot hold =")
    if found.scheme == "vault":
        _check_segments(text, found.path)


def _check_segments(text: str, path: str) -> None:
    # HTTP clients fold "..", "." and "//" away before a server sees them: another secret is meant.
    segments = path.split("/")
    if len(segments) < 2:
        _refuse(text, "a mount and a path below it are needed")
    if any(segment in ("", ".", "..") for segment in segments):
        _refuse(text, "a segment of the path is empty, . or ..")
    if path.endswith("."):
        _refuse(text, "the path ends with a full stop, which no server accepts")


def _decoded(text: str, part: str) -> str:
    pieces = part.split("%")
    for piece in pieces[1:]:
        if len(piece) < 2 or not all(c in "0123456789abcdefABCDEF" for c in piece[:2]):
            _refuse(text, "a % is not followed by two hexadecimal digits")
    if len(pieces) == 1:
        return _encodable(text, part)
    head = [bytes([int(piece[:2], 16)]) + piece[2:].encode("utf-8", "surrogatepass")
            for piece in pieces[1:]]  # fmt: skip
    try:
        return (pieces[0].encode() + b"".join(head)).decode()
    except UnicodeError:
        _refuse(text, "its percent-encoding is not UTF-8")


def _encodable(text: str, part: str) -> str:
    try:
        part.encode()
    except UnicodeError:
        _refuse(text, "it holds half a character (a lone surrogate)")
    return part


def _refuse(text: str, why: str) -> NoReturn:
    shown = text if text.isprintable() else repr(text)
    fix = "write env:NAME, dotenv:.env#NAME, vault:mount/path#key, store:name or memory:name"
    raise Refused("secret.reference", f"{shown} is not a reference", why, fix)
