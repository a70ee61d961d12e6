"""Registrable domains by the Public Suffix List.

The list is the data file of the ``publicsuffixlist`` package; its own lookup first builds sets of
ten thousand rules (40 ms and more), while a handful of substring searches in the text (1 ms) is
enough for the few names of one scan. Source of the rules: publicsuffix.org/list, "Algorithm".
"""

from __future__ import annotations

from functools import cache, lru_cache

_PRIVATE = b"// ===BEGIN PRIVATE DOMAINS==="


def registrable(host: str, *, private: bool = True) -> str | None:
    """The public suffix of ``host`` and one label more.

    None for public suffixes themselves, for addresses and for names of one label.

    ``host`` is in lower case, punycode for other scripts. ``private``: take the list's private
    section (``github.io``) for suffixes too. A name under no rule has its last label as suffix.
    """
    labels = host.split(".")
    if len(labels) < 2 or len(labels) > 127 or "" in labels or _is_address(host, labels):
        return None
    length = _suffix_length(tuple(labels), private)
    return ".".join(labels[-length - 1 :]) if length < len(labels) else None


def _is_address(host: str, labels: list[str]) -> bool:
    return ":" in host or (len(labels) == 4 and all(x.isascii() and x.isdigit() for x in labels))


@lru_cache(4096)
def _suffix_length(labels: tuple[str, ...], private: bool) -> int:
    """How many labels the public suffix has: by an exception, the longest rule, or the default."""
    rules = _rules(private)
    names = [_unicode(label).encode("utf-8", "replace") for label in labels]
    for at in range(len(names)):
        name = b".".join(names[at:])
        parent = b".".join(names[at + 1 :])
        if b"\n!%s\n" % name in rules:
            return len(names) - at - 1
        if b"\n%s\n" % name in rules or (parent and b"\n*.%s\n" % parent in rules):
            return len(names) - at
    return 1


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@cache
def _rules(private: bool) -> bytes:
    """The rules' text. Found without importing the package, which takes longer than the search."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("publicsuffixlist")
    places = (spec and spec.submodule_search_locations) or [""]
    text = Path(places[0], "public_suffix_list.dat").read_bytes()
    return text if private else text[: text.index(_PRIVATE)]
