"""How the Observatory makes one policy of many: :func:`merge`.

Facts from mdn/mdn-http-observatory ``src/analyzer/cspParser.js``: policies shorter than six
characters and repeated directives are invalid (reports excepted), names and sources are compared in
lower case, a ``...-src`` without sources is ``'none'``. Within a policy a source that begins with
its neighbour in collation order is redundant; of several policies a source stays where the one
before it in that order, from another policy, covers its path. What loses all sources is ``'none'``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from revoctl.headers.observatory.collation import order
from revoctl.headers.observatory.wire import is_plain, trim, words

SHORTEST_POLICY = 6
BUDGET = (
    4_000_000  # characters compared; 16 KiB of headers, all that the Observatory reads, need less
)
REPEATABLE = ("report-uri", "report-to")
NONE = "'none'"
_HEX = frozenset("0123456789abcdefABCDEF")

Directives = dict[str, set[str]]


class Merged(Struct, frozen=True):
    """The directives of all policies together; ``repeated``: a report directive stood twice."""

    directives: Directives
    repeated: bool


class Invalid(Struct, frozen=True):
    """The policies count for nothing, and why."""

    reason: str


class _Source:
    """One source with the policy it came from, and whether it stays."""

    __slots__ = ("index", "keep", "rank", "text")

    def __init__(self, text: str, index: int, keep: bool) -> None:
        self.text = text
        self.index = index
        self.keep = keep
        self.rank = order(text)


def split_policies(values: Sequence[str]) -> list[str]:
    """The policies of header or meta values: commas separate them, and empty ones stay."""
    return [trim(item) for value in values for item in value.split(",")]


def merge(policies: Sequence[str]) -> Merged | Invalid:
    """One policy of many, or why the Observatory calls them invalid."""
    clean = [trim(policy.replace("\r", "").replace("\n", "")) for policy in policies]
    for policy in clean:
        if len(policy) < SHORTEST_POLICY:
            return Invalid(f"the policy {policy!r} is too short to say anything")
    merger = _Merger(len(clean) > 1)
    for index, policy in enumerate(clean):
        problem = merger.add(policy, index)
        if problem:
            return Invalid(problem)
    return merger.result()


class _Merger:
    """The directives so far, each with its sources in collation order."""

    def __init__(self, several: bool) -> None:
        self.several = several
        self.found: dict[str, list[_Source]] = {}
        self.plain: Directives = {}
        self.repeated = False
        self.budget = BUDGET

    def add(self, policy: str, index: int) -> str:
        """Take one policy in; what makes all of them invalid, if anything."""
        seen: set[str] = set()
        split = str.split if is_plain(policy) else words
        for entry in policy.lower().split(";"):
            sources = split(entry)
            if not sources:
                continue
            name = sources.pop(0)
            if name in seen:
                if name not in REPEATABLE:
                    return f"the directive {name[:80]} stands twice in one policy"
                self.repeated = True
            seen.add(name)
            problem = self._directive(name, sources, index)
            if problem:
                return problem
        return ""

    def _directive(self, name: str, sources: list[str], index: int) -> str:
        if not sources and name.endswith("-src"):
            sources = [NONE]
        first = index == 0
        if first and not self.several and not _has_prefixes(sources):
            self.found[name] = []
            self.plain[name] = set(sources)
            return ""
        entries = [_Source(source, index, first) for source in sources]
        if not first:
            entries = self.found.get(name, []) + entries
        if len(entries) > 1:
            problem = self._compare(entries)
            if problem:
                return problem
        kept = [entry for entry in entries if entry.keep]
        if first and self.several:
            for entry in kept:
                entry.keep = False
        self.found[name] = kept
        self.plain.pop(name, None)
        return ""

    def _compare(self, entries: list[_Source]) -> str:
        entries.sort(key=lambda entry: entry.rank)
        for before, entry in pairwise(entries):
            self.budget -= 8
            if entry.index == before.index:
                if entry.text.startswith(before.text):
                    entry.keep = False
                continue
            self.budget -= min(len(before.text), len(entry.text))
            if self.budget < 0:
                return "the policies are too many and too long to be compared"
            try:
                if _covers(before.text, entry.text):
                    entry.keep = True
            except ValueError:
                return "a source holds a percent sign that encodes nothing"
        return ""

    def result(self) -> Merged:
        return Merged(
            {
                name: self.plain.get(name) or {entry.text for entry in entries} or {NONE}
                for name, entries in self.found.items()
            },
            self.repeated,
        )


def _has_prefixes(sources: list[str]) -> bool:
    """Whether any source begins with another: if one does, two neighbours in code order do."""
    if len(sources) < 2:
        return False
    ranked = sorted(sources)
    return any(map(str.startswith, ranked[1:], ranked))


def _covers(wide: str, narrow: str) -> bool:
    """Whether the path of one source contains the other's. Raises ValueError on a bad escape."""
    if not wide:
        return True
    if wide == narrow and "%" not in wide:
        return True
    pieces, others = wide.split("/"), narrow.split("/")
    if len(pieces) > len(others):
        return False
    if wide.endswith("/"):
        pieces.pop()
    elif len(pieces) != len(others):
        return False
    return all(_decoded(a) == _decoded(b) for a, b in zip(pieces, others, strict=False))


def _decoded(piece: str) -> str:
    """JavaScript's ``decodeURIComponent``. Raises ValueError on a bad escape."""
    if "%" not in piece:
        return piece
    first, *rest = piece.split("%")
    out = bytearray(first, "utf-8", "surrogatepass")
    for text in rest:
        if len(text) < 2 or not _HEX.issuperset(text[:2]):
            raise ValueError("a percent sign without two digits")
        out.append(int(text[:2], 16))
        out += text[2:].encode("utf-8", "surrogatepass")
    return out.decode("utf-8")
