"""The HSTS preload list: which hosts browsers only ever reach over https.

Two formats are read: Chromium's ``transport_security_state_static.json`` (comments allowed), and
plain text with one host per line. In plain text a line covers the host's subdomains too, as the
preload form demands, unless ``host-only`` follows the name; ``#`` begins a comment, and a comment
``# date: 2026-01-31`` dates the list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from revoctl.errors import PolicyError

_COMMENT_LINE = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*+")|//.*')
_DATE = re.compile(r"#\s*date:\s*(\d{4}-\d{2}-\d{2})\s*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PreloadEntry:
    """One host of the list. Entries without ``force_https`` only pin keys."""

    host: str
    include_subdomains: bool
    force_https: bool


@dataclass(frozen=True, slots=True)
class PreloadList:
    """The list by lower-case host, and its date where it is known."""

    entries: Mapping[str, PreloadEntry] = field(default_factory=dict)
    date: date | None = None

    def __call__(self, host: str) -> bool:
        """Whether browsers use https for ``host`` (lower case)."""
        return self.lookup(host) is not None

    def lookup(self, host: str) -> PreloadEntry | None:
        """The entry that makes browsers use https for ``host`` (lower case), if there is one.

        It is the host's own entry, or the nearest parent's that includes its subdomains.
        """
        entry = self.entries.get(host)
        if entry and entry.force_https:
            return entry
        labels = host.split(".")[-127:]  # a name has no more (RFC 1035 section 2.3.4)
        for at in range(1, len(labels)):
            parent = self.entries.get(".".join(labels[at:]))
            if parent and parent.force_https and parent.include_subdomains:
                return parent
        return None


def parse_preload(text: str, dated: date | None = None) -> PreloadList:
    """Read either format, told apart by the first character that is not in a comment.

    Raises :class:`~revoctl.errors.PolicyError` where it is neither.
    """
    stripped = _COMMENT_LINE.sub("", text).lstrip("\ufeff \t\r\n")
    if stripped.startswith("{"):
        return PreloadList(_chromium(stripped), dated)
    return _plain(text, dated)


class _Listed(msgspec.Struct):
    name: str
    mode: str = ""
    include_subdomains: bool = False


class _File(msgspec.Struct):
    entries: list[_Listed]


def _chromium(text: str) -> dict[str, PreloadEntry]:
    try:
        listed = _decode(text)
    except msgspec.DecodeError as error:
        why = f"it is neither Chromium's JSON nor one host per line: {error}"
        raise PolicyError("the HSTS preload list is not readable", why) from None
    names = ((entry.name.strip().lower(), entry) for entry in listed.entries)
    return {
        name: PreloadEntry(name, entry.include_subdomains, entry.mode == "force-https")
        for name, entry in names
    }


def _decode(text: str) -> _File:
    try:
        return msgspec.json.decode(text.encode(), type=_File)
    except msgspec.DecodeError:  # a comment behind a value, which needs a slower look
        bare = _STRING_OR_COMMENT.sub(lambda match: match.group(1) or "", text)
        return msgspec.json.decode(bare.encode(), type=_File)


def _plain(text: str, dated: date | None) -> PreloadList:
    entries: dict[str, PreloadEntry] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        comment = _DATE.match(line.strip())
        if comment:
            dated = dated or _calendar_day(comment.group(1), number)
        words = line.partition("#")[0].partition("//")[0].lower().split()
        if not words:
            continue
        if len(words) > 2 or words[1:] not in ([], ["host-only"]):
            why = f"line {number} is neither a host nor a host with host-only"
            raise PolicyError("the HSTS preload list is not readable", why)
        entries[words[0]] = PreloadEntry(words[0], len(words) == 1, force_https=True)
    return PreloadList(entries, dated)


def _calendar_day(text: str, number: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        why = f"line {number} gives {text}, which is no calendar day"
        raise PolicyError("the HSTS preload list is not readable", why) from None
