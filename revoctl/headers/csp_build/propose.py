"""From what pages load and hold to the policy that lets just that in.

Sources: CSP Level 3, section 6.1 (directives), 6.7.3.3 (hashes: SHA-256 of the text in UTF-8), 8.2
(strict-dynamic). A source is written only where it was seen; what no page loads is left to
``default-src 'self'``.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable, Sequence

from revoctl.headers.csp_build.addresses import LOCAL, source_of
from revoctl.headers.csp_build.dangers import KINDS
from revoctl.headers.csp_build.model import (
    SCHEMA,
    Danger,
    Inline,
    Load,
    Proposal,
    Reference,
    Use,
    Warn,
)
from revoctl.headers.fetch.url import BadUrl, Url, parse_url, resolve
from revoctl.headers.syntax.csp import Policy, parse
from revoctl.policy.headers import HeadersPolicy

HEADER = "Content-Security-Policy"
FETCHED = (
    "script-src", "style-src", "style-src-attr", "img-src", "font-src", "connect-src", "media-src",
    "frame-src", "worker-src", "manifest-src",
)  # fmt: skip
"""The directives that are proposed by need, in the order in which they are written."""
OF_SCRIPTS = ("script-src", "frame-src", "worker-src", "object-src")
MOST_STYLE_ATTRIBUTES = 20
EXAMPLES = 5
NONCE = "'nonce-{nonce}'"


def hash_source(text: str) -> str:
    """The source expression that lets this inline code run."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return f"'sha256-{binascii.b2a_base64(digest, newline=False).decode()}'"


def propose(
    pages: Sequence[Load],
    profile: HeadersPolicy,
    *,
    strict: bool = False,
    report_uri: str = "",
) -> Proposal:
    """The policy for these pages. ``profile`` says who may frame them and whether to upgrade.

    ``strict`` proposes nonces with strict-dynamic in place of hosts and hashes; ``report_uri`` is
    where browsers shall report to. Any page is answered.
    """
    need = _Need(strict=strict)
    for page in pages:
        need.add(page)
    wanted = parse(profile_value(profile))
    https = bool(pages) and all(page.url.startswith("https:") for page in pages)
    lines = [*need.directives(), *_from_profile(wanted, https=https)]
    if report_uri:
        lines.append(("report-uri", [report_uri]))
    return Proposal(
        SCHEMA,
        "; ".join(" ".join((name, *sources)) for name, sources in lines),
        tuple(dict.fromkeys(page.url for page in pages)),
        need.uses(lines),
        need.warnings(),
        tuple(dict.fromkeys(note for page in pages for note in page.notes)),
        strict,
    )


def profile_value(profile: HeadersPolicy) -> str:
    """The profile's policy, empty where it has none."""
    setting = profile.setting(HEADER)
    return setting.value if setting else ""


def _from_profile(wanted: Policy, *, https: bool) -> Iterable[tuple[str, list[str]]]:
    framing = wanted.get("frame-ancestors")
    yield "frame-ancestors", list(framing.values) if framing else ["'none'"]
    if https and wanted.get("upgrade-insecure-requests"):
        yield "upgrade-insecure-requests", []


class _Need:
    """The sources that pages need, by directive, each with what it is for."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.found: dict[str, dict[str, list[str]]] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.dangers: dict[str, dict[str, int]] = {}
        self.nonces = 0
        self.own: set[str] = set()

    def add(self, load: Load) -> None:
        try:
            page = parse_url(load.url)
        except BadUrl:
            return
        self.own.add(page.origin)
        base = self._base(load, page)
        for reference in load.references:
            self._refer(reference, base, page)
        if not load.icon:
            self._use("img-src", "'self'", "/favicon.ico, which browsers ask for")
        self._hold(load)
        for danger in load.dangers:
            self._danger(danger)

    def _base(self, load: Load, page: Url) -> Url:
        self._use("base-uri", "'self'", "")
        if load.base is None:
            return page
        try:
            base = resolve(page, load.base)
        except BadUrl:
            return page
        if base.origin != page.origin:
            self._use("base-uri", base.origin, str(base))
            self._danger(Danger("foreign-base", f'<base href="{load.base[:100]}">'))
        return base

    def _refer(self, reference: Reference, base: Url, page: Url) -> None:
        named = source_of(reference.address, base, page)
        directive, example = reference.directive, f"{reference.used_by} {reference.address[:200]}"
        if named.danger:
            self._danger(Danger(named.danger, example))
        if not named.source:
            return
        if _is_written(named.source, directive):
            self._danger(Danger("data-script", example))
            return
        self._use(directive, named.source, example)

    def _hold(self, load: Load) -> None:
        """Inline code by its hash; what varies, or is too much, is told instead."""
        attributes = {i for i in load.inlines if i.directive == "style-src-attr"}
        crowd = len(attributes) > MOST_STYLE_ATTRIBUTES
        for inline in dict.fromkeys(load.inlines):
            shown = " ".join(inline.text[:100].split())
            if inline in attributes:
                self._danger(Danger("many-style-attributes" if crowd else "style-attribute", shown))
                if not crowd:
                    self._use("style-src-attr", "'unsafe-hashes'", "style attributes")
                    self._use(
                        "style-src-attr", hash_source(inline.text), f"style attribute {shown}"
                    )
            elif self.strict:
                self._mark(inline, shown)
            elif inline in load.varying:
                self._danger(Danger("varying", shown))
            else:
                what = "script" if inline.directive == "script-src" else "style"
                self._use(inline.directive, hash_source(inline.text), f"inline {what} {shown}")
        if self.strict:
            for reference in load.references:
                if reference.used_by == "script":
                    self._danger(Danger("without-nonce", f"script {reference.address[:100]}"))

    def _mark(self, inline: Inline, shown: str) -> None:
        what = "script" if inline.directive == "script-src" else "style"
        self._use(inline.directive, NONCE, f"inline {what}")
        if not inline.nonce:
            self._danger(Danger("without-nonce", f"inline {what} {shown}"))

    def _use(self, directive: str, source: str, example: str) -> None:
        examples = self.found.setdefault(directive, {}).setdefault(source, [])
        self.counts[directive, source] = self.counts.get((directive, source), 0) + 1
        if example and len(examples) < EXAMPLES and example not in examples:
            examples.append(example)

    def _danger(self, danger: Danger) -> None:
        kind = self.dangers.setdefault(danger.kind, {})
        if danger.excerpt in kind or len(kind) < 1000:
            kind[danger.excerpt] = kind.get(danger.excerpt, 0) + 1

    def directives(self) -> list[tuple[str, list[str]]]:
        """The policy's directives as far as pages decide them."""
        lines = [("default-src", ["'self'"])]
        for name in FETCHED:
            sources = self._sources(name)
            if sources and (sources != ["'self'"] or name in ("script-src", "worker-src")):
                lines.append((name, sources))
        lines.append(("object-src", ["'none'"]))
        lines.append(("base-uri", _ordered(self.found.get("base-uri", {"'self'": []}))))
        lines.append(("form-action", _ordered({"'self'": [], **self.found.get("form-action", {})})))
        return lines

    def _sources(self, name: str) -> list[str]:
        if self.strict and name == "script-src":
            return [NONCE, "'strict-dynamic'"]
        return _ordered(self.found.get(name, {}))

    def uses(self, lines: Sequence[tuple[str, list[str]]]) -> tuple[Use, ...]:
        """Each source that is written because a page needs it."""
        return tuple(
            Use(name, source, self.counts[name, source], tuple(self.found[name][source]))
            for name, sources in lines
            for source in sources
            if (name, source) in self.counts and self.found[name][source]
        )

    def warnings(self) -> tuple[Warn, ...]:
        """What the policy blocks or should not allow, in the order of the kinds' table."""
        return tuple(
            Warn(
                kind,
                KINDS[kind].title,
                sum(self.dangers[kind].values()),
                KINDS[kind].advice,
                tuple(list(self.dangers[kind])[:EXAMPLES]),
            )
            for kind in KINDS
            if kind in self.dangers
        )


def _is_written(source: str, directive: str) -> bool:
    """Whether a source would let in code that anyone can write into an address.

    Workers and frames from blob: are made by scripts of the page, which the policy governs.
    """
    if directive not in OF_SCRIPTS or source.removesuffix(":") not in LOCAL:
        return False
    return source != "blob:" or directive == "script-src"


def _ordered(sources: Iterable[str]) -> list[str]:
    """Keywords first, ``'self'`` before all, then hashes, then places by name."""

    def rank(source: str) -> tuple[int, str]:
        if source == "'self'":
            return 0, ""
        kind = 2 if source.startswith("'sha") else 1 if source[0] == "'" else 3
        return kind, source

    return sorted(sources, key=rank)
