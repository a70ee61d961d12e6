"""The characters of a page as a browser reads them from its bytes.

Source: Encoding Standard 4.2 (labels) and HTML Standard 13.2.3 (byte order mark, transport, a
``meta`` in the first 1024 bytes, then windows-1252). Never raises.
"""

from __future__ import annotations

import codecs
import re

_META = re.compile(
    r"""charset[ \t\n\f\r]{0,9}=[ \t\n\f\r]{0,9}["']?([A-Za-z0-9_:.-]{1,40})""", re.I
)
_LATIN = frozenset(("latin1", "l1", "ascii", "us-ascii", "cp1252", "x-cp1252", "iso-8859-1"))
_CP1252 = {
    number: bytes([number]).decode("cp1252", "replace").replace("\ufffd", chr(number))
    for number in range(0x80, 0xA0)
}


def decode(data: bytes, content_type: str = "") -> str:
    """The text of a page; what a charset cannot hold becomes U+FFFD, as in browsers."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    label = _label(content_type) or _label(data[:1024].decode("latin-1"))
    if label.startswith("utf-16"):
        label = "utf-8"  # a page that can be read so far is not UTF-16
    if label and label not in _LATIN and _known(label):
        return data.decode(label, "replace")
    # Without a label browsers guess; a page that is UTF-8 throughout is meant as such.
    guessed = "" if label else _utf8(data)
    return guessed or data.decode("latin-1").translate(_CP1252)


def _label(text: str) -> str:
    found = _META.search(text)
    return found[1].lower() if found else ""


def _known(label: str) -> bool:
    try:
        b"a".decode(label)
    except (LookupError, ValueError):
        return False
    return True


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
